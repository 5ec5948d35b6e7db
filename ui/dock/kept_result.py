"""What a saved project keeps of the result: its figures and where its files are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtXml import QDomDocument

from ...core.base.about import VERSION
from ..engine.task import EngineTask
from ..qt.i18n import tr
from .plots import PlotPoint, read_points
from .project_state import parsed
from .result_panel import ResultPanel

_SCOPE, _ENTRY = "soma", "/result"

#: A result as dictionary, and the inliers behind it.
Shown = tuple[dict[str, Any], list[PlotPoint]]


class KeptResult(QObject):
    """Writes the result that is shown into the project, and brings it back.

    Args:
        panel: shows the result that is written, or none.
        show: gets what was read from a project.
    """

    def __init__(
        self,
        panel: ResultPanel,
        show: Callable[[dict[str, Any], list[PlotPoint]], None],
    ):
        super().__init__(panel)
        self._panel, self._show = panel, show
        # A project may be closed, or a run may end, while files are looked at.
        self._number = 0
        project = QgsProject.instance()
        project.writeProject.connect(self._write)
        project.readProject.connect(self.read)
        project.cleared.connect(self.drop)

    def close_down(self) -> None:
        """Let go of the project; for the end of the plugin."""
        self.drop()
        project = QgsProject.instance()
        project.writeProject.disconnect(self._write)
        project.readProject.disconnect(self.read)
        project.cleared.disconnect(self.drop)

    def drop(self) -> None:
        """Show nothing of what is still being read."""
        self._number += 1

    def read(self, document: QDomDocument | None = None) -> None:
        """Show the result that the project was saved with, if there is one."""
        self.drop()
        number, project = self._number, QgsProject.instance()
        kept = parsed(project.readEntry(_SCOPE, _ENTRY)[0])
        if not _is_result(kept):
            return
        resolver = project.pathResolver()
        paths = {
            role: resolver.readPath(str(path)) for role, path in kept["files"].items()
        }

        def done(task: EngineTask) -> None:
            if task.error is None and number == self._number:
                self._show(*task.value)

        def work(task: EngineTask) -> Shown:
            return _found(kept, paths)

        title = tr("SOMA: looking at the layers")
        EngineTask(title, work, done, self, quiet=True).start()

    def _write(self, document: QDomDocument) -> None:
        project, result = QgsProject.instance(), self._panel.result
        if result is None:
            project.removeEntry(_SCOPE, _ENTRY)
            return
        resolver = project.pathResolver()
        files = {role: resolver.writePath(p) for role, p in result["files"].items()}
        kept = {"version": VERSION, **result, "files": files}
        project.writeEntry(_SCOPE, _ENTRY, json.dumps(kept))


def _is_result(kept: dict[str, Any]) -> bool:
    """Return whether this has what the panel needs; another version's may not."""
    tables = all(isinstance(kept.get(key), dict) for key in ("quality", "files"))
    return kept.get("version") == VERSION and tables


def _found(kept: dict[str, Any], paths: dict[str, str]) -> Shown:
    """Return a result with those of its files that are still there, and its inliers."""
    files = {role: path for role, path in paths.items() if Path(path).exists()}
    # A project comes from anywhere, and this is what a click opens.
    if not files.get("report", ".html").endswith(".html"):
        del files["report"]
    table = files.get("matches_csv")
    points = read_points(table) if table else []
    return {**kept, "files": files}, points
