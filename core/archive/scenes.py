"""What an image is to a plan of pairs: its outline on the Earth, its time and cloud."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Iterable, Iterator, Mapping

import numpy as np
import shapely

from ..base.errors import BadInput
from ..base.feedback import Feedback, check
from ..base.grid import Grid, apply_affine, lonlat_crs, matrix, reproject, unturned
from ..raster.open import Source, open_source
from .remote import as_gdal, files_below, is_url

#: Ends of files that are images by themselves.
_ENDS = frozenset((".tif", ".tiff", ".jp2", ".vrt", ".img", ".ntf"))
#: Points on each side of an outline: straight in a projection is bent in degrees.
_SIDE_POINTS = 8
#: Dates as names of products hold them, with time of day or without.
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])"
    r"(?:[T_ ]?([01]\d|2[0-3]):?([0-5]\d):?([0-5]\d))?(?!\d)"
)
#: Items of metadata that tell when an image was taken, the surest first.
_TIME_TAGS = (
    *("ACQUISITION_DATETIME", "DATATAKE_1_DATATAKE_SENSING_START"),
    *("PRODUCT_START_TIME", "DATE_ACQUIRED"),
)
#: Those that tell how much of it is cloud, in percent.
_CLOUD_TAGS = ("CLOUD_COVERAGE_ASSESSMENT", "CLOUD_COVER", "CLOUDCOVER")
#: Orbits that Sentinel-1 flies before it repeats itself, and where A and B begin.
_S1_REPEAT, _S1_FIRST = 175, {"S1A": 73, "S1B": 27}
_S1_ORBIT = re.compile(r"(S1[AB])_.*_(\d{6})_[0-9A-F]{6}_[0-9A-F]{4}", re.IGNORECASE)


@dataclass(frozen=True)
class Scene:
    """One image.

    Args:
        path: its file.
        outline: polygon in degrees; longitudes may go beyond 180 to stay in one piece.
        time: when it was taken, None where nothing tells.
        cloud: percent of it that is cloud, None where nothing tells.
        track: relative orbit of Sentinel-1, None where it is not known.
    """

    path: str
    outline: shapely.Polygon
    time: datetime | None = None
    cloud: float | None = None
    track: int | None = None


def sort_out(
    scenes: Iterable[Scene | BadInput], feedback: Feedback
) -> tuple[list[Scene], list[BadInput]]:
    """Return the images that can be used, and why others cannot. Raises Cancelled."""
    found: list[Scene] = []
    left_out: list[BadInput] = []
    for scene in scenes:
        check(feedback)
        if isinstance(scene, Scene):
            found.append(scene)
        else:
            left_out.append(scene)
    return found, left_out


def scenes_in(folder: str) -> Iterator[Scene | BadInput]:
    """Yield the images in a folder and below in order of their names.

    The folder may be a URL that fsspec knows. What cannot be placed on the Earth comes
    as the error that says why. Raises ``BadInput`` for what is no folder.
    """
    for name in _files(folder):
        if Path(name).suffix.lower() in _ENDS:
            try:
                yield scene_of(name)
            except BadInput as error:
                yield error


def _files(folder: str) -> list[str]:
    if is_url(folder):
        return [as_gdal(url) for url in files_below(folder)]
    if not os.path.isdir(folder):
        raise BadInput.of("no_such_folder", path=folder)
    return [str(p.absolute()) for p in sorted(Path(folder).rglob("*")) if p.is_file()]


def scene_of(path: str) -> Scene:
    """Return an image; raises ``BadInput`` when it is none, or lies nowhere."""
    with open_source(path) as source:
        if not source.has_georeference:
            raise BadInput.of("scene_nowhere", name=source.name)
        outline, time = outline_of(source.grid), time_of(source)
        cloud = _cloud(source.reader.dataset.tags())
    return Scene(path, outline, time, cloud, _track(_names(path)))


def time_of(source: Source) -> datetime | None:
    """Return when an image was taken by its metadata or name, None where unknown."""
    tags = source.reader.dataset.tags()
    texts = [tags[n] for n in _TIME_TAGS if n in tags] + _names(source.path)
    return next((time for time in map(time_in, texts) if time is not None), None)


def _names(path: str) -> list[str]:
    """Return names that may tell of an image: its own, and those of its folders.

    Products of several files carry their date in the folder's name.
    """
    return [Path(path).name, *(parent.name for parent in Path(path).parents)]


def outline_of(grid: Grid) -> shapely.Polygon:
    """Return where a grid lies in degrees of longitude and latitude."""
    if grid.crs is None:
        raise ValueError("a grid without CRS lies nowhere")
    steps = np.linspace(0.0, 1.0, _SIDE_POINTS, endpoint=False)
    zero, one = np.zeros_like(steps), np.ones_like(steps)
    x = np.concatenate([steps, one, 1 - steps, zero]) * grid.width
    y = np.concatenate([zero, steps, one, 1 - steps]) * grid.height
    at = apply_affine(matrix(grid.transform), np.stack([x, y], axis=1))
    at = reproject(grid.crs, lonlat_crs(), at)
    return shapely.Polygon(unturned(at, float(at[0, 0])))


def time_in(text: str) -> datetime | None:
    """Return the first date that a text holds, with its time of day if it has one."""
    found = _DATE.search(text)
    if found is None:
        return None
    try:
        numbers = [int(part) for part in found.groups() if part is not None]
        return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:  # 31 February
        return None


def _cloud(tags: Mapping[str, str]) -> float | None:
    for name in _CLOUD_TAGS:
        with suppress(KeyError, ValueError):
            return float(tags[name])
    return None


def _track(names: list[str]) -> int | None:
    for name in names:
        found = _S1_ORBIT.search(name)
        if found:
            first = _S1_FIRST[found[1].upper()]
            return (int(found[2]) - first) % _S1_REPEAT + 1
    return None
