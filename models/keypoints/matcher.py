"""A network that pairs places behind the matcher seam: numpy in, numpy out.

Encoders and what is described with them are SOMA's; which places belong together is the
network's; where exactly they do, windows around them say. Rotation and scale beyond
what the encoders see are taken off by the hypotheses of the gradient matcher, and
whether the placement stands out is asked of the same evidence as SOMA's is.
"""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ...core.base.feedback import SILENT, Feedback, check
from ...core.base.grid import apply_affine
from ...core.base.types import Matches, Search, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.gradient.confidence import CERTAIN_JOINT
from ...core.matching.gradient.distinctness import clearness, rivals_of
from ...core.matching.gradient.placement_search import Placement
from ..matcher.batches import extent_px, stack_tiles
from ..matcher.derotate import beyond_own_range, derotate
from ..matcher.devices import keep_memory, pick_device
from ..matcher.fold_norms import fold
from ..matcher.learned_evidence import LearnedEvidence
from ..network.encoder import Features
from ..network.geometry import apply_affine as moved
from ..network.geometry import compose, identity, invert, matrix_of
from ..network.soma import Soma
from ..placement import affine_of, same_place
from .exact import Exact, made_exact
from .tile_by_tile import TileByTile
from .types import Pairing

#: How often pairs are made exact and a placement is read from them.
ROUNDS = 4
#: Matches nearer than this to the affine of all agree with it.
AGREE_PX = 3.0
#: Confidence before calibration: of log score, peak, lead, agreement with the affine,
#: the share that agrees, how the placement stands out, and a constant.
UNCALIBRATED = (0.3, 3.0, 3.0, 2.0, 2.0, 0.0, 0.5, -3.5)


class PairMatcher(TileByTile):
    """Places that a network pairs, and windows that make the pairs exact.

    Args:
        name: what the user calls it.
        soma: the network whose encoders describe; its norms are folded.
        pairing: the network that pairs places.
        device: as in ``pick_device``.
        confidence: coefficients of a match's confidence; see ``features_of``.
        threads: torch threads on the CPU, 0 for torch's own choice.
    """

    def __init__(
        self,
        name: str,
        soma: Soma,
        pairing: Pairing,
        device: str = "auto",
        confidence: Sequence[float] = UNCALIBRATED,
        threads: int = 0,
    ):
        super().__init__(confidence)
        if threads:
            torch.set_num_threads(threads)
        keep_memory()
        self.name = name
        self._device = pick_device(device)
        fold(soma)
        self._soma = soma.eval().to(self._device, memory_format=torch.channels_last)
        self._pairing = pairing.eval().to(self._device)
        self._gradient = GradientMatcher(threads)

    @torch.inference_mode()
    def examine(
        self, pair: TilePair, search: Search, feedback: Feedback = SILENT
    ) -> tuple[Matches, np.ndarray, float, np.ndarray]:
        """Return all matches, their placement, how far it stands out, and features.

        Matches have the network's scores as confidence; the placement is a (3, 3)
        similarity; features are (n, 7), see ``features_of``. There are no matches where
        too few agree on a placement.
        """
        turn = self._turned(pair, search, feedback)
        sides = self._described(pair, turn)
        check(feedback)
        mov_xy, ref_xy, score = self._paired(pair, sides, search)
        theta = self._agreed(mov_xy, ref_xy, score, search)
        for _ in range(ROUNDS if theta is not None else 0):
            exact = made_exact(sides, self._soma.planes, theta, mov_xy, ref_xy)
            good = exact.good
            asked = mov_xy[good], exact.ref_xy[good], score[good], search
            theta = self._agreed(*asked)
            if theta is None:
                break
        if theta is None:
            return Matches.empty(), np.eye(3), 0.0, np.zeros((0, 7))
        own = moved(invert(turn), mov_xy.T[None, :, :, None])[0, :, :, 0].T
        found = as_matches(own, exact.ref_xy, score)
        matrix = matrix_of(compose(theta, turn)[0])
        check(feedback)
        clear = self._clearness(pair, sides, turn, matrix, search, feedback)
        return found, matrix, clear, features_of(found, score, exact, matrix, clear)

    def _agreed(
        self, mov_xy: Tensor, ref_xy: Tensor, score: Tensor, search: Search
    ) -> Tensor | None:
        """Return the (1, 2, 3) similarity that most pairs agree on, None for too few.

        Rough pairs tell no shear, and windows that are laid wrongly would keep it.
        """
        matrix = affine_of(as_matches(mov_xy, ref_xy, score), search, "similarity")
        if matrix is None:
            return None
        return torch.from_numpy(matrix[None, :2]).to(mov_xy)

    def _turned(self, pair: TilePair, search: Search, feedback: Feedback) -> Tensor:
        """Return (1, 2, 3) what is applied to the moving image before it is seen."""
        turn = identity(1, self._device)
        if beyond_own_range(search):
            place = self._gradient.locate(pair, search, feedback)
            if place is not None:
                turn[0] = torch.from_numpy(place.mov_to_ref[:2]).to(turn)
        return turn

    def _described(self, pair: TilePair, turn: Tensor) -> tuple[Features, Features]:
        out, here = [], identity(1, self._device)
        for tile, by in ((pair.mov, turn), (pair.ref, here)):
            stack = stack_tiles([tile], self._device)
            image, valid = stack.image, stack.valid
            if not torch.equal(by, here):
                image, valid = derotate(image, valid, by)
            out.append(self._soma.encode(image, valid, stack.modality))
        return out[0], out[1]

    def _paired(
        self, pair: TilePair, sides: tuple[Features, Features], search: Search
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the pairs of the network: (n, 2) px twice, (n,) log score."""
        shapes = [tile.pixels.shape for tile in (pair.mov, pair.ref)]
        sizes = torch.tensor([[[w, h]] for h, w in shapes], dtype=torch.float32)
        sizes = sizes.to(self._device)
        reach = self._reach_px(pair, search)
        return self._pairing.pairs(sides, self._soma.planes, sizes, reach)

    def _reach_px(self, pair: TilePair, search: Search) -> float:
        """Return how far a place may be from its counterpart."""
        if beyond_own_range(search):
            # What the placement before leaves: some steps of its hypotheses.
            return 0.08 * extent_px([pair])
        turn = 2 * math.sin(math.radians(search.rotation_deg) / 2)
        rim = 0.71 * extent_px([pair]) * (turn + search.scale - 1)
        return 1.42 * search.shift_px + rim

    def _clearness(
        self,
        pair: TilePair,
        sides: tuple[Features, Features],
        turn: Tensor,
        matrix: np.ndarray,
        search: Search,
        feedback: Feedback,
    ) -> float:
        """Return by how many deviations a placement stands out, as SOMA's is asked."""
        learned = LearnedEvidence(*sides, turn, self._soma.planes, 1.0)
        first = Placement(matrix, 0.0)
        seen = self._gradient.examine(pair, search, feedback, first, learned)
        if seen is None or not same_place(seen.mov_to_ref, matrix, pair):
            return 0.0
        standing = learned.standing(matrix, *astuple(rivals_of(pair, search)))
        return clearness(pair, seen, standing)


def as_matches(mov_xy: Tensor, ref_xy: Tensor, score: Tensor) -> Matches:
    """Return pairs of places as matches, with the network's scores as confidence."""
    trust = score.exp().clamp(0, 1).float().cpu().numpy()
    return Matches(*(xy.double().cpu().numpy() for xy in (mov_xy, ref_xy)), trust)


def features_of(
    found: Matches, score: Tensor, exact: Exact, matrix: np.ndarray, clear: float
) -> np.ndarray:
    """Return (n, 7) float64 features of a match's confidence.

    They are the log score of the pair, the correlation of the windows and its lead over
    the next peak, whether the match agrees with the affine of all and what share does,
    how far the placement stands out, as its logarithm and up to where it is certain.
    """
    off = apply_affine(matrix, found.mov_xy) - found.ref_xy
    agree = np.linalg.norm(off, axis=1) < AGREE_PX
    own = [x.double().cpu().numpy() for x in (score, exact.peak, exact.lead)]
    clear = max(clear, 0.0)
    of_tile = agree.mean(), np.log1p(clear), min(clear, CERTAIN_JOINT)
    shared = np.tile(of_tile, (len(found), 1))
    return np.column_stack([*own, agree, shared])
