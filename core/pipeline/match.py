"""Answers about a pair of which nothing is written: its transform, how it lies now."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Iterator

import numpy as np

from ..base.errors import Refused, error_dict
from ..base.feedback import Feedback, Steps
from ..base.job import Job
from ..base.types import Matches
from ..matching.tally import Tally
from ..products.match_files import MatchAnswer
from ..products.write_all import match_table
from ..raster.pair import RasterPair, Which, open_pair
from ..transform.transform_file import PixelMap, Registration
from .assess import assess
from .attempts import best_alignment
from .coarse_to_fine import align
from .doubts import doubts, of_answer
from .register import registration_of


def match_pair(job: Job, tally: Tally, feedback: Feedback) -> MatchAnswer:
    """Find tie points and a transform, in pixels of the two files.

    The report's keys are a contract: status, reason, message, code, model,
    tiles_by_model, transform, mov_to_ref (3x3), matches (mov_xy, ref_xy, confidence,
    inlier), quality, notes, seconds. A refused pair has no mov_to_ref and no matches.
    """
    begin = time.perf_counter()
    report: dict[str, Any] = {
        "status": "refused",
        "reason": "",
        "message": {},
        "code": "",
        "model": "",
        "tiles_by_model": tally.tiles,
        "transform": "",
        "mov_to_ref": None,
        "matches": {"mov_xy": [], "ref_xy": [], "confidence": [], "inlier": []},
        "quality": {},
        "notes": [],
    }
    shape, table, mov_to_ref = (0, 0), None, None
    try:
        with ExitStack() as stack:
            as_placed = stack.enter_context(open_pair(job, feedback))
            stack.enter_context(_doubting(as_placed, report, feedback))
            # What is asked for here is the transform, however small it is.
            pair, alignment = best_alignment(
                job, as_placed, tally, stack, feedback, force=True
            )
            report["notes"] = of_answer(pair, alignment)
            registration = registration_of(pair, alignment, tally.name)
            shape = (pair.mov.height, pair.mov.width)
            mov_to_ref = _between_files(pair, registration)
            table = match_table(pair, alignment, registration)
            report |= {
                "status": "ok",
                "reason": str(alignment.fit.choice.why),
                "message": alignment.fit.choice.why.to_dict(),
                "transform": alignment.fit.kind,
                "mov_to_ref": registration.mov_to_ref_pixels(
                    pair.mov.frame_to_raw, pair.ref.frame_to_raw
                ).tolist(),
                "matches": {
                    "mov_xy": _native(pair, "mov", alignment.matches.mov_xy),
                    "ref_xy": _native(pair, "ref", alignment.matches.ref_xy),
                    "confidence": [
                        round(float(c), 4) for c in alignment.matches.confidence
                    ],
                    "inlier": alignment.fit.inlier.tolist(),
                },
                "quality": registration.to_dict()["quality"],
            }
    except Refused as refused:
        report |= {
            "reason": str(refused),
            "message": error_dict(refused),
            "code": refused.code,
        }
    report["model"] = tally.name
    report["seconds"] = round(time.perf_counter() - begin, 4)
    return MatchAnswer(report, shape, mov_to_ref, table)


def assess_pair(job: Job, tally: Tally, feedback: Feedback) -> dict[str, Any]:
    """Say how well the job's two rasters are aligned right now."""
    steps = Steps(feedback, (10, 90))
    reason, alignment, gsd_m, north_up = None, None, float("nan"), True
    about: dict[str, Any] = {"notes": []}
    try:
        with ExitStack() as stack:
            part = steps.next("Opening the images")
            pair = stack.enter_context(open_pair(job, part))
            stack.enter_context(_doubting(pair, about, feedback))
            gsd_m, north_up = pair.gsd_m, pair.grid.crs is not None
            part = steps.next("Matching")
            any_kind = replace(job, transform="auto")
            pair, alignment = align(any_kind, pair, tally, stack, part, force=True)
            gsd_m = pair.gsd_m
            about["notes"] = of_answer(pair, alignment)
    except Refused as refused:
        reason = refused.message
    matches = alignment.matches if alignment else Matches.empty()
    inlier = alignment.fit.inlier if alignment else np.zeros(0, bool)
    answer = assess(matches, inlier, gsd_m, north_up, reason)
    answer |= about
    answer["model"] = tally.name
    return {**answer, "gsd_m": gsd_m} if np.isfinite(gsd_m) else answer


@contextmanager
def _doubting(
    pair: RasterPair, answer: dict[str, Any], feedback: Feedback
) -> Iterator[None]:
    """Add to an answer what is said of a pair, and what may be the matter with it."""
    answer["notes"] = [note.to_dict() for note in pair.notes]
    try:
        yield
    except Refused:
        answer["notes"] += [note.to_dict() for note in doubts(pair, feedback)]
        raise


def _between_files(pair: RasterPair, registration: Registration) -> PixelMap:
    """Return the way from pixels of the moving file to those of the reference's."""
    between = registration.source_to_target(pair.mov.grid, pair.ref.grid)
    into, out = pair.mov.raw_to_frame, pair.ref.frame_to_raw
    return lambda xy: out(between(into(xy)))


def _native(pair: RasterPair, which: Which, xy: np.ndarray) -> list[list[float]]:
    return np.round(pair.working_to_raw(which, xy), 4).tolist()
