"""Apply a transform that was found to more rasters on the same pixels."""

from __future__ import annotations

import tempfile
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...core.base.errors import Cancelled, SomaError
from ..engine.engine import Engine
from ..engine.task import EngineTask
from ..layers import results
from ..layers.georeference import placed
from ..layers.inputs import looks_like_sar
from ..qt.help import open_help
from ..qt.i18n import tr
from ..qt.widgets import (
    Paragraph,
    folder_box,
    keep_readable,
    progress_bar,
    resize_within_screen,
)
from .apply_list import OTHER, Entry, RasterList

#: Room for the sentences that say why a raster does not fit, in characters.
_WIDTH_CHARACTERS = 70


class ApplyDialog(QDialog):
    """Choose rasters and a folder; what is warped becomes a group of layers.

    Args:
        transform: a transform.json.
        engine: what warps.
    """

    def __init__(self, transform: str, engine: Engine, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(tr("Apply to more layers"))
        self._transform, self._engine = transform, engine
        self._task: EngineTask | None = None
        self._advice = ""
        self.layers = RasterList(transform, engine)
        self.layers.changed.connect(self._tell_choice)
        self.add = QPushButton(tr("Add fi&les…"))
        self.add.setAutoDefault(False)
        self.add.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.add.clicked.connect(self._ask_files)
        self.folder = folder_box()
        self.folder.setFilePath(str(Path(transform).parent / "more"))
        self.status = Paragraph()
        self.progress = progress_bar()
        self.progress.hide()
        self.go = QPushButton(tr("&Warp"))
        self.go.setDefault(True)
        self.go.clicked.connect(self.start)
        self._assemble()
        keep_readable(self)
        wide = _WIDTH_CHARACTERS * self.fontMetrics().averageCharWidth()
        resize_within_screen(self, wide, self.sizeHint().height())
        self._tell_choice()

    def _assemble(self) -> None:
        buttons = QDialogButtonBox()
        buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(tr("&Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.clicked.connect(self.close)
        told = buttons.addButton(tr("&Help"), QDialogButtonBox.ButtonRole.HelpRole)
        told.clicked.connect(lambda: open_help("dock#more"))
        text = Paragraph(tr("&Rasters to warp like the one that was registered:"))
        text.setBuddy(self.layers)
        place = QLabel(tr("&Folder for results"))
        place.setBuddy(self.folder)
        column = QVBoxLayout(self)
        for widget in (
            text,
            self.layers,
            self.add,
            place,
            self.folder,
            self.status,
            self.progress,
            buttons,
        ):
            column.addWidget(widget)

    def start(self) -> None:
        """Warp the ticked rasters in a task."""
        entries, folder = self.layers.chosen(), Path(self.folder.filePath())
        if not entries:
            self.status.setText("⚠ " + tr("Tick one or more layers."))
            return
        known = QgsProject.instance().mapLayers()
        layers = [known.get(entry.raster.layer_id) for entry in entries]
        origins = [_origin(entry, layer) for entry, layer in zip(entries, layers)]
        out = results.free_folder(folder, "warped")
        parents = results.new_parents(out)
        self.go.setEnabled(False)
        self._show_progress(0.0)
        self.progress.show()

        def work(task: EngineTask) -> list[results.Loaded]:
            try:
                files = self._warped(entries, out, task)
                return results.load_rasters(files, origins)
            except SomaError:
                # This may come after the dialog has gone.
                results.discard(out, parents)
                raise

        title = tr("Warp 1 layer") if len(entries) == 1 else tr("Warp {n} layers")
        title = title.format(n=len(entries))
        self._task = EngineTask(
            title, work, lambda task: self._done(task, origins), self
        )
        self._task.progressChanged.connect(self._show_progress)
        self._task.setDependentLayers([layer for layer in layers if layer])
        self._task.start()

    def _warped(self, entries: list[Entry], out: Path, task: EngineTask) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="soma-") as scratch:
            files = [placed(entry.raster, Path(scratch)) for entry in entries]
            call = {"transform": self._transform, "rasters": files, "out": str(out)}
            # Who ticked such a raster had read why it may be wrong.
            others = any(entry.fit == OTHER for entry in entries)
            return self._engine.call("apply", task, other_pixels=others, **call)

    def reject(self) -> None:
        """Stop what runs, and close."""
        self.layers.stop()
        if self._task is not None:
            self._task.cancel()
        super().reject()

    def _ask_files(self) -> None:
        title = tr("Add files")
        self.layers.add_files(QFileDialog.getOpenFileNames(self, title)[0])

    def _tell_choice(self) -> None:
        """Say what is wrong with what is ticked, if anything."""
        if self._task is not None:
            return
        doubtful = [e for e in self.layers.chosen() if e.fit == OTHER]
        told = self.layers.problem or (doubtful[0].why if doubtful else "")
        # What was done stays readable when the list merely follows the project.
        if told != self._advice:
            self._advice = told
            self.status.setText(f"⚠ {told}" if told else "")

    def _show_progress(self, percent: float) -> None:
        self.progress.setValue(round(percent))
        self.status.setText(f"{tr('Warping')} – {percent:.0f}%")

    def _done(self, task: EngineTask, origins: list[results.Origin]) -> None:
        self._task = None
        self.go.setEnabled(True)
        self.progress.hide()
        if isinstance(task.error, Cancelled):
            self.status.setText(tr("Stopped."))
        elif task.error is not None:
            self.status.setText("⚠ " + str(task.error))
        else:
            results.add_loaded(task.value, tr("SOMA: further layers"), *origins)
            count = len(task.value)
            told = tr("1 layer added.") if count == 1 else tr("{n} layers added.")
            self.status.setText("✓ " + told.format(n=count))


def _origin(entry: Entry, layer: QgsMapLayer | None) -> results.Origin:
    """Return what the result of a raster is named after, and how it is shown."""
    if layer is not None:
        return results.origin_of(layer, looks_like_sar(layer))
    name = Path(entry.raster.name).stem
    # Its name tells; the file itself is not opened here.
    return results.Origin(name, radar=looks_like_sar(QgsRasterLayer("", name)))
