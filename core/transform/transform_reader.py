"""Read transform.json: whole, sound and in agreement with itself, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rasterio.errors import CRSError

from ..base.errors import BadInput
from ..base.grid import Grid, apply_affine, is_sound, outline
from ..base.text_file import json_of, read_text
from .kinds import from_dict
from .linear import Affine2D
from .transform_file import FORMAT, VERSION, Registration

#: Scales between pixels of the two images that a transform may have; searches go up
#: to a factor of 8, control points somewhat further.
_SCALES = (1e-3, 1e3)
#: Largest position that a transform may have, in pixels; rasters are smaller.
_FURTHEST_PX = 1e9
#: A raster of GDAL has at most this many columns or rows.
_MOST_PX = 2**31 - 1
#: By how much of the image ``mov_to_ref_pixels`` may differ from what follows from all
#: the other values: other versions of PROJ move positions by less.
_AGREES = 1e-3
#: What text with few digits leaves of a matrix of shift or similarity.
_ROUNDED = 1e-4
#: What tells the files of a registration.
_NAMES = ("mov_file", "ref_file", "mov_fingerprint")


def read(path: Path) -> Registration:
    """Read a registration; raises BadInput when it is missing or malformed."""
    values = json_of(path, read_text(path))
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BadInput.of("no_transform_file", path=path)
    if type(values.get("version")) is not int or values["version"] != VERSION:
        found = str(values.get("version"))[:20]
        raise BadInput.of("transform_version", path=path, found=found, own=VERSION)
    try:
        with np.errstate(all="ignore"):
            registration = _from_values(values)
            _check_kind(registration, values["kind"])
            _check_places(registration, values.get("mov_to_ref_pixels"))
        return registration
    except KeyError as error:
        raise BadInput.of("transform_lacks", path=path, key=error) from error
    except (
        *(TypeError, ValueError, ArithmeticError, RecursionError),
        *(np.linalg.LinAlgError, CRSError, BadInput),
    ) as error:
        why = " ".join(str(error).split())[:200].rstrip(".")
        raise BadInput.of("transform_damaged", path=path, why=why) from error


def _from_values(values: dict[str, Any]) -> Registration:
    other = values.get("mov_working") is not None
    grids = {key: _grid(values, key) for key in ("working", "mov_grid", "ref_grid")}
    quality = values["quality"]
    if not isinstance(quality, dict):
        raise TypeError("quality is no object")
    return Registration(
        mov_to_ref=from_dict(values["mov_to_ref"]),
        model=_model(values),
        why=_text(values, "why"),
        quality=quality,
        mov_working=_grid(values, "mov_working") if other else None,
        **{key: _name(values, key) for key in _NAMES},
        **grids,
    )


def _grid(values: dict[str, Any], key: str) -> Grid:
    stored = values[key]
    sides = [stored[side] for side in ("width", "height")]
    if any(type(side) is not int or not 0 < side <= _MOST_PX for side in sides):
        raise ValueError(f"{key} has no size that a raster can have")
    if len(stored["transform"]) != 6:
        raise ValueError(f"{key} has no geotransform of six numbers")
    grid = Grid.from_dict(stored)
    if not is_sound(grid.transform):
        raise ValueError(f"{key} has a geotransform that no raster can have")
    return grid


def _text(values: dict[str, Any], key: str) -> str:
    text = values[key]
    if not isinstance(text, str):
        raise TypeError(f"{key} is no text")
    return text


def _model(values: dict[str, Any]) -> str:
    """Return who found the transform; matchers that are not installed here as well."""
    if not _text(values, "model"):
        raise ValueError("model is empty")
    return _text(values, "model")


def _name(values: dict[str, Any], key: str) -> str:
    """Return what tells a file, "" in transforms of versions that did not know it."""
    name = _text({key: "", **values}, key)
    if "\0" in name:
        raise ValueError(f"{key} is no name that a file can have")
    return name


def _check_kind(registration: Registration, told: Any) -> None:
    """Raise ``ValueError`` for a kind that is not that of the numbers."""
    transform = registration.mov_to_ref
    if told != transform.kind:
        raise ValueError(f"kind is {told!r}, mov_to_ref is of kind {transform.kind!r}")
    if not isinstance(transform, Affine2D):
        return
    (a, b), (c, d) = transform.matrix[:2, :2]
    more = {"shift": (a - 1, b, c, d - 1), "similarity": (a - d, b + c)}
    if np.abs(more.get(transform.kind, 0.0)).max() > _ROUNDED:
        raise ValueError(f"mov_to_ref is no {transform.kind}")


def _check_places(registration: Registration, stored: Any) -> None:
    """Raise ``ValueError`` for a map that no two images can have to one another.

    Args:
        registration: as read.
        stored: the affine between native pixels that was written with it, None in
            files without one.
    """
    frame = registration.mov_working or registration.working
    at = outline(frame.width, frame.height)
    for there in (registration.mov_to_ref(at), registration.ref_to_mov(at)):
        if not (np.abs(there) < _FURTHEST_PX).all():
            raise ValueError("the transform leads nowhere")
    found = registration.mov_to_ref_pixels()
    scales = np.linalg.svd(found[:2, :2], compute_uv=False)
    if not (_SCALES[0] < scales[1] and scales[0] < _SCALES[1]):
        raise ValueError("the transform scales beyond reason")
    if stored is None:
        return
    told = np.asarray(stored, np.float64).reshape(3, 3)
    own = registration.mov_grid
    corners = outline(own.width, own.height, 2)
    apart = apply_affine(found, corners) - apply_affine(told, corners)
    ref = registration.ref_grid
    most = 1.0 + _AGREES * max(own.width, own.height, ref.width, ref.height)
    if not (np.abs(apart) <= most).all():
        raise ValueError("mov_to_ref_pixels does not agree with mov_to_ref")
