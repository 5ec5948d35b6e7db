"""What is drawn over both images alike, and so stands still: no ground to match.

Frames, map grids, captions, scale bars and dead detector columns lie at the same pixels
of both images wherever the ground is. SAR and optical images never show ground alike in
its finest detail, for speckle alone differs, so where a few pixels of both rise and
fall together, sign and all, somebody or something drew them. Over ground that is as
dark or as bright as the ink itself that does not show; there the ink is told by its
value. Stripes of a scanner are weaker than speckle and show over whole lines only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator

import cv2
import numpy as np

from ...base.types import Tile, TilePair
from .channels import filled
from .pyramid import warped


@dataclass(frozen=True)
class OverlayLimits:
    """What counts as drawn; lengths in pixels of the tiles.

    The defaults come from 18 aligned pairs of six sources, of whose pixels at most
    0.4 % are taken for drawn, and drawn-over unrelated pairs, of which 1 to 20 % are.

    Args:
        detail_px: Gaussian scale below which detail is compared.
        window_px: side of the windows that are compared.
        alike: correlation coefficient from which a window is drawn.
        least_contrast: deviation in a window, of grey values in [0, 1], below which
            it counts as flat.
        beside_px: how far beside drawn pixels nothing is used either.
        ink: within this of black or white in both images, grey values in [0, 1], a
            pixel may be of ink.
        inked: share of such pixels that lies at drawn windows, from which all are ink.
        line_share: length of a connected line of such pixels, as a share of the shorter
            side, from which it is ink by itself, if nowhere as wide as a window.
        most_share: share of alike pixels, of those that both have, from which they tell
            nothing: the images may be of one kind and show one place. Lines of ink
            that are connected still do.
        least_share: share of drawn pixels from which a placement is looked for anew.
        least_holes: share of drawn pixels, or of holes, from which their shape counts.
        holes_alike: share of the holes of either image from which those of both are of
            one shape.
        bands: parts of a line that have to tell the same stripe.
        plain: lines are drawn whose middle half of grey values spreads by less.
        coherent: share of a line profile's variance that all parts have in common,
            from which it may be striped; 1 / bands by chance.
        shared: correlation coefficient of both images' profiles from which they are.
        fast_px: Gaussian scale over lines below which they differ by stripes.
        smooth_px: that to which striped ones are levelled.
    """

    detail_px: float = 1.0
    window_px: int = 7
    alike: float = 0.8
    least_contrast: float = 0.01
    beside_px: int = 2
    ink: float = 0.02
    inked: float = 0.2
    line_share: float = 0.5
    most_share: float = 0.3
    least_share: float = 0.03
    least_holes: float = 0.01
    holes_alike: float = 0.5
    bands: int = 6
    plain: float = 0.01
    coherent: float = 0.25
    shared: float = 0.5
    fast_px: float = 2.0
    smooth_px: float = 12.0


OVERLAYS = OverlayLimits()
#: Side in px of the cells in which what is connected is looked for first.
_CELL_PX = 4


def without_overlays(
    pair: TilePair,
    mov_to_ref: np.ndarray | None = None,
    params: OverlayLimits = OVERLAYS,
) -> TilePair:
    """Return a pair whose drawn pixels are invalid; the same object if none are.

    Args:
        pair: tiles.
        mov_to_ref: (3, 3) placement at which they are compared, tile pixels; as they
            lie if not given, and then stripes are levelled too.
        params: what counts as drawn.
    """
    if mov_to_ref is None:
        pair = _levelled(pair, params)
        if not pair.holed and _holes_alike(pair, params):
            pair = replace(pair, holed=True)
    there = _over(pair, mov_to_ref)
    drawn = overlay_pixels(pair.ref, there, params)
    if drawn.any():
        back = drawn
        if mov_to_ref is not None:
            inverse = np.linalg.inv(mov_to_ref)
            ink = replace(pair.ref, pixels=drawn.astype(np.float32), ground=None)
            back = warped(ink, inverse, pair.mov.pixels.shape).pixels > 0.3
        ref, mov = _masked(pair.ref, drawn), _masked(pair.mov, back)
        holed = pair.holed or float(drawn.mean()) > params.least_holes
        pair = replace(pair, ref=ref, mov=mov, holed=holed)
    return pair


def overlay_share(
    pair: TilePair, mov_to_ref: np.ndarray, params: OverlayLimits = OVERLAYS
) -> float:
    """Return which share of the reference's valid pixels is drawn over both, [0, 1]."""
    drawn = overlay_pixels(pair.ref, _over(pair, mov_to_ref), params)
    return float(drawn.sum() / max(int(pair.ref.valid.sum()), 1))


def left_out(pair: TilePair, ground: TilePair) -> float:
    """Return which share of a tile's valid pixels is not in ``ground`` any more."""
    counts = (
        (int(before.valid.sum()), int(after.valid.sum()))
        for before, after in ((pair.ref, ground.ref), (pair.mov, ground.mov))
    )
    return max(1.0 - after / max(before, 1) for before, after in counts)


def overlay_pixels(
    ref: Tile, mov: Tile, params: OverlayLimits = OVERLAYS
) -> np.ndarray:
    """Return (h, w) bool, pixels of the reference that both images show alike.

    Args:
        ref, mov: tiles of one shape, on one grid.
        params: what counts as drawn.
    """
    window = (params.window_px,) * 2

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, window, borderType=cv2.BORDER_REFLECT_101)

    one, two = (_detail(tile, params.detail_px) for tile in (ref, mov))
    low = params.least_contrast**2
    spread = np.maximum(mean(one * one), low) * np.maximum(mean(two * two), low)
    both = ref.valid & mov.valid
    alike = (mean(one * two) > params.alike * np.sqrt(spread)) & both
    if alike.sum() > params.most_share * both.sum():
        alike[:] = False
    near = _widened(alike, params.beside_px)
    for ink in _inks(ref, mov, params.ink):
        if (ink & near).sum() < max(params.inked * ink.sum(), 1):
            ink = _lines(ink, params)
        near |= _widened(ink, params.beside_px)
    return near


def _inks(ref: Tile, mov: Tile, within: float) -> Iterator[np.ndarray]:
    """Yield the pixels that are black in both tiles, and those that are white."""
    both = ref.valid & mov.valid
    yield both & (np.maximum(ref.pixels, mov.pixels) <= within)
    yield both & (np.minimum(ref.pixels, mov.pixels) >= 1.0 - within)


def _lines(ink: np.ndarray, params: OverlayLimits) -> np.ndarray:
    """Return what of (h, w) bool is long and thin, as a drawn line is under speckle."""
    if not _may_be_long(ink, params.line_share * min(ink.shape)):
        return np.zeros_like(ink)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8))
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    drawn = sides >= params.line_share * min(ink.shape)
    square = np.ones((params.window_px,) * 2, np.uint8)
    wide = cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_OPEN, square) > 0
    drawn[np.unique(labels[wide])] = False
    drawn[0] = False  # what is no ink
    return np.asarray(drawn[labels])


def _may_be_long(ink: np.ndarray, least: float) -> bool:
    """Return whether something connected in (h, w) bool may be ``least`` long.

    What is connected is so in cells of pixels as well, which are soon looked through.
    """
    height, width = ink.shape
    rows, columns = -(-height // _CELL_PX), -(-width // _CELL_PX)
    cells = np.zeros((rows * _CELL_PX, columns * _CELL_PX), bool)
    cells[:height, :width] = ink
    cells = cells.reshape(rows, _CELL_PX, -1).any(axis=1)
    cells = cells.reshape(rows, columns, _CELL_PX).any(axis=2)
    boxes = cv2.connectedComponentsWithStats(cells.view(np.uint8))[2][1:]
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool(_CELL_PX * sides.max(initial=0) >= least)


def _widened(mask: np.ndarray, by_px: int) -> np.ndarray:
    side = 2 * by_px + 1
    return cv2.dilate(mask.view(np.uint8), np.ones((side, side), np.uint8)) > 0


def _detail(tile: Tile, scale_px: float) -> np.ndarray:
    pixels = filled(tile.pixels, tile.valid)
    return pixels - cv2.GaussianBlur(pixels, (0, 0), scale_px)


def _over(pair: TilePair, mov_to_ref: np.ndarray | None) -> Tile:
    """Return the moving tile on the reference's grid; as it lies, without a matrix."""
    shape = pair.ref.pixels.shape
    if mov_to_ref is None and pair.mov.pixels.shape == shape:
        return pair.mov
    return warped(pair.mov, np.eye(3) if mov_to_ref is None else mov_to_ref, shape)


def _holes_alike(pair: TilePair, params: OverlayLimits) -> bool:
    """Return whether both have holes of one shape as they lie, one mask's for example.

    Their rims are none: images of one extent have these alike, wherever they belong.
    """
    if pair.ref.valid.shape != pair.mov.valid.shape:
        return False
    inside = _within(pair.ref.valid) & _within(pair.mov.valid)
    ref, mov = inside & ~pair.ref.valid, inside & ~pair.mov.valid
    either = np.count_nonzero(ref | mov)
    if either < params.least_holes * np.count_nonzero(inside):
        return False
    return np.count_nonzero(ref & mov) > params.holes_alike * either


def _within(valid: np.ndarray) -> np.ndarray:
    """Return (h, w) bool, the box around all valid pixels."""
    box = np.zeros_like(valid)
    rows, columns = (np.flatnonzero(valid.any(axis=axis)) for axis in (1, 0))
    if rows.size:
        box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return box


def _masked(tile: Tile, drawn: np.ndarray) -> Tile:
    height, width = tile.valid.shape
    valid = tile.valid.copy()
    part = drawn[:height, :width]
    valid[: part.shape[0], : part.shape[1]] &= ~part
    return replace(tile, valid=valid, pixels=np.where(valid, tile.pixels, 0.0))


def _levelled(pair: TilePair, params: OverlayLimits) -> TilePair:
    """Level the lines and columns of both images where both have the same stripes."""
    tiles = [pair.ref, pair.mov]
    for axis in (1, 0):
        profiles = [_profile(tile, axis, params) for tile in tiles]
        if min(coherent for _, coherent in profiles) < params.coherent:
            continue
        count = min(len(profile) for profile, _ in profiles)
        one, two = (profile[:count] for profile, _ in profiles)
        if np.corrcoef(one, two)[0, 1] > params.shared:
            tiles = [_level(tile, axis, params) for tile in tiles]
    if tiles[0] is pair.ref:
        return pair
    return replace(pair, ref=tiles[0], mov=tiles[1])


def _means(tile: Tile, axis: int) -> np.ndarray:
    """Return pixels with lines along the second axis, the mean where invalid."""
    pixels = tile.pixels
    if not tile.valid.all():
        level = pixels[tile.valid].mean() if tile.valid.any() else 0.0
        pixels = np.where(tile.valid, pixels, np.float32(level))
    return pixels if axis == 1 else pixels.T


def _plain(pixels: np.ndarray, params: OverlayLimits) -> np.ndarray:
    """Return which lines of (n, m) pixels are drawn, as lines of one value are."""
    # Where more than a quarter each lies that far below and above the mean, the middle
    # half does not spread by less, and need not be sorted.
    mean, most = pixels.mean(axis=1, keepdims=True), pixels.shape[1] // 4 + 2
    below = np.count_nonzero(pixels <= mean - params.plain, axis=1)
    above = np.count_nonzero(pixels >= mean + params.plain, axis=1)
    unsure = np.flatnonzero((below < most) | (above < most))
    drawn = np.zeros(len(pixels), bool)
    if unsure.size:
        low, high = np.percentile(pixels[unsure], (25, 75), axis=1)
        drawn[unsure] = high - low < params.plain
    return drawn


def _profile(tile: Tile, axis: int, params: OverlayLimits) -> tuple[np.ndarray, float]:
    """Return lines' means without what is slow, and the share common to all parts."""
    pixels = _means(tile, axis)
    drawn = _plain(pixels, params)
    if drawn.all():
        return np.zeros(len(pixels)), 0.0
    # What is drawn along a whole line is no stripe: as if the next line went on there.
    if drawn.any():
        ground, lines = np.flatnonzero(~drawn), np.arange(len(pixels))
        pixels = pixels[ground[np.abs(ground[:, None] - lines).argmin(axis=0)]]
    length = pixels.shape[1] // params.bands
    if length < 8:
        return np.zeros(len(pixels)), 0.0
    used = pixels[:, : length * params.bands]
    profile = used.reshape(len(pixels), params.bands, length).mean(axis=2)
    profile -= _along_first(profile, params.fast_px)
    own, common = profile.var(axis=0).mean(), profile.mean(axis=1)
    return common, float(common.var() / max(float(own), 1e-12))


def _level(tile: Tile, axis: int, params: OverlayLimits) -> Tile:
    """Give each line the mean and deviation of its surroundings (moment matching).

    Lines that are drawn stay as they are.
    """
    pixels = _means(tile, axis)
    drawn = _plain(pixels, params)
    moments = np.stack([pixels.mean(axis=1), pixels.std(axis=1)], axis=1)
    mean, deviation = _along_first(moments, params.smooth_px).T
    gain = deviation / np.maximum(moments[:, 1], 1e-6)
    level = (pixels - moments[:, :1]) * gain[:, None] + mean[:, None]
    level[drawn] = pixels[drawn]
    level = np.clip(level if axis == 1 else level.T, 0.0, 1.0).astype(np.float32)
    return replace(tile, pixels=np.where(tile.valid, level, np.float32(0.0)))


def _along_first(values: np.ndarray, scale_px: float) -> np.ndarray:
    size = (1, 2 * int(3 * scale_px) + 1)
    values = np.ascontiguousarray(values)
    return cv2.GaussianBlur(values, size, sigmaX=1e-3, sigmaY=scale_px)
