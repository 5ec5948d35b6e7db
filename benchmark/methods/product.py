"""The product's matchers as rows, by the same call as ``soma match``."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from pathlib import Path
from typing import Callable, Sequence

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from ...core import api
from ...core.base.feedback import SILENT, Feedback
from ...core.base.grid import apply_affine
from ...core.base.job import Job
from ...core.base.types import Matches, Search, TileMatch, TilePair
from ...core.matching.protocol import Matcher
from ...core.matching.tally import BESIDE
from .estimate import Estimate

THREADS = 2
#: A network's own dense flow is kept on a lattice of this many places per axis.
LATTICE = 16


class Product:
    """One matcher behind ``core.api.match``, loaded once.

    Args:
        name: as for ``soma match --model``.
        weights: weights file, "" for the model's own.
        load: what makes the matcher of the job, a network's variant for example.

    Attributes:
        weights_version: hash of the weights, "" for a matcher without any.
    """

    def __init__(
        self,
        name: str,
        weights: str = "",
        load: Callable[[Job], Matcher] = api.load_matcher,
    ):
        # Times are those of two cores, also where there is a GPU.
        self._job = Job(
            sar="",
            optical="",
            model=name,
            weights=weights,
            threads=THREADS,
            device="cpu",
        )
        self._matcher = _Listener(load(self._job))
        network = api.chosen_model(self._job).rpartition(BESIDE)[2]
        self.weights_version = _hash(network, weights)
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
        warnings.simplefilter("ignore", NotGeoreferencedWarning)

    def __call__(
        self, ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool
    ) -> Estimate:
        """Align one pair; see ``methods.Method``."""
        paths = [Path(self._folder.name) / name for name in ("sar.tif", "optical.tif")]
        for path, pixels in zip(paths, (mov, ref), strict=True):
            write_bare(path, pixels)
        job = Job(
            **{
                **self._job.__dict__,
                "sar": str(paths[0]),
                "optical": str(paths[1]),
                "search": "near",
                "max_shift": search.shift_px,
                "max_rotation_deg": search.rotation_deg,
                "max_scale": search.scale,
            }
        )
        self._matcher.heard.clear()
        found = api.match(job, matcher=self._matcher)
        report = found.report
        figures = {key: report[key] for key in ("code", "model")}
        figures["kind"] = report["transform"]
        figures |= self._matcher.first_guess()
        if report["status"] == "refused":
            return Estimate(reason=report["reason"], figures=figures)
        if dense:
            return Estimate(flow=found.dense(), figures=figures)
        return Estimate(np.array(report["mov_to_ref"]), figures=figures)

    @property
    def distinctness(self) -> float:
        """Return that of the last pair's first tile, NaN where there was none."""
        heard = self._matcher.heard
        return heard[0][1].distinctness if heard else float("nan")

    def first_tile(self) -> TileMatch | None:
        """Return what was said of the last pair's first tile, None if nothing."""
        return self._matcher.heard[0][1] if self._matcher.heard else None

    def matches(self) -> Matches:
        """Return all tie points of the last pair in pixels, accepted or refused."""
        # Not those of the same image looked at in the mirror.
        heard = [
            (pair, told)
            for pair, told in self._matcher.heard
            if not pair.mov.is_mirrored
        ]
        return Matches.concat([_in_pixels(*item) for item in heard])


class _Listener:
    """A matcher that remembers what it said about the tiles of a pair."""

    def __init__(self, matcher: Matcher):
        self._matcher = matcher
        self.heard: list[tuple[TilePair, TileMatch]] = []
        self.name, self.tile_px = matcher.name, matcher.tile_px
        self.batch = matcher.batch

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching.protocol``."""
        found = self._matcher.match(pairs, search, feedback)
        self.heard += zip(pairs, found, strict=True)
        return found

    def first_guess(self) -> dict[str, list | None]:
        """Return the first tile's own affine and flow in working pixels."""
        pair, found = (
            self.heard[0] if self.heard else (None, TileMatch(Matches.empty()))
        )
        affine = flow = None
        if found.mov_to_ref is not None:
            back = np.linalg.inv(pair.mov.to_working)
            affine = (pair.ref.to_working @ found.mov_to_ref @ back).tolist()
        if found.flow is not None:
            flow = _lattice(pair, found.flow).round(3).tolist()
        return {"unjudged_mov_to_ref": affine, "own_flow": flow}


def _lattice(pair: TilePair, flow: np.ndarray) -> np.ndarray:
    """Return (n, 4): x and y of some moving pixels, and where the flow puts them."""
    height, width = flow.shape[:2]
    lines = [(np.arange(LATTICE) + 0.5) / LATTICE * side for side in (width, height)]
    col, row = np.floor(np.stack(np.meshgrid(*lines))).astype(int).reshape(2, -1)
    mov_xy = np.stack([col, row], axis=1) + 0.5
    here = apply_affine(pair.mov.to_working, mov_xy)
    there = apply_affine(pair.ref.to_working, flow[row, col].astype(np.float64))
    return np.concatenate([here, there], axis=1)


def _in_pixels(pair: TilePair, found: TileMatch) -> Matches:
    return Matches(
        apply_affine(pair.mov.to_working, found.matches.mov_xy),
        apply_affine(pair.ref.to_working, found.matches.ref_xy),
        found.matches.confidence,
    )


def _hash(name: str, weights: str) -> str:
    """Return a short hash of a network's weights file, "" where there is none."""
    from ...models import registry
    from ...models.weights import find

    if name not in registry.MODELS:
        return ""
    path = find(registry.MODELS[name].file, weights)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def write_bare(path: Path, pixels: np.ndarray) -> None:
    """Write (h, w) or (h, w, 3) uint8 pixels as a TIFF without georeference."""
    bands = np.moveaxis(np.atleast_3d(pixels), -1, 0)
    count, height, width = bands.shape
    with rasterio.open(
        path, "w", "GTiff", width, height, count, dtype=bands.dtype.name
    ) as raster:
        raster.write(bands)
