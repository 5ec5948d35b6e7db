"""The list of rasters that a transform may be applied to, and why not to others."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QMimeData, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from qgis.PyQt.QtWidgets import QListWidget, QListWidgetItem, QWidget

from ...core.base.errors import Cancelled, SomaError
from ..engine.engine import Engine
from ..engine.task import EngineTask
from ..layers.georeference import placed
from ..layers.inputs import RasterInput, is_file, snapshot
from ..layers.provenance import is_made
from ..qt.i18n import tr
from ..words.sentences import error_text, said

#: What the engine answers, in the order in which they are listed; "" is not yet known.
SAME, OTHER, UNKNOWN, NEVER = "same", "other", "", "never"
_ORDER = (SAME, UNKNOWN, OTHER, NEVER)
_KEY = Qt.ItemDataRole.UserRole
#: Keeps a reason with its raster.
_APART_PX = 3


@dataclass
class Entry:
    """A raster of the list.

    Args:
        raster: its file and name; files that are no layers have themselves as id.
        fit: one of the constants above.
        why: why it is not ``SAME``, one sentence.
        ticked: whether it is to be warped.
    """

    raster: RasterInput
    fit: str = UNKNOWN
    why: str = ""
    ticked: bool = False

    @property
    def is_chosen(self) -> bool:
        """Return whether it is ticked and can be warped."""
        return self.ticked and self.fit in (SAME, OTHER)


class RasterList(QListWidget):
    """Rasters of the project, and files; those that fit come first.

    Args:
        transform: a transform.json; the engine tells for what it holds.
        engine: what looks at the rasters.
    """

    #: The ticks, or what is known of the rasters, changed.
    changed = pyqtSignal()

    def __init__(self, transform: str, engine: Engine, parent: QWidget | None = None):
        super().__init__(parent)
        self._transform, self._engine = transform, engine
        self._task: EngineTask | None = None
        self._entries: dict[str, Entry] = {}
        self._files: dict[str, Entry] = {}
        self._followed: set[str] = set()
        #: Why the rasters could not be looked at, "" when they could.
        self.problem = ""
        self.setWordWrap(True)
        self.setSpacing(_APART_PX)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.itemChanged.connect(self._tick)
        order = QgsProject.instance().layerTreeRoot().layerOrderChanged
        order.connect(self.refresh)
        self.refresh()

    def chosen(self) -> list[Entry]:
        """Return what is to be warped, in the order of the list."""
        return [entry for entry in self._sorted() if entry.is_chosen]

    def add_files(self, paths: Iterable[str]) -> None:
        """Add files, ticked as far as they fit."""
        for path in paths:
            raster = RasterInput(path, Path(path).name, path, "", 0)
            self._files.setdefault(path, Entry(raster, ticked=True))
        self.refresh()

    def refresh(self) -> None:
        """Show the project's raster files and the added ones; ticks stay."""
        before, self._entries = self._entries, {}
        for layer in QgsProject.instance().layerTreeRoot().layerOrder():
            if _may_be_warped(layer):
                self._follow(layer)
                self._entries[layer.id()] = _kept_or_new(layer, before)
        paths = {entry.raster.path for entry in self._entries.values()}
        for path, entry in self._files.items():
            if path not in paths:
                self._entries[path] = entry
        self._show()
        self._look()

    def stop(self) -> None:
        """Stop looking at rasters."""
        if self._task is not None:
            self._task.cancel()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if _dropped(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take files wherever they are dropped."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the files that were dropped."""
        self.add_files(_dropped(event.mimeData()))
        event.acceptProposedAction()

    def _follow(self, layer: QgsMapLayer) -> None:
        """Look again when somebody says which CRS a layer has, or where its file is."""
        if layer.id() not in self._followed:
            self._followed.add(layer.id())
            layer.crsChanged.connect(self.refresh)
            layer.dataSourceChanged.connect(self.refresh)

    def _look(self) -> None:
        """Ask the engine for which of the new rasters the transform holds."""
        new = [entry for entry in self._entries.values() if entry.fit == UNKNOWN]
        if not new or self._task is not None:
            return
        rasters = [entry.raster for entry in new]

        def work(task: EngineTask) -> list[dict[str, Any]]:
            return self._fits(rasters, task)

        def done(task: EngineTask) -> None:
            self._task = None
            if task.error is None:
                self._answer(new, task.value)
            elif not isinstance(task.error, Cancelled):
                self.problem = str(task.error)
                self.changed.emit()

        title = tr("SOMA: looking at the layers")
        self._task = EngineTask(title, work, done, self, quiet=True).start()

    def _fits(
        self, rasters: list[RasterInput], task: EngineTask
    ) -> list[dict[str, Any]]:
        """Return the engine's answers; a layer whose file is gone has its own."""
        with tempfile.TemporaryDirectory(prefix="soma-") as scratch:
            names, gone = [], {}
            for i, raster in enumerate(rasters):
                try:
                    names.append(placed(raster, Path(scratch)))
                except SomaError as error:
                    gone[i] = {"fit": NEVER, "text": error_text(error)}
            values = {"transform": self._transform, "rasters": names}
            found = iter(self._engine.call("fits", task, **values))
            return [gone.get(i) or next(found) for i in range(len(rasters))]

    def _answer(self, entries: list[Entry], answers: list[dict[str, Any]]) -> None:
        self.problem = ""
        for entry, answer in zip(entries, answers):
            entry.fit = answer["fit"]
            entry.why = said(answer.get("message"), answer["text"])
            # Nothing is warped against advice that nobody has read.
            entry.ticked = entry.ticked and entry.fit == SAME
        self._show()
        self._look()

    def _sorted(self) -> list[Entry]:
        return sorted(self._entries.values(), key=lambda e: _ORDER.index(e.fit))

    def _show(self) -> None:
        row = self.currentRow()
        self.blockSignals(True)
        self.clear()
        for entry in self._sorted():
            self.addItem(_item(entry))
        self.setCurrentRow(min(row, self.count() - 1))
        self.blockSignals(False)
        self.changed.emit()

    def _tick(self, item: QListWidgetItem) -> None:
        entry = self._entries[item.data(_KEY)]
        entry.ticked = item.checkState() == Qt.CheckState.Checked
        self.changed.emit()


def _item(entry: Entry) -> QListWidgetItem:
    lines = [entry.raster.name]
    if entry.fit == UNKNOWN:
        lines.append(tr("Being looked at …"))
    elif entry.why:
        lines.append("⚠ " + entry.why)
    item = QListWidgetItem("\n".join(lines))
    item.setData(_KEY, entry.raster.layer_id)
    item.setToolTip(entry.raster.path)
    if entry.fit == NEVER:
        # Not greyed out: the reason is there to be read.
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    else:
        states = Qt.CheckState
        item.setCheckState(states.Checked if entry.ticked else states.Unchecked)
    return item


def _kept_or_new(layer: QgsRasterLayer, before: dict[str, Entry]) -> Entry:
    """Return what is known of a layer as long as it shows the same raster."""
    raster = snapshot(layer)
    known = before.get(layer.id())
    if known is not None and known.raster == raster:
        return known
    return Entry(raster, ticked=known is not None and known.ticked)


def _may_be_warped(layer: QgsMapLayer) -> bool:
    raster = isinstance(layer, QgsRasterLayer) and is_file(layer)
    return raster and not is_made(layer)


def _dropped(data: QMimeData) -> list[str]:
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
