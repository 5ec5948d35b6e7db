"""Choices of algorithms: their values are the engine's own words, which lists explain.

Scripts, models, the history and ``qgis_process`` give and keep the engine's words.
"""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingParameterDefinition, QgsProcessingParameterEnum

#: In the metadata of a choice: what each of its values is called.
MEANINGS = "soma_meanings"
#: What makes its widget; named and not imported, as it needs QGIS's own dialogs.
_WIDGET = f"{__package__}.choice_widget.ChoiceWidget"


def choice(
    name: str, text: str, meanings: dict[str, str], default: str = ""
) -> QgsProcessingParameterEnum:
    """Return a parameter with a list of values.

    Args:
        name: of the parameter.
        text: its name for the user.
        meanings: what each value is called.
        default: a value, "" for the first one.
    """
    values = list(meanings)
    found = QgsProcessingParameterEnum(
        name, text, values, False, default or values[0], False, True
    )
    return worded(found, meanings)


def worded(
    parameter: QgsProcessingParameterDefinition, meanings: dict[str, str]
) -> QgsProcessingParameterDefinition:
    """Let dialogs show what the values of a parameter mean; returns it."""
    parameter.setMetadata({MEANINGS: meanings, "widget_wrapper": {"class": _WIDGET}})
    return parameter


def words_of(definition: QgsProcessingParameterDefinition) -> list[tuple[str, str]]:
    """Return (value, meaning) of every value of a choice, in their order."""
    meanings = definition.metadata()[MEANINGS]
    # Metadata may come back sorted by key.
    values = definition.options() if is_list(definition) else list(meanings)
    return [(value, meanings[value]) for value in values]


def is_list(definition: QgsProcessingParameterDefinition) -> bool:
    """Return whether a parameter takes the values of its list alone."""
    return isinstance(definition, QgsProcessingParameterEnum)


def coded(
    definitions: list[QgsProcessingParameterDefinition], parameters: dict[str, Any]
) -> dict[str, Any]:
    """Return parameters with the value of every choice that is given by its number.

    ``qgis_process help`` asks for numbers, whatever it lists behind them.
    """
    found = dict(parameters)
    for definition in definitions:
        number = str(parameters.get(definition.name()))
        if is_list(definition) and number.isdigit():
            values = definition.options()
            if int(number) < len(values):
                found[definition.name()] = values[int(number)]
    return found
