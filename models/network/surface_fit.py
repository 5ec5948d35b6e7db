"""The affine that many windows of a correlation agree on, and what bends beside it.

The paper's heads regress an affine increment from pooled features. Fitting it to
the peaks of single windows needs no training, but a window whose own peak is wrong
then counts for nothing, though it holds evidence for the right place too. Here
every window keeps its whole surface: it moves to its best shift near what the
affine predicts, held there by a quadratic penalty, and the affine is fitted to the
windows; while the penalty tightens from round to round, the affine climbs to where
the sum of all surfaces is highest. ``evidence`` reads the same surfaces as
distributions and tells where each window lies by itself, and how surely.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .geometry import apply_affine, fit_steady_affine
from .layers import highest, shifts

#: Deviations in cells of the penalty around the prediction, round by round.
WIDTHS = (6.0, 5.0, 4.0, 3.0, 2.0, 1.5, 1.5, 1.5, 1.5)
#: Shear and unequal scales that images of one ground usually have.
USUAL_SHEAR = 0.002
#: Scatter in cells below which windows are not believed to lie.
LEAST_SCATTER = 0.05
#: How many times further than the median window one goes that counts half.
ASTRAY = 3.0
#: A window is believed to know no more than this deviation, in cells.
LEAST_DEVIATION = 0.15
#: Share of a window's own knowledge below which it has no say.
LEAST_KNOWN = 1e-2


def agree(
    scores: Tensor,
    weight: Tensor,
    here: Tensor,
    start: Tensor,
    theta: Tensor,
    radius: int,
    step_px: int,
    independent: Tensor,
) -> tuple[Tensor, Tensor]:
    """Fit an affine to correlation surfaces.

    Args:
        scores: (B, K, h, w) of the shifts around ``start``, K = (2 radius + 1)^2,
            in units of the noise's standard deviation.
        weight: (B, 1, h, w) how much each window counts, at least 0.
        here: (B, 2, h, w) px, the windows' centres in the moving image.
        start: (B, 2, h, w) px, where shift zero puts them.
        theta: (B, 2, 3) affine that is returned where nothing has any weight.
        radius: largest shift, in cells.
        step_px: px per cell.
        independent: (B,) how many windows do not overlap; it limits what their
            scatter averages out to.

    Returns:
        (B, 2, 3) affine, moving to reference, px; (B,) weighted mean of the
        surfaces at the windows' last shifts.
    """
    axis = shifts(radius, scores.device)
    source = here.flatten(2).transpose(1, 2)
    # All windows together first: a tile knows its shift when no window does.
    together = (scores * weight).sum(dim=(2, 3))
    together = together - 1e-4 * axis.square().sum(dim=1)  # a tie moves nothing
    first_shift = axis[together.argmax(dim=1)] * step_px
    affine = torch.cat(
        [theta[:, :, :2], theta[:, :, 2:] + first_shift[..., None]], dim=2
    )
    for width in WIDTHS:
        if width > max(radius, WIDTHS[-1]):
            continue
        predicted = (apply_affine(affine, here) - start) / step_px
        shift, value = near_peaks(scores, predicted, width, radius)
        loose = (shift - predicted).norm(dim=1, keepdim=True)
        scatter = _median(loose.flatten(1), weight.flatten(1)).clamp_min(LEAST_SCATTER)
        stiffness = (scatter * step_px / USUAL_SHEAR) ** 2 / independent.clamp_min(1)
        # Where nothing speaks for the prediction, a window has no say, and little
        # where it would go further than most.
        far = loose / (ASTRAY * scatter[:, None, None, None])
        trust = weight * value.clamp_min(1e-3) / (1 + far**2)
        target = (start + shift * step_px).flatten(2).transpose(1, 2)
        affine = fit_steady_affine(source, target, trust.flatten(1), affine, stiffness)
    share = (weight * value).sum(dim=(1, 2, 3)) / weight.sum(dim=(1, 2, 3)).clamp_min(1)
    return affine, share


def near_peaks(
    scores: Tensor, predicted: Tensor, width: float, radius: int
) -> tuple[Tensor, Tensor]:
    """Find each surface's highest place, less a penalty for leaving a prediction.

    Args:
        scores: (B, K, h, w).
        predicted: (B, 2, h, w) shifts, in cells.
        width: distance in cells at which the penalty is a half.
        radius: largest shift, in cells, at least 1.

    Returns:
        (B, 2, h, w) shifts in cells; (B, 1, h, w) the surface there.
    """
    side = 2 * radius + 1
    penalised = _less(scores, _away(predicted, width, radius))
    best = highest(penalised)
    column, row = (best % side).clamp(1, side - 2), (best // side).clamp(1, side - 2)
    here = row * side + column
    beside = shifts(1, scores.device)
    step = (beside[:, 1] * side + beside[:, 0]).long()
    around = penalised.gather(1, here + step[:, None, None]).split(1, dim=1)
    nw, north, ne, west, middle, east, sw, south, se = around
    gx, gy = (east - west) / 2, (south - north) / 2
    hxx, hyy = east + west - 2 * middle, south + north - 2 * middle
    hxy = (se + nw - ne - sw) / 4
    det = hxx * hyy - hxy * hxy
    good = (det > 1e-12) & (hxx < 0)
    safe = torch.where(good, det, 1.0)
    dx = torch.where(good, -(hyy * gx - hxy * gy) / safe, 0.0).clamp(-0.75, 0.75)
    dy = torch.where(good, -(hxx * gy - hxy * gx) / safe, 0.0).clamp(-0.75, 0.75)
    shift = torch.cat([column + dx, row + dy], dim=1) - radius
    return shift, scores.gather(1, here)


def evidence(
    logits: Tensor, predicted: Tensor, width: float, radius: int
) -> tuple[Tensor, Tensor]:
    """Return what each window says by itself near a prediction.

    Args:
        logits: (B, K, h, w) log-probabilities, up to a constant, of the shifts;
            peaks no sharper than the cells can show (``layers.soften``).
        predicted: (B, 2, h, w) shifts, in cells.
        width: deviation of the Gaussian around them, in cells.
        radius: largest shift, in cells.

    Returns:
        (B, 2, h, w) shifts in cells; (B, 1, h, w) their precision, one over the
        square of a deviation in cells, near 0 where a window says nothing.
    """
    away = _away(predicted.clamp(-radius, radius), width, radius)
    posterior = _less(logits, away)
    axes = shifts(radius, logits.device)
    mean, variance = _moments(posterior.softmax(dim=1), axes)
    # The Gaussian is cut off by the search's edge: what is left of it counts.
    axis = axes[: 2 * radius + 1, :1]
    alone = [_moments((-part).softmax(dim=1), axis) for part in away]
    before = torch.cat([middle for middle, _ in alone], dim=1)
    spread = (alone[0][1] + alone[1][1]) / 2
    # What the window knows by itself: the posterior less the Gaussian.
    own_share = (1 - variance / spread).clamp_min(LEAST_KNOWN)
    own = (before + (mean - before) / own_share).clamp(-radius, radius)
    return own, (own_share - LEAST_KNOWN) / variance


def _away(predicted: Tensor, width: float, radius: int) -> tuple[Tensor, Tensor]:
    """Return the penalties of each column and row of shifts, (B, side, h, w) each."""
    axis = torch.arange(-radius, radius + 1, device=predicted.device)[:, None, None]
    x, y = (
        (axis - part[:, None]) ** 2 / (2 * width**2) for part in predicted.unbind(1)
    )
    return x, y


def _less(scores: Tensor, away: tuple[Tensor, Tensor]) -> Tensor:
    """Take the penalties off (B, side^2, h, w)."""
    grid = scores.unflatten(1, (away[1].shape[1], away[0].shape[1]))
    return (grid - away[0][:, None] - away[1][:, :, None]).flatten(1, 2)


def _moments(share: Tensor, axis: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (B, n, h, w) and variance per axis (B, 1, h, w), in cells."""
    powers = torch.cat([axis, axis.square().sum(dim=1, keepdim=True)], dim=1)
    moments = (powers.T.to(share) @ share.flatten(2)).unflatten(2, share.shape[2:])
    mean = moments[:, :-1]
    variance = moments[:, -1:] - mean.square().sum(dim=1, keepdim=True)
    return mean, (variance / axis.shape[1]).clamp_min(LEAST_DEVIATION**2)


def _median(values: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted medians (B,) of (B, N)."""
    ordered, order = values.sort(dim=1)
    share = weight.gather(1, order).cumsum(dim=1)
    place = (share < 0.5 * share[:, -1:]).sum(dim=1, keepdim=True)
    return ordered.gather(1, place.clamp(max=values.shape[1] - 1))[:, 0]
