"""Why one kind of transform was taken, told by the rule that decided it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Collection

import numpy as np

from ..base.words.message import Message
from ..transform.fitters import LINEAR
from .cross_validation import Contest, capped_rms
from .model_selection import Ranking, Trial


@dataclass(frozen=True)
class Compared:
    """One kind of transform on ground that its fits had not seen.

    Args:
        kind: the kind.
        outcome: "simplest" for the first one tried, "folds" where it would bend
            the image too much, else that of its ``Contest``.
        error_px: root mean square error on held-out ground.
        rival: the kind it was compared with, "" for the first.
        rival_px: the error of that one on the same points.
        needed_px: what this one may err by at most to be taken instead.
    """

    kind: str
    outcome: str
    error_px: float
    rival: str = ""
    rival_px: float = float("nan")
    needed_px: float = float("nan")


@dataclass(frozen=True)
class Choice:
    """Why a kind was taken.

    Args:
        why: for a person.
        compared: all kinds that were tried, simplest first; none where the kind was
            asked for or followed from the number of points.
    """

    why: Message
    compared: tuple[Compared, ...] = ()

    def to_list(self) -> list[dict[str, Any]]:
        """Return what was compared in a form for JSON."""
        return [dict(one.__dict__) for one in self.compared]


def asked_for(kind: str, error_px: float | None) -> Choice:
    """Return the choice that the user made; the error is None where unknown."""
    if error_px is None or not np.isfinite(error_px):
        return Choice(Message("asked", {"kind": kind}))
    return Choice(Message("asked_error", {"kind": kind, "error": error_px}))


def choice_of(
    best: Trial, ranking: Ranking, cap_px: float, folding: Collection[str] = ()
) -> Choice:
    """Return why ``best`` was taken of all that were tried.

    Args:
        best: one of ``ranking.best``.
        ranking: of all trials.
        cap_px: errors above it counted as this.
        folding: kinds that predicted better, but would fold the image.
    """
    compared = _compared(ranking, cap_px, folding)
    mine = next(one for one in compared if one.kind == best.kind)
    if not np.isfinite(mine.error_px):
        uncompared = Message("chosen_uncompared", {"kind": best.kind})
        return Choice(uncompared, compared)
    reasons: list[Message | None] = [_why_this(mine)]
    beyond = compared[compared.index(mine) + 1 :]
    if beyond or best.kind in LINEAR:
        reasons.append(_why_no_other(beyond))
    return Choice(as_one([part for part in reasons if part is not None]), compared)


def more_certain(kind: str, rival: str, compared: tuple[Compared, ...]) -> Choice:
    """Return why a kind was taken instead of a rival that predicted better."""
    values = {"kind": kind, "rival": rival}
    return Choice(Message("chosen_more_certain", values), compared)


def as_one(parts: list[Message]) -> Message:
    """Return one or two sentences as one message."""
    if len(parts) == 1:
        return parts[0]
    return Message("two_sentences", {"first": parts[0], "second": parts[1]})


def _compared(
    ranking: Ranking, cap_px: float, folding: Collection[str]
) -> tuple[Compared, ...]:
    """Return each kind with its best attempt, of several strengths of smoothing."""
    first = ranking.best[0]
    error_px = capped_rms(first.held_out.error_px, cap_px)
    rows = {first.kind: Compared(first.kind, "simplest", error_px)}
    for trial, rival, result in ranking.rounds:
        if trial.kind == rival.kind:
            # Another strength of the same kind: its rival stays the simpler kind.
            before = rows[trial.kind]
            if result.is_better:
                rows[trial.kind] = Compared(
                    trial.kind,
                    before.outcome,
                    result.error_px,
                    before.rival,
                    before.rival_px,
                    before.needed_px,
                )
            continue
        one = _row(trial.kind, rival.kind, result)
        earlier = rows.get(trial.kind)
        if earlier is None or _is_nearer(one, earlier):
            rows[trial.kind] = one
    return tuple(
        Compared(**{**one.__dict__, "outcome": "folds"}) if kind in folding else one
        for kind, one in rows.items()
    )


def _row(kind: str, rival: str, result: Contest) -> Compared:
    figures = result.error_px, rival, result.rival_px, result.needed_px
    return Compared(kind, result.outcome, *figures)


def _is_nearer(one: Compared, earlier: Compared) -> bool:
    """Return whether an attempt is to be told rather than the one before it."""
    if (one.outcome == "better") != (earlier.outcome == "better"):
        return one.outcome == "better"
    return one.error_px < earlier.error_px


def _why_this(mine: Compared) -> Message:
    values: dict[str, Any] = {"kind": mine.kind, "error": mine.error_px}
    if not mine.rival:
        return Message("chosen_simplest", values)
    values["gain"] = 1.0 - mine.error_px / mine.rival_px
    return Message("chosen_better", {**values, "rival": mine.rival})


def _why_no_other(beyond: tuple[Compared, ...]) -> Message | None:
    """Return why the more flexible kind that came closest was not taken."""
    losers = [one for one in beyond if one.outcome in _NOT_TAKEN]
    if not losers:
        bend = any(one.kind not in LINEAR for one in beyond)
        return None if bend else Message("more_not_tried")
    nearest = min(losers, key=lambda one: one.error_px)
    values = {"kind": nearest.kind, "error": nearest.error_px}
    return Message(_NOT_TAKEN[nearest.outcome], {**values, "needed": nearest.needed_px})


_NOT_TAKEN = {
    "gain_too_small": "more_gains_too_little",
    "misses_too_little": "more_misses_too_little",
    "within_chance": "more_within_chance",
    "folds": "more_folds",
}
