"""report.html: one self-contained page about one registration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .errors import REASONS
from .report_figures import (
    CLASS_NAMES,
    Pictures,
    ReportPoints,
    arrows,
    board,
    ground,
    histogram,
    jpeg_uri,
)
from .types import Result

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
_KINDS = {
    "shift": "Shift",
    "similarity": "Similarity (shift, rotation, scale)",
    "affine": "Affine",
    "poly2": "Polynomial, order 2",
    "poly3": "Polynomial, order 3",
    "tps": "Thin-plate spline",
    "flow": "Dense flow",
}
#: Largest width and height of the swipe and of the detail, picture pixels.
_SWIPE_SIZE = (1072, 560)
_DETAIL_SIZE = (528, 384)
_QUALITIES = (80, 60, 35)
_MOST_BYTES = 3_000_000
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class ReportData:
    """All that the report shows.

    Args:
        result: outcome of the registration.
        moving: name of the moving file.
        reference: name of the reference file.
        made: date and time, as text.
        gsd_m: metres per working pixel, NaN where unknown.
        expected_px: expected error after registration, NaN when refused.
        before_px: typical displacement before, NaN where unknown.
        points: tie points, None where there are none.
        overview: the whole overlap, at most some 1000 px wide.
        detail: a crop at working resolution.
        holdout_px: held-out error of each transform that was tried.
        settings: the job's options.
        versions: program and library versions.
    """

    result: Result
    moving: str
    reference: str
    made: str
    gsd_m: float = float("nan")
    expected_px: float = float("nan")
    before_px: float = float("nan")
    points: ReportPoints | None = None
    overview: Pictures | None = None
    detail: Pictures | None = None
    holdout_px: dict[str, float] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


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


def write_report(data: ReportData, path: str | Path) -> None:
    """Write the page; it refers to nothing outside itself.

    Pictures of the recommended size make a page of at most 3 MB: those that
    compress badly are stored at a lower quality.
    """
    page = ""
    for quality in _QUALITIES:
        page = render_report(data, quality)
        if len(page) <= _MOST_BYTES:
            break
    Path(path).write_text(page, encoding="utf-8")


def render_report(data: ReportData, quality: int = 80) -> str:
    """Return the page as HTML; every text in ``data`` is escaped.

    Args:
        data: what to show.
        quality: of the JPEG pictures, 1 to 100.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html.j2")
    return template.render(
        data=data,
        verdict=verdict(data),
        tiles=_tiles(data),
        advice=ADVICE.get(data.result.code, ()),
        reasons=REASONS,
        looks=_looks(data, quality),
        swipe=_swipe(data.detail or data.overview, quality),
        maps=_maps(data, quality),
        histogram=_residual_histogram(data),
        class_names=CLASS_NAMES,
        figures=figure_rows(data.result.quality, data.gsd_m),
        holdout=_holdout(data),
        settings={k.replace("_", " "): _plain(v) for k, v in data.settings.items()},
        seconds=data.result.seconds,
    )


def verdict(data: ReportData) -> Verdict:
    """Return the outcome in words."""
    result = data.result
    if result.status == "refused":
        headline = f"Not registered: {REASONS.get(result.code, 'no evidence')}"
        return Verdict("refused", headline, result.reason)
    if np.isnan(data.expected_px):
        return Verdict("fair", "Registered", "How well is not known.")
    grade = "good" if data.expected_px <= 1 else "fair"
    grade = grade if data.expected_px <= 3 else "poor"
    headline = f"Registered: expected error {_length(data.expected_px, data.gsd_m)}"
    if np.isnan(data.before_px):
        return Verdict(grade, headline, "")
    before = _length(data.before_px, data.gsd_m)
    return Verdict(grade, headline, f"Before, the images were {before} apart.")


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
        text = _plain(value) + (f" {_UNITS[unit]}" if unit else "")
        if key.endswith("_share"):
            text = f"{100 * value:.0f} %"
        metres = ""
        if unit == "px" and isinstance(value, (int, float)):
            length = quality.get(f"{stem}_m", value * gsd_m)
            metres = f"{_plain(length)} m" if np.isfinite(length) else ""
        rows.append(Row(_label(stem), text, metres))
    return rows


def _label(stem: str) -> str:
    """Name a figure in words."""
    if stem.startswith("before_"):
        return f"{_label(stem.removeprefix('before_'))}, before"
    return _LABELS.get(stem, stem.replace("_", " ").capitalize())


def _length(length_px: float, gsd_m: float) -> str:
    text = f"{length_px:.{1 if length_px < 100 else 0}f} px"
    if np.isnan(gsd_m):
        return text
    metres = length_px * gsd_m
    return f"{text} ({metres:.{1 if metres < 3 else 0}f} m)"


def _tiles(data: ReportData) -> list[tuple[str, str]]:
    """Return the few figures that matter most, as (value, label)."""
    tiles = []
    if data.points is not None:
        good, all_ = int(data.points.inlier.sum()), len(data.points.inlier)
        tiles.append((f"{good} of {all_}", "matches agree"))
    if data.result.transform:
        name = _KINDS.get(data.result.transform, data.result.transform)
        tiles.append((name.split(" (")[0], "transform"))
    if data.result.model:
        tiles.append((data.result.model, "model"))
    if "total" in data.result.seconds:
        tiles.append((f"{data.result.seconds['total']:.1f} s", "run time"))
    return tiles


def _looks(
    data: ReportData, quality: int
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return rows of two pictures: a title and (data URI, name, more words) each."""
    if data.result.status == "refused":
        return _looks_refused(data.overview, quality)
    looks = []
    detail = data.detail and data.detail.crop(*_DETAIL_SIZE)
    for title, pictures, cell in (
        ("The whole overlap", data.overview, 64),
        ("Detail, one to one", detail, 48),
    ):
        if pictures is not None and pictures.after is not None:
            before = jpeg_uri(board(pictures, False, cell), quality)
            after = jpeg_uri(board(pictures, True, cell), quality)
            row = [
                (before, "Before", ", with the original georeference"),
                (after, "After", ", registered"),
            ]
            looks.append((title, row))
    return looks


def _looks_refused(
    pictures: Pictures | None, quality: int
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    if pictures is None:
        return []
    row = [
        (jpeg_uri(pictures.ref, quality), "Reference", ""),
        (jpeg_uri(pictures.before, quality), "Moving image", ", with its georeference"),
    ]
    return [("", row)]


def _swipe(pictures: Pictures | None, quality: int) -> dict[str, Any] | None:
    if pictures is None or pictures.after is None:
        return None
    pictures = pictures.crop(*_SWIPE_SIZE)
    return {
        "ref": jpeg_uri(pictures.ref, quality),
        "before": jpeg_uri(pictures.before, quality),
        "after": jpeg_uri(pictures.after, quality),
        "width": pictures.width,
        "height": pictures.height,
    }


def _maps(data: ReportData, quality: int) -> dict[str, Any] | None:
    """Return the drawings of what moved and what is left.

    After a refusal the fit means nothing: a checkerboard takes the place of what
    is left.
    """
    points, pictures = data.points, data.overview
    if points is None or pictures is None or not len(points.inlier):
        return None
    accepted = data.result.status == "ok"
    return {
        "ground": jpeg_uri(ground(pictures), quality),
        "width": pictures.width,
        "height": pictures.height,
        "moved": arrows(points, pictures, left=False),
        "left": arrows(points, pictures, left=True) if accepted else None,
        "board": "" if accepted else jpeg_uri(board(pictures, False, 64), quality),
    }


def _residual_histogram(data: ReportData) -> Any:
    if data.points is None or data.result.status == "refused":
        return None
    return histogram(data.points.residual_px[data.points.inlier])


def _holdout(data: ReportData) -> list[dict[str, Any]]:
    """Return the transforms that were tried, with the length of their bars."""
    tried = data.holdout_px
    known = [value for value in tried.values() if np.isfinite(value)]
    # A hopeless transform must not squeeze the bars of the others.
    longest = min(max(known, default=1.0), 4 * min(known, default=1.0)) or 1.0
    return [
        {
            "name": _KINDS.get(kind, kind),
            "text": f"{value:.2f} px" if np.isfinite(value) else "not possible",
            "percent": round(100 * min(value / longest, 1)) if value == value else 0,
            "cut": value > longest,
            "chosen": kind == data.result.transform,
        }
        for kind, value in tried.items()
    ]


def _plain(value: Any) -> str:
    """Write one value for a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(part) for part in value) or "–"
    return "–" if value is None or value == "" else str(value)
