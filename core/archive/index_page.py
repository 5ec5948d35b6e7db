"""index.html: one page about all pairs of an archive."""

from __future__ import annotations

import json
import time
from array import array
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Iterator, Sequence
from urllib.parse import quote

import numpy as np

from ..base.files import output_file
from ..base.words.catalogue import translator
from ..base.words.marks import N_
from ..base.words.message import Message
from ..base.words.pages import page_environment
from .table import GEOMETRY
from .table_writer import Add, Row

_TEMPLATES = Path(__file__).parent / "templates"
#: States of pairs in the order of the legend.
STATES = ("good", "fair", "poor", "refused", "failed", "broken", "left")
#: Figures of registered pairs whose spread is drawn.
_DRAWN = (
    ("error_px", N_("Error of the transform, 9 of 10 below, px")),
    ("shift_px", N_("Moved by, px")),
)
#: How far an outline on the map may lie from the true one, as a share of its length: a
#: pixel of an outline that fills the map.
_SIMPLER = 0.0005
#: Most bars of a histogram, and the share of values that it must show.
_BARS, _SHOWN_SHARE = 24, 0.98


@dataclass(frozen=True)
class Histogram:
    """Counts of values from 0 on.

    Args:
        title: what is counted.
        bars: height of each bar, 0 to 1, and how many it stands for.
        step: width of a bar in pixels of the images.
        beyond: values beyond the last bar.
        n: all values.
    """

    title: str
    bars: list[tuple[float, int]]
    step: float
    beyond: int
    n: int


@contextmanager
def index_writer(path: Path, title: str, language: str = "en") -> Iterator[Add]:
    """Yield what takes the rows of the page, which appears when the block ends well.

    It loads nothing but pictures and reports of its pairs. What it tells of them waits
    in a file, so that memory does not grow with their number.
    """
    say = translator(language)
    page = page_environment(_TEMPLATES, say).get_template("index.html.j2")
    counts = Counter[str]()
    values = {key: array("d") for key, _ in _DRAWN}
    with output_file(path) as part, TemporaryFile("w+", dir=part.parent) as briefs:

        def add(rows: Sequence[Row]) -> None:
            counts.update(row["verdict"] for row in rows)
            for key, found in values.items():
                found.extend(row[key] for row in rows if row.get(key) is not None)
            briefs.writelines(f"{_for_script(_brief(row))}\n" for row in rows)

        yield add
        briefs.seek(0)
        names = {state: Message(f"state_{state}").say(say) for state in STATES}
        drawn = [histogram(say(text), values[key]) for key, text in _DRAWN]
        stream = page.stream(
            title=title,
            language="zh-CN" if say is not str else "en",
            made=time.strftime("%Y-%m-%d %H:%M"),
            n=counts.total(),
            states=[(s, names[s], counts[s]) for s in STATES if counts[s]],
            histograms=[one for one in drawn if one is not None],
            data=briefs,
            names=_for_script(names),
        )
        stream.dump(str(part), encoding="utf-8")


def histogram(title: str, figures: Sequence[float]) -> Histogram | None:
    """Return the histogram of a figure of registered pairs, None where none has it."""
    values = np.array(figures, float)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    most = float(np.quantile(values, _SHOWN_SHARE))
    scale = 10.0 ** np.floor(np.log10(max(most, 1e-3) / _BARS))
    step = next(s * scale for s in (1.0, 2.0, 5.0, 10.0) if s * scale * _BARS > most)
    number = int(most / step) + 1
    counts = np.histogram(values, np.arange(number + 1) * step)[0]
    bars = [(float(c) / max(int(counts.max()), 1), int(c)) for c in counts]
    beyond = len(values) - int(counts.sum())
    return Histogram(title, bars, float(step), beyond, len(values))


def _brief(row: Row) -> list[Any]:
    """Return what the page's script needs of a row, short."""
    shape, folder = row[GEOMETRY], quote(row["name"])
    corners: list[list[float]] = []
    if shape is not None:
        simple = shape.simplify(_SIMPLER * shape.length)
        corners = np.asarray(simple.exterior.coords)[:-1].round(5).tolist()
    report = f"{folder}/{row['report']}" if row.get("report") else ""
    picture = f"{folder}/thumbnail.jpg" if row.get("thumbnail") else ""
    figures = [_rounded(row.get(key)) for key in ("error_px", "shift_px")]
    figures.append(None if row.get("seconds") is None else round(row["seconds"], 1))
    words = [row.get(key) or "" for key in ("transform", "model", "reason")]
    if row.get("stack") == "alone":
        words[2] = f"{words[2]} {row['stack_note']}".strip()
    return [row["name"], row["verdict"], *figures, *words, report, picture, corners]


def _rounded(value: Any) -> float | None:
    return None if value is None else float(f"{value:.3g}")


def _for_script(value: Any) -> str:
    """Return JSON that cannot end the script it stands in."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
