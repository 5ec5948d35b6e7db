"""The outcome of a registration in words: a headline, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from . import numbers
from .message import Message

#: Weakest figure in pixels up to which a result is "good" and "fair".
GOOD_PX, FAIR_PX = 2.0, 5.0
#: Figures of which the headline takes the worst: what the transform may be off by,
#: and what it really was off by on ground it had not seen.
WEAKEST_OF = ("expected_error_px", "median_px", "ce90_px")


@dataclass(frozen=True)
class Verdict:
    """The outcome.

    Args:
        grade: "good", "fair", "poor" or "refused".
        headline: a few words.
        moved: what was done to the image; None when refused.
        errors: how well it fits, or why there is no registration.
        matches: what it rests on; None when refused.
    """

    grade: str
    headline: Message
    moved: Message | None
    errors: Message
    matches: Message | None


def verdict(result: Mapping[str, Any]) -> Verdict:
    """Return the outcome of a result, given as dictionary."""
    if result["status"] != "ok":
        said = result.get("message") or {}
        reason = Message.from_dict(said) if said else _plain(result["reason"])
        headline = Message("not_registered")
        return Verdict("refused", headline, None, reason, None)
    quality = result["quality"]
    weakest = weakest_px(quality)
    share = quality.get("coverage_share")
    counts = {"inliers": quality["n_inliers"], "matches": quality["n_matches"]}
    return Verdict(
        grade(weakest),
        _headline(weakest),
        movement_message(quality, result.get("model", "")),
        _errors(quality),
        Message("matches_agree", {**counts, "share": share}),
    )


def weakest_px(quality: Mapping[str, Any]) -> float | None:
    """Return the worst of the figures that a headline answers for, None if unknown."""
    values = [quality.get(key) for key in WEAKEST_OF]
    return max(values) if all(map(numbers.is_known, values)) else None


def grade(weakest: float | None) -> str:
    """Return how good a result is that has this weakest figure, in pixels."""
    if weakest is None or weakest > FAIR_PX:
        return "poor"
    return "good" if weakest <= GOOD_PX else "fair"


def movement_message(quality: Mapping[str, Any], model: str) -> Message | None:
    """Return what a registration did to the image, None where it is not known.

    Every part is written as finely as the transform is known, and left out where it
    makes less of a difference than that anywhere in the overlap.
    """
    figures = quality.get("moved")
    if not figures:
        return None
    # Half of what it is below in nine of ten cases is about what it usually is.
    doubt = quality.get("expected_error_px")
    doubt = max(0.5 * doubt, numbers.LEAST) if numbers.is_known(doubt) else 0.1
    if "distance_m" in figures:
        gsd_m = quality.get("gsd_m")
        doubt_m = doubt * gsd_m if numbers.is_known(gsd_m) else doubt
        values = {"distance": [figures["distance_m"], doubt_m]}
        parts = [Message("part_moved_m", {**values, "to": figures["direction"]})]
    else:
        values = {"distance": [figures["distance_px"], doubt]}
        parts = [Message("part_moved_px", {**values, "to": figures["direction"]})]
    if figures.get("mirrored"):
        parts.insert(0, Message("part_mirrored"))
    per_px = 1.0 / max(figures["reach_px"], 1.0)
    turn, scale = figures["rotation_deg"], figures["scale"]
    if abs(turn) > 57.3 * doubt * per_px:
        code = "part_turned_right" if turn > 0 else "part_turned_left"
        parts.append(Message(code, {"turn": [abs(turn), 57.3 * doubt * per_px]}))
    if abs(scale - 1) > doubt * per_px:
        parts.append(Message("part_scaled", {"scale": [scale, doubt * per_px]}))
    if figures["bent_px"] > doubt:
        parts.append(Message("part_bent", {"bent": figures["bent_px"]}))
    return Message("moved", {"parts": parts, "model": model})


def _headline(weakest: float | None) -> Message:
    if weakest is None or weakest > FAIR_PX:
        return Message("registered_look")
    if weakest <= 1.0:
        return Message("registered_within_one")
    return Message("registered_within", {"n": -int(-weakest // 1)})


def _errors(quality: Mapping[str, Any]) -> Message:
    gsd_m = quality.get("gsd_m")

    def both(key: str) -> list[float | None]:
        value = quality.get(key)
        known = numbers.is_known(value) and numbers.is_known(gsd_m)
        return [value, value * gsd_m if known else None]

    held = {"median": both("median_px"), "ce90": both("ce90_px")}
    if not numbers.is_known(quality.get("expected_error_px")):
        return Message("errors_held_out", held)
    return Message("errors", {**held, "expected": both("expected_error_px")})


def _plain(text: str) -> Message:
    return Message("text", {"text": text})
