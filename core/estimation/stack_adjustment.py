"""One adjustment over a stack of images: transforms that agree with each other.

Images of one track are matched to the optical image, and to their neighbours in time.
Every match is an observation: where one frame lies in another, at the nodes of a
lattice. Sought is a polynomial for each image that leads its frame to the optical one;
as unknowns all observations are linear in them, so that one sparse least-squares
problem holds the whole stack. Its weights are robust (Cauchy), one for each match as a
whole: a match is right or wrong, its nodes are not.

Matches between images of one kind err less than those to the optical image, and what
the latter get wrong at random averages out over the stack. What all of them get wrong
alike (what leans, the optical image itself) stays in all images alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from ..transform.fitters import fitter_of
from ..transform.kinds import Transform
from ..transform.polynomial import terms
from .acceptance import ACCEPTANCE


@dataclass(frozen=True)
class AdjustmentParams:
    """What weighs in an adjustment; ``benchmark/studies/stacks.py`` measures the first.

    Args:
        to_optical_px: standard error of a match to the optical image that differs
            from one date to another, beside that of its own fit: 0.26 px in simulated
            stacks of 10 m, about one axis and the other.
        to_neighbour_px: that of a match between two dates: 0.03 to 0.17 px there.
        cauchy: a match this many times its standard error off counts half
            (Holland and Welsch 1977: 95 % efficiency for normal errors).
        rounds: of reweighting, at most.
        settled: change of the weights below which no further round is made.
        agrees: weight from which a match agrees with the solution.
        least_anchors: matches to the optical image that must agree, before others are
            placed by them: with one, nothing would tell if it were wrong.
    """

    to_optical_px: float = 0.3
    to_neighbour_px: float = 0.1
    cauchy: float = 2.385
    rounds: int = 50
    settled: float = 1e-3
    agrees: float = 0.5
    least_anchors: int = 2


ADJUSTMENT = AdjustmentParams()


@dataclass(frozen=True)
class Observation:
    """One match: where a frame lies in that of another image, or in the optical one.

    Args:
        image: number of the image whose frame it is.
        other: number of the image that it was matched to, -1 for the optical one.
        xy: (n, 2) float64 nodes in the image's frame, pixels.
        there: (n, 2) float64 where these lie in the other frame.
        sigma_px: its standard error.
    """

    image: int
    other: int
    xy: np.ndarray
    there: np.ndarray
    sigma_px: float


@dataclass(frozen=True)
class Adjusted:
    """What an adjustment says of one image.

    Args:
        transform: its frame to the optical one; None where nothing decides it.
        kind: of the transform.
        spread_px: standard error of the transform over the image, NaN for none.
        own: whether its own match to the optical image agrees; None without one.
        off_px: how far its own match lies from the transform, NaN without one.
        agreeing: number of its matches with neighbours that agree.
        neighbours: number of its matches with neighbours.
        anchors: images of its part of the stack whose own match agrees.
    """

    transform: Transform | None
    kind: str
    spread_px: float
    own: bool | None
    off_px: float
    agreeing: int
    neighbours: int
    anchors: int


def adjust(
    count: int,
    observations: Sequence[Observation],
    order: int,
    params: AdjustmentParams = ADJUSTMENT,
) -> list[Adjusted]:
    """Return what is found for each of ``count`` images.

    An image is left without transform where no match ties it to ``least_anchors``
    images that agree with the optical one, where its matches contradict each other
    without majority, or where its standard error is above that of any registration.

    Args:
        count: number of images.
        observations: of all of them; frames are pixels of one working grid.
        order: of the polynomials: 0 for shifts, 1 for affines, 2 or 3.
        params: what weighs.
    """
    part = _parts(count, observations)
    found: list[Adjusted | None] = [None] * count
    for number in range(int(part.max(initial=-1)) + 1):
        images = np.flatnonzero(part == number)
        own = [one for one in observations if part[one.image] == number]
        anchored = sum(one.other < 0 for one in own)
        solution = None
        if anchored >= params.least_anchors and len(own) > anchored:
            solution = _solve(images, own, order, params)
        for image in images:
            found[image] = _told(int(image), own, solution, order, params)
    return [one for one in found if one is not None]


def _parts(count: int, observations: Sequence[Observation]) -> np.ndarray:
    """Return (count,) int, which images hang together by matches."""
    ties = [(one.image, one.other) for one in observations if one.other >= 0]
    rows, columns = zip(*ties, strict=True) if ties else ((), ())
    graph = sparse.coo_array((np.ones(len(ties)), (rows, columns)), (count, count))
    labels: np.ndarray = connected_components(graph, directed=False)[1]
    return labels


@dataclass(frozen=True)
class _Solution:
    """Polynomials of some images, with the weights that led to them."""

    at: dict[int, int]
    centre: np.ndarray
    scale_px: float
    order: int
    values: np.ndarray
    weight: np.ndarray
    off_px: np.ndarray
    normal: sparse.csc_array
    factor: float

    def basis(self, xy: np.ndarray) -> np.ndarray:
        """Return (n, terms) at pixels of a frame."""
        return terms((xy - self.centre) / self.scale_px, self.order)

    def columns(self, image: int) -> slice:
        """Return where the unknowns of an image stand."""
        width = _width(self.order)
        return slice(self.at[image] * width, (self.at[image] + 1) * width)

    def apply(self, image: int, xy: np.ndarray) -> np.ndarray:
        """Return where pixels of an image's frame lie in the optical one."""
        there: np.ndarray = xy + self.basis(xy) @ self.values[self.columns(image)]
        return there

    def spread_px(self, image: int, xy: np.ndarray) -> float:
        """Return the RMS over nodes of the standard error, both axes together."""
        own = self.columns(image)
        unit = np.zeros((self.normal.shape[0], own.stop - own.start))
        unit[own] = np.eye(unit.shape[1])
        covariance = splu(self.normal).solve(unit)[own]
        basis = self.basis(xy)
        variance = np.einsum("ni,ij,nj->n", basis, covariance, basis)
        return float(np.sqrt(2.0 * self.factor * max(variance.mean(), 0.0)))


def _width(order: int) -> int:
    return (order + 1) * (order + 2) // 2


def _solve(
    images: np.ndarray,
    observations: Sequence[Observation],
    order: int,
    params: AdjustmentParams,
) -> _Solution:
    nodes = np.concatenate([one.xy for one in observations])
    centre = nodes.mean(axis=0)
    scale = max(float(np.sqrt(np.mean(np.sum((nodes - centre) ** 2, axis=1)))), 1e-6)
    at = {int(image): i for i, image in enumerate(images)}
    design, goal, match = _equations(observations, at, order, centre, scale)
    sigma = np.array([one.sigma_px for one in observations])
    count = np.bincount(match)
    # All nodes of a match together tell as much as its free parameters.
    base = np.sqrt(_width(order) / count)[match] / sigma[match]
    weight = np.ones(len(observations))
    for _ in range(params.rounds):
        root = base * np.sqrt(weight)[match]
        rows = sparse.diags_array(root) @ design
        normal = sparse.csc_array(rows.T @ rows)
        values = splu(normal).solve(rows.T @ (root[:, None] * goal))
        left = np.sum((design @ values - goal) ** 2, axis=1)
        off = np.sqrt(np.bincount(match, left) / count)
        before, weight = weight, 1.0 / (1.0 + (off / (params.cauchy * sigma)) ** 2)
        if np.abs(weight - before).max() < params.settled:
            break
    free = max(len(observations) - len(images), 1)
    # Two axes; where the matches fit worse than they claim, the errors are larger.
    factor = float(np.sum(weight * (off / sigma) ** 2)) / (2.0 * free)
    return _Solution(
        at, centre, scale, order, values, weight, off, normal, max(factor, 1.0)
    )


def _equations(
    observations: Sequence[Observation],
    at: dict[int, int],
    order: int,
    centre: np.ndarray,
    scale: float,
) -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
    """Return the design matrix, what it shall give, and each row's observation."""
    width = _width(order)
    data, rows, columns, goal, match = [], [], [], [], []
    first = 0
    for number, one in enumerate(observations):
        row = np.arange(first, first + len(one.xy))
        sides = [(one.image, one.xy, 1.0)]
        if one.other >= 0:
            sides.append((one.other, one.there, -1.0))
        for image, xy, sign in sides:
            basis = sign * terms((xy - centre) / scale, order)
            data.append(basis.ravel())
            rows.append(np.repeat(row, width))
            columns.append(np.tile(at[image] * width + np.arange(width), len(row)))
        goal.append(one.there - one.xy)
        match.append(np.full(len(row), number))
        first += len(row)
    where = np.concatenate(rows), np.concatenate(columns)
    shape = first, width * len(at)
    design = sparse.csr_array((np.concatenate(data), where), shape)
    return design, np.concatenate(goal), np.concatenate(match)


def _told(
    image: int,
    observations: Sequence[Observation],
    solution: _Solution | None,
    order: int,
    params: AdjustmentParams,
) -> Adjusted:
    kind = {0: "shift", 1: "affine"}.get(order, f"poly{order}")
    mine = [i for i, one in enumerate(observations) if image in (one.image, one.other)]
    ties = [i for i in mine if observations[i].other >= 0]
    single = [i for i in mine if observations[i].other < 0]
    if solution is None:
        own = True if single else None
        off = 0.0 if single else float("nan")
        return Adjusted(None, kind, float("nan"), own, off, 0, len(ties), len(single))
    good = solution.weight >= params.agrees
    anchors = sum(bool(good[i]) for i, one in enumerate(observations) if one.other < 0)
    own_good = bool(good[single[0]]) if single else None
    off = float(solution.off_px[single[0]]) if single else float("nan")
    agreeing = int(good[ties].sum())
    told = own_good, off, agreeing, len(ties), anchors
    majority = 2 * (agreeing + bool(own_good)) > len(mine)
    if not (ties and agreeing and majority and anchors >= params.least_anchors):
        return Adjusted(None, kind, float("nan"), *told)
    nodes = np.concatenate([_nodes(observations[i], image) for i in mine if good[i]])
    spread = solution.spread_px(image, nodes)
    if not spread <= ACCEPTANCE.most_spread_px:
        return Adjusted(None, kind, spread, *told)
    fit = fitter_of(kind)
    there = solution.apply(image, nodes)
    return Adjusted(fit(nodes, there, np.ones(len(nodes))), kind, spread, *told)


def _nodes(one: Observation, image: int) -> np.ndarray:
    return one.xy if one.image == image else one.there
