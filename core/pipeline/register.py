"""The method in order: open, search, match, fit, judge, write."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Collection

from ..base.errors import Refused, error_dict
from ..base.feedback import SILENT, Feedback, Steps
from ..base.files import absolute, output_folder
from ..base.job import Job
from ..base.memory import release_freed
from ..base.types import Result
from ..estimation.acceptance import Alignment
from ..estimation.figures import quality
from ..matching.protocol import Matcher
from ..matching.tally import Tally
from ..products.output_warp import check_output
from ..products.write_all import FILES, write_outputs, write_refusal
from ..raster.fingerprint import fingerprint
from ..raster.pair import RasterPair, open_pair
from ..transform.transform_file import Registration
from .attempts import best_alignment
from .coarse_to_fine import asked_coarser, plan_search
from .doubts import doubts, elsewhere, of_answer
from .movement import movement


class Clock:
    """Wall time by stage."""

    def __init__(self) -> None:
        self._begin = self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def stop(self, stage: str) -> None:
        """End a stage that began when the last one ended."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self.seconds["total"] = round(now - self._begin, 3)
        self._last = now


def register(
    job: Job,
    matcher: Matcher,
    feedback: Feedback = SILENT,
    folder: str = "",
    only: Collection[str] = (),
) -> Result:
    """Register ``job.mov`` to ``job.ref`` and write everything to ``job.out``.

    A refusal is a result as well: it comes with a report and without rasters.
    Memory is bounded by a few tiles and blocks whatever the rasters' size.

    Args:
        job: what to do.
        matcher: finds the tie points.
        feedback: progress and cancel.
        folder: where the files appear, "" for ``job.out``; the report names that.
        only: keys of ``FILES`` that are wanted, all if not given.

    Raises:
        BadInput: a file or option cannot be used; nothing was written.
        Cancelled: the user stopped; nothing was written.
    """
    clock, tally = Clock(), Tally(matcher)
    steps = Steps(feedback, (5, 45, 50))
    place = folder or job.out
    with ExitStack() as stack:
        scratch = stack.enter_context(output_folder(place, FILES.values(), job.inputs))
        part = steps.next("Opening the images")
        pair = None
        try:
            pair = stack.enter_context(open_pair(job, part))
            check_output(job, pair)
            clock.stop("open")
            plan_search(job, pair)
            asked_coarser(job, pair)
            part = steps.next("Matching")
            pair, alignment = best_alignment(job, pair, tally, stack, part, job.force)
            clock.stop("match")
        except Refused as refused:
            notes = list(pair.notes) if pair is not None else []
            if pair is not None and refused.code != "already_aligned":
                notes += doubts(pair, part)
                notes += elsewhere(job, pair, tally, refused.code, part)
            clock.stop("match")
            result = Result(
                "refused",
                str(refused),
                refused.code,
                tally.name,
                "",
                message=error_dict(refused),
                seconds=clock.seconds,
                notes=[note.to_dict() for note in notes],
                tiles_by_model=tally.tiles,
            )
            return write_refusal(scratch, job, pair, result, only)
        registration = registration_of(pair, alignment, tally.name)
        result = Result(
            "ok",
            str(alignment.fit.choice.why),
            "",
            tally.name,
            alignment.fit.kind,
            message=alignment.fit.choice.why.to_dict(),
            quality=registration.quality,
            seconds=clock.seconds,
            notes=of_answer(pair, alignment),
            tiles_by_model=tally.tiles,
        )
        release_freed()
        part = steps.next("Writing the results")
        return write_outputs(
            scratch, job, pair, alignment, registration, result, part, only
        )


def registration_of(pair: RasterPair, alignment: Alignment, model: str) -> Registration:
    """Return what was found in a form that can be stored and applied again."""
    working, mov_working = pair.frames
    return Registration(
        working=working,
        mov_to_ref=alignment.fit.mov_to_ref,
        mov_grid=pair.mov.grid,
        ref_grid=pair.ref.grid,
        model=model,
        why=str(alignment.fit.choice.why),
        quality={
            **quality(alignment.matches, alignment.fit, alignment.evidence, pair.gsd_m),
            "moved": movement(
                alignment.fit.affine,
                alignment.fit.mov_to_ref,
                working,
                (pair.grid.width, pair.grid.height),
                alignment.matches.mov_xy[alignment.fit.inlier],
                pair.georeferenced,
            )
            | {"mirrored": pair.mirrored},
        },
        mov_working=mov_working,
        mov_file=absolute(pair.mov.path),
        ref_file=absolute(pair.ref.path),
        mov_fingerprint=fingerprint(pair.mov),
    )
