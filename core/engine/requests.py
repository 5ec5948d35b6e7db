"""Requests of the map tool: click to register, and control points.

Each of ``CLICK_CALLS`` takes the request and feedback and returns JSON. Positions
are map coordinates in the request's ``crs`` (any name pyproj knows, "" for none);
control points are ``{"mov": [x, y], "ref": [x, y], "enabled", "confidence"}``.
Pair and matcher stay open and loaded between requests.
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Any, Callable

import numpy as np
from affine import Affine

from ..api import Matcher, load_matcher
from ..base.errors import Refused
from ..base.feedback import Feedback, Steps
from ..base.files import output_folder
from ..base.grid import apply_affine
from ..base.job import Job
from ..base.types import Result, Search, finite
from ..estimation.estimate import Fit
from ..pipeline.coarse_to_fine import plan_search
from ..pipeline.register import registration_of
from ..products.write_all import FILES, write_outputs
from ..raster.pair import RasterPair
from .click_window import (
    WINDOW_PX,
    Window,
    place_window,
    register_window,
    rehearse,
    window_search,
)
from .control_points import aligned, expected_error_px, fit_controls, guide
from .control_set import Controls, read_controls
from .looks import as_png, warped_picture, window_board
from .map_frame import MapFrame, map_frame
from .odd_point import odd_point
from .pair_cache import OpenPairs

#: What the results of control points name as their model.
MODEL = "control points"
#: How far from its prediction a place may lie, after one, two and more points.
GUIDED_PX = (48.0, 32.0, 16.0)

_PAIRS = OpenPairs()


def release() -> None:
    """Close the files that are kept open between requests."""
    _PAIRS.close()


def _prepare_pair(values: dict[str, Any], feedback: Feedback) -> bool:
    """Open the pair, load the matcher, and try a click on noise."""
    job, pair, _, _ = _opened(values, feedback)
    matcher = _matcher_of(job)
    side_px = int(values.get("window_px", WINDOW_PX))
    box = rehearse(pair, matcher, side_px, plan_search(job, pair), feedback)
    as_png(window_board(pair, box, np.eye(3), values.get("looks")))
    return True


def _click(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    """Register the window around ``x``, ``y``, guided by ``points`` if there are any.

    ``window_px`` is its side. ``window_job`` names other files for it where those of
    ``job`` stand for the whole without pixels: maps that are drawn piece by piece.
    ``looks`` says how the checkerboard shows the images; see ``looks``.
    Answers ``ref`` and ``mov``, the place and where the moving image shows it now;
    ``dx_m``, ``dy_m`` (east, north) and ``dx_px``, ``dy_px`` (right, down, working
    pixels) from ``mov`` to ``ref``; ``confidence``, ``residual_px``, ``sigma_px``,
    ``n_matches``, ``n_inliers``, ``model``, ``window`` (its corners), ``png``
    (base64, checkerboard of the aligned window) and ``seconds``.
    """
    begin = time.perf_counter()
    job, pair, frame, controls = _opened(values, feedback)
    search = plan_search(job, pair)
    if "window_job" in values:
        window = {**values, "job": values["window_job"]}
        job, pair, frame, controls = _opened(window, feedback)
    ref_xy = frame.to_working("ref", np.array([[values["x"], values["y"]]]))
    box = place_window(pair, ref_xy[0], int(values.get("window_px", WINDOW_PX)))
    wide = window_search(search, box)
    found = _guided(pair, job, box, wide, controls, feedback)
    mov_xy = apply_affine(np.linalg.inv(found.mov_to_ref), ref_xy)
    shift = (ref_xy - mov_xy)[0]
    metres = shift * (1, -1) * (pair.gsd_m if pair.georeferenced else np.nan)
    x0, y0, width, height = box
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (width, height) + (x0, y0)
    answer = {
        "ref": frame.to_map("ref", ref_xy)[0].tolist(),
        "mov": frame.to_map("mov", mov_xy)[0].tolist(),
        "dx_px": shift[0],
        "dy_px": shift[1],
        "dx_m": metres[0],
        "dy_m": metres[1],
        "confidence": found.confidence,
        "residual_px": found.residual_px,
        "sigma_px": found.fit.sigma_px,
        "n_matches": len(found.matches),
        "n_inliers": int(found.fit.inlier.sum()),
        "model": _matcher_of(job).name,
        "window": frame.to_map("ref", corners).tolist(),
        "png": as_png(window_board(pair, box, found.mov_to_ref, values.get("looks"))),
    }
    return finite({**answer, "seconds": round(time.perf_counter() - begin, 4)})


def _fit_points(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    """Fit ``kind`` ("auto" by default) to ``points``.

    Answers ``kind``, ``why`` and its ``message``, ``rmse_px``, ``rmse_m``, ``gsd_m``,
    ``holdout_px`` by kind, ``expected_px``, what the error over the overlap is
    below in nine of ten cases (None where the points cannot tell), ``independent``,
    as how many places without common pixels the points count, ``odd``, the index of the
    point that the others contradict and by how many pixels, or None, and ``points``:
    for each ``residual_px``, ``residual_m``, ``left_px`` (error of the transform
    through the others, None where unknown), ``expected``, where the transform puts
    ``mov``, and ``source_error_px``, where in the moving file it looks for ``ref``
    minus where that was found, right and down.
    """
    _, pair, frame, controls = _opened(values, feedback)
    fit = _fitted(values, pair, controls)
    size = (pair.grid.width, pair.grid.height)
    expected_px = expected_error_px(controls, fit, size, pair.gsd_m)
    residual = fit.residual_px
    rmse = float(np.sqrt(np.mean(residual[fit.inlier] ** 2)))
    expected = frame.to_map("ref", fit.mov_to_ref(controls.matches.mov_xy))
    sought, found = (
        pair.working_to_raw("mov", xy)
        for xy in (fit.ref_to_mov(controls.matches.ref_xy), controls.matches.mov_xy)
    )
    error = (sought - found).tolist()
    rows = zip(residual, fit.held_px, expected.tolist(), error, strict=True)
    return finite(
        {
            "kind": fit.kind,
            "why": str(fit.choice.why),
            "message": fit.choice.why.to_dict(),
            "rmse_px": rmse,
            "rmse_m": rmse * pair.gsd_m,
            "expected_px": expected_px,
            "independent": controls.independent,
            "odd": odd_point(controls, fit.kind),
            "gsd_m": pair.gsd_m,
            "holdout_px": fit.holdout_px,
            "points": [
                {
                    "residual_px": float(px),
                    "residual_m": float(px * pair.gsd_m),
                    "left_px": float(left),
                    "expected": at,
                    "source_error_px": off,
                }
                for px, left, at, off in rows
            ],
        }
    )


def _apply_points(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    """Warp the moving raster by the transform of ``points``; all files of a run."""
    begin = time.perf_counter()
    job, pair, _, controls = _opened(values, feedback)
    fit = _fitted(values, pair, controls)
    found = aligned(controls, fit, (pair.grid.width, pair.grid.height), pair.gsd_m)
    registration = registration_of(pair, found, MODEL)
    steps = Steps(feedback, (1,))
    with output_folder(job.out, FILES.values(), job.inputs) as folder:
        result = Result(
            "ok",
            str(fit.choice.why),
            "",
            MODEL,
            fit.kind,
            message=fit.choice.why.to_dict(),
            quality=registration.quality,
            seconds={"total": round(time.perf_counter() - begin, 3)},
        )
        part = steps.next("Writing the results")
        done = write_outputs(folder, job, pair, found, registration, result, part)
    return done.to_dict()


def _preview_points(values: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    """Show the moving raster on the map as the transform of ``points`` puts it.

    ``pixels_to_map``: six numbers a, b, c, d, e, f with x = a col + b row + c, in
    ``map_crs`` (that of the points by default); ``width``, ``height``; ``looks``.
    Answers ``png`` (base64 RGBA) and ``seconds``. Memory: as of ``warped_picture``.
    """
    begin = time.perf_counter()
    _, pair, _, controls = _opened(values, feedback)
    fit = _fitted(values, pair, controls)
    frame = map_frame(pair, values.get("map_crs", values.get("crs", "")))
    size = int(values["width"]), int(values["height"])
    to_map = Affine(*values["pixels_to_map"])
    picture = warped_picture(frame, fit, to_map, size, values.get("looks"))
    return {"png": as_png(picture), "seconds": round(time.perf_counter() - begin, 4)}


def _release_pairs(values: dict[str, Any], feedback: Feedback) -> bool:
    release()
    return True


#: What the map tool can ask for; see ``core.engine.worker``.
CLICK_CALLS: dict[str, Callable[[dict[str, Any], Feedback], Any]] = {
    "prepare_pair": _prepare_pair,
    "click": _click,
    "fit_points": _fit_points,
    "preview_points": _preview_points,
    "apply_points": _apply_points,
    "release_pairs": _release_pairs,
}


def _opened(
    values: dict[str, Any], feedback: Feedback
) -> tuple[Job, RasterPair, MapFrame, Controls]:
    """Return what every request is about."""
    job = Job.from_json(json.dumps(values["job"]))
    pair = _PAIRS.get(job, feedback)
    frame = map_frame(pair, values.get("crs", ""))
    return job, pair, frame, read_controls(frame, values.get("points", []))


def _guided(
    pair: RasterPair,
    job: Job,
    box: tuple[int, int, int, int],
    wide: Search,
    controls: Controls,
    feedback: Feedback,
) -> Window:
    """Look where the points predict it, and everywhere when it is not there."""
    matcher = _matcher_of(job)
    count = len(controls.active)
    if not count:
        return register_window(pair, matcher, box, wide, np.eye(3), feedback)
    near = Search(
        min(GUIDED_PX[min(count, 3) - 1], wide.shift_px),
        min(wide.rotation_deg, 3.0),
        min(wide.scale, 1.03),
    )
    start = guide(controls, (pair.grid.width, pair.grid.height))
    try:
        return register_window(pair, matcher, box, near, start, feedback)
    except Refused:
        return register_window(pair, matcher, box, wide, np.eye(3), feedback)


def _matcher_of(job: Job) -> Matcher:
    return _matcher(job.model, job.weights, job.device, job.threads)


@lru_cache(maxsize=1)
def _matcher(model: str, weights: str, device: str, threads: int) -> Matcher:
    job = Job("", "", model=model, weights=weights, device=device, threads=threads)
    return load_matcher(job, at_once=True)


def _fitted(values: dict[str, Any], pair: RasterPair, controls: Controls) -> Fit:
    extent = (pair.grid.width, pair.grid.height)
    return fit_controls(controls, values.get("kind", "auto"), extent)
