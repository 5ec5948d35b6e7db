"""How well two rasters are aligned right now, from matches between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.types import Matches
from ..base.words.message import Message

_COMPASS = ("E", "NE", "N", "NW", "W", "SW", "S", "SE")
_SIDES = (
    "right",
    "upper right",
    "top",
    "upper left",
    "left",
    "lower left",
    "bottom",
    "lower right",
)
_LEAST_MATCHES = 8
_BLOCKS = 5


def assess(
    matches: Matches,
    inlier: np.ndarray,
    gsd_m: float = float("nan"),
    north_up: bool = True,
    reason: Message | None = None,
) -> dict[str, Any]:
    """Summarise the displacement between two rasters on one grid.

    A displacement says how far the moving raster lies from its place: x to the
    right, y down. Its systematic part is the mean over spatial blocks, so that
    dense matches in one corner do not decide; its uncertainty is the standard
    error over those blocks.

    Args:
        matches: n tie points in pixels of the common working grid.
        inlier: (n,) bool, matches that agree with one another.
        gsd_m: metres per working pixel, NaN where unknown.
        north_up: whether up is north, for the words of the verdict.
        reason: why the matches cannot be trusted, None when they can.

    Returns:
        ``status`` ("aligned", "shifted", "distorted" or "unknown"), ``verdict`` in
        words and its ``message``, and unless unknown the figures, with units in
        their keys.
    """
    good = matches.take(np.asarray(inlier, bool))
    counts = {"matches": len(matches), "inliers": len(good)}
    if not reason and len(good) < _LEAST_MATCHES:
        values = {"inliers": len(good), "least": _LEAST_MATCHES}
        reason = Message("few_to_tell", values)
    if reason:
        return {
            **_told("unknown", Message("cannot_tell", {"reason": reason})),
            **counts,
        }
    displacement = good.mov_xy - good.ref_xy
    figures = displacement_figures(good.ref_xy, displacement)
    status = _status(figures)
    return {
        **_told(status, _verdict(status, figures, gsd_m, north_up)),
        **counts,
        **figures,
        **_in_metres(figures, gsd_m),
    }


def displacement_figures(xy: np.ndarray, displacement: np.ndarray) -> dict[str, float]:
    """Return statistics of (n, 2) displacements found at (n, 2) positions, pixels."""
    length = np.hypot(*displacement.T)
    shift, sigma = blocked_mean(xy, displacement)
    rest = np.hypot(*(displacement - shift).T)
    return {
        "median_px": float(np.median(length)),
        "rmse_px": float(np.sqrt(np.mean(length**2))),
        "ce90_px": float(np.quantile(length, 0.9)),
        "shift_x_px": float(shift[0]),
        "shift_y_px": float(shift[1]),
        "shift_px": float(np.hypot(*shift)),
        "shift_sigma_px": float(np.hypot(*sigma)),
        "scatter_px": float(np.sqrt(np.mean(rest**2))),
        "scatter_ce90_px": float(np.quantile(rest, 0.9)),
    }


def blocked_mean(xy: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of spatial block medians and its standard error.

    Args:
        xy: (n, 2) positions.
        values: (n, 2).

    Returns:
        Two arrays (2,); the error is that of the single values where all lie in
        one block.
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    size = np.maximum(high - low, 1e-9) / _BLOCKS
    block = np.minimum((xy - low) // size, _BLOCKS - 1) @ (1, _BLOCKS)
    groups = [values[block == name] for name in np.unique(block)]
    if len(groups) > 2:
        values = np.array([np.median(group, axis=0) for group in groups])
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(2)
    return values.mean(axis=0), spread / np.sqrt(len(values))


def direction(shift: np.ndarray, north_up: bool) -> str:
    """Name the direction of a shift (x right, y down) as compass point or side."""
    angle = np.degrees(np.arctan2(-shift[1], shift[0]))
    sector = round(float(angle) / 45) % 8
    return _COMPASS[sector] if north_up else _SIDES[sector]


def _status(figures: dict[str, float]) -> str:
    """A shift counts when it is both significant and larger than half a pixel."""
    shift, sigma = figures["shift_px"], figures["shift_sigma_px"]
    if shift > max(0.5, 3 * sigma) and shift > 0.5 * figures["scatter_px"]:
        return "shifted"
    return "aligned" if figures["ce90_px"] <= 2.0 else "distorted"


def _verdict(
    status: str, figures: dict[str, float], gsd_m: float, north_up: bool
) -> Message:
    def both(name: str) -> list[float]:
        return [figures[name], figures[name] * gsd_m]

    if status != "shifted":
        return Message(status, {"error": both("ce90_px")})
    shift = np.array([figures["shift_x_px"], figures["shift_y_px"]])
    values: dict[str, Any] = {
        "shift": both("shift_px"),
        "direction": direction(shift, north_up),
    }
    if figures["scatter_ce90_px"] <= 2.0:
        return Message("shifted", values)
    return Message("shifted_and_distorted", {**values, "rest": both("scatter_ce90_px")})


def _told(status: str, verdict: Message) -> dict[str, Any]:
    return {
        "status": status,
        "verdict": str(verdict),
        "message": verdict.to_dict(),
    }


def _in_metres(figures: dict[str, float], gsd_m: float) -> dict[str, float]:
    if not np.isfinite(gsd_m):
        return {}
    return {f"{name[:-2]}m": value * gsd_m for name, value in figures.items()}
