"""Warp further rasters with a transform that was found before."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, Sequence

import numpy as np
from affine import Affine

from ..base.errors import BadInput, error_dict
from ..base.feedback import SILENT, Feedback, Part, check
from ..base.files import absolute, is_virtual
from ..base.grid import BARE, Grid, between, outline
from ..base.input_files import refuse_overwriting
from ..base.job import Job
from ..base.own_files import refuse_foreign
from ..base.types import Resampling
from ..base.words.message import Message
from ..raster.fingerprint import fingerprint
from ..raster.open import open_source
from ..raster.source import Source
from ..transform.transform_file import Registration
from ..transform.transform_reader import read as read_registration
from ..warp.warp import check_warpable, warp_raster
from .output_warp import output_grid

#: Two rasters whose corners differ by less have the same pixels: what text and other
#: CRS of the same name leave of a position, in pixels.
_SAME_PX = 0.05


def apply(
    transform: str,
    rasters: Sequence[str],
    out: str = "",
    grid: str = "reference",
    resampling: Resampling = "cubic",
    nodata: float | None = None,
    threads: int = 0,
    feedback: Feedback = SILENT,
    other_pixels: bool = False,
    overwrite: bool = False,
) -> list[str]:
    """Warp further rasters with a transform that was found before.

    All files are looked at before the first one is warped.

    Args:
        transform: a transform.json.
        rasters: files on the pixels of the moving raster.
        out: folder for the results, "" for beside each file; they are named
            ``NAME_registered.tif``.
        grid: as in ``Job``.
        resampling: as in ``Job``.
        nodata: value to treat as nodata, None for what each file says.
        threads: worker threads, 0 for one per core.
        feedback: progress and cancel.
        other_pixels: also warp rasters of the same ground that do not lie on the
            pixels of the moving raster, for which the transform may be wrong.
        overwrite: also replace files that this program did not write.

    Returns:
        The files written.

    Raises:
        BadInput: a file or option cannot be used.
        Cancelled: the user stopped; results that were complete stay.
    """
    options = Job("", "", grid=grid, resampling=resampling, threads=threads)
    registration = read_registration(Path(transform))
    targets = [_target(raster, out) for raster in rasters]
    _check_targets([transform, *rasters], targets, out)
    refuse_foreign(targets, overwrite)
    for raster in rasters:
        check(feedback)
        _check_raster(registration, raster, nodata, options.grid, other_pixels)
    for i, (raster, target) in enumerate(zip(rasters, targets, strict=True)):
        check(feedback)
        part = Part(feedback, 100.0 * i / len(rasters), 100.0 * (i + 1) / len(rasters))
        part.setProgressText(f"Warping {Path(raster).name}")
        _warp(registration, raster, target, options, nodata, part, overwrite)
    return [str(target) for target in targets]


def _target(raster: str, out: str) -> Path:
    if not out and is_virtual(raster):
        raise BadInput.of("no_folder_beside", path=raster)
    folder = Path(out) if out else Path(raster).parent
    return folder / f"{Path(raster).stem}_registered.tif"


def _check_targets(inputs: Sequence[str], targets: Sequence[Path], out: str) -> None:
    if out and Path(out).exists() and not Path(out).is_dir():
        raise BadInput.of("is_file", path=out)
    twice = sorted({str(t) for t in targets if targets.count(t) > 1})
    if twice:
        raise BadInput.of("several_to_one", path=twice[0])
    refuse_overwriting(inputs, targets)


def fits(
    transform: str, rasters: Sequence[str], feedback: Feedback = SILENT
) -> list[dict[str, Any]]:
    """Tell for which rasters a transform holds, without warping one.

    Returns, for each raster: ``fit``, which is "same" where it lies on the pixels of
    the moving raster, "other" where ``apply`` takes it only with ``other_pixels``,
    "never" where it cannot be warped; ``text`` and ``message``, why it is not the same,
    or what is assumed where it is, "" and {} where nothing is.

    Raises:
        BadInput: the transform cannot be read.
        Cancelled: the user stopped.
    """
    registration = read_registration(Path(transform))
    found = []
    for raster in rasters:
        check(feedback)
        why = _misfit(registration, raster, other_pixels=False)
        fit = "same"
        if why is not None:
            fit = "never" if _misfit(registration, raster, True) else "other"
            found.append({"fit": fit, "text": str(why), "message": error_dict(why)})
            continue
        note = _assumption(registration, raster)
        text, message = (str(note), note.to_dict()) if note else ("", {})
        found.append({"fit": fit, "text": text, "message": message})
    return found


def _misfit(
    registration: Registration, raster: str, other_pixels: bool
) -> BadInput | None:
    try:
        _check_raster(registration, raster, None, "reference", other_pixels)
    except BadInput as error:
        return error
    return None


def _assumption(registration: Registration, raster: str) -> Message | None:
    """Return what a raster that is warped is taken for, where that is an assumption."""
    with open_source(raster) as source:
        frame, own = _frame(registration, source), registration.mov_grid
        named = _is_same_file(raster, registration.mov_file)
        known = registration.mov_fingerprint
        if named and known and fingerprint(source) != known:
            return Message("changed_since", {"name": source.name})
        same_size = (frame.width, frame.height) == (own.width, own.height)
        if same_size or frame.transform == source.grid.transform:
            return None
        values = {"name": source.name, "width": frame.width, "height": frame.height}
        return Message("taken_scaled", values | {"cols": own.width, "rows": own.height})


def _check_raster(
    registration: Registration,
    raster: str,
    nodata: float | None,
    grid: str,
    other_pixels: bool,
) -> None:
    with open_source(raster, nodata) as source:
        if (registration.mov_grid.crs is None) != (source.grid.crs is None):
            raise BadInput.of("other_frame", name=source.name)
        frame = _frame(registration, source)
        _check_pixels(registration, source, frame, other_pixels)
        check_warpable(raster, nodata)
        output_grid(grid, registration, frame)


def _frame(registration: Registration, source: Source) -> Grid:
    """Return where the pixels of a raster lie in the frame of the moving raster.

    Of a bare raster nothing tells the scale. One of the same shape is taken for the
    same scene at another size, such as a preview of it.
    """
    own, grid = registration.mov_grid, source.grid
    if BARE not in (own.transform, grid.transform) or own.crs or grid.crs:
        return grid
    across, down = own.width / grid.width, own.height / grid.height
    # Each side of a smaller image is rounded to whole pixels.
    doubt = max(1 / min(own.width, grid.width), 1 / min(own.height, grid.height))
    if abs(across / down - 1) > doubt:
        return grid
    transform = own.transform * Affine.scale(across, down)
    return Grid(None, transform, grid.width, grid.height)


def _check_pixels(
    registration: Registration, source: Source, grid: Grid, other_pixels: bool
) -> None:
    """Raise ``BadInput`` for a raster that the transform is not about.

    It is about the pixels of the moving raster: how these are misplaced says nothing
    about how the pixels of another raster are.
    """
    own, stays = registration.mov_grid, registration.ref_grid
    if _is_same_file(source.path, registration.ref_file):
        raise BadInput.of("raster_stays", name=source.name)
    if _has_pixels_of(grid, own):
        return
    if _has_pixels_of(source.grid, stays):
        raise BadInput.of("raster_stays", name=source.name)
    beside = _beside_px(grid, own)
    # Bands of one image that differ in pixel size cover the same ground, to a pixel
    # of the coarser one.
    ratio = max(own.width / grid.width, own.height / grid.height)
    if ratio != 1.0 and beside <= max(1.0, ratio):
        return
    if not _shares_ground(grid, own):
        raise BadInput.of("raster_of_other_ground", name=source.name)
    if other_pixels:
        return
    if (grid.width, grid.height) == (own.width, own.height):
        raise BadInput.of("raster_beside", name=source.name, shift=beside)
    raise BadInput.of(
        "raster_of_other_size",
        name=source.name,
        width=grid.width,
        height=grid.height,
        cols=own.width,
        rows=own.height,
    )


def _has_pixels_of(grid: Grid, own: Grid) -> bool:
    same_size = (grid.width, grid.height) == (own.width, own.height)
    return same_size and _beside_px(grid, own) <= _SAME_PX


def _beside_px(grid: Grid, own: Grid) -> float:
    """Return how far corners of a raster lie from those of a grid, in its pixels."""
    steps = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float64)
    there = between(grid, own, steps * (grid.width, grid.height))
    apart = np.abs(there - steps * (own.width, own.height))
    return float(apart.max()) if np.isfinite(apart).all() else math.inf


def _shares_ground(grid: Grid, own: Grid) -> bool:
    there = between(grid, own, outline(grid.width, grid.height))
    there = there[np.isfinite(there).all(axis=1)]
    if not len(there):
        return False
    low, high = there.min(axis=0), there.max(axis=0)
    return bool((low < (own.width, own.height)).all() and (high > 0).all())


def _is_same_file(one: str, other: str) -> bool:
    one = absolute(one)
    if os.path.exists(one) and os.path.exists(other):
        return os.path.samefile(one, other)
    return one == other


def _warp(
    registration: Registration,
    raster: str,
    out: Path,
    options: Job,
    nodata: float | None,
    feedback: Feedback,
    overwrite: bool,
) -> None:
    with open_source(raster, nodata) as source:
        frame = _frame(registration, source)
        target = output_grid(options.grid, registration, frame)
        backward = registration.target_to_source(target, frame)
        warp_raster(
            raster,
            target,
            lambda xy: source.frame_to_raw(backward(xy)),
            out,
            resampling=options.resampling,
            nodata=nodata,
            feedback=feedback,
            threads=options.threads,
            overwrite=overwrite,
        )
