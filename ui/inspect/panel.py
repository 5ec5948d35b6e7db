"""The panel of the visual comparison."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsProject
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..qt.i18n import tr
from ..qt.widgets import Paragraph, combo, form_layout, push_button, shrink
from .inspector import Inspector
from .mode_names import mode_names, told
from .mode_slider import ModeSlider
from .state import (
    MODES,
    OVERLAID,
    SWIPES,
    TOGGLE,
)


class InspectPanel(QWidget):
    """Chooses two layers and how they are compared.

    Args:
        inspector: what shows them.
    """

    def __init__(self, inspector: Inspector, parent: QWidget | None = None):
        super().__init__(parent)
        self._inspector = inspector
        self.first, self.second, self.under = _layer_box(), _layer_box(), _layer_box()
        self.under.setAllowEmptyLayer(True)
        self.under.setLayer(None)
        self.under.setToolTip(
            tr("The image that both placements are drawn over; it is not moved")
        )
        self.first_name, self.second_name, self.under_name = (QLabel() for _ in "123")
        #: Layers of the two kinds of comparison, by whether there is a reference.
        self._pairs: dict[bool, tuple[str, str]] = {}
        self.swap = QToolButton()
        self.swap.setText("⇅")
        self.swap.setToolTip(tr("Swap the two layers"))
        self.swap.setAccessibleName(tr("Swap the two layers"))
        names = mode_names()
        self.mode = combo(*((names[mode], mode) for mode in MODES))
        self.slider = ModeSlider(inspector)
        self.stretch = QCheckBox(tr("Even out &contrast"))
        self.stretch.setChecked(inspector.stretch)
        self.stretch.setToolTip(
            tr(
                "Show dark radar images bright enough; the layers' own styles stay as "
                "they are"
            )
        )
        self.told = Paragraph()
        self.flip = push_button()
        self.switch = push_button(tr("Compare on the &map"))
        self.switch.setCheckable(True)
        self._assemble()
        self._connect()
        self._mode_changed()

    def choose(self, first: QgsMapLayer | None, second: QgsMapLayer | None) -> None:
        """Set both layers, for instance a reference and what was registered to it."""
        self._remember(False, first, second)

    def choose_placements(
        self,
        before: QgsMapLayer | None,
        after: QgsMapLayer | None,
        under: QgsMapLayer | None,
    ) -> None:
        """Set an image as it was and as it is placed now, and what lies below both."""
        self._remember(True, before, after)
        self.under.setLayer(under)

    def close_down(self) -> None:
        """Let go of the project; for the end of the plugin."""
        project = QgsProject.instance()
        project.legendLayersAdded.disconnect(self._show_state)
        project.layersRemoved.disconnect(self._show_state)

    def problem(self) -> str:
        """Return why there is nothing to compare, "" when there is."""
        first, second = self.first.currentLayer(), self.second.currentLayer()
        if first is None or second is None or self.first.count() < 2:
            return tr("There have to be two layers in the project to compare them.")
        if first == second:
            return tr("Both choices are the same layer; choose two different ones.")
        return ""

    def _remember(
        self, placed: bool, first: QgsMapLayer | None, second: QgsMapLayer | None
    ) -> None:
        old = self._pairs.get(placed, ("", ""))
        new = tuple(x.id() if x else known for x, known in zip((first, second), old))
        self._pairs[placed] = (new[0], new[1])
        if placed == self._is_placed():
            self._show_pair()

    def _show_pair(self) -> None:
        """Put the layers of the present kind of comparison into their boxes."""
        project = QgsProject.instance()
        for box, layer_id in zip(
            (self.first, self.second), self._pairs.get(self._is_placed(), ("", ""))
        ):
            layer = project.mapLayer(layer_id)
            if layer is not None:
                box.setLayer(layer)

    def _is_placed(self) -> bool:
        return self.mode.currentData() in OVERLAID

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        form = form_layout()
        form.addRow(tr("S&how as"), self.mode)
        form.addRow(self.first_name, self.first)
        row = QHBoxLayout()
        row.addWidget(self.second, 1)
        row.addWidget(self.swap)
        form.addRow(self.second_name, row)
        form.addRow(self.under_name, self.under)
        for name, box in (
            (self.first_name, self.first),
            (self.second_name, self.second),
            (self.under_name, self.under),
        ):
            name.setBuddy(box)
        form.addRow(self.slider.name, self.slider.line)
        form.addRow("", self.stretch)
        column.addLayout(form)
        column.addWidget(self.switch)
        column.addWidget(self.flip)
        column.addWidget(self.told)
        column.addStretch(1)

    def _connect(self) -> None:
        for box in (self.first, self.second, self.under):
            box.layerChanged.connect(self._layers_changed)
        self.swap.clicked.connect(self._swap)
        self.mode.currentIndexChanged.connect(self._mode_changed)
        self.stretch.toggled.connect(self._inspector.set_stretch)
        self.flip.clicked.connect(lambda: self._inspector.toggle())
        self.switch.toggled.connect(self._switched)
        self._inspector.changed.connect(self._show_state)
        self._inspector.failed.connect(self._show_failure)
        project = QgsProject.instance()
        # Layer boxes do not tell when their first entry appears.
        project.legendLayersAdded.connect(self._show_state)
        project.layersRemoved.connect(self._show_state)

    def _switched(self, on: bool) -> None:
        (self._start if on and not self.problem() else self._inspector.stop)()
        self._show_state()

    def _start(self) -> None:
        under = self.under.currentLayer() if self._is_placed() else None
        first, second = self.first.currentLayer(), self.second.currentLayer()
        self._inspector.start(first, second, under)

    def _layers_changed(self) -> None:
        pair = (self.first.currentLayer(), self.second.currentLayer())
        self._pairs[self._is_placed()] = tuple(x.id() if x else "" for x in pair)
        if self._inspector.is_on:
            self._start()
        self._show_state()

    def _swap(self) -> None:
        first, second = self.first.currentLayer(), self.second.currentLayer()
        self.first.blockSignals(True)
        self.first.setLayer(second)
        self.first.blockSignals(False)
        self.second.setLayer(first)
        self._layers_changed()

    def _mode_changed(self) -> None:
        mode, placed = self.mode.currentData(), self._is_placed()
        self._inspector.set_view(mode=mode)
        self.first_name.setText(tr("&Before") if placed else tr("&First layer"))
        self.second_name.setText(tr("A&fter") if placed else tr("&Second layer"))
        self.under_name.setText(tr("Over &reference"))
        for widget in (self.under, self.under_name):
            widget.setVisible(placed)
        self.slider.follow()
        self.flip.setVisible(mode == TOGGLE)
        self._show_pair()
        self._layers_changed()

    def _show_state(self) -> None:
        inspector, problem = self._inspector, self.problem()
        self.switch.blockSignals(True)
        self.switch.setChecked(inspector.is_on)
        self.switch.blockSignals(False)
        self.switch.setEnabled(inspector.is_on or not problem)
        self.flip.setEnabled(inspector.is_on)
        shown = self.second if inspector.second_shown else self.first
        self.flip.setText(tr("Shown: {name}").format(name=shown.currentText()))
        if problem:
            self.told.setText("⚠ " + problem)
        else:
            self.told.setText(self._what() if inspector.is_on else "")
        if inspector.view.mode in SWIPES:
            self.slider.follow()

    def _show_failure(self, text: str) -> None:
        self._show_state()
        told = tr("The comparison broke down and was taken off the map ({why}).")
        self.told.setText("⚠ " + told.format(why=text))

    def _what(self) -> str:
        """Return what is where on the map."""
        under = self.under.currentLayer() if self._is_placed() else None
        return told(
            self._inspector.view.mode,
            self.first.currentText(),
            self.second.currentText(),
            under.name() if under is not None else "",
        )


def _layer_box() -> QgsMapLayerComboBox:
    box = QgsMapLayerComboBox()
    shrink(box)
    return box
