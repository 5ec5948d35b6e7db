"""QGIS's own plugin for algorithms: the little that the product extends and calls."""

from typing import Any


def createAlgorithmDialog(name: str, parameters: dict[str, Any]) -> Any: ...
