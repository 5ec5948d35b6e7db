"""The dock: form, one line about what will happen, Register, and the result."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsDockWidget, QgsMapCanvas
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QCloseEvent
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ...core.base.errors import Cancelled
from ..engine.engine import Engine, EngineMissing
from ..engine.task import EngineTask, ask
from ..layers import results
from ..layers.choice import Choice
from ..layers.job import Rendered, build_job
from ..layers.online_map import Renderer
from ..layers.out_folder import run_folder
from ..qt import settings
from ..qt.i18n import tr
from ..qt.later import later
from ..qt.mnemonics import Mnemonics
from ..qt.widgets import TallScroll
from ..words import sentences
from .form import JobForm
from .kept_result import KeptResult
from .plots import PlotPoint
from .project_state import ProjectState
from .result_panel import ResultPanel
from .run import Outcome, Run
from .run_bar import RunBar
from .tabs import DockTabs

#: A change of the form is planned after this pause, in milliseconds.
PLAN_AFTER_MS = 400


class RegisterDock(QgsDockWidget):
    """Assembles form, run bar and result panel, and moves between their states.

    Tools that work on the same pair of layers have their place in ``tabs``, use
    ``sar_layer``, ``optical_layer``, ``choice`` and ``engine``, and follow
    ``pairChanged`` and ``resultReady``.
    """

    pairChanged = pyqtSignal()
    resultReady = pyqtSignal(dict)
    setupWanted = pyqtSignal()
    applyWanted = pyqtSignal(str)

    def __init__(
        self, canvas: QgsMapCanvas, engine: Engine, parent: QWidget | None = None
    ):
        super().__init__(tr("SOMA Registration"), parent)
        self.setObjectName("SomaRegistrationDock")
        self.engine = engine
        self.task: EngineTask | None = None
        self._plan_number, self._models_known = 0, False
        self._scratch: Path | None = None
        self.renderer = Renderer(self)
        self.form, self.panel, self.bar = JobForm(canvas), ResultPanel(), RunBar()
        self._assemble()
        self._timer = later(self, PLAN_AFTER_MS, self._plan)
        self.form.changed.connect(self._changed)
        self.bar.registerWanted.connect(self.register)
        self.bar.cancelWanted.connect(self.cancel)
        self.bar.setupWanted.connect(self.setupWanted)
        self.panel.applyWanted.connect(
            lambda: self.applyWanted.emit(self.panel.transform)
        )
        self.form.show_settings(settings.load())
        self.form.guess_layers()
        self._project_state = ProjectState(self.form)
        self._project_state.read()
        self._kept_result = KeptResult(self.panel, self._show_kept)
        self._kept_result.read()
        QgsProject.instance().cleared.connect(self.panel.clear)
        self.visibilityChanged.connect(self._follow_visibility)
        self.refresh()

    @property
    def sar_layer(self) -> QgsRasterLayer | None:
        """Return the SAR layer that is chosen."""
        return self.form.sar.currentLayer()

    @property
    def optical_layer(self) -> QgsRasterLayer | None:
        """Return the optical layer that is chosen."""
        return self.form.optical.currentLayer()

    @property
    def result(self) -> dict[str, Any] | None:
        """Return the result that is shown, None for none."""
        return self.panel.result

    @property
    def choice(self) -> Choice:
        """Return all choices as plain values."""
        return self.form.choice()

    def refresh(self) -> None:
        """Look at engine and layers again; after set-up or a change of project."""
        self.bar.show_engine(self.engine.is_set_up)
        self._models_known = False
        self._changed()

    def register(self) -> None:
        """Run what is chosen; the result arrives through ``resultReady``."""
        choice = self.choice
        if self.task is not None or choice.problem():
            return
        self._kept_result.drop()
        self.panel.clear()
        self._scratch = Path(tempfile.mkdtemp(prefix="soma-"))
        self.bar.show_running()
        if choice.optical.path:
            self._start(choice, None)
        else:
            self.bar.show_stage("Drawing the online map")
            self.renderer.start(choice, self.optical_layer, self._rendered)

    def cancel(self) -> None:
        """Stop what runs; nothing half-written stays behind."""
        self.bar.show_stopping()
        if self.renderer.is_active:
            self.renderer.cancel()
            self._end_run()
            self.bar.show_idle()
            self._changed()
        elif self.task is not None:
            self.task.cancel()

    def close_down(self) -> None:
        """Let go of map and tasks; for the end of the plugin."""
        self._timer.stop()
        self.renderer.cancel()
        if self.task is not None:
            self.task.cancel()
        self._end_run()
        settings.remember(self.form.settings())
        QgsProject.instance().cleared.disconnect(self.panel.clear)
        self._project_state.close_down()
        self._kept_result.close_down()
        self.form.close_down()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the choices when the dock is closed."""
        settings.remember(self.form.settings())
        super().closeEvent(event)

    def _assemble(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.addWidget(self.form)
        column.addWidget(self.panel)
        column.addStretch(1)
        self.scroller = TallScroll(inner, tr("Register"))
        whole = QWidget()
        outer = QVBoxLayout(whole)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scroller, 1)
        outer.addWidget(self.bar)
        # Further tabs come later; new widgets around this one would be laid out again.
        self.tabs = DockTabs()
        self.tabs.add(whole, tr("Register"), "dock")
        self.setWidget(self.tabs)
        self._mnemonics = Mnemonics(self)

    def _changed(self) -> None:
        self._plan_number += 1
        problem = self.choice.problem()
        ready = self.engine.is_set_up
        self.bar.show_problem(problem if ready else "")
        self.bar.allow(ready and not problem)
        self.pairChanged.emit()
        if ready and not problem and self.task is None:
            self._timer.start()

    def _plan(self) -> None:
        number, choice = self._plan_number, self.choice
        if self.task is not None or choice.problem():
            return
        if not choice.optical.path:
            self._show_plan(number, self.renderer.plan(choice, self.optical_layer))
            return
        model = self.form.models.used()

        def work(task: EngineTask) -> dict[str, Any]:
            with tempfile.TemporaryDirectory(prefix="soma-") as scratch:
                job = build_job(choice, Path(scratch) / "out", Path(scratch))
                return self.engine.call("plan", task, job=job.__dict__, model=model)

        title = tr("SOMA: looking at the layers")
        EngineTask(title, work, self._planned(number), self, quiet=True).start()
        if not self._models_known:
            self._models_known = True
            ask(self.engine, "models", self._list_models, self)

    def _planned(self, number: int) -> Any:
        def done(task: EngineTask) -> None:
            if task.error is None:
                self._show_plan(number, task.value)
            elif number == self._plan_number and not isinstance(task.error, Cancelled):
                self.bar.show_problem(str(task.error))

        return done

    def _show_plan(self, number: int, plan: dict[str, Any]) -> None:
        if number != self._plan_number or self.task is not None:
            return
        if plan["ok"]:
            self.bar.show_plan(sentences.plan_line(plan))
        else:
            self.bar.show_problem(sentences.plan_line(plan))
        self.bar.allow(plan["ok"])

    def _list_models(self, task: EngineTask) -> None:
        if task.error is None:
            self.form.models.show_cards(task.value)

    def _rendered(self, rendered: Rendered | None, problem: str) -> None:
        if rendered is None:
            self._end_run()
            self.bar.show_idle()
            self.panel.show_problem(tr("Not registered"), problem)
            return
        self._start(self.choice, rendered)

    def _start(self, choice: Choice, rendered: Rendered | None) -> None:
        run = Run(self.engine, choice, run_folder(choice), self._scratch, rendered)
        title = tr("Register {name}").format(name=choice.moving.name)
        self.task = EngineTask(
            title, run.work, lambda task: self._registered(task, run), self
        )
        self.task.stage.connect(self.bar.show_stage)
        self.task.progressChanged.connect(self.bar.show_progress)
        project = QgsProject.instance()
        layers = [project.mapLayer(r.layer_id) for r in (choice.sar, choice.optical)]
        self.task.setDependentLayers([layer for layer in layers if layer])
        self.task.start()

    def _registered(self, task: EngineTask, run: Run) -> None:
        self.task = None
        if task.error is not None:
            run.discard()
        self._end_run()
        self.bar.show_idle()
        if isinstance(task.error, Cancelled):
            self.panel.show_problem(tr("Stopped"), str(task.error))
        elif isinstance(task.error, EngineMissing):
            self.bar.show_engine(False)
        elif task.error is not None:
            self.panel.show_problem(tr("This did not work"), str(task.error))
        else:
            self._show_result(task.value, run.choice)
        self._changed()

    def _show_result(self, outcome: Outcome, choice: Choice) -> None:
        if outcome.loaded:
            title = f"SOMA: {choice.sar.name} – {choice.optical.name}"
            results.add_loaded(outcome.loaded, title, outcome.origin)
        self.panel.show_result(outcome.result, outcome.points)
        self.resultReady.emit(outcome.result)
        QTimer.singleShot(100, self._scroll_to_result)

    def _scroll_to_result(self) -> None:
        self.scroller.verticalScrollBar().setValue(self.panel.y())

    def _show_kept(self, result: dict[str, Any], points: list[PlotPoint]) -> None:
        """Show what the project was saved with, unless there is something newer."""
        if self.task is None and not self.panel.isVisibleTo(self):
            self.panel.show_result(result, points)

    def _follow_visibility(self) -> None:
        """Keep the map free while the dock is closed; a tab before it is no matter."""
        self.form.area.show_frame(not self.isHidden())

    def _end_run(self) -> None:
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None
