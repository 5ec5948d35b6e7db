"""How far and where to a registration moves the image, in words' terms."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from ..base.grid import Grid, apply_affine, matrix
from ..transform.kinds import Transform
from ..transform.linear import Affine2D, fit_similarity
from .assess import direction

#: Points per side of the lattice that tells turn, scale and bend.
_LATTICE = 5


def movement(
    affine: Affine2D,
    transform: Transform,
    working: Grid,
    extent: tuple[float, float],
    inliers_xy: np.ndarray,
    on_ground: bool,
) -> dict[str, Any]:
    """Return what the transform does to the moving image, JSON-ready.

    The displacement is that of the overlap's centre by ``affine``; turn and scale are
    those of the closest similarity. On the ground they are measured in metres around
    the centre (azimuthal equidistant), so that neither the projection nor the axes
    of the working grid have a say.

    Args:
        affine: the linear part, moving to reference frame, working pixels.
        transform: the transform itself.
        working: grid of the working pixels.
        extent: (width, height) of the overlap, working pixels.
        inliers_xy: (n, 2) matches used, moving frame.
        on_ground: whether both images are tied to the ground.

    Returns:
        ``right_px``, ``down_px``, ``distance_px``, ``reach_px`` (half of the
        overlap's diagonal), ``bent_px`` (largest departure of the transform from the
        affine at the matches), ``rotation_deg`` (clockwise),
        ``scale``, ``direction`` (point of the compass on the ground, else the side of
        the picture), and on the ground ``east_m``, ``north_m``, ``distance_m`` and
        ``azimuth_deg``.
    """
    steps = np.linspace(0.0, 1.0, _LATTICE)
    lattice = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * extent
    centre = np.array([extent], np.float64) / 2
    shift = (affine(centre) - centre)[0]
    figures: dict[str, Any] = {
        "right_px": float(shift[0]),
        "down_px": float(shift[1]),
        "distance_px": float(np.hypot(*shift)),
        "reach_px": float(np.hypot(*extent)) / 2,
        "bent_px": _bent(affine, transform, inliers_xy),
    }
    to_local = _local_frame(working, centre) if on_ground else None
    if to_local is None:
        turn, scale = _turn_and_scale(lattice, affine(lattice))
        side = direction(shift, north_up=False)
        return {**figures, "rotation_deg": turn, "scale": scale, "direction": side}
    east, north = (to_local(affine(centre)) - to_local(centre))[0]
    turn, scale = _turn_and_scale(to_local(lattice), to_local(affine(lattice)))
    return {
        **figures,
        "rotation_deg": -turn,
        "scale": scale,
        "direction": direction(np.array([east, -north]), north_up=True),
        "east_m": float(east),
        "north_m": float(north),
        "distance_m": float(np.hypot(east, north)),
        "azimuth_deg": float(np.degrees(np.arctan2(east, north)) % 360.0),
    }


def _local_frame(working: Grid, centre: np.ndarray) -> Any:
    """Return working pixels to (east, north) metres around a centre.

    None where the CRS has no place on the Earth: then there is no north.
    """
    if working.crs is None:
        return None
    to_map = matrix(working.transform)
    try:
        crs = CRS.from_wkt(working.crs.to_wkt())
        degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        (x, y) = apply_affine(to_map, centre)[0]
        lon, lat = map(float, degrees.transform(x, y, errcheck=True))
        local = CRS.from_proj4(
            f"+proj=aeqd +lat_0={lat!r} +lon_0={lon!r} +datum=WGS84 +units=m"
        )
        project = Transformer.from_crs(crs, local, always_xy=True)
    except (ProjError, AttributeError, TypeError):
        return None

    def to_local(xy: np.ndarray) -> np.ndarray:
        return np.stack(project.transform(*apply_affine(to_map, xy).T), axis=1)

    return to_local if np.isfinite(to_local(centre)).all() else None


def _turn_and_scale(src: np.ndarray, dst: np.ndarray) -> tuple[float, float]:
    """Return the turn from the first to the second axis in degrees, and the scale."""
    linear = fit_similarity(src, dst).matrix[:2, :2]
    turn = float(np.degrees(np.arctan2(linear[1, 0], linear[0, 0])))
    return turn, float(np.sqrt(abs(np.linalg.det(linear))))


def _bent(affine: Affine2D, transform: Transform, xy: np.ndarray) -> float:
    if isinstance(transform, Affine2D) or not len(xy):
        return 0.0
    return float(np.linalg.norm(transform(xy) - affine(xy), axis=1).max())
