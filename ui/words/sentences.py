"""Figures and codes of the engine as sentences for the user."""

from __future__ import annotations

from typing import Any

from ...core.base.errors import SomaError
from ...core.base.words import advice, figures, numbers, terms
from ...core.base.words.archive import ARCHIVE
from ...core.base.words.message import Message
from ...core.base.words.verdict import verdict as outcome
from ..qt import units
from ..qt.i18n import tr

#: A confidence is told as no more than this: the next match may be the wrong one.
MOST_CERTAIN = 0.99


def stages() -> dict[str, str]:
    """Return the engine's names of stages in the user's language."""
    return {
        "Starting the engine": tr("Starting the engine"),
        "Drawing the online map": tr("Drawing the online map"),
        "Preparing the layers": tr("Preparing the layers"),
        "Loading the results": tr("Loading the results"),
        "Opening the images": tr("Opening the images"),
        "Matching": tr("Matching"),
        "Looking at the whole overlap": tr("Looking at the whole overlap"),
        "Looking at the overview": tr("Looking at the overview"),
        "Looking closer in several places": tr("Looking closer in several places"),
        "Matching tiles": tr("Matching tiles"),
        "Fitting": tr("Fitting"),
        "Registering dates": tr("Registering each date"),
        "Matching dates together": tr("Matching the dates to each other"),
        "Adjusting dates": tr("Adjusting the dates together"),
        "Writing the results": tr("Writing the results"),
        "Warping": tr("Warping"),
        "Drawing the checkerboard": tr("Drawing the checkerboard"),
        "Writing the matches": tr("Writing the matches"),
        "Writing the report": tr("Writing the report"),
    }


def said(message: dict[str, Any] | None, text: str) -> str:
    """Return a sentence of the engine in the user's language.

    Args:
        message: its code and values; none from an engine that knows only the text.
        text: the same in English.
    """
    return Message.from_dict(message).say(tr) if message else text


def error_text(error: SomaError) -> str:
    """Return what an error says in the user's language."""
    return error.message.say(tr) if error.message is not None else str(error)


def refusal(code: str) -> list[str]:
    """Return what a refusal means, and what may help, line by line; [] if unknown."""
    meaning, lines = advice.advice_on(code, tr)
    return [meaning, *lines] if meaning else []


def place_refusal(error: SomaError) -> str:
    """Return why a single place was refused, else the error itself."""
    code = getattr(error, "code", "")
    # These mean something else for a place than for whole images.
    if code == "no_overlap":
        return tr("Click where both images overlap.")
    if code == "out_of_range":
        return tr(
            "The feature is farther away than the search reaches. Use a larger window, "
            "or pin one pair by hand with Shift and two clicks."
        )
    if code == "no_structure":
        return error_text(error)
    return " ".join(refusal(code)[:2]) or error_text(error)


def transforms() -> dict[str, str]:
    """Return the names of kinds of transform."""
    return {kind: terms.heading(kind, tr) for kind in terms.KINDS}


def stage(text: str) -> str:
    """Return a stage of the engine in the user's language."""
    known = stages()
    if text.startswith("Warping "):
        return f"{known['Warping']} {text[len('Warping ') :]}"
    name, mark, state = text.rpartition(": ")
    if mark and f"state_{state}" in ARCHIVE:
        return f"{name}: {outcome_of_pair(state)}"
    return known.get(text, text)


def outcome_of_pair(state: str) -> str:
    """Return what came of a pair of an archive, as "good"."""
    return said({"code": f"state_{state}", "values": {}}, state)


def duration(seconds: float) -> str:
    """Return a rough duration in words."""
    return numbers.duration(seconds, tr)


def length(metres: float) -> str:
    """Return a length on the ground, in m or km."""
    return numbers.on_ground(metres, tr)


def plan_line(plan: dict[str, Any]) -> str:
    """Return one line about what a run will do, or why it cannot."""
    if not plan["ok"]:
        known = " ".join(refusal(plan["code"])[:2])
        return known or said(plan.get("message"), plan["reason"])
    parts = []
    if plan["overlap_m"]:
        width, height = (length(side) for side in plan["overlap_m"])
        parts.append(tr("Overlap {w} × {h}").format(w=width, h=height))
        parts.append(tr("matched at {gsd}").format(gsd=length(plan["gsd_m"])))
    else:
        size = units.pixels(f"{plan['width']} × {plan['height']}")
        parts.append(tr("No georeference: matched as plain images, {s}").format(s=size))
    if plan["tiles"] == 1:
        parts.append(tr("in one piece"))
    else:
        parts.append(tr("in {n} tiles").format(n=plan["tiles"]))
    parts.append(tr("about {t}").format(t=duration(plan["seconds"])))
    return tr("{sentence}.").format(sentence=tr(", ").join(parts))


def confidence(share: float) -> str:
    """Return how many of 100 such matches are right; nothing measured is certain."""
    return f"{min(share, MOST_CERTAIN):.0%}"


def with_metres(pixels: float | None, metres: float | None) -> str:
    """Return an error in pixels and, where known, in metres."""
    return numbers.length((pixels, metres), tr)


def verdict(result: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the outcome as a short headline and the sentences below it.

    Why there is no registration is said with what may help in this window.
    """
    found = outcome(result)
    headline = found.headline.say(tr)
    if result["status"] != "ok":
        meaning, *lines = refusal(result["code"]) or [found.errors.say(tr)]
        return headline, [meaning, *(f"• {line}" for line in lines)]
    # How well it fits stands in the table below, unless that cannot tell.
    told = figure(result["quality"], "expected_error_px") is not None
    parts = (found.moved, None if told else found.errors, found.matches)
    return headline, [part.say(tr) for part in parts if part is not None]


def before_and_after(quality: dict[str, Any]) -> list[tuple[figures.Row, ...]]:
    """Return how far matches lay apart, and how far they are off now, line by line."""
    pairs = (("before.median_px", "median_px"), ("before.ce90_px", "ce90_px"))
    found = []
    for keys in pairs:
        both = [row for key in keys for row in figures.rows(quality, tr, (key,))]
        if len(both) == len(keys):
            found.append(tuple(both))
    return found


def figure(quality: dict[str, Any], key: str) -> figures.Row | None:
    """Return one figure with its name and meaning, None where it is not known."""
    return next(iter(figures.rows(quality, tr, (key,))), None)
