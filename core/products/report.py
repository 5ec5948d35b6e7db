"""report.html: one self-contained page about one registration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..base.types import Result
from ..base.words import advice, numbers
from ..base.words.catalogue import translator
from ..base.words.figures import rows
from ..base.words.marks import N_
from ..base.words.message import Message, Translate
from ..base.words.pages import page_environment
from ..base.words.verdict import verdict
from .report_figures import ReportPoints, arrows, class_names, histogram, scatter
from .report_pictures import Pictures, board, ground, jpeg_uri
from .report_words import (
    FILES,
    STAGES,
    compared_rows,
    named,
    settings_rows,
)

#: Largest width and height of the swipe and of the detail, picture pixels.
_SWIPE_SIZE = (1072, 560)
_DETAIL_SIZE = (528, 384)
#: Height at which the swipe is shown, CSS pixels.
_SWIPE_HIGH = 600
_QUALITIES = (80, 60, 35)
_MOST_BYTES = 3_000_000
PictureRow = tuple[str, list[tuple[str, str, str]]]
_BEFORE, _AFTER = N_("Before"), N_("After")
_REFERENCE, _MOVING = N_("Reference"), N_("Moving image")
_ORIGINAL, _REGISTERED = N_("with the original georeference"), N_("registered")
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
        points: tie points, None where there are none.
        overview: the whole overlap, at most some 1000 px wide.
        detail: a crop at working resolution.
        settings: the job's options.
        versions: program and library versions.
        language: of the page, as systems name it.
    """

    result: Result
    moving: str
    reference: str
    made: str
    gsd_m: float = float("nan")
    points: ReportPoints | None = None
    overview: Pictures | None = None
    detail: Pictures | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    language: str = "en"


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
    translate = translator(data.language)
    environment = page_environment(_TEMPLATES, translate)
    points, left, result = data.points, None, data.result
    if points is not None and result.status == "ok":
        left = points.residual_xy[points.inlier]
    found = verdict(result.to_dict())
    sentences = [found.moved, found.errors, found.matches]
    sentences += [Message.from_dict(note) for note in result.notes]
    template = environment.get_template("report.html.j2")
    return template.render(
        data=data,
        language="zh-CN" if translate is not str else "en",
        grade=found.grade,
        headline=found.headline.say(translate),
        sentences=[part.say(translate) for part in sentences if part is not None],
        advice=advice.advice_on(result.code, translate)[1],
        looks=_looks(data, quality, translate),
        swipe=_swipe(data.detail or data.overview, quality),
        maps=_maps(data, quality),
        histogram=None if left is None else histogram(np.hypot(*left.T), translate),
        scatter=None if left is None else scatter(left),
        class_names=class_names(translate),
        figures=rows(result.quality, translate),
        compared=compared_rows(result, translate),
        why=_why(result, translate),
        files=named(result.files, FILES, translate),
        settings=settings_rows(data.settings, translate),
        seconds=named(result.seconds, STAGES, translate),
        pixel=numbers.on_ground(data.gsd_m, translate),
    )


def _why(result: Result, translate: Translate) -> str:
    said = result.message
    return Message.from_dict(said).say(translate) if said else result.reason


def _looks(data: ReportData, quality: int, translate: Translate) -> list[PictureRow]:
    """Return rows of two pictures: a title and (data URI, name, more words) each."""
    if data.result.status == "refused":
        return _looks_refused(data.overview, quality, translate)
    looks = []
    whole = data.overview is not None and data.overview.step_px <= 1
    detail = data.detail and not whole and data.detail.crop(*_DETAIL_SIZE)
    for title, pictures, cell in (
        (N_("The whole overlap"), data.overview, 64),
        (N_("Detail, one to one"), detail, 48),
    ):
        if pictures and pictures.after is not None:
            before = jpeg_uri(board(pictures, False, cell), quality)
            after = jpeg_uri(board(pictures, True, cell), quality)
            row = [
                (before, translate(_BEFORE), translate(_ORIGINAL)),
                (after, translate(_AFTER), translate(_REGISTERED)),
            ]
            looks.append((translate(title), row))
    return looks


def _looks_refused(
    pictures: Pictures | None, quality: int, translate: Translate
) -> list[PictureRow]:
    if pictures is None:
        return []
    row = [
        (jpeg_uri(pictures.ref, quality), translate(_REFERENCE), ""),
        (jpeg_uri(pictures.before, quality), translate(_MOVING), translate(_ORIGINAL)),
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
        # As high as a window shows at once.
        "most": round(min(_SWIPE_HIGH * pictures.width / pictures.height, 1072)),
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
