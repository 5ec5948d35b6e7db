"""Clicking where the reference is an online map: drawn window by window."""

import threading
from pathlib import Path

import canvas_world as cw
import pytest
from click_pair import choose
from qgis.core import QgsPointXY, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QPoint, Qt
from soma.core.base.job import Job
from soma.ui.dock import click_jobs
from soma.ui.layers import online_map
from soma.ui.layers.job import Rendered

PLACES = ((130, 130), (270, 140), (190, 270))


class Hand(cw.World):
    """The mouse over the plugin's own canvas, where the truth is known."""

    def __init__(self, canvas, optical):
        self.canvas, self.optical = canvas, optical
        self.folder = Path(optical.source()).parent


@pytest.fixture
def hand(dock, iface, layers, online):
    sar, optical = layers
    choose(dock, iface, sar, online, like=optical)
    found = Hand(iface.canvas, optical)
    found.settle()
    return found


@pytest.fixture
def tools(hand, plugin):
    plugin.tools.points.pick.setChecked(True)
    return plugin.tools


def click(hand, tools, px):
    count = len(tools.tool.points)
    hand.click(hand.place(px))
    assert cw.wait_for(lambda: not tools.tool.session.waiting)
    assert len(tools.tool.points) > count, told(tools)


def told(tools):
    return tools.points.message.text()


def test_from_clicks_on_an_online_map_to_the_registered_layer(hand, tools, dock):
    for px in PLACES:
        click(hand, tools, px)
        assert hand.off_truth(tools.tool.points.points[-1]) < 3
    assert cw.wait_for(lambda: tools.tool.points.fit is not None)
    assert tools.tool.marks.picture.image.width() == 256
    tools.points.preview.setChecked(True)
    assert cw.wait_for(lambda: tools.tool.preview.item.framed is not None)
    # It would hide what is to be looked at.
    assert tools.tool.marks.picture is None
    results = []
    tools.tool.session.applied.connect(results.append)
    tools.points.apply.click()
    assert not tools.points.apply.isEnabled()
    assert cw.wait_for(lambda: results), told(tools)
    assert results[0]["status"] == "ok", told(tools)
    job = Job(sar=results[0]["files"]["registered"], optical=hand.optical.source())
    # Three clicks define a transform exactly, so their own errors stay in it.
    assert dock.engine.call("assess", job=job.__dict__)["median_px"] < 3.0


def test_a_click_says_the_same_as_with_the_file(hand, tools, dock):
    click(hand, tools, PLACES[0])
    drawn = tools.tool.points.points[0]
    tools.tool.points.clear()
    dock.form.optical.setLayer(hand.optical)
    click(hand, tools, PLACES[0])
    file = tools.tool.points.points[0]
    gsd = hand.optical.rasterUnitsPerPixelX()
    for k in (0, 1):
        assert abs((drawn.mov[k] - drawn.ref[k]) - (file.mov[k] - file.ref[k])) < gsd


def test_windows_have_the_pixels_of_the_sar_image(hand, tools, dock, layers, online):
    extent, crs = layers[0].extent(), layers[0].crs()
    gsd = layers[0].rasterUnitsPerPixelX()
    corner = QgsPointXY(extent.xMinimum() + 3 * gsd, extent.yMaximum() - 3 * gsd)
    for place in (extent.center(), corner):
        spot = online_map.Spot((place.x(), place.y()), crs, 128)
        picture, problem = online_map.window_for(dock.choice, online, spot)
        assert not problem and picture.crs == crs
        assert (picture.width, picture.height) == (128, 128)
        assert picture.gsd_m == pytest.approx(gsd, rel=0.02)
        assert picture.box.contains(place) and extent.contains(picture.box)


def test_a_click_beside_the_images_is_told_at_once(hand, tools):
    hand.canvas.zoomByFactor(2)
    hand.settle()
    hand.click(QPoint(3, 3))
    assert "both images overlap" in told(tools)
    assert not tools.tool.session.waiting and tools.tool.marks.refused


def test_escape_stops_the_drawing(hand, tools):
    hand.click(hand.place((190, 200)))
    assert tools.tool.session.waiting
    hand.key(Qt.Key.Key_Escape)
    assert not tools.tool.session.waiting
    click(hand, tools, PLACES[0])
    assert len(tools.tool.points) == 1


def test_a_map_that_is_not_there_is_told(hand, tools, dock):
    url = "type=xyz&url=file:///nowhere/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=3&zmin=0"
    nothing = QgsRasterLayer(url, "Online", "wms")
    QgsProject.instance().addMapLayer(nothing)
    dock.form.optical.setLayer(nothing)
    hand.click(hand.place((190, 200)))
    assert cw.wait_for(lambda: "could not be drawn" in told(tools)), told(tools)
    assert not tools.tool.session.waiting and not len(tools.tool.points)


def test_nothing_waits_in_the_window_for_the_map(hand, tools, monkeypatch):
    threads, real = [], click_jobs.build_job

    def noted(choice, out, scratch, rendered=None, clicked=False):
        if isinstance(rendered, Rendered):
            threads.append(threading.current_thread())
        return real(choice, out, scratch, rendered, clicked)

    monkeypatch.setattr(click_jobs, "build_job", noted)
    hand.click(hand.place(PLACES[0]))
    # The click is over before its map is drawn, and that is written elsewhere.
    assert tools.tool.session.waiting and not threads
    assert cw.wait_for(lambda: len(tools.tool.points) == 1), told(tools)
    assert threads and threading.main_thread() not in threads
