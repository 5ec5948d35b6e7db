"""OSR-Net behind the matcher seam: numpy in, numpy out.

The network says one affine per tile. Matches are a lattice: the centres of the blocks
that MATP compares, laid by the affine, each at the place that its own window shows
after the warping, so that what they disagree in is seen by the fit and in the report.
Motions beyond the perturbations that the network learned from are taken off by the
hypotheses of the gradient matcher, and whether the placement stands out is asked of the
images.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.base.feedback import SILENT, Feedback, check
from ...core.base.types import Matches, Search, TilePair
from ...core.matching.gradient import GradientMatcher
from ...core.matching.gradient.confidence import CERTAIN_ALONE
from ...core.matching.gradient.distinctness import clearness
from ...core.matching.gradient.placement_search import Placement
from ..keypoints import weights
from ..keypoints.tile_by_tile import TileByTile
from ..matcher.batches import extent_px, stack_tiles
from ..matcher.derotate import derotate
from ..matcher.devices import keep_memory, pick_device
from ..matcher.fold_norms import fold
from ..network.geometry import (
    apply_affine,
    compose,
    identity,
    invert,
    matrix_of,
    shrink_mask,
)
from ..placement import examined_at
from .matp import Stage
from .mfe import LEVELS, Pyramid
from .network import OsrNet, build

#: Side in px of the images that are looked at first: the cells of one are as many as
#: those of the paper's 512 px.
FIRST_PX = 256
#: Motions that the network learned from: px at ``FIRST_PX``, degrees, factor.
OWN_SHIFT_PX, OWN_ROTATION_DEG, OWN_SCALE = 16.0, 6.0, 1.06
#: Of the blocks, one in so many along each axis is a match: windows overlap.
EVERY = 2
#: Blocks that both images show less of than this are no matches.
LEAST_SEEN = 0.5
#: Blocks with less gradient in one of the images than this share of what that image has
#: in the mean are no matches: around them a window shows other blocks' ground, or none,
#: and agrees with any affine. As for the gradient matcher's windows.
LEAST_STRUCTURE = 0.3
#: A block whose window lies further than this from the affine disagrees with it.
AGREE_PX = 2.0
#: Confidence before calibration: of the block's coefficient, what it disagrees by, the
#: share that agrees, how the placement stands out, twice, and a constant.
UNCALIBRATED = (4.0, -0.5, 2.0, 0.0, 0.5, -2.0)


@dataclass(frozen=True)
class Sides:
    """A pair as the network sees it.

    Args:
        sar: (image, valid), (1, 1, H, W) each; the moving image's turned.
        optical: the same, of the same size.
        turn: (1, 2, 3) px that was applied to the moving image.
        sar_moves: whether SAR is the moving image.
    """

    sar: tuple[Tensor, Tensor]
    optical: tuple[Tensor, Tensor]
    turn: Tensor
    sar_moves: bool

    def mov_to_ref(self, theta: Tensor) -> Tensor:
        """Return (1, 2, 3) px, moving to reference, of an affine, SAR to optical."""
        return compose(theta if self.sar_moves else invert(theta), self.turn)


class OsrMatcher(TileByTile):
    """OSR-Net, its lattice, and the judgement of its placement.

    Args:
        net: the network; its norms are folded.
        device: as in ``pick_device``.
        confidence: coefficients of a match's confidence; see ``features_of``.
        threads: torch threads on the CPU, 0 for torch's own choice.
    """

    name = "osrnet"

    def __init__(
        self,
        net: OsrNet,
        device: str = "auto",
        confidence: Sequence[float] = UNCALIBRATED,
        threads: int = 0,
    ):
        super().__init__(confidence)
        if threads:
            torch.set_num_threads(threads)
        keep_memory()
        self._device = pick_device(device)
        net = net.eval()
        fold(net)
        self._net = net.to(self._device, memory_format=torch.channels_last)
        self._gradient = GradientMatcher(threads)

    @staticmethod
    def from_weights(path: Path, device: str = "auto", threads: int = 0) -> OsrMatcher:
        """Load a weights file; raises BadInput and ModelUnavailable."""
        net, record = weights.read(path, "osrnet", build)
        return OsrMatcher(net, device, record.confidence, threads)

    @torch.inference_mode()
    def examine(
        self, pair: TilePair, search: Search, feedback: Feedback = SILENT
    ) -> tuple[Matches, np.ndarray, float, np.ndarray]:
        """Return the lattice, the network's affine, how it stands out, and features.

        The affine is (3, 3); features are (n, 5), see ``features_of``. There are no
        matches where gradients cannot be asked or see another placement.
        """
        place = self._gradient.locate(pair, search, feedback)
        if place is None:
            return Matches.empty(), np.eye(3), 0.0, np.zeros((0, 5))
        sides = self._sides(pair, search, place)
        theta, last = self._placed(sides, feedback)
        matrix = matrix_of(sides.mov_to_ref(theta)[0]).astype(np.float64)
        check(feedback)
        seen = examined_at(self._gradient, pair, search, feedback, matrix, place)
        clear = clearness(pair, seen) if seen is not None else 0.0
        found, told = lattice(sides, last)
        return found, matrix, clear, features_of(told, clear)

    def _sides(self, pair: TilePair, search: Search, place: Placement) -> Sides:
        """Return a pair with what the network has not learned taken off."""
        turn = identity(1, self._device)
        if beyond_own(search, extent_px([pair])):
            turn[0] = torch.from_numpy(place.mov_to_ref[:2]).to(turn)
        mov, ref = (stack_tiles([tile], self._device) for tile in (pair.mov, pair.ref))
        seen = [(mov.image, mov.valid), (ref.image, ref.valid)]
        rows, columns = (max(image.shape[axis] for image, _ in seen) for axis in (2, 3))
        seen = [[_padded(part, rows, columns) for part in side] for side in seen]
        if not torch.equal(turn, identity(1, self._device)):
            seen[0] = derotate(*seen[0], turn)
        sar_moves = pair.mov.modality == "sar" or pair.ref.modality != "sar"
        sar, optical = seen if sar_moves else seen[::-1]
        return Sides(tuple(sar), tuple(optical), turn, sar_moves)

    def _placed(self, sides: Sides, feedback: Feedback) -> tuple[Tensor, Stage]:
        """Return (1, 2, 3) px, SAR to optical, and what the blocks say after it."""
        factor = 1
        while max(sides.sar[0].shape[2:]) / factor > FIRST_PX:
            factor *= 2
        theta = identity(1, self._device)
        while True:
            check(feedback)
            described = self._described(sides, factor)
            first = factor > 1 or max(sides.sar[0].shape[2:]) <= FIRST_PX
            theta = self._aligned(described, scaled(theta, 1 / factor), first)
            if factor == 1:
                return theta, self._net.stage(LEVELS - 1, *described, theta)
            theta, factor = scaled(theta, factor), factor // 2

    def _described(self, sides: Sides, factor: int) -> tuple[Pyramid, Pyramid]:
        out = []
        for kind, side in (("sar", sides.sar), ("optical", sides.optical)):
            image, valid = _reduced(*side, factor)
            rows, columns = (
                -(-size // self._net.multiple) * self._net.multiple
                for size in image.shape[2:]
            )
            image, valid = (_padded(part, rows, columns) for part in (image, valid))
            out.append(self._net.describe(image, valid, kind))
        return out[0], out[1]

    def _aligned(
        self, described: tuple[Pyramid, Pyramid], start: Tensor, first: bool
    ) -> Tensor:
        """Return the affine of all resolutions, or only what the finest adds."""
        if first:
            return self._net(*described, start)[-1].theta
        return self._net.stage(LEVELS - 1, *described, start).theta


def beyond_own(search: Search, longest_px: float) -> bool:
    """Return whether a search goes beyond what the network learned from."""
    shift_px = search.shift_px * min(FIRST_PX / longest_px, 1.0)
    turned = search.rotation_deg > OWN_ROTATION_DEG or search.scale > OWN_SCALE
    return turned or shift_px > OWN_SHIFT_PX


def scaled(theta: Tensor, factor: float) -> Tensor:
    """Return (B, 2, 3) affines of images that are ``factor`` times as large."""
    return torch.cat([theta[:, :, :2], theta[:, :, 2:] * factor], dim=2)


def _padded(image: Tensor, rows: int, columns: int) -> Tensor:
    """Return an image with zeros to the right and below."""
    height, width = image.shape[2:]
    return F.pad(image, (0, columns - width, 0, rows - height))


def _reduced(image: Tensor, valid: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """Return an image and its validity at a factor of their size."""
    if factor == 1:
        return image, valid
    mask = shrink_mask(valid, factor)
    return F.avg_pool2d(image, factor) * mask, mask


def lattice(sides: Sides, last: Stage) -> tuple[Matches, np.ndarray]:
    """Return blocks as matches, and (n, 2) what speaks for each of them.

    That is the coefficient of the block where the affine lays it, and how far in px its
    window disagrees. Confidence hangs on more and is not told here.
    """
    there = last.seen[0, 0] >= LEAST_SEEN
    there = there & (last.structure[0, 0] >= LEAST_STRUCTURE)
    kept = torch.zeros_like(there)
    kept[::EVERY, ::EVERY] = True
    there = there & kept
    blocks = last.positions()
    sar, optical = apply_affine(invert(last.before), blocks)[0], blocks + last.shift[0]
    mov, ref = (sar, optical) if sides.sar_moves else (optical, sar)
    mov = apply_affine(invert(sides.turn), mov[None])[0]
    xy = (side[:, there].T.double().cpu().numpy() for side in (mov, ref))
    here = last.scores[0, last.scores.shape[1] // 2][there]
    left = last.shift[0][:, there].norm(dim=0)
    told = torch.stack([here, left], dim=1).double().cpu().numpy()
    return Matches(*xy, np.zeros(len(told), np.float32)), told


def features_of(told: np.ndarray, clear: float) -> np.ndarray:
    """Return (n, 5) float64 features of a match's confidence.

    They are those of ``lattice``, the share of blocks that agree with the affine, and
    how far the placement stands out, as its logarithm and up to where it is certain.

    Args:
        told: (n, 2) of ``lattice``.
        clear: deviations of ``clearness``.
    """
    clear = max(clear, 0.0)
    share = float((told[:, 1] < AGREE_PX).mean()) if len(told) else 0.0
    of_tile = share, np.log1p(clear), min(clear, CERTAIN_ALONE)
    return np.column_stack([told, np.tile(of_tile, (len(told), 1))])
