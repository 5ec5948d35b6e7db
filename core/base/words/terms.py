"""What kinds, directions and sensors are called inside of a sentence."""

from __future__ import annotations

from typing import Any, Callable

from .marks import N_

Translate = Callable[[str], str]

#: Kinds of transform: in a list, in a sentence, and with their article.
KINDS: dict[str, tuple[str, str, str]] = {
    "auto": (N_("Automatic"), N_("automatic choice"), N_("an automatic choice")),
    "shift": (N_("Shift"), N_("shift"), N_("a shift")),
    "similarity": (
        N_("Similarity (shift, rotation, scale)"),
        N_("similarity transform"),
        N_("a similarity transform"),
    ),
    "affine": (N_("Affine"), N_("affine transform"), N_("an affine transform")),
    "poly2": (
        N_("2nd-order polynomial"),
        N_("2nd-order polynomial"),
        N_("a 2nd-order polynomial"),
    ),
    "poly3": (
        N_("3rd-order polynomial"),
        N_("3rd-order polynomial"),
        N_("a 3rd-order polynomial"),
    ),
    "tps": (
        N_("Thin-plate spline"),
        N_("thin-plate spline"),
        N_("a thin-plate spline"),
    ),
    "flow": (N_("Dense flow"), N_("dense flow"), N_("a dense flow")),
}
#: Where something moved to: points of the compass, and sides of a picture.
DIRECTIONS: dict[str, str] = {
    "E": N_("to the east"),
    "NE": N_("to the north-east"),
    "N": N_("to the north"),
    "NW": N_("to the north-west"),
    "W": N_("to the west"),
    "SW": N_("to the south-west"),
    "S": N_("to the south"),
    "SE": N_("to the south-east"),
    "right": N_("to the right"),
    "upper right": N_("to the right and up"),
    "top": N_("up"),
    "upper left": N_("to the left and up"),
    "left": N_("to the left"),
    "lower left": N_("to the left and down"),
    "bottom": N_("down"),
    "lower right": N_("to the right and down"),
}
#: Who found a transform.
MODELS: dict[str, str] = {
    "soma": N_("the model soma (network)"),
    "lightglue": N_("the model lightglue (network)"),
    "superglue": N_("the model superglue (network)"),
    "loftr": N_("the model loftr (network)"),
    "osrnet": N_("the model osrnet (network)"),
    "gradient": N_("the model gradient (no network)"),
    "gradient+soma": N_("the model gradient and, where it is unsure, the network soma"),
    "control points": N_("control points"),
}


def model(name: Any, translate: Translate = str) -> str:
    """Return who found a transform inside of a sentence."""
    return translate(MODELS[name]) if name in MODELS else str(name)


def heading(kind: str, translate: Translate = str) -> str:
    """Return the name of a kind of transform as it stands in a list."""
    return translate(KINDS[kind][0]) if kind in KINDS else kind


def transform(kind: Any, translate: Translate = str) -> str:
    """Return the name of a kind of transform inside of a sentence."""
    return translate(KINDS[kind][1]) if kind in KINDS else str(kind)


def a_transform(kind: Any, translate: Translate = str) -> str:
    """Return the same with its article."""
    return translate(KINDS[kind][2]) if kind in KINDS else str(kind)


def direction(name: Any, translate: Translate = str) -> str:
    """Return where to something moved."""
    return translate(DIRECTIONS[name]) if name in DIRECTIONS else str(name)
