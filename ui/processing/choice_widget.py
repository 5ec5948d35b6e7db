"""What a choice of an algorithm looks like in QGIS's dialogs: words for its codes.

QGIS imports this, by the name in the choice's metadata, where it makes a dialog.
"""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.core import QgsProcessingParameterDefinition
from qgis.gui import QgsGui
from qgis.PyQt.QtWidgets import QComboBox, QWidget

from ..qt.widgets import combo
from .choices import is_list, words_of

#: Which dialog asks is known by the name of its class alone, as in QGIS's own code.
_MODELER = "ModelerParametersDialog"


class ChoiceWidget:
    """What a choice's metadata names; QGIS calls it for the widget of a dialog.

    It has to be a class for QGIS, though what it returns is of another one.
    """

    def __new__(  # type: ignore[misc]
        cls, parameter: QgsProcessingParameterDefinition, dialog: Any, *place: int
    ) -> Any:
        """Return what shows a parameter in a dialog."""
        if type(dialog).__name__ == _MODELER:
            return _in_model(parameter, dialog)
        return Chooser(parameter, dialog, *place)


class Chooser(WidgetWrapper):
    """A list of words whose value is a code.

    Where the parameter is no list but text, other values can be typed.
    """

    def createWidget(self) -> QWidget:
        """Return the list."""
        definition = self.parameterDefinition()
        words = words_of(definition)
        box = combo(*((meaning, code) for code, meaning in words))
        box.setEditable(not is_list(definition))
        box.currentTextChanged.connect(
            lambda text: self.widgetValueHasChanged.emit(self)
        )
        return box

    def setValue(self, value: Any) -> None:
        """Show a value."""
        text = "" if value is None else str(value)
        row = self.widget.findData(text)
        if row >= 0:
            self.widget.setCurrentIndex(row)
        elif self.widget.isEditable():
            self.widget.setEditText(text)

    def value(self) -> str:
        """Return the code of what is shown."""
        row = self.widget.findText(self.widget.currentText())
        typed = self.widget.currentText().strip()
        return self.widget.itemData(row) if row >= 0 else typed


def _in_model(parameter: QgsProcessingParameterDefinition, dialog: Any) -> Any:
    """Return QGIS's own widget of the model designer, with words over the codes.

    It is kept because a value may come from elsewhere in the model, too.
    """
    widget = QgsGui.processingGuiRegistry().createModelerParameterWidget(
        dialog.model, dialog.childId, parameter, dialog.context
    )
    widget.setDialog(dialog)
    for box in widget.findChildren(QComboBox):
        for code, meaning in words_of(parameter):
            row = box.findData(code)
            if row >= 0:
                box.setItemText(row, meaning)
    return widget
