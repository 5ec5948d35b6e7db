"""Ground control points that disagree with the others, found by a robust fit."""

from __future__ import annotations

import numpy as np

#: Fewer points tell that something is wrong, but not which of them.
_LEAST = 6
#: Coefficients of an affine along each axis.
_AFFINE = 3
#: Random samples of three; a third of wrong points leaves 30 % of them clean.
_SAMPLES = 300
#: Departure from an affine that terrain and projection may cause, of the scene's size.
_BENT = 0.05
#: The same from a polynomial that was fitted without the point, or from the affine of
#: points that are too few for one.
_SMOOTH = 0.002
#: Departures beyond this many times the usual one are not like the others.
_UNLIKE = 10.0
#: Points more than a polynomial has coefficients, from which on one is found by it.
_LEFT = 3
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
    usual = _middle(off)
    size = float(np.hypot(*np.ptp(place[off <= usual], axis=0)))
    kept = off <= max(_UNLIKE * _SIGMA * usual, _BENT * size)
    for _ in range(len(raw)):
        found = _left_out(raw[kept], place[kept])
        if found is None:
            break
        alone, usual = found
        worst = int(np.argmax(alone / usual))
        if alone[worst] <= max(_UNLIKE * usual[worst], _SMOOTH * size):
            break
        index = np.flatnonzero(kept)[worst]
        kept[index], off[index] = False, max(alone[worst], off[index])
    return kept, off


def disagreement(raw: np.ndarray, place: np.ndarray) -> np.ndarray | None:
    """Return how far few points lie from the best affine, where they contradict it.

    Four or five points tell that one of them is off, or that the scene is bent, and not
    which: of four corners and the middle one corner does as much as the one across.
    None where they agree, or are more.

    Args:
        raw: (n, 2) original pixels.
        place: (n, 2) metres.

    Returns:
        (n,) float64 metres, or None.
    """
    if not _AFFINE < len(raw) < _AFFINE + _LEFT:
        return None
    terms = np.column_stack([raw, np.ones(len(raw))])
    fit = terms @ np.linalg.lstsq(terms, place, rcond=None)[0]
    off = np.linalg.norm(fit - place, axis=1)
    # One point that is off by d leaves d times the root of its redundancy.
    size = float(np.hypot(*np.ptp(place, axis=0)))
    return off if np.hypot.reduce(off) > _SMOOTH * size else None


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
        if _middle(off) < _middle(best):
            best = off
    return best


def _middle(off: np.ndarray) -> float:
    """Return the median distance from an affine through three of the points.

    Of few points one more must agree than those three, which always do (Rousseeuw and
    Leroy 1987, chapter 3.4).
    """
    rank = len(off) // 2 + (_AFFINE + 1) // 2
    return float(np.sort(off)[rank - 1])


def _left_out(
    raw: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return each point's distance from a polynomial through the others, and its usual.

    The usual one is what the others' own distances let expect, which one wrong point
    does not enlarge (externally studentized residuals, Cook and Weisberg 1982), or the
    median, which several do not. None where there are too few points for that.
    """
    u = (raw - raw.mean(axis=0)) / np.maximum(np.ptp(raw, axis=0), 1e-9)
    for order in (3, 2, 1):
        powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
        terms = np.stack([u[:, 0] ** i * u[:, 1] ** j for i, j in powers], axis=1)
        if len(raw) < len(powers) + _LEFT or np.linalg.cond(terms) > 1e6:
            continue
        back = np.linalg.pinv(terms)
        left = (place - terms @ (back @ place)) ** 2
        free = np.maximum(1.0 - np.einsum("ij,ji->i", terms, back), 1e-3)
        square = left.sum(axis=1)
        alone = np.sqrt(square) / free
        others = np.maximum(square.sum() - square / free, 0.0)
        others /= len(raw) - 1 - len(powers)
        usual = np.minimum(np.sqrt(others / free), _SIGMA * np.median(alone))
        return alone, np.maximum(usual, 1e-9)
    return None
