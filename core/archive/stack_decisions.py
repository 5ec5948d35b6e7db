"""From the matches of a stack to where each of its images belongs."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..api import Placed
from ..base.grid import Grid, between, gsd_m
from ..base.words.message import Message
from ..estimation.expected_error import in_nine_of_ten
from ..estimation.stack_adjustment import (
    ADJUSTMENT,
    Adjusted,
    Observation,
    adjust,
)
from ..transform.fitters import fitter_of
from ..transform.transform_file import Registration
from ..transform.transform_reader import read
from .folder import ArchiveFolder, Record
from .plan import Pair
from .stack_file import Decision
from .stacks import Stack

#: Nodes a side at which a match is an observation.
_NODES = 7
#: Degree of the polynomial that follows each kind of transform.
_ORDERS = {"shift": 0, "similarity": 1, "affine": 1, "poly2": 2}
_MOST_ORDER = 3
#: What a polynomial may miss of a transform that bends more, pixels: beyond it the
#: image keeps the transform of its own.
_MOST_MISSED_PX = 1.0


def decisions(
    stack: Stack, singles: ArchiveFolder, links: ArchiveFolder
) -> list[Decision]:
    """Return what becomes of each image of a stack whose matches are all made."""
    own = [_match(singles, pair) for pair in stack.singles]
    ties = [_match(links, link.pair) for link in stack.links]
    base = next((found for found, _ in own if found is not None), None)
    if base is None:
        return [_alone("stack_few_anchors", None) for _ in stack.pairs]
    frame = base.working
    kinds = [found.kind for found, _ in [*own, *ties] if found is not None]
    order = max(_ORDERS.get(kind, _MOST_ORDER) for kind in kinds)
    missed = [0.0 if f is None else _missed_px(f) for f, _ in own]
    seen = []
    for i, (found, record) in enumerate(own):
        if found is not None:
            sigma = ADJUSTMENT.to_optical_px, missed[i]
            seen.append(_observation(i, -1, found, record, frame, sigma))
    for link, (found, record) in zip(stack.links, ties, strict=True):
        if found is not None:
            both = link.later, link.earlier
            sigma = (ADJUSTMENT.to_neighbour_px, 0.0)
            seen.append(_observation(*both, found, record, frame, sigma))
    images = adjust(len(stack.pairs), seen, order)
    places = sum(
        record["quality"].get("n_places_agreeing", 0.0)
        for (found, record), image in zip(own, images, strict=True)
        if found is not None and image.own
    )
    return [
        _decision(i, stack, image, own[i], ties, frame, missed[i], places, singles)
        for i, image in enumerate(images)
    ]


def _match(folder: ArchiveFolder, pair: Pair) -> tuple[Registration | None, Record]:
    """Return what was found of a pair, None where it was refused or failed.

    An image that was found anywhere but near its place has no frame on the ground.
    """
    record = folder.record(pair.name, pair.key) or {}
    if record.get("status") != "ok":
        return None, record
    found = read(folder.path / pair.name / "transform.json")
    placed = found.mov_working is None and found.working.crs is not None
    return (found if placed else None), record


def _nodes(found: Registration) -> np.ndarray:
    steps = np.linspace(0.0, 1.0, _NODES)
    lattice = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    nodes: np.ndarray = lattice * (found.working.width, found.working.height)
    return nodes


def _missed_px(found: Registration) -> float:
    """Return what a polynomial misses of a transform, RMS over its overlap."""
    if found.kind in _ORDERS or found.kind == "poly3":
        return 0.0
    nodes = _nodes(found)
    there = found.mov_to_ref(nodes)
    follows = fitter_of(f"poly{_MOST_ORDER}")(nodes, there, np.ones(len(nodes)))
    left = np.sum((follows(nodes) - there) ** 2, axis=1)
    return float(np.sqrt(left.mean()))


def _observation(
    image: int,
    other: int,
    found: Registration,
    record: Record,
    frame: Grid,
    sigma_px: tuple[float, float],
) -> Observation:
    nodes = _nodes(found)
    xy, there = (
        between(found.working, frame, at) for at in (nodes, found.mov_to_ref(nodes))
    )
    spread = record["quality"].get("spread_px") or 0.0
    return Observation(
        image, other, xy, there, float(np.linalg.norm([*sigma_px, spread]))
    )


def _decision(
    i: int,
    stack: Stack,
    image: Adjusted,
    own: tuple[Registration | None, Record],
    ties: Sequence[tuple[Registration | None, Record]],
    frame: Grid,
    missed_px: float,
    places: float,
    singles: ArchiveFolder,
) -> Decision:
    record = own[1]
    if image.transform is None:
        return _alone(_why_alone(image), image)
    if missed_px > _MOST_MISSED_PX:
        return _alone("stack_bent", image)
    how = {None: "placed", True: "adjusted", False: "overruled"}[image.own]
    message = Message(
        f"stack_{how}",
        {
            "images": len(stack.pairs),
            "anchors": image.anchors,
            "agreeing": image.agreeing,
            "neighbours": image.neighbours,
            "off": image.off_px,
        },
    )
    gsd = gsd_m(frame, (0.5 * frame.width, 0.5 * frame.height))
    spread = float(np.hypot(image.spread_px, missed_px))
    expected = in_nine_of_ten(spread, places, gsd)
    linked = [
        record["quality"]
        for link, (tie, record) in zip(stack.links, ties, strict=True)
        if tie is not None and i in (link.later, link.earlier)
    ]
    rests_on = record["quality"] if image.own else _of_neighbours(linked)
    matches = singles.path / stack.singles[i].name / "matches.csv"
    placed = Placed(
        registration=Registration(frame, image.transform, frame, frame, ""),
        model=record["model"] if image.own else "gradient",
        message=message.to_dict(),
        reason=str(message),
        expected_error_m=expected * gsd,
        quality=rests_on | {"spread_px": spread, "corner_error_px": None},
        notes=() if how == "adjusted" else (message.to_dict(),),
        matches=str(matches) if image.own else "",
    )
    return Decision(_about(how, message, image), placed)


def _of_neighbours(linked: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what an image rests on that its neighbours place: the matches with them.

    Errors are those of the worst, ground that of the best.
    """
    worst = {
        key: max((one.get(key) or 0.0) for one in linked)
        for key in ("rmse_px", "median_px", "ce90_px", "sigma_px")
    }
    counts = {
        key: sum(one[key] for one in linked)
        for key in ("n_matches", "n_inliers", "n_places", "n_places_agreeing")
    }
    best = {
        key: max((one.get(key) or 0.0) for one in linked)
        for key in ("coverage_share", "inlier_share")
    }
    return {**worst, **counts, **best}


def _why_alone(image: Adjusted) -> str:
    if not image.neighbours:
        return "stack_no_neighbours"
    if image.anchors < ADJUSTMENT.least_anchors:
        return "stack_few_anchors"
    return "stack_contradiction"


def _alone(code: str, image: Adjusted | None) -> Decision:
    return Decision(_about("alone", Message(code), image))


def _about(how: str, message: Message, image: Adjusted | None) -> dict[str, Any]:
    about: dict[str, Any] = {"how": how, "message": message.to_dict()}
    if image is not None:
        about |= {
            "spread_px": image.spread_px,
            "off_px": image.off_px,
            "agreeing": image.agreeing,
            "neighbours": image.neighbours,
            "anchors": image.anchors,
        }
    return about
