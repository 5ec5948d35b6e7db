"""Ground control points that disagree with the others, found by a robust fit."""

from __future__ import annotations

import numpy as np

#: Fewer points tell that something is wrong, but not which of them.
_LEAST = 5
#: Random samples of three; a third of wrong points leaves 30 % of them clean.
_SAMPLES = 300
#: Departure from an affine that terrain and projection may cause, of the scene's size.
_BENT = 0.05
#: The same from a polynomial that was fitted without the point.
_SMOOTH = 0.002
#: Departures beyond this many times the usual one are not like the others.
_UNLIKE = 10.0
#: Standard deviations per median of absolute values of a normal distribution.
_SIGMA = 1.4826


def agreeing(raw: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which points agree with one smooth mapping, and how far off each is.

    An affine through the best of many samples of three (least median of squares,
    Rousseeuw 1984) finds points that are far off; then each is held against a
    polynomial through all others.

    Args:
        raw: (n, 2) original pixels.
        place: (n, 2) metres.

    Returns:
        (n,) bool and (n,) float64 metres.
    """
    kept = np.ones(len(raw), bool)
    if len(raw) < _LEAST:
        return kept, np.zeros(len(raw))
    off = _from_best_affine(raw, place)
    size = float(np.hypot(*np.ptp(place[off <= np.median(off)], axis=0)))
    kept = off <= max(_UNLIKE * _SIGMA * float(np.median(off)), _BENT * size)
    for _ in range(len(raw)):
        alone = _left_out(raw[kept], place[kept])
        if alone is None:
            break
        usual = _SIGMA * float(np.median(alone))
        worst = int(np.argmax(alone))
        if alone[worst] <= max(_UNLIKE * usual, _SMOOTH * size):
            break
        index = np.flatnonzero(kept)[worst]
        kept[index], off[index] = False, max(alone[worst], off[index])
    return kept, off


def is_on_line(xy: np.ndarray) -> bool:
    """Return whether (n, 2) points lie on one line, or all in one place."""
    spread = np.linalg.svd(xy - xy.mean(axis=0), compute_uv=False)
    return bool(spread[1] <= 1e-3 * spread[0])


def _from_best_affine(raw: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the distances from the affine whose median distance is least."""
    rng = np.random.default_rng(0)
    terms = np.column_stack([raw, np.ones(len(raw))])
    best = np.full(len(raw), np.inf)
    for _ in range(_SAMPLES):
        three = rng.choice(len(raw), 3, replace=False)
        if is_on_line(raw[three]):
            continue
        fit = np.linalg.solve(terms[three], place[three])
        off = np.linalg.norm(terms @ fit - place, axis=1)
        if np.median(off) < np.median(best):
            best = off
    return best


def _left_out(raw: np.ndarray, place: np.ndarray) -> np.ndarray | None:
    """Return each point's distance from a polynomial through the others.

    None where there are too few for that.
    """
    u = (raw - raw.mean(axis=0)) / np.maximum(np.ptp(raw, axis=0), 1e-9)
    for order in (3, 2, 1):
        powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
        terms = np.stack([u[:, 0] ** i * u[:, 1] ** j for i, j in powers], axis=1)
        if len(raw) < len(powers) + 4 or np.linalg.cond(terms) > 1e6:
            continue
        back = np.linalg.pinv(terms)
        left = place - terms @ (back @ place)
        leverage = np.einsum("ij,ji->i", terms, back)
        return np.linalg.norm(left, axis=1) / np.maximum(1.0 - leverage, 1e-3)
    return None
