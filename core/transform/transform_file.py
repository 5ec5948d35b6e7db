"""The content of transform.json: how pixels of one raster map to another."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable

import numpy as np
from pyproj import Transformer

from ..base.grid import (
    Grid,
    apply_affine,
    counted_like,
    matrix,
    middle_x,
    translation,
    turn_of,
)
from ..base.types import finite
from .kinds import Transform, invert
from .linear import fit_affine

FORMAT = "soma-transform"
VERSION = 1

#: Accuracy of the lattice that stands in for the exact map, pixels.
_DENSE_PX = 0.005
#: Node distances tried for it, wide to narrow.
_DENSE_STEPS = (16, 8, 4)

PixelMap = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Registration:
    """A transform between two rasters, independent of which pixels are warped.

    Args:
        working: grid in whose pixels ``mov_to_ref`` is expressed.
        mov_to_ref: moving to reference frame, working pixels.
        mov_grid: grid of the moving raster.
        ref_grid: grid of the reference raster.
        model: name of the matcher.
        why: why this transform was chosen.
        quality: figures with units in their keys.
        mov_working: grid of the moving frame's working pixels where it is not
            ``working``: a moving image without georeference has a frame of its
            own, its map coordinates are its pixels.
        mov_file: name of the moving raster, "" where it is not known.
        ref_file: the same of the reference.
        mov_fingerprint: of the moving raster's pixels, "" where it is not known.
    """

    working: Grid
    mov_to_ref: Transform
    mov_grid: Grid
    ref_grid: Grid
    model: str
    why: str = ""
    quality: dict[str, Any] = field(default_factory=dict)
    mov_working: Grid | None = None
    mov_file: str = ""
    ref_file: str = ""
    mov_fingerprint: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of transform."""
        return self.mov_to_ref.kind

    @property
    def ref_to_mov(self) -> Transform:
        """Return the inverse transform, working pixels."""
        return invert(self.mov_to_ref)

    def target_to_source(self, target: Grid, source: Grid) -> PixelMap:
        """Return the map from output pixels to pixels of a raster to warp.

        Args:
            target: grid of the output, in the reference's frame.
            source: grid of the raster to warp, in the moving frame.

        Returns:
            A function of (n, 2) float64 pixels; it may give NaN or infinity
            where a projection is not defined.
        """
        into = _pixel_map(target, self.working)
        out = _pixel_map(self.mov_working or self.working, source)
        back = self.ref_to_mov
        return lambda xy: out(back(into(xy)))

    def source_to_target(self, source: Grid, target: Grid) -> PixelMap:
        """Return the inverse of ``target_to_source``."""
        into = _pixel_map(source, self.mov_working or self.working)
        out = _pixel_map(self.working, target)
        return lambda xy: out(self.mov_to_ref(into(xy)))

    def mov_to_ref_pixels(
        self, mov_to_raw: PixelMap | None = None, ref_to_raw: PixelMap | None = None
    ) -> np.ndarray:
        """Return the (3, 3) affine closest to the map between native pixels.

        Of rasters with control points these are pixels of their frames, unless ways
        from there to the pixels of the files are given.

        Fitted to a lattice over the part of the moving raster that lies on the
        working grid, all of it when none does.
        """
        steps = np.linspace(0.0, 1.0, 17)
        lattice = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        mov = lattice * (self.mov_grid.width, self.mov_grid.height)
        frame = self.mov_working or self.working
        there = _pixel_map(self.mov_grid, frame)(mov)
        on_grid = ((there >= 0) & (there <= (frame.width, frame.height))).all(axis=1)
        if on_grid.sum() >= 9 and np.ptp(mov[on_grid], axis=0).all():
            mov = mov[on_grid]
        ref = self.source_to_target(self.mov_grid, self.ref_grid)(mov)
        good = np.isfinite(ref).all(axis=1)
        mov, ref = mov[good], ref[good]
        if mov_to_raw is not None and ref_to_raw is not None:
            mov, ref = mov_to_raw(mov), ref_to_raw(ref)
        return fit_affine(mov, ref).matrix

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary; figures that are not finite become null."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "kind": self.kind,
            "model": self.model,
            "why": self.why,
            "working": self.working.to_dict(),
            "mov_working": self.mov_working.to_dict() if self.mov_working else None,
            "mov_grid": self.mov_grid.to_dict(),
            "ref_grid": self.ref_grid.to_dict(),
            "mov_file": self.mov_file,
            "ref_file": self.ref_file,
            "mov_fingerprint": self.mov_fingerprint,
            "mov_to_ref_pixels": self.mov_to_ref_pixels().tolist(),
            "mov_to_ref": self.mov_to_ref.to_dict(),
            "quality": finite(self.quality),
        }

    def write(self, path: Path) -> None:
        """Write the registration as JSON."""
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8")


def interpolate_map(exact: PixelMap, shape: tuple[int, int]) -> np.ndarray:
    """Return a pixel map at all pixel centres, within 0.01 px where it is smooth.

    Evaluated on a lattice and interpolated. Memory is that of the result plus weights:
    a few per cent up to 4,000 px a side, at 20,000 px a fifth (smooth maps) to nearly
    as much again.

    Args:
        exact: (n, 2) float64 to (n, 2) float64 pixels.
        shape: (height, width) of the result.

    Returns:
        (height, width, 2) float32.
    """
    height, width = shape
    probe = np.stack(
        np.meshgrid(_probes(width), _probes(height)), axis=-1, dtype=np.float64
    )
    truth = exact(probe.reshape(-1, 2)).reshape(probe.shape)
    for step in _DENSE_STEPS:
        lattice = _lattice(exact, shape, step)
        along_y, along_x = _cubic(probe[:, 0, 1], step), _cubic(probe[0, :, 0], step)
        guess = _blend(lattice, along_y, along_x)
        if np.nanmax(np.abs(guess - truth), initial=0.0) <= _DENSE_PX:
            break
    rows = _cubic(np.arange(height) + 0.5, step)
    columns = _cubic(np.arange(width) + 0.5, step)
    # Around the middle of the values float32 keeps 1e-3 px at 10,000 px.
    middle = np.nanmean(lattice, axis=(0, 1))
    out = _blend(
        (lattice - middle).astype(np.float32),
        rows.astype(np.float32),
        columns.astype(np.float32),
    )
    out += middle.astype(np.float32)
    return out


def _lattice(exact: PixelMap, shape: tuple[int, int], step: int) -> np.ndarray:
    """Return the map at nodes from one step before to two after the raster."""
    y, x = (np.arange(-1, math.ceil(side / step) + 3) * float(step) for side in shape)
    nodes = np.stack(np.meshgrid(x, y), axis=-1)
    return exact(nodes.reshape(-1, 2)).reshape(nodes.shape)


def _cubic(position: np.ndarray, step: int) -> np.ndarray:
    """Return (n, nodes) weights of four-point Lagrange interpolation."""
    cell = np.floor(position / step).astype(int)
    t = position / step - cell
    weights = [
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    ]
    out = np.zeros((len(position), int(cell.max()) + 4))
    for offset, weight in enumerate(weights):
        out[np.arange(len(position)), cell + offset] = weight
    return out


def _blend(lattice: np.ndarray, along_y: np.ndarray, along_x: np.ndarray) -> np.ndarray:
    """Return (h, w, 2) values from a lattice and the weights of both axes."""
    used = lattice[: along_y.shape[1], : along_x.shape[1]]
    out = np.empty((len(along_y), len(along_x), 2), used.dtype)
    for axis in (0, 1):
        out[..., axis] = along_y @ used[..., axis] @ along_x.T
    return out


def _probes(side: int) -> np.ndarray:
    """Return at most 24 positions that fall between the nodes of every lattice."""
    return (np.arange(24) + 0.43) * (side / 24.0)


def _pixel_map(source: Grid, target: Grid) -> PixelMap:
    """Return the map between pixels of two grids."""
    into = matrix(source.transform)
    out = np.linalg.inv(matrix(target.transform))
    if source.crs is None or target.crs is None or source.crs == target.crs:
        both = out @ translation(_turns_apart(source, target), 0) @ into
        if np.allclose(both, np.eye(3), rtol=0.0, atol=1e-12):
            return lambda xy: np.asarray(xy, np.float64)
        return lambda xy: apply_affine(both, np.asarray(xy, np.float64))
    project = _projection(source.crs.to_wkt(), target.crs.to_wkt())

    def mapped(xy: np.ndarray) -> np.ndarray:
        x, y = apply_affine(into, np.asarray(xy, np.float64)).T
        at = np.stack(project.transform(x, y), axis=1)
        return apply_affine(out, counted_like(target, at))

    return mapped


def _turns_apart(source: Grid, target: Grid) -> float:
    """Return by what whole turns two grids of one CRS count the same place apart."""
    turn = turn_of(source.crs) if target.crs is not None else 0.0
    if not turn:
        return 0.0
    return turn * round((middle_x(target) - middle_x(source)) / turn)


@lru_cache(maxsize=16)
def _projection(source_wkt: str, target_wkt: str) -> Transformer:
    return Transformer.from_crs(source_wkt, target_wkt, always_xy=True)
