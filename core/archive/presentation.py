"""What is shown of a pair in an archive: its place, its time and a picture."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Mapping

import cv2
import numpy as np
import rasterio
import shapely

from ..api import OUTPUTS, output_grid
from ..base.errors import BadInput
from ..base.files import write_errors
from ..base.grid import Grid
from ..base.job import Job
from ..raster.open import open_source
from ..transform.transform_reader import read
from .folder import THUMBNAIL, Record
from .scenes import outline_of, time_of

#: File in a pair's folder that says where its moving image belongs.
TRANSFORM = OUTPUTS["transform"]
#: Longest side of the small picture in pixels, and its quality: some 10 KB.
_THUMBNAIL_PX, _QUALITY = 240, 75
#: Degrees to which footprints are rounded: about 10 cm.
_ROUNDED = 1e-6


def presentation(content: Path, record: Mapping[str, Any], job: Job) -> Record:
    """Return ``footprint``, ``grid``, ``time`` and whether there is a ``thumbnail``.

    The footprint, as GeoJSON in degrees, and the grid are those of the registered
    raster, also where that is not kept; of the moving one where the pair was refused.
    None where nothing places it.

    Args:
        content: the folder of the pair's files.
        record: what came of it.
        job: what was asked for.
    """
    place, time = _about(job.sar)
    if job.moving != "sar":
        place = _about(job.mov)[0]
    found = content / TRANSFORM
    if found.exists():
        registration = read(found)
        place = output_grid(job.grid, registration, registration.mov_grid)
    return {
        **_on_the_ground(place),
        "time": time,
        "thumbnail": _thumbnail(content, record),
    }


def _about(path: str) -> tuple[Grid | None, str]:
    """Return a raster's grid, and when it was taken; None and "" if nothing tells."""
    grid, text = None, ""
    with suppress(BadInput), open_source(path) as source:
        time = time_of(source)
        text = time.isoformat() if time else ""
        if source.has_georeference:
            grid = source.grid
    return grid, text


def _on_the_ground(grid: Grid | None) -> Record:
    about: Record = {"footprint": None, "grid": None}
    if grid is not None and grid.crs is not None:
        with suppress(shapely.GEOSException):
            outline = shapely.set_precision(outline_of(grid), _ROUNDED)
            about["footprint"] = shapely.geometry.mapping(outline)
            about["grid"] = grid.to_dict()
    return about


def _thumbnail(content: Path, record: Mapping[str, Any]) -> bool:
    """Write a small picture of the checkerboard, if that is there."""
    board = record["files"].get("checkerboard")
    if not board or not (content / board).exists():
        return False
    with rasterio.open(content / board) as dataset:
        step = max(1.0, max(dataset.width, dataset.height) / _THUMBNAIL_PX)
        shape = [max(1, round(n / step)) for n in (dataset.height, dataset.width)]
        pixels = dataset.read(out_shape=(dataset.count, *shape))
    bands = pixels[:3] if len(pixels) >= 3 else np.repeat(pixels[:1], 3, axis=0)
    picture = np.ascontiguousarray(bands[::-1].transpose(1, 2, 0).astype(np.uint8))
    code = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    with write_errors(content):
        data = cv2.imencode(".jpg", picture, code)[1]
        (content / THUMBNAIL).write_bytes(data.tobytes())
    return True
