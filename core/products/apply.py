"""Warp further rasters with a transform that was found before."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from ..base.errors import BadInput
from ..base.feedback import SILENT, Feedback, Part, check
from ..base.files import is_virtual, refuse_overwriting
from ..base.job import Job
from ..base.types import Resampling
from ..raster.open import open_source
from ..transform.transform_file import Registration
from ..transform.transform_file import read as read_registration
from ..warp.warp import check_warpable, warp_raster
from .write_all import output_grid


def apply(
    transform: str,
    rasters: Sequence[str],
    out: str = "",
    grid: str = "reference",
    resampling: Resampling = "cubic",
    nodata: float | None = None,
    threads: int = 0,
    feedback: Feedback = SILENT,
) -> list[str]:
    """Warp further rasters with a transform that was found before.

    All files are looked at before the first one is warped.

    Args:
        transform: a transform.json.
        rasters: files in the frame of the moving raster.
        out: folder for the results, "" for beside each file; they are named
            ``NAME_registered.tif``.
        grid: as in ``Job``.
        resampling: as in ``Job``.
        nodata: value to treat as nodata, None for what each file says.
        threads: worker threads, 0 for one per core.
        feedback: progress and cancel.

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
    for raster in rasters:
        check(feedback)
        _check_raster(registration, raster, nodata, options.grid)
    for i, (raster, target) in enumerate(zip(rasters, targets, strict=True)):
        check(feedback)
        part = Part(feedback, 100.0 * i / len(rasters), 100.0 * (i + 1) / len(rasters))
        part.setProgressText(f"Warping {Path(raster).name}")
        _warp(registration, raster, target, options, nodata, part)
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


def _check_raster(
    registration: Registration, raster: str, nodata: float | None, grid: str
) -> None:
    with open_source(raster, nodata) as source:
        if (registration.mov_grid.crs is None) != (source.grid.crs is None):
            raise BadInput.of("other_frame", name=source.name)
        check_warpable(raster, nodata)
        output_grid(grid, registration, source.grid)


def _warp(
    registration: Registration,
    raster: str,
    out: Path,
    options: Job,
    nodata: float | None,
    feedback: Feedback,
) -> None:
    with open_source(raster, nodata) as source:
        target = output_grid(options.grid, registration, source.grid)
        backward = registration.target_to_source(target, source.grid)
        warp_raster(
            raster,
            target,
            lambda xy: source.frame_to_raw(backward(xy)),
            out,
            resampling=options.resampling,
            nodata=nodata,
            feedback=feedback,
            threads=options.threads,
        )
