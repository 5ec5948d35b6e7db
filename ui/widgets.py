"""Small helpers to build forms that stay whole when fonts are large."""

from __future__ import annotations

from qgis.gui import QgsRasterBandComboBox
from qgis.PyQt.QtCore import QEvent, QObject, QSize, Qt
from qgis.PyQt.QtGui import QFontMetrics
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QFormLayout,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from .i18n import tr

#: Combo boxes may become narrower than their longest entry.
SHRINKING = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
#: Lines higher than this leave no room for labels beside the fields.
LARGE_FONT_PX = 26
#: Width of a panel that is comfortable to read.
COMFORTABLE_CHARACTERS = 42
TOOLTIP = Qt.ItemDataRole.ToolTipRole


def combo(*items: tuple[str, str]) -> QComboBox:
    """Return a combo box of (text, data) items."""
    box = QComboBox()
    shrink(box)
    for text, data in items:
        box.addItem(text, data)
    return box


def band_box() -> QgsRasterBandComboBox:
    """Return a band chooser that may be left automatic."""
    box = QgsRasterBandComboBox()
    box.setShowNotSetOption(True, tr("Automatic"))
    shrink(box)
    return box


def shrink(box: QComboBox) -> None:
    """Let a combo box become narrower than its longest entry."""
    box.setSizeAdjustPolicy(SHRINKING)
    box.setMinimumContentsLength(6)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


class TallScroll(QScrollArea):
    """Scrolls up and down only: it is always as wide as its content needs."""

    def __init__(self, content: QWidget):
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """Return the content's least width."""
        width = self.widget().minimumSizeHint().width()
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(width + bar, self.fontMetrics().height() * 6)

    def sizeHint(self) -> QSize:
        """Return room for short lines: the map needs the rest more."""
        lines = self.fontMetrics().averageCharWidth() * COMFORTABLE_CHARACTERS
        width = max(self.minimumSizeHint().width(), lines)
        return QSize(width, super().sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the content when its least width changes."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def form_layout() -> QFormLayout:
    """Return a form whose labels go above the fields where fonts are large."""
    form = QFormLayout()
    policy = QFormLayout.RowWrapPolicy
    large = QFontMetrics(QApplication.font()).height() > LARGE_FONT_PX
    form.setRowWrapPolicy(policy.WrapAllRows if large else policy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
