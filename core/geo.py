"""Grids and the one pixel convention; see ``core.types``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from affine import Affine
from rasterio.crs import CRS


@dataclass(frozen=True, slots=True)
class Grid:
    """A raster's placement: ``transform * (x, y)`` is the map position.

    Args:
        crs: coordinate reference system, None for bare images.
        transform: pixel (corner origin) to map coordinates.
        width: number of columns.
        height: number of rows.
    """

    crs: CRS | None
    transform: Affine
    width: int
    height: int

    @property
    def gsd(self) -> float:
        """Pixel size in map units: the geometric mean of the two axes."""
        return float(abs(self.transform.determinant)) ** 0.5

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of the four corners, in map units."""
        corners = np.array(
            [[0, 0], [self.width, 0], [0, self.height], [self.width, self.height]],
            np.float64,
        )
        xy = apply_affine(matrix(self.transform), corners)
        left, bottom = xy.min(axis=0)
        right, top = xy.max(axis=0)
        return float(left), float(bottom), float(right), float(top)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "crs": self.crs.to_wkt() if self.crs else None,
            "transform": list(self.transform)[:6],
            "width": self.width,
            "height": self.height,
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Grid:
        """Rebuild a grid from ``to_dict``."""
        crs = CRS.from_wkt(values["crs"]) if values["crs"] else None
        transform = Affine(*values["transform"])
        return Grid(crs, transform, int(values["width"]), int(values["height"]))


def matrix(transform: Affine) -> np.ndarray:
    """Return an ``Affine`` as a (3, 3) float64 matrix."""
    return np.array([*list(transform)[:6], 0, 0, 1], np.float64).reshape(3, 3)


def apply_affine(m: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Apply a (3, 3) affine matrix to (n, 2) points."""
    return xy @ m[:2, :2].T + m[:2, 2]
