"""Transforms through as few matches as define them."""

from __future__ import annotations

import numpy as np

from ..base.types import Search


def hypotheses_of(
    u: np.ndarray,
    v: np.ndarray,
    trust: np.ndarray,
    kind: str,
    rng: np.random.Generator,
    count: int,
    limits: Search | None = None,
) -> np.ndarray:
    """Return (k, 2, 3) affines from minimal samples, drawn in proportion to trust.

    Args:
        u: (n, 2) float64 positions about their mean, moving frame.
        v: (n, 2) float64 the same places in the reference frame.
        trust: (n,) float64 above 0.
        kind: "shift", "similarity" or "affine".
        rng: source of the samples.
        count: samples to draw; some give nothing.
        limits: what is far outside of this search is dropped.
    """
    draw = np.searchsorted(
        np.cumsum(trust / trust.sum()), rng.random((count, 3)), side="right"
    )
    draw = np.minimum(draw, len(u) - 1)
    if kind == "shift":
        hypotheses = _from_one(u, v, draw)
    elif kind == "similarity" or len(u) < 3:
        hypotheses = _from_two(u, v, draw)
    else:
        # Two points are right more often than three, and images from above differ
        # by little more than a similarity; refinement finds the rest.
        half = count // 2
        hypotheses = np.concatenate(
            [_from_two(u, v, draw[:half]), _from_three(u, v, draw[half:])]
        )
    return _in_range(hypotheses, limits)


def _from_one(u: np.ndarray, v: np.ndarray, draw: np.ndarray) -> np.ndarray:
    first = np.unique(draw[:, 0])
    out = np.tile(np.eye(2, 3), (len(first), 1, 1))
    out[:, :, 2] = v[first] - u[first]
    return out


def _from_two(u: np.ndarray, v: np.ndarray, draw: np.ndarray) -> np.ndarray:
    first, second = draw[:, 0], draw[:, 1]
    du = (u[second] - u[first]) @ (1, 1j)
    dv = (v[second] - v[first]) @ (1, 1j)
    length = np.abs(du)
    # Short baselines turn noise into rotation.
    good = length > max(1e-6, 0.2 * float(length.max(initial=0.0)))
    factor = dv[good] / du[good]
    a, b = factor.real, factor.imag
    linear = np.stack([a, -b, b, a], axis=1).reshape(-1, 2, 2)
    return _with_shift(linear, u[first[good]], v[first[good]])


def _from_three(u: np.ndarray, v: np.ndarray, draw: np.ndarray) -> np.ndarray:
    first = draw[:, 0]
    p, q = u[draw[:, 1]] - u[first], u[draw[:, 2]] - u[first]
    area = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    good = np.abs(area) > max(1e-6, 0.1 * float(np.abs(area).max(initial=0.0)))
    first, p, q, area = first[good], p[good], q[good], area[good]
    pv = v[draw[good, 1]] - v[first]
    qv = v[draw[good, 2]] - v[first]
    rows = np.stack([q[:, 1], -q[:, 0], -p[:, 1], p[:, 0]], axis=1).reshape(-1, 2, 2)
    linear = np.stack([pv, qv], axis=2) @ (rows / area[:, None, None])
    return _with_shift(linear, u[first], v[first])


def _with_shift(linear: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    shift = v - np.einsum("kij,kj->ki", linear, u)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def _in_range(hypotheses: np.ndarray, limits: Search | None) -> np.ndarray:
    """Drop reflections, collapses and what lies far outside the search."""
    a, b = hypotheses[:, 0, 0], hypotheses[:, 0, 1]
    c, d = hypotheses[:, 1, 0], hypotheses[:, 1, 1]
    determinant = a * d - b * c
    scale = np.sqrt(np.maximum(determinant, 0.0))
    most = 1.2 * limits.scale if limits else 8.0
    good = (scale > 1.0 / most) & (scale < most)
    if limits:
        turn = np.abs(np.degrees(np.arctan2(c - b, a + d)))
        good &= turn <= 1.2 * limits.rotation_deg + 5.0
        # Hypotheses are centred on the matches, where the shift is limited.
        shift = np.hypot(hypotheses[:, 0, 2], hypotheses[:, 1, 2])
        good &= shift <= 1.5 * limits.shift_px * np.sqrt(2.0) + 4.0
    return hypotheses[good]
