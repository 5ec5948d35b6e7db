"""The figures of a result: what each means, and how it is written. One table.

Dock, report, command line and help show these; the keys are those of ``quality`` in
JSON, which holds the same figures unrounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Sequence

from . import numbers
from .marks import N_

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Figure:
    """One figure.

    Args:
        key: where it lies in ``quality``; dots lead into its parts.
        label: its name, as short as a table wants it.
        meaning: what it says, in a sentence or two.
        kind: "error" and "distance" are lengths in working pixels that are shown in
            metres as well, "count", "share" and "chance" (a power of ten).
    """

    key: str
    label: str
    meaning: str
    kind: str


FIGURES: tuple[Figure, ...] = (
    Figure(
        "expected_error_px",
        N_("Error of the transform, 9 of 10 below"),
        N_(
            "In 9 of 10 cases the transform is off by less than this, as a root mean "
            "square over the overlap. In it are how much the transform changes when a "
            "fifth of the ground is left out of its fit, and what all matches get "
            "wrong alike, as found on images with known truth. The headline goes by "
            "this or by the held-out error that nine of ten matches stay below, "
            "whichever is larger."
        ),
        "error",
    ),
    Figure(
        "corner_error_px",
        N_("Error in the worst corner, 9 of 10 below"),
        N_("The same in that corner of the overlap where it is largest."),
        "error",
    ),
    Figure(
        "median_px",
        N_("Held-out error, half below"),
        N_(
            "How far matches lie from where a transform puts them that was fitted "
            "without them; half of them are nearer. The scatter of the matches "
            "themselves is in it; what all of them get wrong alike is not."
        ),
        "error",
    ),
    Figure(
        "ce90_px",
        N_("Held-out error, 90 % below"),
        N_("The same; nine of ten matches are nearer."),
        "error",
    ),
    Figure(
        "rmse_px",
        N_("Held-out error, root mean square"),
        N_("The same as a root mean square, in which large errors count for more."),
        "error",
    ),
    Figure(
        "before.median_px",
        N_("Apart before, half below"),
        N_("How far the matches used lay apart with the original placement."),
        "distance",
    ),
    Figure(
        "before.ce90_px",
        N_("Apart before, 90 % below"),
        N_("The same; nine of ten matches lay nearer."),
        "distance",
    ),
    Figure(
        "after.median_px",
        N_("Left at the matches used, half below"),
        N_(
            "What is left at the matches that the transform was fitted to. As a rule "
            "it is less than the held-out error, for a fit goes towards its own points."
        ),
        "error",
    ),
    Figure(
        "after.ce90_px",
        N_("Left at the matches used, 90 % below"),
        N_("The same; nine of ten matches are nearer."),
        "error",
    ),
    Figure(
        "n_matches",
        N_("Matches found"),
        N_("Places that were found in both images, right or wrong."),
        "count",
    ),
    Figure(
        "n_inliers",
        N_("Matches that agree"),
        N_("Those that one transform explains. Only these are used."),
        "count",
    ),
    Figure(
        "coverage_share",
        N_("Covered part of the overlap"),
        N_(
            "How much of the overlap lies between matches that agree. Beyond them the "
            "transform goes on as a guess."
        ),
        "share",
    ),
    Figure(
        "bare_share",
        N_("Ground without structure"),
        N_(
            "How much of the matched ground does not show structure in both images: "
            "open water, deserts, clouds. The more it is, the larger is the error that "
            "is stated."
        ),
        "share",
    ),
    Figure(
        "log10_chance",
        N_("Agreement by chance"),
        N_("How often matches of unrelated images would agree as well."),
        "chance",
    ),
)
#: What ``soma assess`` measures, by the keys of its answer.
ASSESSED: tuple[Figure, ...] = (
    Figure(
        "median_px",
        N_("Apart, half below"),
        N_("How far the images lie apart at the matches; half of them are nearer."),
        "distance",
    ),
    Figure(
        "ce90_px",
        N_("Apart, 90 % below"),
        N_("The same; nine of ten matches are nearer."),
        "distance",
    ),
    Figure(
        "shift_px",
        N_("Common shift"),
        N_("What all parts of the image have in common."),
        "distance",
    ),
    Figure(
        "shift_sigma_px",
        N_("Uncertainty of the shift"),
        N_("Standard error of the common shift, from part to part of the image."),
        "error",
    ),
    Figure(
        "scatter_px",
        N_("Beyond the shift, root mean square"),
        N_("What is left when the common shift is taken away."),
        "error",
    ),
    Figure(
        "matches",
        N_("Matches found"),
        N_("Places that were found in both images, right or wrong."),
        "count",
    ),
    Figure(
        "inliers",
        N_("Matches that agree"),
        N_("Those that one transform explains. Only these are used."),
        "count",
    ),
)

_MILLION, _ONE_IN = N_("less than one in a million"), N_("about one in {n}")


@dataclass(frozen=True)
class Row:
    """A figure as it is shown."""

    key: str
    label: str
    value: str
    meaning: str


def rows(
    quality: Mapping[str, Any],
    translate: Translate = str,
    keys: Sequence[str] = (),
    table: Sequence[Figure] = FIGURES,
) -> list[Row]:
    """Return figures as they are shown, those that are not known left out.

    Args:
        quality: figures by key, and ``gsd_m``, metres per pixel, where known.
        translate: into the language of the reader.
        keys: which ones, all if not given; in the order of the table.
        table: their definitions.
    """
    gsd_m = quality.get("gsd_m")
    found = []
    for figure in table:
        value = value_of(quality, figure.key)
        if (keys and figure.key not in keys) or not numbers.is_known(value):
            continue
        text = figure_text(figure.kind, value, gsd_m, translate)
        label = translate(figure.label).replace(" %", "\u00a0%")
        found.append(Row(figure.key, label, text, translate(figure.meaning)))
    return found


def value_of(quality: Mapping[str, Any], key: str) -> Any:
    """Return a figure, None where there is none."""
    value: Any = quality
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def figure_text(
    kind: str, value: float, gsd_m: float | None, translate: Translate = str
) -> str:
    """Return one figure with its unit; see ``Figure`` for the kinds."""
    if kind in ("error", "distance"):
        metres = value * gsd_m if gsd_m is not None else None
        write = numbers.length if kind == "error" else numbers.distance
        return write((value, metres), translate)
    if kind == "share":
        return numbers.share(value, translate)
    if kind == "chance":
        if value <= -6:
            return translate(_MILLION)
        return translate(_ONE_IN).format(n=f"{10.0**-value:,.0f}")
    return f"{value:,.0f}".replace(",", "\u202f")
