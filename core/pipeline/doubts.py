"""What could be the matter with a pair, judged by its pixels.

Nothing here is certain, and nothing of it decides: it is what somebody who looked at
both images would point out, of one that was refused in the main.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Iterator

import numpy as np

from ..base.errors import Refused
from ..base.feedback import Feedback, check
from ..base.job import Job
from ..base.types import Search, Tile
from ..base.words.message import Message
from ..base.words.verdict import movement_message
from ..estimation.acceptance import Alignment
from ..matching.protocol import Matcher
from ..raster.pair import RasterPair, open_pair
from ..raster.view import View
from ..transform.linear import Affine2D
from .attempts import ELSEWHERE
from .coarse_to_fine import plan_search
from .levels import coarse_affine
from .movement import movement


@dataclass(frozen=True)
class Doubts:
    """From where on something is pointed out.

    Args:
        small_px: shorter side of the overlap below which an area is small: of true
            pairs of 128 px a fifth and more are refused, of 256 px few.
        compared: share of the overlap that may be compared below which it is little.
        flat: standard deviation of stretched grey values below which nothing is seen.
        noise: share of the variance that is left in means of ``block_px`` a side below
            which an image is noise: 0.02 for white noise, 0.09 for speckle over two
            pixels, 0.47 and more for images of ground (``val``).
        block_px: see ``noise``.
        fill: share of pixels at one extreme value above which it may mean no data.
        look_px: longer side of the picture that is judged.
        bare: share of the matched ground that does not show structure in both images:
            0.35 at most in 97 of 100 crops of OMBRIA and SEN1-2, 0.43 where half is
            open water. The error of such a pair is stated accordingly, and somebody
            who looks at it should know why.
    """

    small_px: int = 192
    compared: float = 0.5
    flat: float = 0.01
    noise: float = 0.12
    block_px: int = 8
    fill: float = 0.01
    look_px: int = 512
    bare: float = 0.4


DOUBTS = Doubts()


def doubts(pair: RasterPair, feedback: Feedback) -> list[Message]:
    """Return what the pixels of both images say; memory as ``overview``."""
    check(feedback)
    tiles = pair.overview(DOUBTS.look_px, feedback=feedback)
    found = list(_extent(pair, tiles.ref, tiles.mov))
    for view, tile in zip(pair.views, (tiles.ref, tiles.mov), strict=True):
        check(feedback)
        found += _structure(view, tile)
        found += _fill(view)
    return found


def of_answer(pair: RasterPair, found: Alignment) -> list[dict[str, Any]]:
    """Return what is to be said beside an answer: of the files, and of the ground."""
    notes = list(pair.notes)
    if found.evidence.bare > DOUBTS.bare:
        notes.append(Message("bare_ground", {"share": 1.0 - found.evidence.bare}))
    return [note.to_dict() for note in notes]


def elsewhere(
    job: Job, pair: RasterPair, matcher: Matcher, code: str, feedback: Feedback
) -> list[Message]:
    """Return where else the images would fit, looked for at low resolution.

    Args:
        job: what was asked for.
        pair: as it is placed.
        matcher: what finds the tie points.
        code: of the refusal.
        feedback: asked for a cancel.
    """
    if code not in ELSEWHERE or not pair.georeferenced or job.search == "any":
        return []
    wide = replace(job, search="any", max_shift=0.0, max_rotation_deg=-1, max_scale=0)
    affine = _affine(wide, pair, matcher, feedback)
    if affine is not None:
        extent = (pair.grid.width, pair.grid.height)
        none, placed = np.zeros((0, 2)), pair.grid.crs is not None
        figures = movement(affine, affine, pair.grid, extent, none, placed)
        said = movement_message(
            {"moved": figures, "expected_error_px": 2.0, "gsd_m": pair.gsd_m}, ""
        )
        if said is None or not _is_beyond(figures, plan_search(job, pair)):
            return []
        return [Message("doubt_elsewhere", {"parts": said.values["parts"]})]
    with ExitStack() as stack:
        try:
            other = stack.enter_context(open_pair(wide, feedback, "mirrored"))
        except Refused:
            return []
        if _affine(wide, other, matcher, feedback) is None:
            return []
    return [Message("doubt_mirrored")]


def _is_beyond(figures: dict[str, Any], search: Search) -> bool:
    """Return whether the figures of a movement lie outside a range."""
    shift = max(abs(figures["right_px"]), abs(figures["down_px"]))
    scale = max(figures["scale"], 1.0 / figures["scale"])
    is_turned = abs(figures["rotation_deg"]) > search.rotation_deg
    return shift > search.shift_px or is_turned or scale > search.scale


def _affine(
    job: Job, pair: RasterPair, matcher: Matcher, feedback: Feedback
) -> Affine2D | None:
    check(feedback)
    try:
        return coarse_affine(pair, matcher, plan_search(job, pair), feedback)
    except Refused:
        return None


def _extent(pair: RasterPair, ref: Tile, mov: Tile) -> Iterator[Message]:
    width, height = pair.grid.width, pair.grid.height
    if min(width, height) < DOUBTS.small_px:
        yield Message("doubt_small", {"width": width, "height": height})
    shares = [float(tile.valid.mean()) for tile in (ref, mov)]
    compared = min(shares)
    if pair.georeferenced:
        compared = float((ref.valid & mov.valid).mean())
    if compared >= DOUBTS.compared:
        return
    names = [
        view.source.name
        for view, share in zip(pair.views, shares, strict=True)
        if share <= max(min(shares), DOUBTS.compared)
    ]
    yield Message("doubt_masked", {"share": compared, "names": names})


def _structure(view: View, tile: Tile) -> Iterator[Message]:
    """Yield what an image shows where both overlap: nothing, or noise alone."""
    values = tile.pixels[tile.valid]
    if not len(values):
        return
    name = {"name": view.source.name}
    if float(values.std()) < DOUBTS.flat:
        yield Message("doubt_flat", name)
    elif _kept(tile) < DOUBTS.noise:
        yield Message("doubt_noise", name)


def _kept(tile: Tile) -> float:
    """Return the share of the variance that blocks without holes keep, 1 if none is."""
    side = DOUBTS.block_px
    rows, columns = (length // side for length in tile.pixels.shape)
    if not rows or not columns:
        return 1.0

    def blocks(values: np.ndarray) -> np.ndarray:
        cut = values[: rows * side, : columns * side]
        return cut.reshape(rows, side, columns, side).swapaxes(1, 2)

    whole = blocks(tile.valid).all(axis=(2, 3))
    if whole.sum() < side:
        return 1.0
    pixels = blocks(tile.pixels)[whole].astype(np.float64)
    return float(pixels.mean(axis=(1, 2)).var() / max(pixels.var(), 1e-12))


def _fill(view: View) -> Iterator[Message]:
    """Yield the extreme values at which suspiciously many pixels lie."""
    source = view.source
    if source.grey_levels is not None:
        return
    option = f"--{view.modality}-nodata"
    for band in view.bands:
        grey, valid = source.thinned((band,))
        values = grey[valid]
        for value in np.unique([values.min(), values.max()]) if len(values) else ():
            share = float((values == value).mean())
            if DOUBTS.fill < share < 1.0:
                about = {"name": source.name, "share": share, "value": float(value)}
                yield Message("doubt_fill", {**about, "option": option})
                return
