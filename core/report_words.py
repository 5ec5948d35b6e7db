"""Words of the report: the verdict, names of figures, advice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import REASONS
from .types import Result
from .words import numbers

#: What to try after a refusal, by its code.
ADVICE: dict[str, tuple[str, ...]] = {
    "no_overlap": (
        "Check that both files carry the right coordinate reference system.",
        "Compare their extents on a map; if one is misplaced by far, search "
        "without trusting the georeference (search: any).",
    ),
    "no_structure": (
        "Choose an area with roads, field borders, rivers or a coast.",
        "Mask sea and clouds, or take a cloud-free optical image.",
        "Use other bands: near infrared shows more structure than blue.",
    ),
    "too_few_matches": (
        "Enlarge the search radius if the images may be further apart.",
        "Choose images closer in date and in pixel size.",
        "Use another model or other bands.",
    ),
    "badly_spread": (
        "Take a simpler transform (shift or similarity).",
        "Limit the area of interest to the part that has structure.",
    ),
    "ambiguous": (
        "Limit the search radius, the rotation and the scale to what is possible.",
        "Take a larger area: repeated patterns such as fields look alike.",
    ),
    "unrelated": (
        "Make sure that both images show the same place.",
        "Enlarge the search radius if the images may be further apart.",
        "Choose images closer in date; clouds and floods hide what they share.",
    ),
    "out_of_range": (
        "Enlarge the search radius.",
        "Allow rotation and scale if the georeference is poor (search: any).",
    ),
    "already_aligned": (
        "Use the moving image as it is.",
        "To register all the same, run again with force.",
    ),
}

_LABELS = {
    "rmse": "Root mean square error",
    "median": "Median error",
    "ce90": "90 % of points within",
    "max": "Largest error",
    "holdout": "Error at held-out points",
    "shift": "Mean shift",
    "matches": "Matches found",
    "inliers": "Matches that agree",
    "inlier_share": "Share that agrees",
    "coverage": "Part of the overlap covered",
}
_UNITS = {"px": "px", "m": "m", "deg": "°", "percent": "%", "s": "s"}
#: Transforms in words.
KINDS = {
    "shift": "Shift",
    "similarity": "Similarity (shift, rotation, scale)",
    "affine": "Affine",
    "poly2": "2nd-order polynomial",
    "poly3": "3rd-order polynomial",
    "tps": "Thin-plate spline",
    "flow": "Dense flow",
}
#: A kind of transform in a sentence, and the space between a number and its unit.
_KIND = re.compile(r"(?<![\w./\\-])(?:poly2|poly3|tps|flow)(?![\w/\\-]|\.\w)")
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:px|m|s|%|MiB|degrees)(?!\w))")


@dataclass(frozen=True)
class Verdict:
    """The headline: grade ("good", "fair", "poor" or "refused") and its words."""

    grade: str
    headline: str
    detail: str


@dataclass(frozen=True)
class Row:
    """One line of the table of figures; empty texts where not applicable."""

    label: str
    value: str
    metres: str


def verdict(
    result: Result, expected_px: float, before_px: float, gsd_m: float
) -> Verdict:
    """Return the outcome in words; lengths in working pixels, NaN where unknown."""
    if result.status == "refused":
        headline = f"Not registered: {REASONS.get(result.code, 'no evidence')}"
        return Verdict("refused", headline, sentence(result.reason))
    if np.isnan(expected_px):
        return Verdict("fair", "Registered", "How well is not known.")
    grade = "good" if expected_px <= 1 else "fair"
    grade = grade if expected_px <= 3 else "poor"
    expected = numbers.length((expected_px, expected_px * gsd_m))
    headline = f"Registered: expected error {expected}"
    if np.isnan(before_px):
        return Verdict(grade, headline, "")
    before = numbers.distance((before_px, before_px * gsd_m))
    return Verdict(
        grade, headline, sentence(f"Before, the images were {before} apart.")
    )


def sentence(text: str) -> str:
    """Return a sentence of the engine as the report writes it.

    Transforms are named in full, and no line ends between a number and its unit.
    """
    named = _KIND.sub(lambda found: _inside(KINDS[found[0]]), text)
    if re.match(f"(?:{'|'.join(KINDS)})[:,]", text):
        named = named[0].upper() + named[1:]
    return _BEFORE_UNIT.sub("\u00a0", named)


def _inside(name: str) -> str:
    """Return a name as it is written inside of a sentence."""
    return name[0].lower() + name[1:]


def figure_rows(quality: dict[str, Any], gsd_m: float) -> list[Row]:
    """Turn figures with units in their keys into lines of a table.

    A length in pixels and its twin in metres share a line; where the twin is
    missing it is computed.
    """
    rows = []
    for key, value in quality.items():
        stem, _, unit = key.rpartition("_")
        if isinstance(value, (dict, list, tuple)) or (
            unit == "m" and f"{stem}_px" in quality
        ):
            continue
        if unit not in _UNITS:
            stem, unit = key, ""
        text = plain(value) + (f" {_UNITS[unit]}" if unit else "")
        if key.endswith("_share"):
            text = f"{100 * value:.0f} %"
        metres = ""
        if unit == "px" and isinstance(value, (int, float)):
            length = quality.get(f"{stem}_m", value * gsd_m)
            known = length is not None and np.isfinite(length)
            metres = f"{plain(float(length))} m" if known else ""
        rows.append(Row(_label(stem), text, metres))
    return rows


def _label(stem: str) -> str:
    """Name a figure in words."""
    if stem.startswith("before_"):
        return f"{_label(stem.removeprefix('before_'))}, before"
    return _LABELS.get(stem, stem.replace("_", " ").capitalize())


def plain(value: Any) -> str:
    """Write one value for a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(part) for part in value) or "–"
    return "–" if value is None or value == "" else str(value)
