"""What is shown of a pair in an archive: its place, its time and a picture."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Mapping

import cv2
import numpy as np
import rasterio
import shapely

from ..base.errors import BadInput
from ..base.files import write_errors
from ..base.job import Job
from ..raster.open import open_source
from .folder import THUMBNAIL, Record
from .scenes import outline_of, time_of

#: Longest side of the small picture in pixels, and its quality: some 10 KB.
_THUMBNAIL_PX, _QUALITY = 240, 75
#: Degrees to which footprints are rounded: about 10 cm.
_ROUNDED = 1e-6


def presentation(content: Path, record: Mapping[str, Any], job: Job) -> Record:
    """Return ``footprint``, ``grid``, ``time`` and whether there is a ``thumbnail``.

    The footprint is that of the registered raster, or of the moving one where there is
    none, as GeoJSON in degrees; None where nothing places it.

    Args:
        content: the folder of the pair's files.
        record: what came of it.
        job: what was asked for.
    """
    registered = content / record["files"].get("registered", "registered.tif")
    shown = str(registered) if registered.exists() else job.mov
    about = {path: _about(path) for path in {shown, job.sar}}
    return {
        "footprint": about[shown]["footprint"],
        "grid": about[shown]["grid"],
        "time": about[job.sar]["time"],
        "thumbnail": _thumbnail(content, record),
    }


def _about(path: str) -> Record:
    """Return where a raster lies and when it was taken, "" where nothing tells."""
    about: Record = {"footprint": None, "grid": None, "time": ""}
    with suppress(BadInput, shapely.GEOSException), open_source(path) as source:
        time = time_of(source)
        about["time"] = time.isoformat() if time else ""
        if source.has_georeference and source.grid.crs is not None:
            outline = shapely.set_precision(outline_of(source.grid), _ROUNDED)
            about["footprint"] = shapely.geometry.mapping(outline)
            about["grid"] = source.grid.to_dict()
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
