"""Stacks of a plan: images of one track over one ground, in order of time."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Iterator, Mapping, Sequence

import numpy as np
import shapely

from ..base.errors import BadInput
from ..base.job import Job
from .key import key_of
from .plan import Pair
from .remote import Stamps
from .scenes import scene_of, time_in

#: Neighbours in time, before and after, that an image is matched to. Two bridge an
#: image that fits nothing, and let a wrong match be noticed.
NEIGHBOURS = 2
#: Least images that can agree with each other.
_LEAST = 2
#: Files of a registration that an adjustment needs.
NEEDED = ("transform", "matches_csv")
#: Part of the smaller of two optical images that both show, from which they are of one
#: ground: dates of one tile do, neighbouring tiles overlap by a tenth (Sentinel-2).
_SAME_GROUND = 0.8
#: Optical images that are opened at the same time: most of it is waiting.
_AT_ONCE = 32
#: Letters of a name made of two pairs' names.
_LETTERS = 24


@dataclass(frozen=True)
class Link:
    """Two images of a stack that are matched to each other.

    Args:
        later: number in the stack of the one that moves.
        earlier: number of the other.
        pair: what is to be done.
    """

    later: int
    earlier: int
    pair: Pair


@dataclass(frozen=True)
class Stack:
    """Images that are adjusted together.

    Args:
        pairs: of each image and the optical one, in order of time.
        singles: the same as they are registered before the adjustment.
        links: of neighbours in time.
    """

    pairs: list[Pair]
    singles: list[Pair]
    links: list[Link]


def stacks_of(pairs: Sequence[Pair]) -> list[Stack]:
    """Return the stacks of a plan; pairs that are alone, or move the optical, in none.

    Images belong together that come from one track, as the plan says it, and are to be
    brought to one optical image or to several of the same ground. Where nothing tells
    their time, neither in the plan nor in their names, it is the order of the plan.
    """
    tracks: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        if pair.job is not None and pair.key and pair.job.moving == "sar":
            tracks[pair.track][os.path.abspath(pair.job.optical)].append(pair)
    groups = [group for track in tracks.values() for group in _grounds(track)]
    return [_stack(group) for group in groups if len(group) >= _LEAST]


def _grounds(opticals: Mapping[str, list[Pair]]) -> Iterator[list[Pair]]:
    """Yield the pairs of a track whose optical images show the same ground.

    An image is once in a stack: that it goes with a second optical image of the same
    ground makes it another pair, of another stack.
    """
    if len(opticals) == 1:
        yield from opticals.values()
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        shapes = list(pool.map(_outline, opticals))
    firsts: list[shapely.Geometry] = []
    groups: list[list[Pair]] = []
    for shape, pairs in zip(shapes, opticals.values(), strict=True):
        sars = {pair.sar for pair in pairs}
        for i in np.flatnonzero(shapely.intersects(np.array(firsts, object), shape)):
            least = _SAME_GROUND * min(shape.area, firsts[i].area)
            common = (shape & firsts[i]).area
            if common >= least and sars.isdisjoint(pair.sar for pair in groups[i]):
                groups[i].extend(pairs)
                break
        else:
            firsts.append(shape)
            groups.append(list(pairs))
    yield from groups


def _outline(path: str) -> shapely.Geometry:
    """Return where an image lies, nothing where it does not tell."""
    try:
        return scene_of(path).outline
    except BadInput:
        return shapely.Polygon()


def in_turn(pairs: Sequence[Pair], stacks: Sequence[Stack]) -> list[Pair]:
    """Return the pairs so that shares take a stack whole."""
    turns = {p.name: stack.pairs[0].row for stack in stacks for p in stack.pairs}
    return [replace(pair, turn=turns.get(pair.name, pair.row)) for pair in pairs]


def _stack(group: list[Pair]) -> Stack:
    ordered = sorted(group, key=lambda pair: (_time(pair), pair.row))
    turn = ordered[0].row
    elsewhere = Stamps([p.job.sar for p in ordered if p.job is not None])
    singles = [
        replace(pair, job=_single(pair.job), turn=turn)
        for pair in ordered
        if pair.job is not None
    ]
    links = []
    for step in range(1, NEIGHBOURS + 1):
        for i in range(len(ordered) - step):
            links.append(_link(ordered, i + step, i, turn, elsewhere))
    return Stack([replace(p, turn=turn) for p in ordered], singles, links)


def _time(pair: Pair) -> str:
    texts = [pair.time, Path(pair.sar).name, pair.sar]
    found = next((time for time in map(time_in, texts) if time is not None), None)
    return (found or datetime.min).strftime("%Y%m%d%H%M%S")


def _single(job: Job) -> Job:
    """Return what is asked of one image: what lies right already tells as much."""
    return replace(job, force=True)


def _link(
    ordered: Sequence[Pair], later: int, earlier: int, turn: int, elsewhere: Stamps
) -> Link:
    one, other = ordered[later], ordered[earlier]
    digest = hashlib.sha256(f"{one.name}\0{other.name}".encode()).hexdigest()
    if one.job is None or other.job is None:
        raise ValueError("pairs of a stack have a job")
    job = _between(one.job, other.job)
    key = key_of(job, NEEDED, "", elsewhere)
    name = digest[:_LETTERS]
    pair = Pair(one.row, name, job, key, {}, one.sar, other.sar, turn=turn)
    return Link(later, earlier, pair)


def _between(one: Job, other: Job) -> Job:
    """Return how two images of a stack are matched: both may lie wrong.

    Networks were made for SAR and optical images; two radar images are alike, and the
    gradients in them find each other to a tenth of a pixel.
    """
    return replace(
        one,
        optical=other.sar,
        optical_is="sar",
        optical_bands=other.sar_bands,
        optical_nodata=other.sar_nodata,
        optical_mask=other.sar_mask,
        model="gradient",
        weights="",
        device="auto",
        max_shift=one.max_shift + other.max_shift,
        transform="auto",
        grid="reference",
        force=True,
    )
