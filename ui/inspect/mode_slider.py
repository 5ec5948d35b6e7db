"""The slider of a kind of comparison: what it sets, its ends, and its value."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QSlider

from ..qt import units
from ..qt.i18n import tr
from .inspector import Inspector
from .state import BLEND, CELL_PX, CHECKER, FLICKER, RATE_HZ, SWIPES, TOGGLE

#: Steps of the sliders that stand for fractions.
_STEPS = 100


class ModeSlider:
    """Sets cell size, rate, opacity or edge, whichever the comparison has.

    Args:
        inspector: what is set.
    """

    def __init__(self, inspector: Inspector):
        self._inspector = inspector
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.name = QLabel()
        self.name.setBuddy(self.slider)
        self.value = QLabel()
        widest = self.value.fontMetrics().horizontalAdvance(units.pixels("000"))
        self.value.setMinimumWidth(widest)
        self.line = QHBoxLayout()
        self.line.addWidget(self.slider, 1)
        self.line.addWidget(self.value)
        self.slider.valueChanged.connect(self._slid)

    def follow(self) -> None:
        """Show what the present kind of comparison has, nothing where it has none."""
        view = self._inspector.view
        name, low, high, value = {
            CHECKER: (tr("Cell si&ze"), *CELL_PX, view.cell_px),
            FLICKER: (
                tr("&Rate"),
                round(RATE_HZ[0] * 10),
                round(RATE_HZ[1] * 10),
                round(view.rate_hz * 10),
            ),
            BLEND: (tr("&Opacity"), 0, _STEPS, round(view.opacity * _STEPS)),
            TOGGLE: (tr("&Opacity"), 0, _STEPS, round(view.opacity * _STEPS)),
            **dict.fromkeys(
                SWIPES, (tr("&Edge"), 0, _STEPS, round(view.position * _STEPS))
            ),
        }.get(view.mode, ("", 0, 1, 0))
        self.slider.blockSignals(True)
        self.slider.setRange(low, high)
        self.slider.setValue(value)
        self.slider.blockSignals(False)
        self.name.setText(name)
        for widget in (self.slider, self.name, self.value):
            widget.setVisible(bool(name))
        self._show_value()

    def _slid(self, value: int) -> None:
        mode = self._inspector.view.mode
        if mode == CHECKER:
            self._inspector.set_view(cell_px=value)
        elif mode == FLICKER:
            self._inspector.set_view(rate_hz=value / 10)
        elif mode in (BLEND, TOGGLE):
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
            TOGGLE: f"{view.opacity:.0%}",
            **dict.fromkeys(SWIPES, f"{view.position:.0%}"),
        }
        self.value.setText(texts.get(view.mode, ""))
