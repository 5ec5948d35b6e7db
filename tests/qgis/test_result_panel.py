"""The result's panel: one set of figures, each with its meaning, and legible plots."""

import re

import pytest
from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QPainter, QPixmap
from soma.core.base.words.advice import ADVICE
from soma.core.base.words.figures import FIGURES
from soma.core.base.words.message import Message
from soma.ui.dock.plots import PlotPoint, evenly
from soma.ui.dock.result_panel import ResultPanel

MOVED = {
    "distance_px": 47.2,
    "distance_m": 472.3,
    "reach_px": 300.0,
    "bent_px": 0.0,
    "rotation_deg": 0.0,
    "scale": 1.0,
    "direction": "NW",
}
WHY = Message("asked_error", {"kind": "affine", "error": 0.4})


def accepted(**changes):
    quality = {
        "n_matches": 281,
        "n_inliers": 281,
        "coverage_share": 1.0,
        "expected_error_px": 0.3,
        "median_px": 0.629,
        "ce90_px": 1.55,
        "gsd_m": 10.0,
        "before": {"median_px": 47.23, "ce90_px": 48.0},
        "after": {"median_px": 0.6},
        "moved": MOVED,
    }
    return {
        "status": "ok",
        "reason": str(WHY),
        "message": WHY.to_dict(),
        "code": "",
        "model": "soma",
        "transform": "affine",
        "quality": {**quality, **changes},
        "files": {},
    }


@pytest.fixture
def panel(qapp):
    made = ResultPanel()
    yield made
    made.deleteLater()


def cells(panel):
    """Return text and tooltip of every cell of the table by its place."""
    found = {}
    for index in range(panel.table.count()):
        row, column, _, _ = panel.table.getItemPosition(index)
        label = panel.table.itemAt(index).widget()
        text = re.sub("</?b>", "", label.text()).replace("\u00a0", " ")
        found[row, column] = text, label.toolTip()
    return found


def test_headline_and_table_state_the_same_figures(panel):
    panel.show_result(accepted(), [])
    assert "Registered to within 2 pixels" in panel.headline.text()
    told = panel.text.text().replace("\u00a0", " ")
    assert "moved 472 m to the north-west; found by the model soma" in told
    assert "281 of 281 matches agree; they cover 100 % of the overlap." in told
    shown = cells(panel)
    assert shown[2, 1][0] == "47.2 px (472 m)"
    assert shown[2, 2][0] == "0.63 px (6.3 m)" and shown[3, 2][0] == "1.6 px (16 m)"
    # The error of the transform stands above the head that it does not belong to.
    assert shown[0, 0][0].startswith("Error of the transform")
    assert shown[0, 2][0] == "0.30 px (3.0 m)" and shown[1, 2][0] == "held-out error"


@pytest.mark.parametrize("code", ADVICE)
def test_a_refusal_is_told_with_the_advice_of_the_report(panel, code):
    refused = {"status": "refused", "code": code, "reason": "Seen.", "files": {}}
    panel.show_result({**refused, "quality": {}}, [])
    text = panel.text.text().replace("\u00a0", " ")
    assert [ADVICE[code].meaning, *ADVICE[code].lines] == text.split("\n• ")


def test_each_figure_can_be_pointed_at_for_its_meaning(panel):
    panel.show_result(accepted(), [])
    meanings = {figure.meaning for figure in FIGURES}
    shown = cells(panel)
    values = [place for place in shown if place[1] and shown[place][1]]
    assert len(values) == 5
    assert {shown[place][1] for place in values} <= meanings


def test_an_error_that_is_not_known_is_not_stated(panel):
    panel.show_result(accepted(expected_error_px=None), [])
    assert "look closely" in panel.headline.text()
    assert "too few to tell the error of the transform" in panel.text.text()
    assert (0, 2) not in cells(panel)


def test_the_report_is_reached_without_scrolling_past_the_plots(panel):
    panel.show_result(accepted(), [])
    order = [panel.compare, panel.report, panel.histogram, panel.arrows]
    panel.resize(400, 1200)
    panel.show()
    panel.layout().activate()
    tops = [widget.mapTo(panel, widget.rect().topLeft()).y() for widget in order]
    assert tops == sorted(tops), tops


def test_what_may_be_wrong_is_said_before_the_figures(panel):
    doubt = Message("bare_ground", {"share": 0.45})
    panel.show_result({**accepted(), "notes": [doubt.to_dict()]}, [])
    assert str(doubt) in panel.text.text()
    assert str(doubt) not in panel.why.text()
    assert panel.layout().indexOf(panel.text) < panel.layout().indexOf(panel.table)


def test_arrows_are_spread_evenly():
    crowd = [PlotPoint(0.01 * i, 0.0, 1.0, 0.0, 0.1) for i in range(500)]
    apart = [PlotPoint(100.0 * i, 0.0, 1.0, 0.0, 0.1) for i in range(10)]
    chosen = evenly(crowd + apart, 50.0)
    assert len(chosen) == 10


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_labels_of_the_plots_stay_inside_and_apart(panel, scale):
    """At twice the usual font no label covers another one."""
    font = panel.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    points = [
        PlotPoint(30.0 * (i % 9), 25.0 * (i // 9), 4.0, -3.0, 0.05 * i)
        for i in range(81)
    ]
    for plot in (panel.histogram, panel.arrows):
        plot.setFont(font)
    panel.show_result(accepted(), points)
    for plot in (panel.histogram, panel.arrows):
        plot.resize(int(280 * scale), plot.sizeHint().height())
        boxes = drawn_texts(plot)
        assert len(boxes) >= 1
        frame = QRectF(plot.rect())
        for i, one in enumerate(boxes):
            assert frame.adjusted(-1, -1, 1, 1).contains(one), one
            assert not any(one.intersects(other) for other in boxes[:i])


def drawn_texts(plot):
    """Return where a plot writes, as its painter measures it."""
    boxes = []

    class Recorder(QPainter):
        def drawText(self, frame, flags, text):
            box = self.boundingRect(frame, flags, text)
            boxes.append(box.adjusted(1, 1, -1, -1))

    canvas = QPixmap(plot.size())
    painter = Recorder(canvas)
    painter.setFont(plot.font())
    line = plot.fontMetrics().height()
    plot.draw(painter, QRectF(plot.rect()).adjusted(2, line + 4, -2, -2))
    painter.end()
    return boxes
