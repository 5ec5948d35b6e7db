"""Write the set of files of one registration into a folder."""

from __future__ import annotations

import platform
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Collection

import cv2
import numpy as np
import rasterio
import scipy

from ..base.about import VERSION
from ..base.feedback import Feedback, Steps, check
from ..base.job import Job
from ..base.memory import release_freed
from ..base.types import Result
from ..estimation.acceptance import Alignment
from ..raster.open import open_source
from ..raster.pair import RasterPair
from ..transform.transform_file import Registration
from .compare import compare_rasters
from .output_warp import warp_moving
from .render import Layer, layer_of
from .report import ReportData, write_report
from .report_figures import ReportPoints
from .report_pictures import Pictures, detail_box, take_pictures
from .residual_raster import residual_field, write_quality
from .tie_points import (
    PointFrames,
    TiePointTable,
    layer_xy,
    tie_point_table,
    write_csv,
    write_gpkg,
    write_points,
)

#: What a registration leaves behind, by role; a contract.
FILES = {
    "registered": "registered.tif",
    "matches": "matches.gpkg",
    "matches_csv": "matches.csv",
    "points": "matches.points",
    "checkerboard": "checkerboard.tif",
    "quality": "quality.tif",
    "transform": "transform.json",
    "report": "report.html",
}
#: Those for which the moving raster is warped.
_SHOW_REGISTERED = {"registered", "checkerboard", "report"}
#: Longest side of the report's overview, and of its detail, in pixels.
OVERVIEW_PX, DETAIL_PX = 1000, 1072


def write_outputs(
    folder: Path,
    job: Job,
    pair: RasterPair,
    found: Alignment,
    registration: Registration,
    result: Result,
    feedback: Feedback,
    only: Collection[str] = (),
) -> Result:
    """Write the files of an accepted registration into ``folder``.

    Args:
        folder: where they are written.
        job: what was asked for.
        pair: both images.
        found: what was found in them.
        registration: the same as it is stored.
        result: what came of it.
        feedback: progress and cancel.
        only: keys of ``FILES`` that are wanted, all if not given.

    Returns the result with its files, named as they will be in ``job.out``.
    """
    begin = time.perf_counter()
    steps = Steps(feedback, (60, 25, 5, 10))
    wanted = set(only) or set(FILES)
    path = {role: folder / name for role, name in FILES.items()}
    # Rows of text keep one core busy, and the rasters hardly ever both.
    with ThreadPoolExecutor(1) as beside:
        points = beside.submit(
            _write_matches, path, pair, found, registration, feedback, wanted
        )
        part = steps.next("Warping")
        if wanted & _SHOW_REGISTERED:
            warp_moving(job, pair, registration, path["registered"], part)
            release_freed()
        seconds = dict(result.seconds, warp=round(time.perf_counter() - begin, 3))
        part = steps.next("Drawing the checkerboard")
        if "checkerboard" in wanted:
            compare_rasters(
                path["registered"],
                job.ref,
                path["checkerboard"],
                modalities=(pair.mov_modality, pair.ref_modality),
                feedback=part,
            )
        steps.next("Writing the matches")
        points.result()
    if "transform" in wanted:
        registration.write(path["transform"])
    part = steps.next("Writing the report")
    files = {r: str(Path(job.out) / n) for r, n in FILES.items() if r in wanted}
    seconds["outputs"] = round(time.perf_counter() - begin - seconds["warp"], 3)
    seconds["total"] = round(result.seconds["total"] + time.perf_counter() - begin, 3)
    done = replace(result, files=files, seconds=seconds)
    if "report" in wanted:
        _write_report_of(path, job, pair, found, done, part)
    if "registered" not in wanted:
        path["registered"].unlink(missing_ok=True)
    return done


def _write_report_of(
    path: dict[str, Path],
    job: Job,
    pair: RasterPair,
    found: Alignment,
    done: Result,
    part: Feedback,
) -> None:
    layers, registered = _layers(pair), path["registered"]
    overview = _pictures(pair, layers, registered, _whole(pair), OVERVIEW_PX)
    check(part)
    detail = _pictures(pair, layers, registered, _detail(pair, found), DETAIL_PX)
    check(part)
    data = replace(
        _report(job, pair, done),
        points=_report_points(found),
        overview=overview,
        detail=detail,
    )
    write_report(data, path["report"])
    check(part)


def write_refusal(
    folder: Path,
    job: Job,
    pair: RasterPair | None,
    result: Result,
    only: Collection[str] = (),
) -> Result:
    """Write the report of a refusal; ``pair`` is None when there is no overlap.

    With ``only``, keys of ``FILES``, it is written where it is one of these.
    """
    if only and "report" not in only:
        return result
    name = FILES["report"]
    done = replace(result, files={"report": str(Path(job.out) / name)})
    data = _report(job, pair, done)
    if pair is not None:
        overview = _pictures(pair, _layers(pair), None, _whole(pair), OVERVIEW_PX)
        data = replace(data, overview=overview)
    write_report(data, folder / name)
    return done


def _write_matches(
    path: dict[str, Path],
    pair: RasterPair,
    found: Alignment,
    registration: Registration,
    feedback: Feedback,
    wanted: set[str],
) -> None:
    matches, fit = found.matches, found.fit
    writers = {
        "matches": write_gpkg,
        "matches_csv": write_csv,
        "points": write_points,
    }
    if not wanted.isdisjoint(writers):
        table = match_table(pair, found, registration)
        for role in (role for role in writers if role in wanted):
            check(feedback)
            writers[role](table, path[role])
    check(feedback)
    if "quality" not in wanted:
        return
    good = matches.take(fit.inlier)
    field = residual_field(
        good.ref_xy,
        good.ref_xy - fit.mov_to_ref(good.mov_xy),
        good.confidence,
        (pair.grid.height, pair.grid.width),
    )
    write_quality(path["quality"], registration.working, field)


def match_table(
    pair: RasterPair, found: Alignment, registration: Registration
) -> TiePointTable:
    """Return the matches of an accepted pair in the coordinates of its files."""
    ref_transform = pair.ref.grid.transform

    def to_map(xy: np.ndarray) -> np.ndarray:
        return layer_xy(ref_transform, pair.working_to_native("ref", xy))

    frames = PointFrames(
        mov_to_map=to_map,
        ref_to_map=to_map,
        mov_to_source=lambda xy: pair.working_to_raw("mov", xy),
        source_transform=pair.mov.placement.layer,
        crs=pair.ref.grid.named_crs,
        gsd_m=pair.gsd_m,
    )
    matches, fit = found.matches, found.fit
    expected = registration.ref_to_mov(matches.ref_xy)
    return tie_point_table(matches, fit.inlier, fit.residual_px, expected, frames)


def _report(job: Job, pair: RasterPair | None, result: Result) -> ReportData:
    defaults = asdict(Job("", ""))
    settings = {k: v for k, v in asdict(job).items() if v != defaults[k]}
    return ReportData(
        result=result,
        moving=Path(job.mov).name,
        reference=Path(job.ref).name,
        made=time.strftime("%Y-%m-%d %H:%M"),
        gsd_m=pair.gsd_m if pair else float("nan"),
        language=job.language,
        settings=settings,
        versions={
            "SOMA": VERSION,
            "Python": platform.python_version(),
            "numpy": np.__version__,
            "OpenCV": cv2.__version__,
            "SciPy": scipy.__version__,
            "GDAL": rasterio.__gdal_version__,
        },
    )


def _report_points(found: Alignment) -> ReportPoints:
    matches, fit = found.matches, found.fit
    residual = matches.ref_xy - fit.mov_to_ref(matches.mov_xy)
    return ReportPoints(matches.mov_xy, matches.ref_xy, residual, fit.inlier)


def _whole(pair: RasterPair) -> tuple[float, float, float, float]:
    """Return (x, y, width, height) of the whole overlap, working pixels."""
    return 0.0, 0.0, pair.grid.width, pair.grid.height


def _detail(pair: RasterPair, found: Alignment) -> tuple[float, float, float, float]:
    """Return a window at working resolution with many inliers."""
    inliers = found.matches.ref_xy[found.fit.inlier]
    return detail_box(inliers, (pair.grid.height, pair.grid.width))


def _layers(pair: RasterPair) -> tuple[Layer, Layer]:
    """Return reference and moving image as they are shown."""
    ref = layer_of(pair.ref, pair.ref_modality)
    return ref, layer_of(pair.mov, pair.mov_modality)


def _pictures(
    pair: RasterPair,
    layers: tuple[Layer, Layer],
    registered: Path | None,
    box: tuple[float, float, float, float],
    most_px: int,
) -> Pictures:
    """Return one window of both images, before and after."""
    ref, mov = layers
    with ExitStack() as stack:
        after = None
        if registered is not None:
            after = mov.like(stack.enter_context(open_source(str(registered))))
        return take_pictures(ref, mov, after, pair.frames[0], box, most_px)
