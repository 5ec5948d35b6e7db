"""Make the README's pictures in docs/; run by scripts/pictures.sh.

Usage: pictures.py SHOTS OUT
    SHOTS: folder of scripts/screenshots.sh; OUT: the example pair, registered.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from soma.core.base.grid import Grid
from soma.core.products.compare import checkerboard
from soma.core.products.render import layer_of
from soma.core.raster.open import open_source

ROOT = Path(__file__).resolve().parents[1]
#: Window of the example, and the side of a cell, in pixels.
X0, Y0, WIDTH, HEIGHT, CELL = 380, 20, 440, 400, 55
GAP = 10
#: Screenshots in the README, and their width there.
SHOTS = {"plain-done": "qgis-dock", "plain-click": "qgis-click"}
SHOT_WIDTH = 1100


def seen(path: Path, modality: str, grid: Grid) -> np.ndarray:
    """Return the window of one raster as (h, w, 3) uint8."""
    with open_source(str(path)) as source:
        place = np.array([[1.0, 0, X0], [0, 1, Y0], [0, 0, 1]])
        return layer_of(source, modality).picture(grid, place, WIDTH, HEIGHT)[0]


def before_after(out: Path) -> np.ndarray:
    """Return two checkerboards of one window, (h, w, 3) uint8."""
    with open_source(str(ROOT / "example/optical.tif")) as source:
        grid = source.grid
    optical = seen(ROOT / "example/optical.tif", "optical", grid)
    before = checkerboard(optical, seen(ROOT / "example/sar.tif", "sar", grid), CELL)
    after = checkerboard(optical, seen(out / "registered.tif", "sar", grid), CELL)
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    return np.hstack([before, gap, after])


def write(picture: np.ndarray, name: str) -> None:
    """Write a picture, (h, w, 3) uint8, into docs/."""
    (ROOT / "docs").mkdir(exist_ok=True)
    path = str(ROOT / "docs" / f"{name}.jpg")
    cv2.imwrite(path, picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def main() -> None:
    """Write all pictures."""
    shots, out = map(Path, sys.argv[1:3])
    write(before_after(out), "before-after")
    for shot, name in SHOTS.items():
        picture = cv2.imread(str(shots / f"{shot}.png"))[..., ::-1]
        height = round(picture.shape[0] * SHOT_WIDTH / picture.shape[1])
        write(
            cv2.resize(picture, (SHOT_WIDTH, height), None, 0, 0, cv2.INTER_AREA), name
        )


if __name__ == "__main__":
    main()
