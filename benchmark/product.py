"""The product's matchers as rows, by the same call as ``soma match``."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Sequence

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from ..core import api
from ..core.feedback import SILENT, Feedback
from ..core.job import Job
from ..core.matching import Matcher
from ..core.types import Search, TileMatch, TilePair
from .methods import Estimate

THREADS = 2


class Product:
    """One matcher behind ``core.api.match``, loaded once.

    Args:
        name: as for ``soma match --model``.
        weights: weights file, "" for the model's own.
    """

    def __init__(self, name: str, weights: str = ""):
        self._job = Job(
            sar="", optical="", model=name, weights=weights, threads=THREADS
        )
        self._matcher = _Listener(api.load_matcher(self._job))
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
        found = api.match(job, matcher=self._matcher)
        report = found.report
        figures = {"code": report["code"], "kind": report["transform"]}
        figures |= {"unjudged_mov_to_ref": self._matcher.first_guess()}
        if report["status"] == "refused":
            return Estimate(reason=report["reason"], figures=figures)
        if dense:
            return Estimate(flow=found.registration.dense(mov.shape), figures=figures)
        return Estimate(np.array(report["mov_to_ref"]), figures=figures)


class _Listener:
    """A matcher that remembers what it said about the first tile of a pair."""

    def __init__(self, matcher: Matcher):
        self._matcher, self._first = matcher, None
        self.name, self.tile_px = matcher.name, matcher.tile_px
        self.batch = matcher.batch

    def match(
        self,
        pairs: Sequence[TilePair],
        search: Search,
        feedback: Feedback = SILENT,
    ) -> list[TileMatch]:
        """Match each pair; see ``core.matching``."""
        found = self._matcher.match(pairs, search, feedback)
        self._first = self._first or (pairs[0], found[0])
        return found

    def first_guess(self) -> list[list[float]] | None:
        """Return the first tile's own affine in working pixels; forget it."""
        first, self._first = self._first, None
        if first is None or first[1].mov_to_ref is None:
            return None
        pair, found = first
        back = np.linalg.inv(pair.mov.to_working)
        return (pair.ref.to_working @ found.mov_to_ref @ back).tolist()


def write_bare(path: Path, pixels: np.ndarray) -> None:
    """Write (h, w) or (h, w, 3) uint8 pixels as a TIFF without georeference."""
    bands = np.moveaxis(np.atleast_3d(pixels), -1, 0)
    count, height, width = bands.shape
    with rasterio.open(
        path, "w", "GTiff", width, height, count, dtype=bands.dtype.name
    ) as raster:
        raster.write(bands)
