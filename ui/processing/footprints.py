"""Footprints of an archive on the map: a colour for each outcome, a click for each."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import qgis.utils
from qgis.core import (
    Qgis,
    QgsAction,
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsFeature,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsMapLayer,
    QgsProject,
    QgsRendererCategory,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QColor, QDesktopServices
from qgis.PyQt.QtWidgets import QPushButton

from ..layers.results import (
    Loaded,
    add_loaded,
    opened,
    opened_rasters,
    origin_of,
)
from ..qt.i18n import tr
from ..words.sentences import outcome_of_pair, said

#: Colours of outcomes, those of the index page.
COLOURS = {
    "good": "#2e9e83",
    "fair": "#d9a326",
    "poor": "#e0703a",
    "refused": "#b03a48",
    "failed": "#7b4bab",
    "broken": "#5b6470",
    "left": "#aeb7bb",
}
#: How much of a colour covers the map, of 255, and the width of its outline in mm.
_FILLED, _LINE_MM = 90, "0.5"
#: Files that are shown together after a registration that found tie points.
_ALL = ("matches", "quality", "checkerboard", "registered")
#: What a click on a footprint runs; the package has the name that it was loaded by.
_CODE = "from {module} import open_pair\nopen_pair('[% @layer_id %]', [% $id %])"


def footprints(table: str, title: str) -> QgsVectorLayer:
    """Return the table of an archive's pairs as a layer of this thread.

    Args:
        table: path of its ``pairs.gpkg``.
        title: of the layer.
    """
    layer = QgsVectorLayer(f"{table}|layername=pairs", title, "ogr")
    categories = []
    for state, colour in COLOURS.items():
        symbol = QgsFillSymbol.createSimple(
            {"outline_color": colour, "outline_width": _LINE_MM}
        )
        filled = QColor(colour)
        filled.setAlpha(_FILLED)
        symbol.symbolLayer(0).setFillColor(filled)
        categories.append(QgsRendererCategory(state, symbol, outcome_of_pair(state)))
    layer.setRenderer(QgsCategorizedSymbolRenderer("verdict", categories))
    layer.setDisplayExpression("name")
    layer.setMapTipTemplate(_map_tip(Path(table).parent))
    action = QgsAction(
        QgsAction.ActionType.GenericPython,
        tr("Open the result"),
        _CODE.format(module=__name__),
        "",
        False,
        tr("Open the result"),
        {"Canvas", "Feature"},
    )
    layer.actions().addAction(action)
    layer.actions().setDefaultAction("Canvas", action.id())
    return layer


def _map_tip(archive: Path) -> str:
    """Return what is shown of a pair under the pointer, with its picture."""
    quoted = QgsExpression.quotedString
    cases = " ".join(
        f"WHEN \"verdict\" = '{state}' THEN {quoted(outcome_of_pair(state))}"
        for state in COLOURS
    )
    picture = f"{quoted(archive.as_posix())} || '/' || \"name\" || '/thumbnail.jpg'"
    address = quoted(QUrl.fromLocalFile(str(archive)).toString())
    image = f"'<br><img src=\"' || {address} || '/' || \"name\" || '/thumbnail.jpg\">'"
    return (
        f'<b>[% "name" %]</b><br>[% CASE {cases} END %] '
        '[% coalesce(round("error_px", 1) || \' px\', "reason") %]'
        f"[% if(file_exists({picture}), {image}, '') %]"
    )


def offer_clicks(layer: QgsMapLayer) -> None:
    """Say in the message bar that footprints can be clicked, with a button for it."""
    iface = qgis.utils.iface
    if iface is None:
        return
    bar = iface.messageBar()
    item = bar.createMessage("SOMA", tr("A click on a footprint opens its result."))
    button = QPushButton(tr("Click footprints"), item)
    button.clicked.connect(partial(_begin_clicks, layer.id()))
    item.layout().addWidget(button)
    bar.pushWidget(item, Qgis.MessageLevel.Info)


def _begin_clicks(layer_id: str, *_: object) -> None:
    """Let clicks on the map open results, as *Run feature action* does."""
    layer = QgsProject.instance().mapLayer(layer_id)
    if layer is not None:
        qgis.utils.iface.setActiveLayer(layer)
        qgis.utils.iface.actionFeatureAction().trigger()


def open_pair(layer_id: str, number: int) -> None:
    """Open the result of a footprint that was clicked, or say why there is none.

    Args:
        layer_id: of the layer with footprints.
        number: of the feature.
    """
    layer = QgsProject.instance().mapLayer(layer_id)
    if layer is None:
        return
    feature = next(layer.getFeatures(QgsFeatureRequest(number)), None)
    if feature is None:
        return
    archive = Path(layer.source().partition("|")[0]).parent
    record = _record(archive, feature)
    if record is None or record["status"] != "ok":
        _say(_why(feature, record))
    elif not _opened(archive / feature["name"], record, feature, layer_id):
        stored = record.get("stored")
        text = tr("The files of {name} are in {place}.")
        _say(text.format(name=feature["name"], place=stored or archive))


def _record(archive: Path, feature: QgsFeature) -> dict[str, Any] | None:
    try:
        text = (archive / feature["name"] / "pair.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        return None
    return found


def _why(feature: QgsFeature, record: dict[str, Any] | None) -> str:
    if record is not None:
        reason = said(record.get("message"), record.get("reason", ""))
    elif feature["reason"]:
        reason = str(feature["reason"])
    else:
        reason = tr("it is still to do")
    return f"{feature['name']}: {reason}"


def _opened(
    folder: Path, record: dict[str, Any], feature: QgsFeature, covered: str
) -> bool:
    """Show the files of a pair as a group; return whether there are any.

    The group lies above the footprints, which would tint it.
    A group that is there already becomes visible, and is not made again.
    """
    files = {role: str(folder / name) for role, name in record["files"].items()}
    files = {role: path for role, path in files.items() if Path(path).exists()}
    if _shown_again(files):
        return True
    origin = origin_of(None, record.get("moving") != "optical", 1, feature["name"])
    loaded: list[Loaded] = []
    if all(role in files for role in _ALL):
        loaded = opened(files, origin)
    elif "registered" in files:
        loaded = opened_rasters([files["registered"]], [origin])
    if loaded:
        add_loaded(loaded, feature["name"], origin, above=covered)
    elif "report" in files:
        QDesktopServices.openUrl(QUrl.fromLocalFile(files["report"]))
    return bool(loaded) or "report" in files


def _shown_again(files: dict[str, str]) -> bool:
    root = QgsProject.instance().layerTreeRoot()
    for node in root.findLayers():
        layer = node.layer()
        if layer is not None and layer.source() == files.get("registered", "-"):
            node.setItemVisibilityCheckedParentRecursive(True)
            return True
    return False


def _say(text: str) -> None:
    if qgis.utils.iface is not None:
        qgis.utils.iface.messageBar().pushInfo("SOMA", text)
