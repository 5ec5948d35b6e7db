"""The network as a matcher: numpy in, numpy out; see ``core.matching.protocol``.

The only place that knows memory; ``models.matcher.batches`` knows batches and padding.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ...core.base.feedback import SILENT, Feedback, check
from ...core.base.types import Matches, Search, TileMatch, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.gradient.confidence import probability
from ...core.matching.gradient.distinctness import distinctness, rivals_of
from ...core.matching.gradient.inspection import Inspection, Standing
from ...core.matching.gradient.overlays import OVERLAYS, overlay_share, without_overlays
from ...core.matching.gradient.placement_search import Placement
from ...core.matching.structure import is_flat, on_valid
from ..network.encoder import Features
from ..network.geometry import (
    apply_affine,
    centres,
    compose,
    identity,
    invert,
    matrix_of,
    sample,
)
from ..network.glam_local import Motion
from ..network.soma import Soma, unmoved
from ..network.template_matching import GRID_PX
from ..weights import Record, load_network
from .batches import Stack, extent_px, stack_tiles
from .confidence import UNCALIBRATED, match_features
from .derotate import beyond_own_range, derotate
from .devices import keep_memory, pick_device
from .fold_norms import fold
from .ground import least_of, with_ground
from .learned_evidence import LearnedEvidence

#: Local stages that lead from the network's own first guess, and those that finish.
APPROACH, FINISH = (0, 1), (2, 2)
#: How much better its own guess has to agree than that of the gradients.
CLEARLY = 1.2
#: Matches that are less likely than this to be within 3 px are left out.
LEAST_CONFIDENCE = 0.1


@dataclass(frozen=True)
class PairEvidence:
    """All that speaks for one pair's placement, before anything is left out.

    Args:
        gradient: matches, the affine and how it stands out.
        standing: how it stands among the descriptors.
        motion: the dense motion of the derotated moving image.
        derotation: (1, 2, 3) that was applied to the moving image.
    """

    gradient: Inspection
    standing: Standing
    motion: Motion
    derotation: Tensor


class SomaMatcher:
    """SOMA behind the matcher seam.

    On two CPU cores a pair of 512 px takes 1.3 s and 0.7 GiB.

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
        self._slope, self._offset = calibration
        self._gradient = GradientMatcher(threads)
        self._peaks = np.asarray(peaks)
        self.batch = 16 if self._device.type == "cuda" else 2

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
                return [self._result(*parts) for parts in known]
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
        features = self._describe(mov, ref)
        if not beyond_own_range(search):
            start = self._better(*features, start, search, extent_px(pairs))
        if self._net.ground is not None:
            kinds = mov.modality, ref.modality
            features = self._net.ground(*features, start, kinds)
        ones = [slice(index, index + 1) for index in range(len(pairs))]
        placed, places, standings = [], [], []
        for pair, one in zip(pairs, ones, strict=True):
            sides = [side.take(one) for side in features]
            least = least_of(pair)
            learned = LearnedEvidence(*sides, turn[one], self._net.planes, least)
            first = Placement(matrix_of(compose(start[one], turn[one])[0]), 0.0)
            pair = with_ground(pair, *(side.ground for side in sides), turn[one], least)
            placed.append(
                self._gradient.examine(pair, search, feedback, first, learned)
            )
            rivals = astuple(rivals_of(pair, search))
            at = placed[-1].mov_to_ref if placed[-1] else first.mov_to_ref
            places.append(at)
            standings.append(learned.standing(at, *rivals))
        theta = torch.stack([torch.from_numpy(at[:2]) for at in places])
        theta = compose(theta.to(start), invert(turn))
        motion = self._net.refine(*features, theta, FINISH)[-1].motion
        # What bends is read off the network, the affine off all evidence together.
        motion = replace(motion, theta=theta)
        return [
            PairEvidence(own, standing, motion.take(one), turn[one]) if own else None
            for own, standing, one in zip(placed, standings, ones, strict=True)
        ]

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
        reach = self._reach(len(pairs), search, extent_px(pairs))
        flow = self._net(mov, ref, prior, *reach).flow(*sides[0].image.shape[2:])
        return flow.permute(0, 2, 3, 1).cpu().numpy()

    def _describe(self, *sides: Stack) -> list[Features]:
        half = self._device.type == "cuda"
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            return [self._net.encode(s.image, s.valid, s.modality) for s in sides]

    def _locate(
        self, pairs: list[TilePair], search: Search, feedback: Feedback
    ) -> Tensor:
        """Return (B, 2, 3) placements that oriented gradients find by themselves.

        Every rotation and scale of the search is tried on descriptors made once.
        """
        found = identity(len(pairs), self._device)
        for index, pair in enumerate(pairs):
            place = self._gradient.locate(pair, search, feedback)
            if place is not None:
                found[index] = torch.from_numpy(place.mov_to_ref[:2]).to(found)
        return found

    def _better(
        self,
        mov: Features,
        ref: Features,
        found: Tensor,
        search: Search,
        longest_px: float,
    ) -> Tensor:
        """Return what the features agree with better: ``found`` or their own place."""
        prior = identity(len(found), self._device)
        reach = self._reach(len(found), search, longest_px)
        own = self._net.place(mov, ref, prior, *reach).theta
        *first, last = APPROACH
        near = self._net.refine(mov, ref, own, tuple(first))[-1].motion
        mine, theirs = (
            self._net.score(mov, ref, motion, last)
            for motion in (near, unmoved(found, mov))
        )
        better = mine > CLEARLY * theirs
        if not better.any():
            return found
        own = self._net.refine_further(mov, ref, near, (last,))[-1].motion.theta
        return torch.where(better[:, None, None], own, found)

    def _reach(
        self, count: int, search: Search, longest_px: float
    ) -> tuple[Tensor, Tensor]:
        """Return (B,) px, how far a tile's centre and how far any place may be."""
        shift = torch.full((count,), search.shift_px, device=self._device)
        turn = 2 * math.sin(math.radians(min(search.rotation_deg, 90.0)) / 2)
        return shift, 1.42 * shift + 0.71 * longest_px * (turn + search.scale - 1)

    def _result(self, pair: TilePair, evidence: PairEvidence | None) -> TileMatch:
        """Read one pair's matches, affine and dense flow, on its own moving grid."""
        if evidence is None:
            return TileMatch(Matches.empty(), reason="no_structure")
        own, motion, turn = evidence.gradient, evidence.motion, evidence.derotation
        height, width = pair.mov.pixels.shape
        theta = compose(motion.theta, turn)
        here = centres(height, width, 1, self._device)
        derotated = apply_affine(turn, here)  # where the pixel was for the network
        trust = torch.sigmoid(self._slope * motion.certainty + self._offset)
        dense, inside = sample(
            torch.cat([motion.residual, trust], 1), derotated, GRID_PX
        )
        flow = apply_affine(theta, here) + dense[:, :2] * inside
        valid = torch.from_numpy(pair.mov.valid).to(self._device)
        sure = dense[0, 2] * inside[0, 0] * valid
        features, clear = match_features(pair, own, evidence.standing)
        confidence = probability(features, self._peaks)
        matches = Matches(own.mov_xy, own.ref_xy, confidence)
        good = confidence >= LEAST_CONFIDENCE
        good &= on_valid(own.mov_xy, pair.mov) & on_valid(own.ref_xy, pair.ref)
        return TileMatch(
            matches.take(good),
            own.mov_to_ref,
            distinctness(clear),
            flow[0].permute(1, 2, 0).cpu().numpy().astype(np.float32),
            sure.cpu().numpy().astype(np.float32),
        )
