"""The network as a matcher: numpy in, numpy out; see ``core.matching.protocol``.

The only place that knows memory; ``models.matcher.batches`` knows batches and padding.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ...core.base.feedback import SILENT, Feedback, check
from ...core.base.types import Matches, Search, TileMatch, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.gradient.distinctness import rivals_of
from ...core.matching.gradient.overlays import OVERLAYS, overlay_share, without_overlays
from ...core.matching.gradient.placement_search import Placement
from ...core.matching.structure import is_flat
from ..network.encoder import Features
from ..network.geometry import (
    compose,
    identity,
    invert,
    matrix_of,
)
from ..network.soma import Soma
from ..weights import Record, load_network
from .answer import PairEvidence, answer_of, distinctness_of
from .batches import Stack, extent_px, reach_px, stack_tiles
from .confidence import UNCALIBRATED
from .contest import better_place
from .derotate import beyond_own_range, derotate
from .devices import keep_memory, pick_device
from .fold_norms import fold
from .ground import least_of, with_ground
from .learned_evidence import LearnedEvidence

#: Local stages that finish the dense flow.
FINISH = (2, 2)
#: Distinctness below which the network's own place is looked at as well.
DOUBTED = 0.5


@dataclass(frozen=True)
class _Described:
    """What the encoders make of a batch: moving and reference features, and by what
    (B, 2, 3) the moving images were turned before.
    """

    features: list[Features]
    turn: Tensor
    mov: str
    ref: str

    def take(self, index: slice) -> _Described:
        """Select pairs of the batch."""
        features = [side.take(index) for side in self.features]
        return replace(self, features=features, turn=self.turn[index])


class SomaMatcher:
    """SOMA behind the matcher seam.

    On two CPU cores a pair of 512 px takes 0.8 s and 0.7 GiB.

    Attributes:
        dense: whether answers carry the network's dense flow and its certainty; what
            is registered does not hang on them, and they cost a sixth of all time.

    Args:
        net: the network.
        device: as in ``pick_device``.
        calibration: (slope, offset) of the certainty logits.
        peaks: coefficients of a match's confidence; see ``confidence``.
        threads: torch threads on the CPU, 0 for torch's own choice.
    """

    name = "soma"
    tile_px = 512

    def __init__(
        self,
        net: Soma,
        device: str = "auto",
        calibration: tuple[float, float] = (1.0, 0.0),
        peaks: Sequence[float] = UNCALIBRATED,
        threads: int = 0,
    ):
        if threads:
            torch.set_num_threads(threads)
        keep_memory()
        self._device = pick_device(device)
        self._net = net.eval().to(self._device, memory_format=torch.channels_last)
        self._calibration = calibration
        self._gradient = GradientMatcher(threads)
        self._peaks = np.asarray(peaks)
        self.batch = 16 if self._device.type == "cuda" else 2
        self.dense = False

    @staticmethod
    def from_weights(path: Path, device: str = "auto", threads: int = 0) -> SomaMatcher:
        """Load a weights file; raises BadInput and ModelUnavailable."""
        return SomaMatcher.of(*load_network(path), device, threads)

    @staticmethod
    def of(
        net: Soma, record: Record, device: str = "auto", threads: int = 0
    ) -> SomaMatcher:
        """Return a matcher of a loaded network, which is changed: its norms go."""
        fold(net)
        return SomaMatcher(net, device, record.calibration, record.peaks, threads)

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``. Raises ``Cancelled``."""
        pairs = [without_overlays(pair) for pair in pairs]
        found: list[TileMatch | None] = [
            TileMatch(Matches.empty(), reason="no_structure") if is_flat(pair) else None
            for pair in pairs
        ]
        groups: dict[tuple[str, str], list[int]] = {}
        for index, pair in enumerate(pairs):
            if found[index] is None:
                key = pair.mov.modality, pair.ref.modality
                groups.setdefault(key, []).append(index)
        size = self.batch  # which shrinks where memory runs out, amid the loop
        for indices in groups.values():
            for first in range(0, len(indices), size):
                part = indices[first : first + size]
                results = self._guarded([pairs[i] for i in part], search, feedback)
                for index, result in zip(part, results, strict=True):
                    found[index] = result
        return [result for result in found if result is not None]

    def _guarded(
        self, pairs: list[TilePair], search: Search, feedback: Feedback
    ) -> list[TileMatch]:
        """Run a batch; halve it when memory runs out, and end on the CPU."""
        check(feedback)
        try:
            with torch.inference_mode():
                known = self._without_overlays(pairs, search, feedback)
                return [
                    answer_of(*parts, self._peaks, self._calibration) for parts in known
                ]
        except torch.OutOfMemoryError:
            if not self._can_shrink():
                raise
        if len(pairs) > 1:
            half = len(pairs) // 2
            parts = pairs[:half], pairs[half:]
            return [m for p in parts for m in self._guarded(p, search, feedback)]
        self._device, self.batch = torch.device("cpu"), 2
        self._net = self._net.to(self._device)
        return self._guarded(pairs, search, feedback)

    def _without_overlays(
        self, pairs: list[TilePair], search: Search, feedback: Feedback
    ) -> list[tuple[TilePair, PairEvidence | None]]:
        """Return pairs without what is drawn at their place, and all of them."""
        out = []
        known = self.examine(pairs, search, feedback)
        for pair, one in zip(pairs, known, strict=True):
            if one is None:
                out.append((pair, None))
            elif overlay_share(pair, one.gradient.mov_to_ref) > OVERLAYS.least_share:
                clean = without_overlays(pair, one.gradient.mov_to_ref)
                out.append((clean, self.examine([clean], search, feedback)[0]))
            else:
                out.append((pair, one))
        return out

    def _can_shrink(self) -> bool:
        """Free what can be freed; on the CPU there is nothing to fall back to."""
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return self._device.type != "cpu"

    def examine(
        self, pairs: list[TilePair], search: Search, feedback: Feedback = SILENT
    ) -> list[PairEvidence | None]:
        """Return the evidence of pairs, None where no window has structure."""
        mov = stack_tiles([pair.mov for pair in pairs], self._device)
        ref = stack_tiles([pair.ref for pair in pairs], self._device)
        start = self._locate(pairs, search, feedback)
        turn = identity(len(pairs), self._device)
        if beyond_own_range(search):
            turn, start = start, turn
            image, valid = derotate(mov.image, mov.valid, turn)
            mov = Stack(image, valid, mov.modality)
        check(feedback)
        seen = _Described(self._describe(mov, ref), turn, mov.modality, ref.modality)
        out = []
        for index, pair in enumerate(pairs):
            one = slice(index, index + 1)
            out.append(
                self._best_look(pair, seen.take(one), start[one], search, feedback)
            )
        return out

    def _best_look(
        self,
        pair: TilePair,
        seen: _Described,
        start: Tensor,
        search: Search,
        feedback: Feedback,
    ) -> PairEvidence | None:
        """Look at a pair where it was placed, and elsewhere if that is doubtful."""
        found = self._look(pair, seen, start, search, feedback)
        told = pair.placed is not None or beyond_own_range(search)
        if told or distinctness_of(pair, found) >= DOUBTED:
            return found
        prior = identity(1, self._device)
        reach = reach_px(1, search, extent_px([pair]), self._device)
        other = better_place(self._net, seen.features, start, prior, reach)
        if torch.equal(other, start):
            return found
        second = self._look(pair, seen, other, search, feedback)
        looks = found, second
        return max(looks, key=lambda look: distinctness_of(pair, look))

    def _look(
        self,
        pair: TilePair,
        seen: _Described,
        start: Tensor,
        search: Search,
        feedback: Feedback,
    ) -> PairEvidence | None:
        """Return the evidence of one pair around a placement (1, 2, 3)."""
        features, turn = seen.features, seen.turn
        if self._net.ground is not None:
            features = self._net.ground(*features, start, (seen.mov, seen.ref))
        least = least_of(pair)
        learned = LearnedEvidence(*features, turn, self._net.planes, least)
        first = Placement(matrix_of(compose(start, turn)[0]), 0.0)
        ground = with_ground(pair, *(side.ground for side in features), turn, least)
        own = self._gradient.examine(ground, search, feedback, first, learned)
        if own is None:
            return None
        standing = learned.standing(own.mov_to_ref, *astuple(rivals_of(pair, search)))
        motion = None
        if self.dense:
            # What bends is read off the network, the affine off all evidence together.
            theta = torch.from_numpy(own.mov_to_ref[None, :2]).to(start)
            theta = compose(theta, invert(turn))
            motion = self._net.refine(*features, theta, FINISH)[-1].motion
            motion = replace(motion, theta=theta)
        return PairEvidence(own, standing, motion, turn)

    @torch.inference_mode()
    def flows(self, pairs: Sequence[TilePair], search: Search) -> np.ndarray:
        """Return the network's own dense flow, (n, H, W, 2), without the gradients'.

        What the network does by itself, in one batch, for equal tiles of one kind.
        """
        sides = [
            stack_tiles(tiles, self._device)
            for tiles in ([p.mov for p in pairs], [p.ref for p in pairs])
        ]
        mov, ref = self._describe(*sides)
        prior = identity(len(pairs), self._device)
        reach = reach_px(len(pairs), search, extent_px(pairs), self._device)
        flow = self._net(mov, ref, prior, *reach).flow(*sides[0].image.shape[2:])
        return flow.permute(0, 2, 3, 1).cpu().numpy()

    def _describe(self, *sides: Stack) -> list[Features]:
        half = self._device.type == "cuda"
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            return [self._net.encode(s.image, s.valid, s.modality) for s in sides]

    def _locate(
        self, pairs: list[TilePair], search: Search, feedback: Feedback
    ) -> Tensor:
        """Return (B, 2, 3) placements that pairs bring, or that gradients find.

        Every rotation and scale of the search is tried on descriptors made once.
        """
        found = identity(len(pairs), self._device)
        for index, pair in enumerate(pairs):
            place = pair.start if pair.placed is None else pair.placed
            if place is None:
                located = self._gradient.locate(pair, search, feedback)
                place = np.eye(3) if located is None else located.mov_to_ref
            found[index] = torch.from_numpy(place[:2]).to(found)
        return found
