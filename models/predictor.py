"""The network as a matcher: numpy in, numpy out; see ``core.matching.Matcher``.

The only place that knows devices, batches, padding and memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from torch import Tensor

from ..core.errors import BadInput, ModelUnavailable
from ..core.feedback import SILENT, Feedback, check
from ..core.types import Matches, Search, Tile, TileMatch, TilePair
from .glam_local import GRID_PX
from .hypotheses import best_hypothesis, needed, turned
from .soma import MULTIPLE, Output, Soma
from .warping import apply_affine, centres, compose, identity, invert, sample
from .weights import load_network

#: Pixels between matches along each axis; windows of the network overlap below it.
STRIDE_PX = 16
#: Matches that are less likely than this to be within 3 px are left out.
LEAST_CONFIDENCE = 0.1
#: Deviation of a tile's valid pixels (0..1) below which it counts as flat.
LEAST_CONTRAST = 0.01
LEAST_VALID = 0.05


def pick_device(name: str) -> torch.device:
    """Return a device by name; "auto" takes cuda, then mps, then cpu.

    Raises:
        BadInput: not the name of a device.
        ModelUnavailable: the device is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        mps = torch.backends.mps.is_available()
        return torch.device("mps" if mps else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadInput(
            f"device is auto, cpu, cuda, cuda:N or mps; got {name!r}."
        ) from error
    count = torch.cuda.device_count()
    missing = device.type == "cuda" and (device.index or 0) >= count
    missing = missing or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing or device.type not in ("cpu", "cuda", "mps"):
        raise ModelUnavailable(f"There is no device {name} here; choose auto or cpu.")
    return device


@dataclass(frozen=True)
class _Side:
    """One side of a batch: (B, 1, H, W) images and validity, and the modality."""

    image: Tensor
    valid: Tensor
    modality: str


class SomaMatcher:
    """SOMA behind the matcher seam.

    On two CPU cores a pair of 512 px takes about a second and 0.6 GiB.

    Args:
        net: the network.
        device: as in ``pick_device``.
        calibration: (slope, offset) of the certainty logits.
        threads: torch threads on the CPU, 0 for torch's own choice.
    """

    name = "soma"
    tile_px = 512

    def __init__(
        self,
        net: Soma,
        device: str = "auto",
        calibration: tuple[float, float] = (1.0, 0.0),
        threads: int = 0,
    ):
        if threads:
            torch.set_num_threads(threads)
        self._device = pick_device(device)
        self._net = net.eval().to(self._device, memory_format=torch.channels_last)
        self._slope, self._offset = calibration
        self.batch = 16 if self._device.type == "cuda" else 2

    @staticmethod
    def from_weights(path: Path, device: str = "auto", threads: int = 0) -> SomaMatcher:
        """Load a weights file; raises BadInput and ModelUnavailable."""
        net, record = load_network(path)
        return SomaMatcher(net, device, record.calibration, threads)

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching``. Raises ``Cancelled``."""
        found: list[TileMatch | None] = [
            TileMatch(Matches.empty(), reason="no_structure") if _flat(pair) else None
            for pair in pairs
        ]
        groups: dict[tuple[str, str], list[int]] = {}
        for index, pair in enumerate(pairs):
            if found[index] is None:
                key = pair.mov.modality, pair.ref.modality
                groups.setdefault(key, []).append(index)
        size = 1 if needed(search) else self.batch
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
                return self._run(pairs, search, feedback)
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

    def _can_shrink(self) -> bool:
        """Free what can be freed; on the CPU there is nothing to fall back to."""
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        return self._device.type != "cpu"

    def _run(
        self, pairs: list[TilePair], search: Search, feedback: Feedback
    ) -> list[TileMatch]:
        mov = self._stack([pair.mov for pair in pairs])
        ref = self._stack([pair.ref for pair in pairs])
        by, distinct, rest = identity(len(pairs), self._device), None, search
        if needed(search):
            parts = [(s.image, s.valid, s.modality) for s in (mov, ref)]
            best = best_hypothesis(self._net, *parts, search, feedback)
            by, distinct = best.theta, best.distinctness
            image, valid = turned(mov.image, mov.valid, by)
            mov = _Side(image, valid, mov.modality)
            rest = Search(0.06 * max(image.shape[-2:]))
        output, own, certainty = self._forward(mov, ref, rest, _extent(pairs))
        if distinct is None:
            distincts = output.coarse.distinctness.tolist()
        else:
            distincts = [distinct]
        return [
            self._result(pair, index, output, own, certainty, by, distincts[index])
            for index, pair in enumerate(pairs)
        ]

    def _forward(
        self, mov: _Side, ref: _Side, search: Search, extent_px: float
    ) -> tuple[Output, Tensor, Tensor]:
        half = self._device.type == "cuda"
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
            described = [
                self._net.encode(side.image, side.valid, side.modality)
                for side in (mov, ref)
            ]
        count = len(mov.image)
        shift = torch.full((count,), search.shift_px, device=self._device)
        turn = 2 * math.sin(math.radians(min(search.rotation_deg, 90.0)) / 2)
        reach = 1.42 * shift + 0.71 * extent_px * (turn + search.scale - 1)
        prior = identity(count, self._device)
        output = self._net(*described, prior, shift, reach)
        own, certainty = self._net.measure(*described, output.theta)
        return output, own, certainty

    def _stack(self, tiles: list[Tile]) -> _Side:
        """Pad tiles of one modality to a common multiple of 16, right and below."""
        height, width = (
            math.ceil(max(tile.pixels.shape[axis] for tile in tiles) / MULTIPLE)
            * MULTIPLE
            for axis in (0, 1)
        )
        image = np.zeros((len(tiles), 1, height, width), np.float32)
        valid = np.zeros_like(image)
        for index, tile in enumerate(tiles):
            h, w = tile.pixels.shape
            image[index, 0, :h, :w] = np.where(tile.valid, tile.pixels, 0)
            valid[index, 0, :h, :w] = tile.valid
        tensors = (torch.from_numpy(a).to(self._device) for a in (image, valid))
        return _Side(*tensors, tiles[0].modality)

    def _result(
        self,
        pair: TilePair,
        index: int,
        output: Output,
        own: Tensor,
        certainty: Tensor,
        by: Tensor,
        distinctness: float,
    ) -> TileMatch:
        """Read one pair's matches, affine and dense flow, on its own moving grid."""
        height, width = pair.mov.pixels.shape
        one = slice(index, index + 1)
        theta = compose(output.theta[one], by[one])
        here = centres(height, width, 1, self._device)
        seen = apply_affine(by[one], here)  # where the pixel was in the turned image
        motion = output.stages[-1].motion
        dense = torch.cat(
            [motion.residual[one], self._confidence(motion.certainty[one])], dim=1
        )
        dense, inside = sample(dense, seen, GRID_PX)
        flow = apply_affine(theta, here) + dense[:, :2] * inside
        valid = torch.from_numpy(pair.mov.valid).to(self._device)
        sure = dense[0, 2] * inside[0, 0] * valid
        return TileMatch(
            self._matches(pair, own[one], certainty[one], by[one]),
            _matrix(theta[0]),
            distinctness,
            flow[0].permute(1, 2, 0).cpu().numpy().astype(np.float32),
            sure.cpu().numpy().astype(np.float32),
        )

    def _matches(
        self, pair: TilePair, own: Tensor, certainty: Tensor, by: Tensor
    ) -> Matches:
        """Sample the independent measurements every ``STRIDE_PX``."""
        height, width = own.shape[-2:]
        step = STRIDE_PX // GRID_PX
        rows = torch.arange(step // 2, height, step, device=own.device)
        columns = torch.arange(step // 2, width, step, device=own.device)
        spot = centres(height, width, GRID_PX, own.device)[:, rows][:, :, columns]
        mov_xy = apply_affine(invert(by), spot)[0].flatten(1).T.double().cpu().numpy()
        ref_xy = own[0][:, rows][:, :, columns].flatten(1).T.double().cpu().numpy()
        trust = self._confidence(certainty[0, 0][rows][:, columns]).flatten()
        confidence = trust.float().cpu().numpy()
        good = (confidence >= LEAST_CONFIDENCE) & _on(mov_xy, pair.mov)
        good &= _on(ref_xy, pair.ref)
        return Matches(mov_xy[good], ref_xy[good], confidence[good])

    def _confidence(self, logits: Tensor) -> Tensor:
        return torch.sigmoid(self._slope * logits + self._offset)


def _flat(pair: TilePair) -> bool:
    """Return whether one of the tiles has nothing to match."""
    for tile in (pair.ref, pair.mov):
        if tile.valid.mean() < LEAST_VALID:
            return True
        if float(tile.pixels[tile.valid].std()) < LEAST_CONTRAST:
            return True
    return False


def _on(xy: np.ndarray, tile: Tile) -> np.ndarray:
    """Return which positions (n, 2) lie on valid pixels of a tile."""
    height, width = tile.valid.shape
    column, row = np.floor(xy).astype(np.int64).T
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    return inside & tile.valid[row.clip(0, height - 1), column.clip(0, width - 1)]


def _extent(pairs: Sequence[TilePair]) -> float:
    return float(max(max(pair.mov.pixels.shape) for pair in pairs))


def _matrix(theta: Tensor) -> np.ndarray:
    matrix = np.eye(3)
    matrix[:2] = theta.double().cpu().numpy()
    return matrix
