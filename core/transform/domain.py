"""Where a local deformation is known, and how it ends outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import cv2
import numpy as np
from scipy.spatial import ConvexHull, QhullError

#: Points are evaluated in runs of this many, so that no temporary exceeds 8 MB.
CHUNK = 1 << 14


@dataclass(frozen=True, eq=False)
class Support:
    """Convex area of the matches; beyond it a deformation fades to nothing.

    A point outside takes the deformation near the closest point of the area,
    times a weight that falls from 1 to 0 over ``fade_px``: it is pulled in so
    that the deformation goes on smoothly but is never extrapolated by more than
    a quarter of ``fade_px``, where polynomials and thin plates run away.
    Pulling in towards a convex set lengthens no distance, so that it adds no
    slope to the deformation.

    Args:
        hull: (m, 2) float64, corners in counter-clockwise order, m >= 3.
        fade_px: distance over which the deformation fades, above 0.
    """

    hull: np.ndarray
    fade_px: float

    def pull_in(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where to evaluate the deformation, and the fading weights.

        Args:
            xy: (n, 2) float64.

        Returns:
            (n, 2) float64 and (n,) float64 in [0, 1].
        """
        start = self.hull
        edge = np.roll(start, -1, axis=0) - start
        # Signed area of (edge, point - start), negative on the outer side.
        side = (
            np.outer(xy[:, 1], edge[:, 0])
            - np.outer(xy[:, 0], edge[:, 1])
            - (edge[:, 0] * start[:, 1] - edge[:, 1] * start[:, 0])
        )
        outside = np.flatnonzero(side.min(axis=1) < 0)
        weight = np.ones(len(xy))
        if not outside.size:
            return xy, weight
        point = xy[outside]
        along = point @ edge.T - np.einsum("ij,ij->i", start, edge)
        along = np.clip(along / np.einsum("ij,ij->i", edge, edge), 0.0, 1.0)
        dx = start[:, 0] + along * edge[:, 0] - point[:, :1]
        dy = start[:, 1] + along * edge[:, 1] - point[:, 1:]
        squared = dx * dx + dy * dy
        best = squared.argmin(axis=1)
        row = np.arange(len(point))
        inside = xy.copy()
        distance = np.maximum(np.sqrt(squared[row, best]), 1e-12)
        reach = 0.25 * self.fade_px
        pull = 1.0 - reach * np.tanh(distance / reach) / distance
        way = np.stack([dx[row, best], dy[row, best]], axis=1)
        inside[outside] = point + way * pull[:, None]
        far = np.minimum(distance / self.fade_px, 1.0)
        weight[outside] = 1.0 - far * far * (3.0 - 2.0 * far)
        return inside, weight

    def apply(
        self, deformation: Callable[[np.ndarray], np.ndarray], xy: np.ndarray
    ) -> np.ndarray:
        """Evaluate ``deformation`` with its ending; (n, 2) to (n, 2) float64."""
        out = np.zeros((len(xy), 2))
        for first in range(0, len(xy), CHUNK):
            part = slice(first, first + CHUNK)
            inside, weight = self.pull_in(xy[part])
            used = weight > 0
            if used.all():
                out[part] = deformation(inside) * weight[:, None]
            elif used.any():
                out[part][used] = deformation(inside[used]) * weight[used, None]
        return out

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {"hull": self.hull.tolist(), "fade_px": self.fade_px}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Support:
        """Rebuild from ``to_dict``."""
        hull = np.asarray(values["hull"], np.float64).reshape(-1, 2)
        return Support(hull, float(values["fade_px"]))


def hull_of(xy: np.ndarray) -> np.ndarray:
    """Return the convex hull of (n, 2) points, (m, 2), counter-clockwise.

    Fewer than three points, or points on one line, give an empty hull.
    """
    if len(xy) < 3:
        return np.zeros((0, 2))
    try:
        return xy[ConvexHull(xy).vertices]
    except QhullError:
        return np.zeros((0, 2))


def share_inside(hull: np.ndarray, extent: tuple[float, float]) -> float:
    """Return which share of the extent a convex (m, 2) hull covers, 0 to 1.

    Args:
        hull: convex, counter-clockwise; parts beyond the extent do not count.
        extent: (width, height), from (0, 0).
    """
    if len(hull) < 3:
        return 0.0
    width, height = extent
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    area, _ = cv2.intersectConvexConvex(hull.astype(np.float32), frame)
    return min(float(area) / max(width * height, 1e-9), 1.0)


def support_of(xy: np.ndarray, displacement: np.ndarray) -> Support:
    """Return the support of a deformation known at (n, 2) points.

    The fade is wide enough that ending the largest displacement adds a slope
    of at most a fifth to the transform.

    Args:
        xy: (n, 2) float64, where the deformation is known.
        displacement: (n, 2) float64, its size there.
    """
    hull = hull_of(xy)
    if not len(hull):
        low, high = xy.min(axis=0), np.maximum(xy.max(axis=0), xy.min(axis=0) + 1.0)
        hull = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    diagonal = float(np.hypot(*np.ptp(hull, axis=0)))
    largest = float(np.abs(displacement).max(initial=0.0))
    return Support(hull, max(0.25 * diagonal, 10.0 * largest, 1.0))
