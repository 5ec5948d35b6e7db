"""Control points as a GeoPackage layer of the project, so that they are kept."""

from __future__ import annotations

import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtXml import QDomDocument

from ..qt.i18n import tr
from ..qt.later import later
from .background import Background
from .geopackage import Row, free_file, write_rows
from .jobs import Jobs
from .points import PointList
from .points_layer import add_points_layer, points_layer, write_into_tree
from .rows import points_of, rows_of

_SAVE_AFTER_MS = 400
#: Project and plugin wait so long for the disk when they are saved or closed, seconds.
WAIT_S = 3.0


@dataclass(frozen=True)
class _Writing:
    """Points of a pair on their way into a file, and its layer if there is one.

    Args:
        name: of the layer that they move.
    """

    pair: str
    name: str
    path: Path
    layer: QgsVectorLayer | None
    rows: tuple[Row, ...]
    crs: QgsCoordinateReferenceSystem
    future: Future[None]


class PointStore(QObject):
    """Writes the points into a layer after each change, and reads them back.

    A disk may be slow, so a thread writes while the window goes on; ``save`` waits
    for it, but not for ever. Each pair of layers has a points layer of its own;
    ``follow`` changes over.

    Args:
        points: what is kept.
        jobs: says where results go.

    Signals:
        troubled: why the points could not be written.
    """

    troubled = pyqtSignal(str)
    _written = pyqtSignal()

    def __init__(self, points: PointList, jobs: Jobs):
        super().__init__()
        self._points, self._jobs = points, jobs
        self._layer: QgsVectorLayer | None = None
        self._pair = self._name = ""
        # A file may give an unusual CRS back in other words: that of the points counts.
        self._crs = QgsCoordinateReferenceSystem()
        self._thread = Background("soma-points")
        self._pending = False
        self._writing: _Writing | None = None
        self._kept: tuple[Row, ...] | None = None
        self._timer = later(self, _SAVE_AFTER_MS, self._begin)
        self._written.connect(self._notice)
        points.changed.connect(self._changed)
        points.fitted.connect(self._fitted)
        project = QgsProject.instance()
        project.readProject.connect(self._project_read)
        project.writeProject.connect(self._project_written)
        project.removeAll.connect(self._project_emptied)
        project.cleared.connect(self._project_cleared)
        self._take()

    @property
    def layer(self) -> QgsVectorLayer | None:
        """Return the layer, None when there is none or it was removed."""
        if self._layer is not None and sip.isdeleted(self._layer):
            self._layer = None
        return self._layer

    @property
    def is_saved(self) -> bool:
        """Return whether nothing waits to be written."""
        return not self._pending and self._writing is None

    def save(self) -> None:
        """Bring the layer up to date now; it is made when the first point is there."""
        self._keep(show=True)

    def follow(self) -> None:
        """Change over to the points of the pair that is chosen now, if it is another.

        Points of the pair before stay in their layer.
        """
        if self._jobs.pair() != self._pair:
            self.save()
            self._take()

    def close_down(self) -> None:
        """Save what is pending and let go of the project."""
        self.save()
        self._thread.close()
        project = QgsProject.instance()
        project.readProject.disconnect(self._project_read)
        project.writeProject.disconnect(self._project_written)
        project.removeAll.disconnect(self._project_emptied)
        project.cleared.disconnect(self._project_cleared)
        self._points.changed.disconnect(self._changed)
        self._points.fitted.disconnect(self._fitted)

    def _changed(self) -> None:
        self._pending = True
        self._timer.start()
        if self.layer is None and len(self._points):
            # QGIS then offers to save the project, and with it the points.
            QgsProject.instance().setDirty(True)

    def _fitted(self) -> None:
        if len(self._points):
            self._pending = True
            self._timer.start()

    def _keep(self, show: bool) -> None:
        """Write what is pending, and wait for the disk as long as that is sensible.

        Args:
            show: whether a file that is new becomes a layer.
        """
        self._timer.stop()
        end = time.monotonic() + WAIT_S
        self._wait(end, show)
        if self._pending:
            # Where the disk hangs, the thread has it from now on.
            self._begin(behind=True)
            self._wait(end, show)

    def _begin(self, behind: bool = False) -> None:
        """Let the thread write the points as they are now.

        Args:
            behind: even while it still writes; else the end of that begins again.
        """
        self._timer.stop()
        before, crs = self._writing, self._points.crs
        if before is not None and not behind:
            return
        self._pending, layer = False, self.layer if crs == self._crs else None
        rows = rows_of(self._points)
        if layer is not None and rows == self._kept and before is None:
            return
        if layer is not None:
            path = Path(layer.source().partition("|")[0])
        elif before is not None and before.crs == crs and before.pair == self._pair:
            path = before.path
        elif rows and self._jobs.pair():
            folder = Path(self._jobs.out_folder()).parent
            path = free_file(folder, before.path if before is not None else None)
        else:
            # Points read from a file while no pair is chosen belong to none.
            return
        wkt = crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED_GDAL)
        future = self._thread.submit(partial(write_rows, path, rows, wkt))
        name = self._moving()
        self._writing = _Writing(self._pair, name, path, layer, rows, crs, future)
        future.add_done_callback(self._tell_written)

    def _moving(self) -> str:
        """Return the name of the moving layer of the points' pair.

        While the choice changes over, the form tells of the next pair already.
        """
        if self._jobs.pair() == self._pair:
            self._name = self._jobs.names()[0]
        return self._name

    def _tell_written(self, future: Future[None]) -> None:
        """Tell the window's thread; the store may be gone by then."""
        with suppress(RuntimeError):
            self._written.emit()

    def _notice(self) -> None:
        # Told late, of a writing that was waited for, another may be under way.
        if self._writing is not None and self._writing.future.done():
            self._finish()

    def _wait(self, end: float, show: bool) -> None:
        """Wait for the thread until some time, and take over what it wrote."""
        writing = self._writing
        if writing is None:
            return
        try:
            writing.future.exception(max(0.0, end - time.monotonic()))
        except NotYet:
            text = tr("The disk of the control points does not answer: {path}")
            self.troubled.emit(text.format(path=writing.path))
            return
        self._finish(show)

    def _finish(self, show: bool = True) -> None:
        """Take over what the thread wrote.

        Args:
            show: whether a file that is new becomes a layer.
        """
        writing, self._writing = self._writing, None
        try:
            writing.future.result()
        except OSError as error:
            # The next change, or saving the project, tries again.
            self._pending = True
            text = tr("The control points could not be saved: {why}")
            self.troubled.emit(text.format(why=error))
            return
        layer = writing.layer
        if layer is None:
            made = (writing.path, writing.name, writing.pair)
            layer = add_points_layer(*made) if show else None
        elif not sip.isdeleted(layer):
            layer.reload()
            layer.updateExtents()
            layer.triggerRepaint()
        if writing.pair == self._pair:
            self._layer, self._kept, self._crs = layer, writing.rows, writing.crs
        if self._pending:
            self._timer.start()

    def _take(self) -> None:
        """Load the points of the chosen pair, none when it has none yet."""
        self._pair = self._jobs.pair()
        self._layer = points_layer(self._pair)
        if self._layer is not None:
            self._crs = self._layer.crs()
            self._points.load(points_of(self._layer), self._crs)
        elif len(self._points):
            self._points.load([], QgsCoordinateReferenceSystem())
        if self._layer is None:
            self._moving()
        self._forget()

    def _forget(self) -> None:
        """Regard the points as they are now as saved."""
        self._timer.stop()
        self._pending, self._kept = False, None

    def _project_read(self, *_: Any) -> None:
        """Take the points of a project that was opened."""
        self._take()

    def _project_written(self, document: QDomDocument) -> None:
        """Save first, so that the file of the project has the layer of the points."""
        before = self.layer
        self.save()
        layer = self.layer
        if layer is not None and layer is not before:
            write_into_tree(layer, document)

    def _project_emptied(self) -> None:
        """Write what is pending before the layers go; no new one can come."""
        self._keep(show=False)

    def _project_cleared(self) -> None:
        self._layer = self._writing = None
        self._points.load([], QgsCoordinateReferenceSystem())
        self._forget()
