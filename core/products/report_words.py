"""Words of the report: advice after a refusal, names of settings, files and stages."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.types import Result
from ..base.words import numbers, terms
from ..base.words.figures import value_of
from ..base.words.marks import N_
from ..base.words.message import Message, Translate

#: What the options of a job are called.
SETTINGS: dict[str, str] = {
    "sar": N_("SAR image"),
    "optical": N_("Optical image"),
    "optical_is": N_("What the optical image shows"),
    "out": N_("Output folder"),
    "moving": N_("Image that moves"),
    "sar_bands": N_("Bands of the SAR image"),
    "optical_bands": N_("Bands of the optical image"),
    "aoi": N_("Area (left, bottom, right, top)"),
    "aoi_crs": N_("CRS of the area"),
    "model": N_("Model"),
    "weights": N_("Weights file"),
    "transform": N_("Transform"),
    "search": N_("Search"),
    "max_shift": N_("Largest shift"),
    "max_shift_unit": N_("Unit of the largest shift"),
    "max_rotation_deg": N_("Largest rotation, degrees"),
    "max_scale": N_("Largest scale"),
    "working_gsd": N_("Pixel size to match at, metres"),
    "effort": N_("Effort"),
    "grid": N_("Output grid"),
    "resampling": N_("Resampling"),
    "sar_nodata": N_("Nodata value of the SAR image"),
    "optical_nodata": N_("Nodata value of the optical image"),
    "sar_mask": N_("Mask of the SAR image"),
    "optical_mask": N_("Mask of the optical image"),
    "device": N_("Device"),
    "threads": N_("Threads"),
    "force": N_("Warp anyway"),
}
#: What values of options are called where they are no names.
VALUES: dict[str, str] = {
    "sar": N_("SAR"),
    "optical": N_("optical"),
    "near": N_("near the present placement"),
    "any": N_("anywhere"),
    "reference": N_("pixels of the reference"),
    "own": N_("its own pixels"),
    "nearest": N_("nearest neighbour"),
    "bilinear": N_("bilinear"),
    "cubic": N_("cubic"),
    "average": N_("average"),
    "quick": N_("quick"),
    "normal": N_("normal"),
    "thorough": N_("thorough"),
}
#: Settings whose values are among them.
_CHOSEN = {"moving", "search", "grid", "resampling", "effort"}
#: What the files are, by their roles.
FILES: dict[str, str] = {
    "registered": N_("Registered image"),
    "matches": N_("Match points, for GIS"),
    "matches_csv": N_("Match points, as a table"),
    "points": N_("Match points, for QGIS's georeferencer"),
    "checkerboard": N_("Checkerboard"),
    "quality": N_("Local residual"),
    "transform": N_("Transform, to apply again"),
    "report": N_("This report"),
}
#: Stages of a run.
STAGES: dict[str, str] = {
    "open": N_("Opening"),
    "match": N_("Matching"),
    "warp": N_("Warping"),
    "outputs": N_("Other files"),
    "total": N_("Altogether"),
}
#: What is said of a transform beside its bar.
_OUTCOMES: dict[str, str] = {
    "simplest": "row_simplest",
    "better": "row_better",
    "gain_too_small": "row_gain_too_small",
    "misses_too_little": "row_misses_too_little",
    "within_chance": "row_within_chance",
    "folds": "row_folds",
    "not_compared": "row_not_compared",
}


def settings_rows(settings: dict[str, Any], translate: Translate) -> dict[str, str]:
    """Return the job's options in words."""
    rows = {}
    for name, value in settings.items():
        if name == "language":
            continue
        text = plain(value, translate)
        if name == "transform":
            text = terms.heading(str(value), translate)
        elif name in _CHOSEN and value in VALUES:
            text = translate(VALUES[value])
        rows[translate(SETTINGS.get(name, name))] = text
    return rows


def named(values: dict[str, Any], names: dict[str, str], translate: Translate) -> list:
    """Return (name in words, value) of a dictionary."""
    return [(translate(names.get(key, key)), value) for key, value in values.items()]


def compared_rows(result: Result, translate: Translate) -> list[dict[str, Any]]:
    """Return the transforms that were compared, with the length of their bars.

    The bars are the errors that were compared; ``needed`` is where the one compared
    with the chosen one's predecessor had to come to be taken.
    """
    compared = value_of(result.quality, "compared") or [
        {"kind": kind, "error_px": error_px, "outcome": ""}
        for kind, error_px in (result.quality.get("holdout_px") or {}).items()
    ]
    known = [one["error_px"] for one in compared if numbers.is_known(one["error_px"])]
    # A hopeless transform must not squeeze the bars of the others.
    longest = min(max(known, default=1.0), 4 * min(known, default=1.0)) or 1.0

    def percent(value: float | None) -> float:
        return round(100 * min((value or 0.0) / longest, 1.0), 1)

    return [
        {
            "name": terms.heading(one["kind"], translate),
            "error": numbers.pixels(one["error_px"], translate),
            "percent": percent(one["error_px"]),
            "needed": percent(one.get("needed_px")),
            "cut": numbers.is_known(one["error_px"]) and one["error_px"] > longest,
            "chosen": one["kind"] == result.transform,
            "told": _told(one, result.transform, translate),
        }
        for one in compared
    ]


def _told(one: dict[str, Any], chosen: str, translate: Translate) -> str:
    code = _OUTCOMES.get(one["outcome"], "")
    if one["kind"] == chosen and one["outcome"] in ("", "simplest"):
        code = "row_chosen"
    if not code:
        return ""
    values = {"rival": one.get("rival", ""), "needed": one.get("needed_px")}
    if code == "row_better":
        values = {"rival": one["rival"]}
        code = "row_chosen_over" if one["kind"] == chosen else code
    elif code == "row_gain_too_small":
        values = {"needed": one["needed_px"]}
    else:
        values = {}
    return Message(code, values).say(translate)


def plain(value: Any, translate: Translate = str) -> str:
    """Write one value for a table."""
    if isinstance(value, bool):
        return translate(_YES if value else _NO)
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(part, translate) for part in value) or "–"
    return "–" if value is None or value == "" else str(value)


_YES, _NO = N_("yes"), N_("no")
