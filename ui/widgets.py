"""Small helpers to build forms that stay whole when fonts are large."""

from __future__ import annotations

from qgis.gui import QgsRasterBandComboBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout

from .i18n import tr

#: Combo boxes may become narrower than their longest entry.
SHRINKING = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
TOOLTIP = Qt.ItemDataRole.ToolTipRole


def combo(*items: tuple[str, str]) -> QComboBox:
    """Return a combo box of (text, data) items."""
    box = QComboBox()
    box.setSizeAdjustPolicy(SHRINKING)
    box.setMinimumContentsLength(8)
    for text, data in items:
        box.addItem(text, data)
    return box


def band_box() -> QgsRasterBandComboBox:
    """Return a band chooser that may be left automatic."""
    box = QgsRasterBandComboBox()
    box.setShowNotSetOption(True, tr("Automatic"))
    box.setSizeAdjustPolicy(SHRINKING)
    box.setMinimumContentsLength(8)
    return box


def form_layout() -> QFormLayout:
    """Return a form whose long rows wrap instead of being cut off."""
    form = QFormLayout()
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
