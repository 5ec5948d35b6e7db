"""Small pictures of a pair for the map: they look like its layers there.

``looks`` names, for ``sar`` and ``optical``, how a layer is shown: ``bands`` (one or
three, 1-based), and the values that become black and white, ``low`` and ``high``, one
for each band. What is missing is shown as it is matched.
"""

from __future__ import annotations

import base64
from typing import Any, Callable

import cv2
import numpy as np
from affine import Affine

from ..base.errors import BadInput
from ..base.grid import apply_affine, matrix, translation
from ..estimation.estimate import Fit
from ..products.compare import cells, compose
from ..products.render import Layer, as_rgb
from ..raster.pair import RasterPair
from ..raster.stretch import Stretch
from ..raster.tile_sampler import locate, sample
from ..raster.view import View
from .map_frame import MapFrame

#: Cells of the small checkerboard along a side.
CELLS = 6
#: Longest side of a preview, pixels.
MOST_PREVIEW_PX = 4096

Looks = dict[str, Any]


def layer_of_view(view: View, looks: Looks | None) -> Layer:
    """Return how a view is shown; nothing is read for it.

    Raises ``BadInput`` for a look that the raster cannot have.
    """
    look = (looks or {}).get(view.modality)
    if not look:
        return Layer(view.source, view.bands, (view.stretch,) * len(view.bands))
    try:
        bands = tuple(int(band) for band in look["bands"])
        ends = zip(look["low"], look["high"], strict=True)
        stretches = tuple(Stretch("linear", float(a), float(b)) for a, b in ends)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput.of("look_malformed", why=repr(error)) from error
    known = set(bands) <= set(range(1, view.source.count + 1))
    flat = any(stretch.low == stretch.high for stretch in stretches)
    if len(bands) not in (1, 3) or len(stretches) != len(bands) or not known or flat:
        raise BadInput.of("look_not_shown", name=view.source.name, look=str(look))
    return Layer(view.source, bands, stretches)


def window_board(
    pair: RasterPair,
    box: tuple[int, int, int, int],
    mov_to_ref: np.ndarray,
    looks: Looks | None = None,
) -> np.ndarray:
    """Return the checkerboard of an aligned window, (h, w, 3) uint8, RGB."""
    x0, y0, width, height = box
    at = translation(x0, y0)
    pictures = []
    for view, to_grid in zip(
        pair.views, (at, np.linalg.inv(mov_to_ref) @ at), strict=True
    ):
        layer = layer_of_view(view, looks)
        pictures.append(layer.picture(view.grid, to_grid, width, height))
    (ref, ref_ok), (mov, mov_ok) = pictures
    first = cells(0, 0, width, height, -(-max(width, height) // CELLS))
    return compose(ref, mov, ref_ok, mov_ok, "checkerboard", first)


def warped_picture(
    frame: MapFrame,
    fit: Fit,
    to_map: Affine,
    size: tuple[int, int],
    looks: Looks | None = None,
) -> np.ndarray:
    """Return the moving raster as a transform puts it, (h, w, 4) uint8, RGBA.

    Memory: some ten times the picture, and one read of 8 million pixels.

    Args:
        frame: of the map.
        fit: the transform.
        to_map: pixels of the picture to map coordinates.
        size: (width, height) of the picture.
        looks: of the layers.

    Raises ``BadInput`` for a size out of range.
    """
    width, height = size
    if not (0 < width <= MOST_PREVIEW_PX and 0 < height <= MOST_PREVIEW_PX):
        raise BadInput.of(
            "preview_size", most=MOST_PREVIEW_PX, width=width, height=height
        )
    at = locate(_picture_to_source(frame, fit, to_map), width, height)
    layer = layer_of_view(frame.pair.views[1], looks)
    channels, ok = [], np.ones((height, width), bool)
    for band, stretch in zip(layer.bands, layer.stretches, strict=True):
        grey, valid = sample(layer.source, (band,), at, overviews=max(at.steps) >= 2)
        channels.append(np.round(255 * stretch(grey)).astype(np.uint8))
        ok &= valid
    picture = as_rgb(np.dstack(channels) if len(channels) == 3 else channels[0])
    return np.dstack([picture, np.where(ok, np.uint8(255), np.uint8(0))])


def as_png(picture: np.ndarray) -> str:
    """Return (h, w, 3) RGB or (h, w, 4) RGBA uint8 as base64."""
    order = [2, 1, 0, 3][: picture.shape[2]]
    pixels = np.ascontiguousarray(picture[..., order])
    # Speckle hardly shrinks; the time is better spent elsewhere.
    data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
    return base64.b64encode(data.tobytes()).decode("ascii")


def _picture_to_source(
    frame: MapFrame, fit: Fit, to_map: Affine
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the map from picture pixels to original pixels of the moving raster."""
    pair = frame.pair

    def backward(xy: np.ndarray) -> np.ndarray:
        on_map = apply_affine(matrix(to_map), xy)
        there = fit.ref_to_mov(frame.to_working("ref", on_map))
        return pair.working_to_raw("mov", there)

    return backward
