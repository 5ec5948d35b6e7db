"""The moving raster on the grid that it is written on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..base.feedback import Feedback
from ..base.grid import Grid, apply_affine, matrix
from ..base.job import Job
from ..raster.pair import RasterPair
from ..transform.linear import Affine2D
from ..transform.transform_file import Registration
from ..warp.output_grid import plan_target
from ..warp.warp import check_warpable, warp_raster


def warp_moving(
    job: Job,
    pair: RasterPair,
    registration: Registration,
    out: Path,
    feedback: Feedback,
) -> None:
    """Warp the moving raster of a job, one resampling from its own pixels."""
    target = output_grid(job.grid, registration, pair.mov.grid)
    backward = registration.target_to_source(target, pair.mov.grid)
    warp_raster(
        job.mov,
        target,
        lambda xy: pair.mov.frame_to_raw(backward(xy)),
        out,
        resampling=job.resampling,
        nodata=job.sar_nodata if job.moving == "sar" else job.optical_nodata,
        feedback=feedback,
        threads=job.threads,
    )


def check_output(job: Job, pair: RasterPair) -> None:
    """Raise ``BadInput`` for a warp that cannot be, before anything is searched."""
    check_warpable(
        job.mov, job.sar_nodata if job.moving == "sar" else job.optical_nodata
    )
    working, mov_working = pair.frames
    present = Registration(
        working,
        Affine2D(np.eye(3), "shift"),
        pair.mov.grid,
        pair.ref.grid,
        "",
        mov_working=mov_working,
    )
    output_grid(job.grid, present, pair.mov.grid)


def output_grid(kind: str, registration: Registration, source: Grid) -> Grid:
    """Return the grid on which a raster of the moving frame is written."""
    ref = registration.ref_grid
    to_ref = registration.source_to_target(source, ref)
    to_map = matrix(ref.transform)
    return plan_target(kind, ref, source, lambda xy: apply_affine(to_map, to_ref(xy)))
