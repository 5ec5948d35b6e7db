"""What a network answers on places that training never saw, before it and after.

Confidence is calibrated on one half of such pairs and checked on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Protocol, Sequence

import numpy as np
from torch import nn

from ..core.base.errors import BadInput
from ..core.base.types import Matches, Search, TilePair
from ..core.matching.gradient.confidence import fit_logistic
from ..core.matching.structure import is_flat
from ..models.keypoints.weights import Record
from .data import UNRELATED, PairSampler, tile_pair
from .export import CALIBRATION_PX, credits, reliability
from .export import UNRELATED as UNRELATED_SHARE
from .pairs import Pair

#: What a figure is called on the card.
COLUMNS = {
    "placed_3px": "placements within 3 px",
    "placed_1px": "placements within 1 px",
    "median_px": "median error of placements, px",
    "right_per_pair": "matches within 3 px, per pair",
    "precision": "share of matches within 3 px, before any is left out",
}


@dataclass(frozen=True)
class Observed:
    """What a matcher said of held-out pairs beside the truth.

    Args:
        features: (n, 7) of single matches; see ``features_of``.
        right: (n,) bool, whether a match was within 3 px.
        error_px: (m,) RMS error of the placements of related pairs at their corners.
    """

    features: np.ndarray
    right: np.ndarray
    error_px: np.ndarray

    def figures(self) -> dict[str, float]:
        """Return shares of placements and numbers of matches that are right."""
        return {
            "placed_3px": float((self.error_px < 3).mean()),
            "placed_1px": float((self.error_px < 1).mean()),
            "median_px": float(np.median(self.error_px)),
            "right_per_pair": float(self.right.sum() / len(self.error_px)),
            "precision": float(self.right.mean()),
        }


#: What the pairs of the calibration are searched for.
SEARCH = Search(0.12 * CALIBRATION_PX, 4.0, 1.04)


class Examiner(Protocol):
    """A matcher that shows what its answers are made of."""

    def examine(
        self, pair: TilePair, search: Search
    ) -> tuple[Matches, np.ndarray, float, np.ndarray]:
        """Return matches, their placement, how it stands out, and their features."""


def observe(
    matcher: Examiner,
    sampler: PairSampler,
    indices: range,
    search: Search = SEARCH,
) -> Observed:
    """Match pairs of a sampler, in order."""
    side, rows, right, errors = CALIBRATION_PX, [], [], []
    corners = np.array([[0, side, 0, side], [0, 0, side, side], [1, 1, 1, 1]])
    for index in indices:
        batch = sampler.batch(index, 1, side)
        pair, related = tile_pair(batch), int(batch.kind[0]) != UNRELATED
        if is_flat(pair):
            continue
        found, matrix, _, features = matcher.examine(pair, search)
        column, row = np.floor(found.mov_xy).astype(int).clip(0, side - 1).T
        place = batch.flow[0].numpy()[:, row, column].T
        # The flow is that of pixel centres.
        place = place + found.mov_xy - np.floor(found.mov_xy) - 0.5
        rows.append(features)
        right.append(related & (np.linalg.norm(place - found.ref_xy, axis=1) < 3))
        if related:
            off = (matrix[:2] - batch.motion[0].numpy()) @ corners
            none = not len(found)
            errors.append(np.inf if none else np.sqrt((off**2).sum(axis=0).mean()))
    return Observed(np.concatenate(rows), np.concatenate(right), np.array(errors))


def require_gain(before: dict[str, float], after: dict[str, float], name: str) -> None:
    """Raise BadInput where training made a network no better than it began."""
    more = after["right_per_pair"] > before["right_per_pair"]
    if not (more and after["placed_3px"] >= before["placed_3px"]):
        raise BadInput(
            f"{name} is no better than it was untrained: of held-out pairs "
            f"{after['placed_3px']:.2f} are within 3 px with "
            f"{after['right_per_pair']:.1f} right matches each, and were "
            f"{before['placed_3px']:.2f} with {before['right_per_pair']:.1f}."
        )


@dataclass(frozen=True)
class Calibration:
    """What a card and a weights file say of held-out pairs.

    Args:
        before: figures of the untrained network.
        fitted: what confidence was fitted to.
        other: as many pairs that it was not.
        confidence: coefficients of a match's confidence.
        pairs: in each of both.
    """

    before: dict[str, float]
    fitted: Observed
    other: Observed
    confidence: np.ndarray
    pairs: int

    def record(
        self, name: str, state: dict[str, Any], encoder: str, **figures: Any
    ) -> Record:
        """Return what a weights file says about itself; see ``Record``."""
        return Record(
            name,
            state["architecture"],
            encoder,
            tuple(self.confidence.tolist()),
            state["config"],
            state["version"],
            {"untrained": self.before, "trained": self.fitted.figures(), **figures},
        )

    def words(
        self, net: nn.Module, out: Path, state: dict[str, Any], train: Sequence[Pair]
    ) -> dict[str, Any]:
        """Return what every card says, by name, of a weights file that is there.

        Args:
            net: the network.
            out: its weights file.
            state: its checkpoint.
            train: pairs that it was trained on.
        """
        sources = sorted({pair.source for pair in train})
        last, other = self.fitted.figures(), self.other
        return {
            "parameters": sum(p.numel() for p in net.parameters()) / 1e6,
            "size": out.stat().st_size / 1e6,
            "sources": ", ".join(sources),
            "steps": state["step"],
            "batch": state["config"]["batch"],
            "version": state["version"],
            "credits": credits(sources),
            "progress": progress_table(self.before, last),
            "held": self.pairs,
            "pairs": 2 * self.pairs,
            "side": CALIBRATION_PX,
            "unrelated": UNRELATED_SHARE,
            "matches": reliability(other.features, other.right, self.confidence),
        }


def calibrated(
    name: str,
    seen: Callable[[Any, range], Observed],
    untrained: Callable[[], nn.Module],
    trained: Callable[[], nn.Module],
    pairs: int,
) -> Calibration:
    """Return what a network answers on held-out pairs; raises BadInput for no gain.

    Args:
        name: of the network.
        seen: what one answers, behind the seam, on pairs by number.
        untrained: gives the network as it began.
        trained: gives it as it is, each time one that no matcher has changed.
        pairs: that confidence is calibrated on, and as many to check it.
    """
    before = seen(untrained(), range(pairs)).figures()
    fitted = seen(trained(), range(pairs))
    require_gain(before, fitted.figures(), name)
    other = seen(trained(), range(pairs, 2 * pairs))
    confidence = fit_logistic(fitted.features, fitted.right)
    return Calibration(before, fitted, other, confidence, pairs)


def progress_table(first: dict[str, Any], last: dict[str, Any]) -> str:
    """Return figures before and after training in Markdown."""
    rows = ["| | untrained | trained |", "|---|---|---|"]
    for key, words in COLUMNS.items():
        rows.append(f"| {words} | {first[key]:.2f} | {last[key]:.2f} |")
    return "\n".join(rows)
