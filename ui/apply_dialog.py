"""Apply a transform that was found to more layers of the moving image's frame."""

from __future__ import annotations

import tempfile
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..core.base.errors import Cancelled, SomaError
from . import results
from .engine import Engine
from .i18n import tr
from .layers import RasterInput, is_file, looks_like_sar, snapshot
from .made import is_made
from .placement import placed
from .task import EngineTask
from .widgets import folder_box, keep_readable, progress_bar

_ID = Qt.ItemDataRole.UserRole


class ApplyDialog(QDialog):
    """Choose layers and a folder; the warped rasters become a group of layers.

    Args:
        transform: a transform.json.
        engine: what warps.
    """

    def __init__(self, transform: str, engine: Engine, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle(tr("Apply to more layers"))
        self._transform, self._engine = transform, engine
        self._task: EngineTask | None = None
        self.layers = QListWidget()
        self._list_layers()
        QgsProject.instance().layerTreeRoot().layerOrderChanged.connect(
            self._list_layers
        )
        self.folder = folder_box()
        self.folder.setFilePath(str(Path(transform).parent / "more"))
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.progress = progress_bar()
        self.progress.hide()
        self.go = QPushButton(tr("&Warp"))
        self.go.setDefault(True)
        self.go.clicked.connect(self.start)
        buttons = QDialogButtonBox()
        buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(tr("C&lose"), QDialogButtonBox.ButtonRole.RejectRole)
        close.clicked.connect(self.close)
        text = QLabel(tr("La&yers on the same pixels as the one that was registered:"))
        text.setWordWrap(True)
        text.setBuddy(self.layers)
        place = QLabel(tr("&Folder for results"))
        place.setBuddy(self.folder)
        column = QVBoxLayout(self)
        for widget in (
            text,
            self.layers,
            place,
            self.folder,
            self.status,
            self.progress,
            buttons,
        ):
            column.addWidget(widget)
        keep_readable(self)

    def chosen(self) -> list[QgsRasterLayer]:
        """Return the ticked layers."""
        items = (self.layers.item(i) for i in range(self.layers.count()))
        ticked = [i for i in items if i.checkState() == Qt.CheckState.Checked]
        return [QgsProject.instance().mapLayer(item.data(_ID)) for item in ticked]

    def start(self) -> None:
        """Warp the ticked layers in a task."""
        layers, folder = self.chosen(), Path(self.folder.filePath())
        if not layers:
            self.status.setText("⚠ " + tr("Tick one or more layers."))
            return
        rasters = [snapshot(layer) for layer in layers]
        origins = [results.origin_of(layer, looks_like_sar(layer)) for layer in layers]
        out = results.free_folder(folder, "warped")
        parents = results.new_parents(out)
        self.go.setEnabled(False)
        self._show_progress(0.0)
        self.progress.show()

        def work(task: EngineTask) -> list[results.Loaded]:
            try:
                files = self._warped(rasters, out, task)
                return results.load_rasters(files, origins)
            except SomaError:
                # This may come after the dialog has gone.
                results.discard(out, parents)
                raise

        title = tr("Warp 1 layer") if len(rasters) == 1 else tr("Warp {n} layers")
        title = title.format(n=len(rasters))
        self._task = EngineTask(
            title, work, lambda task: self._done(task, origins), self
        )
        self._task.progressChanged.connect(self._show_progress)
        self._task.setDependentLayers(layers)
        self._task.start()

    def _warped(
        self, rasters: list[RasterInput], out: Path, task: EngineTask
    ) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="soma-") as scratch:
            files = [placed(raster, Path(scratch)) for raster in rasters]
            call = {"transform": self._transform, "rasters": files, "out": str(out)}
            return self._engine.call("apply", task, **call)

    def reject(self) -> None:
        """Stop what runs, and close."""
        if self._task is not None:
            self._task.cancel()
        super().reject()

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

    def _list_layers(self) -> None:
        """Show the project's raster files; ticks stay as they are."""
        ticked = {layer.id() for layer in self.chosen() if layer is not None}
        self.layers.clear()
        for layer in QgsProject.instance().layerTreeRoot().layerOrder():
            if _can_be_warped(layer):
                item = QListWidgetItem(layer.name())
                item.setData(_ID, layer.id())
                item.setCheckState(
                    Qt.CheckState.Checked
                    if layer.id() in ticked
                    else Qt.CheckState.Unchecked
                )
                self.layers.addItem(item)


def _can_be_warped(layer: QgsMapLayer) -> bool:
    """Return whether a layer may lie on the pixels that were registered."""
    raster = isinstance(layer, QgsRasterLayer) and is_file(layer)
    return raster and not is_made(layer)
