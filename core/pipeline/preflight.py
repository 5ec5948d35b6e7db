"""What a registration would do, told before it runs; cheap enough for a form."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

from ..base.errors import BadInput, Refused, SomaError, error_dict
from ..base.feedback import SILENT, Feedback
from ..base.job import Job
from ..raster.pair import RasterPair, open_pair
from ..raster.tiling import plan_tiles
from .coarse_to_fine import at_asked_pixels, plan_search
from .duration import TILE_PX, cost_of
from .levels import ONE_PIECE


def plan(
    job: Job, model: str = "gradient", feedback: Feedback = SILENT
) -> dict[str, Any]:
    """Say what overlap, resolution, tiles and time to expect, or why it cannot work.

    Reads headers and a few dozen small patches of both images.

    Args:
        job: what would be run.
        model: name of the matcher, for the estimate of time.
        feedback: cancel.

    Returns:
        ``ok``, ``code``, ``reason``, and ``message`` when not ok; when ok also
        ``georeferenced``, ``width`` and ``height`` of the overlap in working pixels,
        ``gsd_m`` (None where unknown; the one asked for, else the finest of which
        matching may take a coarser one), ``overlap_m`` (two sides, None without
        georeference), ``tiles``, ``max_shift_px`` and ``seconds``.
    """
    try:
        with ExitStack() as stack:
            pair = stack.enter_context(open_pair(job, feedback))
            pair = at_asked_pixels(job, pair, stack, feedback)
            return {"ok": True, "code": "", "reason": "", **_figures(job, pair, model)}
    except Refused as refused:
        return _refused(refused.code, refused)
    except BadInput as error:
        return _refused("bad_input", error)


def _refused(code: str, error: SomaError) -> dict[str, Any]:
    return {
        "ok": False,
        "code": code,
        "reason": str(error),
        "message": error_dict(error),
    }


def _figures(job: Job, pair: RasterPair, model: str) -> dict[str, Any]:
    grid, search = pair.grid, plan_search(job, pair)
    one_piece = max(grid.width, grid.height) <= ONE_PIECE * TILE_PX
    tiles = 1 if one_piece else len(plan_tiles(grid.width, grid.height, TILE_PX))
    has_metres = math.isfinite(pair.gsd_m)
    on_the_ground = has_metres and pair.georeferenced
    sides_m = [grid.width * pair.gsd_m, grid.height * pair.gsd_m]
    return {
        "georeferenced": pair.georeferenced,
        "width": grid.width,
        "height": grid.height,
        "gsd_m": pair.gsd_m if has_metres else None,
        "overlap_m": sides_m if on_the_ground else None,
        "tiles": tiles,
        "max_shift_px": search.shift_px,
        "seconds": cost_of(job, pair, search, model).seconds,
    }
