"""A simulated pair of any size, written strip by strip, with exactly known truth.

The benchmark's simulated scenes of 10 m lie side by side, each a few of its widths from
the next of its kind, so that the ground repeats itself only further away than the pair
is searched. The radar image is resampled once, by a shift, a turn, a scale, a smooth
warp of the whole and waves as terrain leaves them that was not corrected.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable

import cv2
import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window

from ...core.base.grid import Grid
from ...core.simulate import Misalign, Truth
from ...core.simulate.truth import make_truth
from .sets import SIMULATED, Scene

GSD_M = 10.0
#: Side of the part of every scene that is shown, px, and how many scenes there are.
BLOCK_PX, SCENES = 1024, 8
#: The scene of a block is that many further than the one above: a knight's move apart.
NEXT_ROW = 3
MISALIGN = Misalign((33.0, -24.0), rotation_deg=0.05, scale=1.0003, warp_px=4.0)
#: Terrain: length of its waves, px, and how far each displaces, px.
RELIEF_PX, RELIEF_WAVES = (2200.0, 3100.0, 4100.0), 0.6
#: Rows that are written at once, and distance of the nodes of exact positions, px.
STRIP_PX, NODE_PX = 512, 16


def truth_of(side: int) -> Truth:
    """Return where pixels of the radar image of a pair of ``side`` px belong."""
    grid = Grid(
        CRS.from_epsg(32632), Affine(GSD_M, 0, 4e5, 0, -GSD_M, 5.2e6), side, side
    )
    truth = make_truth(grid, grid, MISALIGN, seed=1)
    turn = np.linspace(0.3, 2.6, len(RELIEF_PX))
    relief = np.column_stack(
        [
            np.cos(turn) / RELIEF_PX,
            np.sin(turn) / RELIEF_PX,
            3 * turn,
            5 * turn,
            # A radar that looks to the east displaces what is high to the west.
            np.full(len(turn), RELIEF_WAVES),
            np.zeros(len(turn)),
        ]
    )
    return replace(truth, waves=np.concatenate([truth.waves, relief]))


def write_large(folder: Path, side: int) -> None:
    """Write ``optical.tif``, ``sar.tif`` and ``truth.json``; memory of some strips."""
    truth = truth_of(side)
    (folder / "truth.json").write_text(truth.to_json(), encoding="utf-8")
    scenes = [load() for load in SIMULATED["simulated"]()[:SCENES]]
    profile = {
        "driver": "GTiff",
        "dtype": "uint8",
        "width": side,
        "height": side,
        "crs": truth.ref.crs,
        "transform": truth.ref.transform,
        "tiled": True,
        "compress": "deflate",
        "bigtiff": "yes",
    }
    with (
        rasterio.open(folder / "optical.tif", "w", count=3, **profile) as optical,
        rasterio.open(folder / "sar.tif", "w", count=1, nodata=0, **profile) as sar,
    ):
        for top in range(0, side, STRIP_PX):
            rows = min(STRIP_PX, side - top)
            window = Window(0, top, side, rows)
            shown = plane(scenes, lambda scene: scene.optical, top, rows, side)
            optical.write(np.moveaxis(shown, -1, 0), window=window)
            sar.write(_moved(scenes, truth, top, rows), 1, window=window)


def plane(
    scenes: list[Scene],
    image: Callable[[Scene], np.ndarray],
    top: int,
    rows: int,
    side: int,
) -> np.ndarray:
    """Return rows of the scenes side by side, (rows, side, ...) uint8."""
    parts = []
    for row in range(top // BLOCK_PX, (top + rows - 1) // BLOCK_PX + 1):
        first = max(top - row * BLOCK_PX, 0)
        last = min(top + rows - row * BLOCK_PX, BLOCK_PX)
        columns = range(-(-side // BLOCK_PX))
        blocks = [
            image(scenes[(column + NEXT_ROW * row) % len(scenes)])[
                first:last, :BLOCK_PX
            ]
            for column in columns
        ]
        parts.append(np.concatenate(blocks, axis=1)[:, :side])
    return np.concatenate(parts)


def _moved(scenes: list[Scene], truth: Truth, top: int, rows: int) -> np.ndarray:
    """Return rows of the radar image, (rows, side) uint8, 0 beyond the ground."""
    at = _positions(truth, top, rows)
    side = truth.ref.width
    low = int(np.clip(np.floor(at[..., 1].min()) - 2, 0, side - 1))
    high = int(np.clip(np.ceil(at[..., 1].max()) + 2, low + 1, side))
    # What shows ground is above 0, which means no data.
    ground = np.maximum(
        plane(scenes, lambda scene: scene.sar, low, high - low, side), 1
    )
    x, y = at[..., 0] - 0.5, at[..., 1] - 0.5 - low
    return cv2.remap(ground, x, y, cv2.INTER_LINEAR, borderValue=0)


def _positions(truth: Truth, top: int, rows: int) -> np.ndarray:
    """Return the reference position of rows of pixels, (rows, side, 2) float32."""
    side = truth.mov.width
    nodes = [
        NODE_PX * (np.arange(-1, -(-length // NODE_PX) + 1) + 0.5)
        for length in (side, rows)
    ]
    x, y = np.meshgrid(nodes[0], nodes[1] + top)
    exact = truth.mov_to_ref(np.column_stack([x.ravel(), y.ravel()]))
    size = (NODE_PX * x.shape[1], NODE_PX * x.shape[0])
    planes = [
        cv2.resize(part.reshape(x.shape), size, interpolation=cv2.INTER_LINEAR)
        for part in exact.T
    ]
    inner = np.s_[NODE_PX : NODE_PX + rows, NODE_PX : NODE_PX + side]
    return np.stack([part[inner] for part in planes], axis=-1).astype(np.float32)
