"""Draw the README's picture from the example pair, registered into out/.

.venv/bin/soma register example/sar.tif example/optical.tif --out out
.venv/bin/python scripts/pictures.py
"""

from pathlib import Path

import cv2
import numpy as np
from soma.core.compare import checkerboard
from soma.core.display import layer_of
from soma.core.geo import Grid
from soma.core.source import open_source

ROOT = Path(__file__).resolve().parents[1]
#: Window of the example, and the side of a cell, in pixels.
X0, Y0, WIDTH, HEIGHT, CELL = 430, 560, 440, 400, 55
GAP = 10


def seen(path: Path, modality: str, grid: Grid) -> np.ndarray:
    """Return the window of one raster as (h, w, 3) uint8."""
    with open_source(str(path)) as source:
        place = np.array([[1.0, 0, X0], [0, 1, Y0], [0, 0, 1]])
        return layer_of(source, modality).picture(grid, place, WIDTH, HEIGHT)[0]


def main() -> None:
    """Write docs/before-after.jpg."""
    with open_source(str(ROOT / "example/optical.tif")) as source:
        grid = source.grid
    optical = seen(ROOT / "example/optical.tif", "optical", grid)
    before = checkerboard(optical, seen(ROOT / "example/sar.tif", "sar", grid), CELL)
    after = checkerboard(optical, seen(ROOT / "out/registered.tif", "sar", grid), CELL)
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    picture = np.hstack([before, gap, after])
    (ROOT / "docs").mkdir(exist_ok=True)
    path = str(ROOT / "docs/before-after.jpg")
    cv2.imwrite(path, picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
