"""Pictures of the report: the two images, checkerboards, JPEG data."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from ..base.grid import Grid, scaling, translation
from .compare import cells, compose
from .render import Layer, as_grey


@dataclass(frozen=True)
class Pictures:
    """The same window of both images, ready to be looked at.

    Args:
        ref: (h, w) or (h, w, 3) uint8, the reference.
        before: the same size, the moving image with its original georeference.
        after: the same with the registered one; None when refused.
        ref_ok: (h, w) bool, where the reference has data.
        before_ok: the same for ``before``.
        after_ok: the same for ``after``; None when refused.
        origin_xy: working pixel of the upper left corner.
        step_px: working pixels per picture pixel.
    """

    ref: np.ndarray
    before: np.ndarray
    ref_ok: np.ndarray
    before_ok: np.ndarray
    after: np.ndarray | None = None
    after_ok: np.ndarray | None = None
    origin_xy: tuple[float, float] = (0.0, 0.0)
    step_px: float = 1.0

    def crop(self, width: int, height: int) -> Pictures:
        """Return the middle, at most ``width`` x ``height`` picture pixels."""
        x0 = max(0, (self.width - width) // 2)
        y0 = max(0, (self.height - height) // 2)
        box = np.s_[y0 : y0 + height, x0 : x0 + width]
        left, top = self.origin_xy
        return Pictures(
            self.ref[box],
            self.before[box],
            self.ref_ok[box],
            self.before_ok[box],
            None if self.after is None else self.after[box],
            None if self.after_ok is None else self.after_ok[box],
            (left + x0 * self.step_px, top + y0 * self.step_px),
            self.step_px,
        )

    @property
    def width(self) -> int:
        """Width in picture pixels."""
        return int(self.ref.shape[1])

    @property
    def height(self) -> int:
        """Height in picture pixels."""
        return int(self.ref.shape[0])


def take_pictures(
    ref: Layer,
    mov: Layer,
    registered: Layer | None,
    grid: Grid,
    box: tuple[float, float, float, float],
    most_px: int = 1000,
) -> Pictures:
    """Look at one window of the working grid in all rasters.

    Args:
        ref: the reference.
        mov: the moving raster, placed by its original georeference.
        registered: the registered raster, None when refused.
        grid: the working grid.
        box: (x, y, width, height) of the window, working pixels.
        most_px: longest side of the pictures; smaller windows are not enlarged.
    """
    x, y, width, height = box
    step = max(1.0, max(width, height) / most_px)
    size = max(1, round(width / step)), max(1, round(height / step))
    to_grid = translation(x, y) @ scaling(step, step)
    ref_picture, ref_ok = ref.picture(grid, to_grid, *size)
    before, before_ok = mov.picture(grid, to_grid, *size)
    after, after_ok = None, None
    if registered is not None:
        after, after_ok = registered.picture(grid, to_grid, *size)
    return Pictures(
        ref_picture,
        before,
        ref_ok,
        before_ok,
        after,
        after_ok,
        (float(x), float(y)),
        step,
    )


def detail_box(
    xy: np.ndarray, shape: tuple[int, int], width: int = 1072, height: int = 560
) -> tuple[int, int, int, int]:
    """Return the window of the working grid that holds the most points.

    Args:
        xy: (n, 2) working pixels, the inliers.
        shape: (height, width) of the working grid.
        width: wished width of the window.
        height: wished height of the window.

    Returns:
        (x, y, width, height), within the grid.
    """
    width, height = min(width, shape[1]), min(height, shape[0])
    xs = np.unique(np.linspace(0, shape[1] - width, 25).astype(int))
    ys = np.unique(np.linspace(0, shape[0] - height, 25).astype(int))
    in_x = (xy[None, :, 0] >= xs[:, None]) & (xy[None, :, 0] < xs[:, None] + width)
    in_y = (xy[None, :, 1] >= ys[:, None]) & (xy[None, :, 1] < ys[:, None] + height)
    count = in_y.astype(np.float32) @ in_x.T.astype(np.float32)
    # Of equally good windows the middle one is taken.
    off = np.hypot(
        xs[None] - (shape[1] - width) / 2, ys[:, None] - (shape[0] - height) / 2
    )
    row, col = np.unravel_index(np.argmax(count - off / (off.max() + 1)), count.shape)
    return int(xs[col]), int(ys[row]), width, height


def jpeg_uri(picture: np.ndarray, quality: int = 80) -> str:
    """Return (h, w) or (h, w, 3) RGB uint8 as a data URI."""
    pixels = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def board(pictures: Pictures, registered: bool, cell_px: int) -> np.ndarray:
    """Return the checkerboard of reference and moving image, (h, w, 3) uint8."""
    mov, mov_ok = pictures.before, pictures.before_ok
    if registered and pictures.after is not None and pictures.after_ok is not None:
        mov, mov_ok = pictures.after, pictures.after_ok
    first = cells(0, 0, pictures.width, pictures.height, cell_px)
    return compose(pictures.ref, mov, pictures.ref_ok, mov_ok, "checkerboard", first)


def ground(pictures: Pictures) -> np.ndarray:
    """Return the reference as dark grey, so that coloured arrows stand out."""
    return (as_grey(pictures.ref) * 0.55).astype(np.uint8)
