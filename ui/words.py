"""Figures and codes of the engine as sentences for the user."""

from __future__ import annotations

import math
from typing import Any

from ..core.errors import SomaError
from ..core.words import terms
from ..core.words.message import Message
from . import units
from .i18n import tr


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


def refusals() -> dict[str, str]:
    """Return what each refusal code of the engine means, and what may help."""
    return {
        "no_overlap": tr(
            "The two images do not cover the same ground. Check both georeferences "
            "and the area."
        ),
        "no_structure": tr(
            "There is too little structure that both images could share (sea, cloud, "
            "flat ground). Try another area, band or date."
        ),
        "too_few_matches": tr(
            "Too few matches agree with one another. Widen the search, or try another "
            "model, band or date."
        ),
        "badly_spread": tr(
            "The matches cover too small a part of the overlap to be trusted. Try a "
            "smaller area around the structures."
        ),
        "ambiguous": tr(
            "Two different placements fit about equally well. Narrow the search, or "
            "choose an area with more structure."
        ),
        "unrelated": tr(
            "The agreement is no better than that of unrelated images. Check that both "
            "layers show the same ground."
        ),
        "out_of_range": tr(
            "The best placement lies outside the search range. Widen the search."
        ),
        "already_aligned": tr(
            "The images are already aligned better than a warp would make them. Tick "
            "Warp anyway to warp nevertheless."
        ),
    }


def place_refusal(error: SomaError) -> str:
    """Return why a single place was refused, else the error itself."""
    code = getattr(error, "code", "")
    # These two mean something else for a place than for whole images.
    if code == "no_overlap":
        return tr("Click where both images overlap.")
    if code == "out_of_range":
        return tr(
            "The feature is farther away than the search reaches. Use a larger window, "
            "or pin one pair by hand with Shift and two clicks."
        )
    return refusals().get(code) or str(error)


def transforms() -> dict[str, str]:
    """Return the names of kinds of transform."""
    return {kind: terms.heading(kind, tr) for kind in terms.KINDS}


def stage(text: str) -> str:
    """Return a stage of the engine in the user's language."""
    known = stages()
    if text.startswith("Warping "):
        return f"{known['Warping']} {text[len('Warping ') :]}"
    return known.get(text, text)


def duration(seconds: float) -> str:
    """Return a rough duration in words."""
    if seconds < 90:
        return tr("{n} s").format(n=max(1, round(seconds)))
    return tr("{n} min").format(n=round(seconds / 60))


def length(metres: float) -> str:
    """Return a length on the ground, in m or km."""
    if metres < 1000:
        return units.metres(f"{metres:.3g}")
    return units.kilometres(f"{metres / 1000:.3g}")


def plan_line(plan: dict[str, Any]) -> str:
    """Return one line about what a run will do, or why it cannot."""
    if not plan["ok"]:
        known = refusals().get(plan["code"])
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


def with_metres(pixels: float | None, metres: float | None) -> str:
    """Return a length in pixels and, where known, in metres."""
    if pixels is None or not math.isfinite(pixels):
        return "–"
    if metres is None or not math.isfinite(metres):
        return units.pixels(f"{pixels:.2f}")
    on_ground = f"{metres:.2g}" if metres < 10 else f"{metres:.0f}"
    return units.pixels_and_metres(f"{pixels:.2f}", on_ground)


def verdict(result: dict[str, Any]) -> tuple[str, str]:
    """Return the outcome as a short headline and one or two sentences."""
    if result["status"] != "ok":
        known = refusals().get(result["code"])
        return tr("Not registered"), known or said(
            result.get("message"), result["reason"]
        )
    quality = result["quality"]
    expected = quality.get("expected_error_px") or math.inf
    if expected <= 1.0:
        headline = tr("Registered to a fraction of a pixel")
    elif expected <= 3.0:
        headline = tr("Registered, roughly to the pixel")
    else:
        headline = tr("Registered, but look closely")
    text = tr(
        "{inliers} of {matches} matches agree, in {share:.0%} of the overlap. Expected "
        "error {error}."
    ).format(
        inliers=quality["n_inliers"],
        matches=quality["n_matches"],
        share=quality.get("coverage_share") or 0.0,
        error=with_metres(
            quality.get("expected_error_px"), quality.get("expected_error_m")
        ),
    )
    return headline, text
