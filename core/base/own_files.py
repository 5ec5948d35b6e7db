"""Files that this program wrote before, known by what is in them."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Sequence

import rasterio
from rasterio.errors import NotGeoreferencedWarning

from .errors import BadInput
from .gdal_errors import GDAL_ERRORS
from .text_file import json_of, read_text
from .types import RESULT_TAG

#: What the report of a match holds, whatever else.
_REPORT_KEYS = {"status", "reason", "code", "mov_to_ref", "matches", "quality"}


def refuse_foreign(outputs: Sequence[Path], overwrite: bool = False) -> None:
    """Raise ``BadInput`` for an output that exists and is not one of our own.

    Args:
        outputs: rasters, reports of matches and their dense maps.
        overwrite: whether somebody said that other files may be replaced.
    """
    for out in outputs:
        if not overwrite and os.path.lexists(out) and not is_own(out):
            raise BadInput.of("exists_already", path=out)


def is_own(path: Path) -> bool:
    """Return whether a file is a raster, a report or a dense map that we wrote."""
    if not os.path.isfile(path):
        return False
    if path.suffix.lower() == ".npy":
        return _is_report(path.with_suffix(".json"))
    return _is_report(path) or _is_result(path)


def _is_report(path: Path) -> bool:
    try:
        values = json_of(path, read_text(path))
    except BadInput:
        return False
    return isinstance(values, dict) and values.keys() >= _REPORT_KEYS


def _is_result(path: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver="GTiff") as dataset:
                return RESULT_TAG in dataset.tags()
    except (*GDAL_ERRORS, OSError):
        return False
