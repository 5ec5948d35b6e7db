"""What this product made: marks on layers, and what files say of themselves.

Results never become inputs by themselves. Whether a layer shows one is told by a mark
that projects keep, by a tag that every raster of a run carries, and by the list of
files that a run leaves in its folder; a result that is dragged into another project
is known by the last two.
"""

from __future__ import annotations

import json
from pathlib import Path

from qgis.core import QgsMapLayer, QgsProviderRegistry, QgsRasterLayer

from ...core.base.types import OUTPUTS_LIST, RESULT_TAG

#: Custom property of a layer: the name of the file that a run wrote.
_RESULT = "soma/result"
#: What a registration calls its rasters; other files in its list may be inputs.
_RASTERS = {"registered.tif", "checkerboard.tif", "quality.tif"}
#: Those of them that show how well two images fit, and are themselves no image.
_PICTURES = {"checkerboard.tif", "quality.tif"}


def mark(layer: QgsMapLayer) -> None:
    """Mark a layer of a file that was written; saved projects keep it."""
    # The name of the file, as styles are copied from layer to layer with all marks.
    layer.setCustomProperty(_RESULT, _file(layer).name)


def is_made(layer: QgsMapLayer) -> bool:
    """Return whether a layer shows what a registration or a comparison wrote.

    Opens no raster: the provider tells what it read when the layer was made.
    """
    path = _file(layer)
    if layer.customProperty(_RESULT) == path.name:
        return True
    if not isinstance(layer, QgsRasterLayer) or layer.providerType() != "gdal":
        return False
    if layer.isValid() and f"{RESULT_TAG}=" in layer.dataProvider().htmlMetadata():
        return True
    return path.name in _RASTERS & _listed(path.parent)


def is_picture(layer: QgsMapLayer) -> bool:
    """Return whether a layer shows how well images fit: nobody registers that."""
    return _file(layer).name in _PICTURES and is_made(layer)


def _file(layer: QgsMapLayer) -> Path:
    """Return the file of a layer; any name where it is none."""
    registry = QgsProviderRegistry.instance()
    parts = registry.decodeUri(layer.providerType(), layer.source())
    return Path(parts.get("path") or layer.source())


def _listed(folder: Path) -> set[str]:
    """Return the names of the files in a folder that runs wrote there."""
    try:
        values = json.loads((folder / OUTPUTS_LIST).read_text(encoding="utf-8"))
        return set(values["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return set()
