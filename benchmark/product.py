"""The product's own matchers as rows: matcher, robust fit, judgement."""

from __future__ import annotations

import numpy as np

from ..core.errors import BadInput, Refused
from ..core.estimate import Fit, estimate
from ..core.evidence import judge
from ..core.gradient import GradientMatcher
from ..core.normalize import fit_stretch
from ..core.types import Modality, Search, Tile, TilePair
from .methods import Estimate
from .points import grey
from .warping import pixel_centres

THREADS = 2


class Product:
    """One matcher with the fit that ``soma match`` makes."""

    def __init__(self, name: str):
        if name != "gradient":
            raise BadInput(f"There is no matcher called {name!r} here yet.")
        self._matcher = GradientMatcher(THREADS)

    def __call__(
        self, ref: np.ndarray, mov: np.ndarray, search: Search, dense: bool
    ) -> Estimate:
        """Align one pair; see ``methods.Method``."""
        pair = TilePair(tile(grey(ref), "optical"), tile(mov, "sar"))
        found = self._matcher.match([pair], search)[0]
        figures = {"matches": len(found.matches), "distinctness": found.distinctness}
        if found.mov_to_ref is not None:
            figures["unjudged_mov_to_ref"] = found.mov_to_ref.tolist()
        if found.reason:
            return Estimate(reason=found.reason, figures=figures)
        extent = mov.shape[::-1]
        try:
            fit = estimate(
                found.matches, "auto" if dense else "affine", extent, limits=search
            )
            judge(found.matches, fit, extent, search, check_identity=False)
        except Refused as refused:
            return Estimate(reason=f"{refused.code}: {refused}", figures=figures)
        figures |= {"inliers": int(fit.inlier.sum()), "kind": fit.kind}
        if not dense:
            return Estimate(fit.mov_to_ref.matrix, figures=figures)
        return Estimate(flow=_flow(fit, mov.shape), figures=figures)


def _flow(fit: Fit, shape: tuple[int, int]) -> np.ndarray:
    centres = pixel_centres(max(shape))[: shape[0], : shape[1]]
    return fit.mov_to_ref(centres.reshape(-1, 2)).reshape(centres.shape)


def tile(pixels: np.ndarray, modality: Modality) -> Tile:
    """Return (h, w) uint8 pixels as matchers want them."""
    values = pixels.astype(np.float32)
    stretch = fit_stretch(values.ravel(), modality, str(pixels.dtype))
    return Tile(stretch(values), np.ones(pixels.shape, bool), np.eye(3), modality)
