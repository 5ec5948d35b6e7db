"""The panel of the visual comparison."""

from __future__ import annotations

from qgis.core import QgsMapLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .. import units
from ..i18n import tr
from ..widgets import SHRINKING, combo, form_layout, push_button
from .inspector import Inspector
from .state import (
    BLEND,
    CELL_PX,
    CHECKER,
    FLICKER,
    MODES,
    RATE_HZ,
    REDCYAN,
    SWIPE_H,
    SWIPE_V,
    SWIPES,
    TOGGLE,
)

#: Steps of the sliders that stand for fractions.
_STEPS = 100


class InspectPanel(QWidget):
    """Chooses two layers and how they are compared.

    Args:
        inspector: what shows them.
    """

    def __init__(self, inspector: Inspector, parent: QWidget | None = None):
        super().__init__(parent)
        self._inspector = inspector
        self.first, self.second = _layer_box(), _layer_box()
        self.swap = QToolButton()
        self.swap.setText("⇅")
        self.swap.setToolTip(tr("Swap the two layers"))
        self.swap.setAccessibleName(tr("Swap the two layers"))
        names = mode_names()
        self.mode = combo(*((names[mode], mode) for mode in MODES))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider_name = QLabel()
        self.slider_name.setBuddy(self.slider)
        self.value = QLabel()
        self.value.setMinimumWidth(
            self.value.fontMetrics().horizontalAdvance(units.pixels("000"))
        )
        self.stretch = QCheckBox(tr("Even out &contrast"))
        self.stretch.setChecked(inspector.stretch)
        self.stretch.setToolTip(
            tr(
                "Show dark radar images bright enough; the layers' own styles stay as "
                "they are"
            )
        )
        self.flip = push_button()
        self.switch = push_button(tr("Compare on the &map"))
        self.switch.setCheckable(True)
        self._assemble()
        self._connect()
        self._mode_changed()

    def choose(self, first: QgsMapLayer | None, second: QgsMapLayer | None) -> None:
        """Set both layers, for instance before and after a registration."""
        for box, layer in ((self.first, first), (self.second, second)):
            if layer is not None:
                box.setLayer(layer)

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        form = form_layout()
        form.addRow(tr("&First layer"), self.first)
        row = QHBoxLayout()
        row.addWidget(self.second, 1)
        row.addWidget(self.swap)
        second = QLabel(tr("&Second layer"))
        second.setBuddy(self.second)
        form.addRow(second, row)
        form.addRow(tr("S&how as"), self.mode)
        line = QHBoxLayout()
        line.addWidget(self.slider, 1)
        line.addWidget(self.value)
        form.addRow(self.slider_name, line)
        form.addRow("", self.stretch)
        column.addLayout(form)
        column.addWidget(self.flip)
        column.addWidget(self.switch)
        column.addStretch(1)

    def _connect(self) -> None:
        self.first.layerChanged.connect(self._layers_changed)
        self.second.layerChanged.connect(self._layers_changed)
        self.swap.clicked.connect(self._swap)
        self.mode.currentIndexChanged.connect(self._mode_changed)
        self.slider.valueChanged.connect(self._slid)
        self.stretch.toggled.connect(self._inspector.set_stretch)
        self.flip.clicked.connect(self._inspector.toggle)
        self.switch.toggled.connect(self._switched)
        self._inspector.changed.connect(self._show_state)

    def _switched(self, on: bool) -> None:
        if not on:
            self._inspector.stop()
            return
        self._start()

    def _start(self) -> None:
        first, second = self.first.currentLayer(), self.second.currentLayer()
        self._inspector.start(first, second)

    def _layers_changed(self) -> None:
        if self._inspector.is_on:
            self._start()

    def _swap(self) -> None:
        first, second = self.first.currentLayer(), self.second.currentLayer()
        self.first.blockSignals(True)
        self.first.setLayer(second)
        self.first.blockSignals(False)
        self.second.setLayer(first)
        self._layers_changed()

    def _mode_changed(self) -> None:
        mode = self.mode.currentData()
        self._inspector.set_view(mode=mode)
        self._show_slider()
        self.flip.setVisible(mode == TOGGLE)
        self._show_state()

    def _show_slider(self) -> None:
        view, mode = self._inspector.view, self._inspector.view.mode
        name, low, high, value = {
            CHECKER: (tr("Cell si&ze"), *CELL_PX, view.cell_px),
            FLICKER: (
                tr("&Rate"),
                round(RATE_HZ[0] * 10),
                round(RATE_HZ[1] * 10),
                round(view.rate_hz * 10),
            ),
            BLEND: (tr("&Opacity"), 0, _STEPS, round(view.opacity * _STEPS)),
            SWIPE_V: (tr("&Edge"), 0, _STEPS, round(view.position * _STEPS)),
            SWIPE_H: (tr("&Edge"), 0, _STEPS, round(view.position * _STEPS)),
        }.get(mode, ("", 0, 1, 0))
        self.slider.blockSignals(True)
        self.slider.setRange(low, high)
        self.slider.setValue(value)
        self.slider.blockSignals(False)
        self.slider_name.setText(name)
        for widget in (self.slider, self.slider_name, self.value):
            widget.setVisible(bool(name))
        self._show_value()

    def _slid(self, value: int) -> None:
        mode = self._inspector.view.mode
        if mode == CHECKER:
            self._inspector.set_view(cell_px=value)
        elif mode == FLICKER:
            self._inspector.set_view(rate_hz=value / 10)
        elif mode == BLEND:
            self._inspector.set_view(opacity=value / _STEPS)
        elif mode in SWIPES:
            self._inspector.set_view(position=value / _STEPS)
        self._show_value()

    def _show_value(self) -> None:
        view = self._inspector.view
        texts = {
            CHECKER: units.pixels(str(view.cell_px)),
            FLICKER: tr("{n:.1f} / s").format(n=view.rate_hz),
            BLEND: f"{view.opacity:.0%}",
            SWIPE_V: f"{view.position:.0%}",
            SWIPE_H: f"{view.position:.0%}",
        }
        self.value.setText(texts.get(view.mode, ""))

    def _show_state(self) -> None:
        inspector = self._inspector
        self.switch.blockSignals(True)
        self.switch.setChecked(inspector.is_on)
        self.switch.blockSignals(False)
        self.flip.setEnabled(inspector.is_on)
        shown = self.second if inspector.second_shown else self.first
        self.flip.setText(tr("Shown: {name}").format(name=shown.currentText()))
        if inspector.view.mode in SWIPES:
            self._show_slider()


def mode_names() -> dict[str, str]:
    """Return the kinds of comparison in the user's language."""
    return {
        CHECKER: tr("Checkerboard"),
        SWIPE_V: tr("Swipe left and right"),
        SWIPE_H: tr("Swipe up and down"),
        FLICKER: tr("Flicker"),
        BLEND: tr("Blend"),
        REDCYAN: tr("Red and cyan"),
        TOGGLE: tr("Before and after"),
    }


def _layer_box() -> QgsMapLayerComboBox:
    box = QgsMapLayerComboBox()
    box.setSizeAdjustPolicy(SHRINKING)
    box.setMinimumContentsLength(8)
    return box
