"""report.html: one self-contained page about one registration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .report_figures import CLASS_NAMES, ReportPoints, arrows, histogram, scatter
from .report_pictures import Pictures, board, ground, jpeg_uri
from .report_words import ADVICE, KINDS, figure_rows, plain, sentence, verdict
from .types import Result

#: Largest width and height of the swipe and of the detail, picture pixels.
_SWIPE_SIZE = (1072, 560)
_DETAIL_SIZE = (528, 384)
_QUALITIES = (80, 60, 35)
_MOST_BYTES = 3_000_000
PictureRow = tuple[str, list[tuple[str, str, str]]]
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
    points, left = data.points, None
    if points is not None and data.result.status == "ok":
        left = points.residual_xy[points.inlier]
    template = environment.get_template("report.html.j2")
    return template.render(
        data=data,
        verdict=verdict(data.result, data.expected_px, data.before_px, data.gsd_m),
        tiles=_tiles(data),
        advice=ADVICE.get(data.result.code, ()),
        looks=_looks(data, quality),
        swipe=_swipe(data.detail or data.overview, quality),
        maps=_maps(data, quality),
        histogram=None if left is None else histogram(np.hypot(*left.T)),
        scatter=None if left is None else scatter(left),
        class_names=CLASS_NAMES,
        figures=figure_rows(data.result.quality, data.gsd_m),
        holdout=_holdout(data),
        why=sentence(data.result.reason),
        settings=_settings(data.settings),
        seconds=data.result.seconds,
    )


def _settings(settings: dict[str, Any]) -> dict[str, str]:
    """Return the job's options in words."""
    texts = {name: plain(value) for name, value in settings.items()}
    kind = texts.get("transform", "")
    if kind in KINDS:
        texts["transform"] = KINDS[kind]
    return {name.replace("_", " "): text for name, text in texts.items()}


def _tiles(data: ReportData) -> list[tuple[str, str]]:
    """Return the few figures that matter most, as (value, label)."""
    tiles = []
    if data.points is not None:
        good, all_ = int(data.points.inlier.sum()), len(data.points.inlier)
        tiles.append((f"{good} of {all_}", "matches agree"))
    if data.result.transform:
        name = KINDS.get(data.result.transform, data.result.transform)
        tiles.append((name.split(" (")[0], "transform"))
    if data.result.model:
        tiles.append((data.result.model, "model"))
    if "total" in data.result.seconds:
        tiles.append((f"{data.result.seconds['total']:.1f}\u00a0s", "run time"))
    return tiles


def _looks(data: ReportData, quality: int) -> list[PictureRow]:
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


def _looks_refused(pictures: Pictures | None, quality: int) -> list[PictureRow]:
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


def _holdout(data: ReportData) -> list[dict[str, Any]]:
    """Return the transforms that were tried, with the length of their bars."""
    tried = data.holdout_px
    known = [value for value in tried.values() if np.isfinite(value)]
    # A hopeless transform must not squeeze the bars of the others.
    longest = min(max(known, default=1.0), 4 * min(known, default=1.0)) or 1.0
    return [
        {
            "name": KINDS.get(kind, kind),
            "text": f"{value:.2f} px" if np.isfinite(value) else "not possible",
            "percent": round(100 * min(value / longest, 1)) if value == value else 0,
            "cut": value > longest,
            "chosen": kind == data.result.transform,
        }
        for kind, value in tried.items()
    ]
