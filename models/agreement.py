"""The affine that many windows of a correlation agree on.

The paper's heads regress an affine increment from pooled features. Fitting it
to the peaks of single windows needs no training, but a window whose own peak
is wrong then counts for nothing, though it holds evidence for the right place
too. Here every window keeps its whole distribution over shifts: beside a
Gaussian around what the affine predicts, its posterior mean and variance say
where it would move the affine and how much it knows. The weighted fit and the
posteriors are computed in turn while the Gaussian narrows, so that the affine
climbs to where the sum of all log-probabilities is highest.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .layers import shifts
from .warping import apply_affine, fit_affine

#: Deviations in cells of the Gaussian around the prediction, round by round.
WIDTHS = (3.0, 2.0, 1.4, 1.0, 1.0)
#: How far all windows together may move, in cells.
TILE_REACH = 2
NEVER = -1e9
#: A window is believed to know no more than this deviation, in cells.
LEAST_DEVIATION = 0.15
#: Share of a window's own knowledge below which it has no say.
LEAST_KNOWN = 1e-2


def agree(
    logits: Tensor,
    weight: Tensor,
    here: Tensor,
    start: Tensor,
    theta: Tensor,
    radius: int,
    step_px: int,
) -> Tensor:
    """Fit an affine to distributions over shifts.

    Args:
        logits: (B, K, h, w) log-probabilities, up to a constant, of the shifts
            around ``start``, K = (2 radius + 1)^2; peaks no sharper than the cells
            can show (``layers.soften``).
        weight: (B, 1, h, w) how much each window counts, at least 0.
        here: (2, h, w) px, the windows' centres in the moving image.
        start: (B, 2, h, w) px, where shift zero puts them.
        theta: (B, 2, 3) affine to begin with and to fall back to.
        radius: largest shift, in cells.
        step_px: px per cell.

    Returns:
        (B, 2, 3) affine, moving to reference, px.
    """
    source = here.flatten(1).T.expand(len(logits), -1, -1)
    # All windows together first: a tile knows its shift when no window does.
    axis = shifts(radius, logits.device)
    together = (logits * weight).sum(dim=(2, 3))
    together = together.masked_fill(axis.abs().amax(dim=1) > TILE_REACH, NEVER)
    together = together - 1e-4 * axis.square().sum(dim=1)  # a tie moves nothing
    moved = axis[together.argmax(dim=1)] * step_px
    theta = torch.cat([theta[:, :, :2], theta[:, :, 2:] + moved[..., None]], dim=2)
    widths = [width for width in WIDTHS if width <= max(radius, WIDTHS[-1])]
    for width in widths:
        predicted = (apply_affine(theta, here) - start) / step_px
        own, precision = evidence(logits, predicted, width, radius)
        target = start + own * step_px
        theta = fit_affine(
            source,
            target.flatten(2).transpose(1, 2),
            (weight * precision).flatten(1),
            theta,
            cauchy_px=width * step_px,
            ridge=1e-3,
        )
    return theta


def evidence(
    logits: Tensor, predicted: Tensor, width: float, radius: int
) -> tuple[Tensor, Tensor]:
    """Return what each window says by itself near a prediction.

    Args:
        logits: as in ``agree``.
        predicted: (B, 2, h, w) shifts, in cells.
        width: deviation of the Gaussian around them, in cells.
        radius: largest shift, in cells.

    Returns:
        (B, 2, h, w) shifts in cells; (B, 1, h, w) their precision, one over the
        square of a deviation in cells, near 0 where a window says nothing.
    """
    axis = shifts(radius, logits.device)
    predicted = predicted.clamp(-radius, radius)
    away = (axis[:, :, None, None] - predicted[:, None]).square().sum(dim=2)
    held = -away / (2 * width**2)
    mean, variance = _moments((logits + held).softmax(dim=1), axis)
    # The Gaussian is cut off by the search's edge: what is left of it counts.
    before, spread = _moments(held.softmax(dim=1), axis)
    # What the window knows by itself: the posterior less the Gaussian.
    known = (1 - variance / spread).clamp_min(LEAST_KNOWN)
    own = (before + (mean - before) / known).clamp(-radius, radius)
    return own, (known - LEAST_KNOWN) / variance


def _moments(share: Tensor, axis: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (B, 2, h, w) and variance per axis (B, 1, h, w), in cells."""
    mean = torch.einsum("bkhw,kc->bchw", share, axis)
    square = torch.einsum("bkhw,k->bhw", share, axis.square().sum(dim=1))
    variance = (square[:, None] - mean.square().sum(dim=1, keepdim=True)) / 2
    return mean, variance.clamp_min(LEAST_DEVIATION**2)
