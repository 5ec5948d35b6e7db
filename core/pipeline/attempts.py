"""Where else a pair may fit when it does not where its placement says.

A search anywhere is first made near the present placement, then, as if there were
none, over the pixels of both images. An image that nothing places may also be the wrong
way round: radar images in slant range are mirrored as often as not.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Sequence

from ..base.errors import Refused
from ..base.feedback import Feedback, check
from ..base.job import Job
from ..estimation.acceptance import Alignment
from ..matching.protocol import Matcher
from ..raster.pair import Placing, RasterPair, open_pair
from .coarse_to_fine import align

#: Refusals that say that images do not fit here, and may fit elsewhere.
ELSEWHERE = (
    "too_few_matches",
    "badly_spread",
    "ambiguous",
    "unrelated",
    "out_of_range",
)


def best_alignment(
    job: Job,
    pair: RasterPair,
    matcher: Matcher,
    stack: ExitStack,
    feedback: Feedback,
    force: bool,
) -> tuple[RasterPair, Alignment]:
    """Match and fit a pair as it is placed, or else as it may be placed.

    Args:
        job: what is asked for.
        pair: opened as its files place it.
        matcher: what finds the tie points.
        stack: keeps open what another pair is read from.
        feedback: progress and cancel.
        force: accept an alignment that is no better than the present one.

    Returns:
        The pair whose working pixels the alignment is in, and the alignment. Raises
        ``Refused`` with what was wrong with the pair as it is placed.
    """
    try:
        return align(job, pair, matcher, stack, feedback, force)
    except Refused as refused:
        if refused.code not in ELSEWHERE:
            raise
        first = refused
    for placing in _other_placings(job, pair):
        check(feedback)
        with ExitStack() as own:
            other = own.enter_context(open_pair(job, feedback, placing))
            try:
                answer = align(job, other, matcher, own, feedback, force)
            except Refused:
                continue
            stack.enter_context(own.pop_all())
            return answer
    raise first


def _other_placings(job: Job, pair: RasterPair) -> Sequence[Placing]:
    if job.aoi is not None or job.search == "near":
        return ()
    if not pair.georeferenced:
        return ("mirrored",)
    # Coordinates without CRS may be those of two systems.
    anywhere = job.search == "any" or pair.grid.crs is None
    return ("nowhere", "mirrored") if anywhere else ()
