"""The layers that a landscape is painted into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Cover(IntEnum):
    """Land cover classes of a simulated scene."""

    SEA = 0
    RIVER = 1
    BEACH = 2
    FIELD = 3
    GRASS = 4
    FOREST = 5
    ROCK = 6
    ROAD = 7
    URBAN = 8
    BUILDING = 9
    TREE = 10


@dataclass(frozen=True)
class Canvas:
    """Aligned layers, changed in place while a landscape is made.

    Args:
        gsd_m: pixel size in metres.
        cover: (h, w) uint8, a ``Cover``.
        albedo: (h, w, 3) float32, surface reflectance in red, green and blue.
        sigma: (h, w) float32, backscatter (power) at 35 degrees of incidence.
        building_m: (h, w) float32, height of buildings above the ground.
        tree_m: (h, w) float32, height of trees above the ground.
        wall: (h, w) float32, strength of the walls' echo, 1 for common masonry.
    """

    gsd_m: float
    cover: np.ndarray
    albedo: np.ndarray
    sigma: np.ndarray
    building_m: np.ndarray
    tree_m: np.ndarray
    wall: np.ndarray

    @staticmethod
    def blank(shape: tuple[int, int], gsd_m: float) -> Canvas:
        """Return empty layers."""
        layers = [np.zeros(shape, np.float32) for _ in range(4)]
        cover = np.full(shape, Cover.GRASS, np.uint8)
        return Canvas(gsd_m, cover, np.zeros((*shape, 3), np.float32), *layers)

    def paint(
        self,
        where: np.ndarray,
        share: np.ndarray,
        cover: Cover,
        rgb: np.ndarray,
        sigma_db: np.ndarray | float,
    ) -> None:
        """Blend a surface over what is there.

        Args:
            where: (n,) flat indices of pixels.
            share: (n,) part of each pixel that the surface takes, 0 to 1.
            cover: class of the surface.
            rgb: (n, 3) or (3,) reflectance.
            sigma_db: (n,) or one backscatter coefficient in dB.
        """
        part = share[:, None]
        albedo, sigma = self.albedo.reshape(-1, 3), self.sigma.reshape(-1)
        kinds = self.cover.reshape(-1)
        albedo[where] = albedo[where] * (1 - part) + rgb * part
        sigma[where] = sigma[where] * (1 - share) + power_of(sigma_db) * share
        kinds[where] = np.where(share > 0.5, cover, kinds[where])


def power_of(db: np.ndarray | float) -> np.ndarray:
    """Return power from decibels, float32."""
    return np.power(10.0, np.asarray(db, np.float32) / 10.0, dtype=np.float32)
