"""Register many: the pairs of a plan, of two folders or of layers, in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputNumber,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
)

from ...core.base.errors import Cancelled
from ..layers.georeference import placed
from ..layers.inputs import is_file, snapshot
from ..layers.results import Loaded
from ..qt.i18n import locale_name, tr
from ..words.sentences import said
from .base import NUMBER, About, SomaAlgorithm, scratch_folder
from .footprints import footprints, offer_clicks
from .loading import hand_over, is_asked, load_parameter
from .pair import PairAlgorithm

FILE = QgsProcessingParameterFile.Behavior
#: Options of ``soma archive run`` by parameter that have a value.
_TEXTS = {
    "MOVING": "moving",
    "TRANSFORM": "transform",
    "MODEL": "model",
    "SEARCH": "search",
    "EFFORT": "effort",
}
_NUMBERS = {
    "MAX_ROTATION": ("max-rotation", -1.0),
    "MAX_SCALE": ("max-scale", 0.0),
    "WORKING_GSD": ("working-gsd", 0.0),
}
#: Images that are named when they are left out.
_NAMED = 20


class RegisterMany(PairAlgorithm):
    """Register many pairs, each into a folder of its own; goes on where it was."""

    def about(self) -> About:
        """Return name and help."""
        return About(
            "registermany",
            tr("Register many"),
            tr(
                "Registers the pairs of a plan, or pairs the images of two folders or "
                "two lists of layers by ground, date and cloud and registers these. "
                "Each pair gets a folder of its own in the folder for results, which "
                "also holds a table of all pairs with footprints and an index page. "
                "Stopped or broken off, it goes on where it was when it is run again "
                "into the same folder."
            ),
        )

    def initAlgorithm(self, config: dict[str, Any] | None = None) -> None:
        """Declare inputs and outputs."""
        self._add_images()
        self.add_transform()
        self.add(
            QgsProcessingParameterBoolean(
                "CONSISTENT", tr("Adjust the dates of a track together"), False
            ),
            tr(
                "Also matches images of one track to their neighbours in time and "
                "adjusts them all, so that they agree; images that cannot be matched "
                "to the optical image alone are placed by their neighbours, and say so."
            ),
        )
        self.add_search()
        self._add_run()
        self.add(
            QgsProcessingParameterFolderDestination("OUTPUT", tr("Folder for results")),
            tr(
                "A folder for each pair, a table and a page of all of them. The same "
                "folder again goes on where it was."
            ),
        )
        self.addParameter(load_parameter())
        self.addOutput(QgsProcessingOutputVectorLayer("FOOTPRINTS", tr("Footprints")))
        self.addOutput(QgsProcessingOutputFile("INDEX", tr("Page of all pairs")))
        for name, text in (
            ("REGISTERED", tr("Registered pairs")),
            ("REFUSED", tr("Refused pairs")),
            ("FAILED", tr("Pairs that could not be worked on")),
            ("BEFORE", tr("Pairs that were done before")),
        ):
            self.addOutput(QgsProcessingOutputNumber(name, text))

    def _add_images(self) -> None:
        table = QgsProcessingParameterFile(
            "PLAN", tr("Plan"), FILE.File, "", None, True, _table_filter()
        )
        self.add(
            table,
            tr(
                "A table with the columns sar, optical and name, and any option of a "
                "registration, or the plan of an earlier run. Empty: the images below "
                "are paired."
            ),
        )
        for kind, text in (("SAR", tr("SAR")), ("OPTICAL", tr("optical"))):
            self.add(
                QgsProcessingParameterMultipleLayers(
                    f"{kind}_LAYERS",
                    tr("Layers: {kind}").format(kind=text),
                    QgsProcessing.SourceType.TypeRaster,
                    None,
                    True,
                ),
                tr("Layers that are paired with those of the other kind."),
            )
            self.add(
                QgsProcessingParameterFile(
                    f"{kind}_FOLDER",
                    tr("Folder: {kind}").format(kind=text),
                    FILE.Folder,
                    "",
                    None,
                    True,
                ),
                tr("In place of layers: a folder, looked through with all below it."),
            )

    def _add_run(self) -> None:
        self.add(
            QgsProcessingParameterNumber(
                "WORKERS", tr("Pairs at a time"), NUMBER.Integer, 1, False, 1
            ),
            tr(
                "More than one needs the packages for archives, which Set up engine "
                "offers, and as much memory and as many cores more."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterBoolean(
                "RETRY", tr("Try pairs again that failed"), False
            ),
            tr("Refused ones are results, and are not tried again."),
            advanced=True,
        )

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Refuse a run without plan and without images of both kinds."""
        good, why = SomaAlgorithm.checkParameterValues(self, parameters, context)
        if not good or parameters.get("PLAN"):
            return good, why
        for kind in ("SAR", "OPTICAL"):
            given = [parameters.get(f"{kind}_{how}") for how in ("LAYERS", "FOLDER")]
            if not any(given):
                return False, tr("Give a plan, or images of both kinds.")
            if all(given):
                return False, tr("Give layers or a folder of a kind, and not both.")
        return True, ""

    def work(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        """Do what is left, show how far it is, and return the counts."""
        out = self.parameterAsString(parameters, "OUTPUT", context)
        found = {"OUTPUT": out}
        try:
            told = self.ask(
                "register_many",
                feedback,
                out=out,
                options=self._options(parameters, context),
                **self._images(parameters, context),
            )
        except Cancelled:
            feedback.pushInfo(
                tr(
                    "Stopped; what is done stays in {out}. Run it again to go on."
                ).format(out=out)
            )
            return found
        self._tell(told, feedback)
        self.written = [told["table"]]
        if is_asked(self, parameters, context):
            title = tr("{name}, pairs").format(name=Path(out).name)
            layer = footprints(told["table"], title)
            loaded = [Loaded(layer)]
            hand_over(context, loaded, title, ["FOOTPRINTS"], [], offer_clicks)
        counts = told["counts"]
        return {
            **found,
            "FOOTPRINTS": told["table"],
            "INDEX": told["index"],
            "REGISTERED": counts["ok"],
            "REFUSED": counts["refused"],
            "FAILED": counts["failed"] + counts["broken"],
            "BEFORE": counts["before"],
        }

    def _options(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> dict[str, Any]:
        values: dict[str, Any] = {
            option: self.parameterAsString(parameters, name, context)
            for name, option in _TEXTS.items()
        }
        for name, (option, usual) in _NUMBERS.items():
            value = self.parameterAsDouble(parameters, name, context)
            if value != usual:
                values[option] = value
        shift = self.parameterAsDouble(parameters, "MAX_SHIFT", context)
        if shift:
            unit = self.parameterAsString(parameters, "MAX_SHIFT_UNIT", context)
            values["max-shift"] = f"{shift}{unit}"
        device = self.parameterAsString(parameters, "DEVICE", context)
        values["device"] = device or "auto"
        workers = self.parameterAsInt(parameters, "WORKERS", context)
        if workers > 1:
            values["workers"] = workers
        for name in ("CONSISTENT", "RETRY"):
            if self.parameterAsBool(parameters, name, context):
                values[name.lower()] = True
        return {**values, "language": locale_name()}

    def _images(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> dict[str, Any]:
        plan = self.parameterAsString(parameters, "PLAN", context)
        if plan:
            return {"plan": plan}
        scratch = _helpers_in(self.parameterAsString(parameters, "OUTPUT", context))
        found = {}
        for kind, key in (("SAR", "sars"), ("OPTICAL", "opticals")):
            folder = self.parameterAsString(parameters, f"{kind}_FOLDER", context)
            layers = self.parameterAsLayerList(parameters, f"{kind}_LAYERS", context)
            for layer in layers:
                if not is_file(layer):
                    text = tr("{name} is no raster file; leave it out.")
                    raise QgsProcessingException(text.format(name=layer.name()))
            files = [placed(snapshot(layer), scratch) for layer in layers]
            found[key] = folder or files
        return found

    def _tell(self, told: dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        for message in told["left_out"][:_NAMED]:
            feedback.pushWarning(said(message, ""))
        feedback.pushInfo(said({"code": "archive_done", "values": told["counts"]}, ""))
        failed = told["failed"]
        if failed["name"]:
            why = said(failed["message"], "")
            feedback.pushWarning(f"{failed['name']}: {why}")


def _helpers_in(out: str) -> Path:
    """Return where helper files of layers lie that the next run finds again."""
    place = Path(out) / ".soma-archive" / "layers"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        # What is wrong with the folder is told by who writes the results.
        return scratch_folder()
    return place


def _table_filter() -> str:
    return tr("Tables") + " (*.csv *.gpkg *.parquet *.geoparquet)"
