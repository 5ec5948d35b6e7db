"""Other people's matchers at the seam: what they raise and return does no harm."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from typing import Any, Sequence

import numpy as np

from ...core.base.errors import ModelUnavailable, SomaError, is_out_of_memory
from ...core.base.feedback import SILENT, Feedback, check
from ...core.base.types import Matches, Search, TileMatch, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.structure import is_flat, on_valid
from ..placement import distinctness_of

#: What a matcher has to have; see ``core.matching.protocol``.
SEAM = ("tile_px", "batch", "match")


class Guarded:
    """A matcher whose faults become sentences, and whose answers are looked at.

    Tiles without structure are answered here, so that it is never asked about them;
    matches outside of what is valid are left out. Where it does not tell how far its
    placement stands out, that is asked of the images, so that it refuses as all do.

    Args:
        matcher: of another package.
        name: what the user calls it.
        package: what brings it.
    """

    def __init__(self, matcher: Any, name: str, package: str):
        lacking = [part for part in SEAM if not hasattr(matcher, part)]
        if lacking:
            raise AttributeError(f"the matcher has no {lacking[0]}")
        self._matcher, self.name, self._package = matcher, name, package
        self._gradient = GradientMatcher()
        self.tile_px, self.batch = int(matcher.tile_px), max(int(matcher.batch), 1)

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``. Raises ``SomaError``."""
        check(feedback)
        found = [TileMatch(Matches.empty(), reason="no_structure") for _ in pairs]
        asked = [index for index, pair in enumerate(pairs) if not is_flat(pair)]
        parts = [pairs[index] for index in asked]
        try:
            with contextlib.redirect_stdout(sys.stderr):
                answers = self._matcher.match(parts, search, feedback) if parts else []
            for index, part, answer in zip(asked, parts, answers, strict=True):
                found[index] = _looked_at(part, answer)
        except SomaError:
            raise
        except (Exception, SystemExit) as error:
            if is_out_of_memory(error):
                raise
            raise self._failed(error) from error
        for index, part in zip(asked, parts, strict=True):
            found[index] = self._judged(part, found[index], search, feedback)
        return found

    def _judged(
        self, pair: TilePair, found: TileMatch, search: Search, feedback: Feedback
    ) -> TileMatch:
        if np.isfinite(found.distinctness) or not len(found.matches):
            return found
        asked = self._gradient, pair, search, feedback, found.matches
        return replace(found, distinctness=distinctness_of(*asked))

    def _failed(self, error: BaseException) -> ModelUnavailable:
        why = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        return ModelUnavailable.of(
            "installed_failed", name=self.name, package=self._package, why=why
        )


def _looked_at(pair: TilePair, answer: TileMatch) -> TileMatch:
    """Return an answer with plain types; raises ``ValueError`` where it is none."""
    given = answer.matches
    mov_xy, ref_xy = (np.asarray(xy, np.float64) for xy in (given.mov_xy, given.ref_xy))
    matches = Matches(mov_xy, ref_xy, np.asarray(given.confidence, np.float32))
    numbers = np.isfinite(mov_xy).all(axis=1) & np.isfinite(ref_xy).all(axis=1)
    matches = matches.take(numbers & np.isfinite(matches.confidence))
    if (
        len(matches)
        and not 0 <= matches.confidence.min() <= matches.confidence.max() <= 1
    ):
        raise ValueError("a confidence lies outside of 0 to 1")
    matrix = answer.mov_to_ref
    if matrix is not None:
        matrix = np.asarray(matrix, np.float64)
        if matrix.shape != (3, 3) or not np.isfinite(matrix).all():
            raise ValueError("mov_to_ref is no (3, 3) of numbers")
    seen = on_valid(matches.mov_xy, pair.mov) & on_valid(matches.ref_xy, pair.ref)
    distinctness = float(answer.distinctness)
    return TileMatch(matches.take(seen), matrix, distinctness, reason=answer.reason)
