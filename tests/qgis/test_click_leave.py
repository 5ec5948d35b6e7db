"""Taking clicks begins and ends cleanly: with buttons, keys and the mouse alone."""

import gc
import sys
from pathlib import Path

import canvas_world as cw
import pytest
from qgis.core import (
    QgsProject,
    QgsRasterLayer,
    QgsRasterMinMaxOrigin,
    QgsRectangle,
)
from qgis.gui import QgsMapToolEmitPoint, QgsMapToolPan
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QComboBox, QLabel, QTabBar

LEFT = Qt.MouseButton.LeftButton
PLACES = ((100, 100), (280, 110), (110, 280), (285, 285))


class Hand(cw.World):
    """A person at the plugin's window."""

    def __init__(self, iface, plugin, optical):
        self.canvas, self.optical, self.plugin = iface.canvas, optical, plugin

    def button(self, text):
        """Return the visible button with a text or a tooltip."""
        for found in self.plugin.dock.findChildren(QAbstractButton):
            if found.isVisible() and text in (
                found.text().replace("&", ""),
                found.toolTip(),
            ):
                return found
        raise AssertionError(text)

    def press_button(self, text):
        found = self.button(text)
        QTest.mouseClick(found, LEFT)
        gc.collect()
        return found

    def choose_tab(self, text):
        bar = next(b for b in self.plugin.dock.findChildren(QTabBar) if b.isVisible())
        (index,) = (i for i in range(bar.count()) if bar.tabText(i) == text)
        QTest.mouseClick(bar, LEFT, pos=bar.tabRect(index).center())

    def reads(self):
        """Return what can be read in the dock."""
        labels = self.plugin.dock.findChildren(QLabel)
        return " ".join(label.text() for label in labels if label.isVisible())

    def choose(self, entry):
        for box in self.plugin.dock.findChildren(QComboBox):
            entries = [box.itemText(i).replace("\xa0", " ") for i in range(box.count())]
            if box.isVisible() and entry in entries:
                box.setCurrentIndex(entries.index(entry))
                return
        raise AssertionError(entry)

    def clicks(self, places):
        points = self.plugin.tools.tool.points
        for place in places:
            count = len(points)
            self.click(self.place(place))
            assert cw.wait_for(lambda n=count: len(points) > n), self.reads()
            gc.collect()

    def on_map(self):
        """Return the kinds of what is on the canvas."""
        gc.collect()
        return sorted(type(item).__name__ for item in self.canvas.scene().items())


@pytest.fixture
def hand(plugin, iface, layers, tmp_path):
    plugin.show_dock()
    plugin.dock.form.models.choose("gradient")
    plugin.dock.form.folder.setFilePath(str(tmp_path))
    iface.canvas.setDestinationCrs(layers[1].crs())
    iface.canvas.setLayers(layers)
    iface.canvas.setExtent(layers[1].extent())
    assert plugin.tools is not None
    found = Hand(iface, plugin, layers[1])
    found.settle()
    found.choose_tab("Points")
    return found


@pytest.fixture
def before(iface):
    """The map tool that somebody works with."""
    tool = QgsMapToolEmitPoint(iface.canvas)
    iface.canvas.setMapTool(tool)
    yield tool
    iface.canvas.unsetMapTool(tool)


def leave_by_button(hand):
    hand.press_button("Click on the map")


def leave_by_escape(hand):
    hand.key(Qt.Key.Key_Escape)


def leave_by_tab(hand):
    hand.choose_tab("Register")


def leave_by_closing(hand):
    hand.plugin.dock.close()


def leave_by_unload(hand):
    hand.plugin.unload()


@pytest.mark.parametrize(
    "leave",
    [leave_by_button, leave_by_escape, leave_by_tab, leave_by_closing, leave_by_unload],
)
def test_leaving_gives_the_map_back_as_it_was(hand, before, leave):
    hand.settle()
    items, plain = hand.on_map(), hand.shot()
    assert hand.press_button("Click on the map").isChecked()
    assert hand.canvas.mapTool() is not before
    at, to = hand.place((100, 100)), hand.place((110, 95))
    for place in (at, to):
        hand.click(place, keys=Qt.KeyboardModifier.ShiftModifier)
    assert not cw.same_pixels(plain, hand.shot())
    leave(hand)
    assert cw.wait_for(lambda: hand.canvas.mapTool() is before, 5)
    assert hand.on_map() == items
    hand.settle()
    after = hand.shot()
    # Without the dock the map is wider.
    assert after.size() != plain.size() or cw.same_pixels(plain, after)


def test_another_tool_takes_over_with_nothing_of_ours_on_the_map(hand, before):
    items = hand.on_map()
    button = hand.press_button("Click on the map")
    for place in ((100, 100), (110, 95)):
        hand.click(hand.place(place), keys=Qt.KeyboardModifier.ShiftModifier)
    hand.canvas.setMapTool(before)
    assert not button.isChecked() and hand.on_map() == items
    # Back again, the points are where they were, and so is the tool of before.
    hand.press_button("Click on the map")
    assert button.isChecked() and hand.on_map() != items
    hand.press_button("Click on the map")
    assert hand.canvas.mapTool() is before


def test_a_dock_that_floats_goes_on_taking_clicks(hand, before):
    button = hand.press_button("Click on the map")
    for floating in (True, False):
        hand.plugin.dock.setFloating(floating)
        cw.wait_for(lambda: False, 0.4)
        assert button.isVisible() and button.isChecked()
    assert hand.canvas.mapTool() is not before


def test_escape_first_takes_away_what_was_begun(hand, before):
    button = hand.press_button("Click on the map")
    hand.click(hand.place((100, 100)), keys=Qt.KeyboardModifier.ShiftModifier)
    hand.key(Qt.Key.Key_Escape)
    assert button.isChecked()
    hand.clicks(PLACES[:1])
    assert hand.plugin.tools.tool.marks.picture is not None
    hand.key(Qt.Key.Key_Escape)
    assert hand.plugin.tools.tool.marks.picture is None and button.isChecked()
    hand.key(Qt.Key.Key_Escape)
    assert not button.isChecked() and hand.canvas.mapTool() is before


def test_an_earlier_tool_that_is_gone_is_not_missed(hand, iface):
    tool = QgsMapToolPan(iface.canvas)
    iface.canvas.setMapTool(tool)
    hand.press_button("Click on the map")
    sip.delete(tool)
    hand.press_button("Click on the map")
    assert hand.canvas.mapTool() is None


def test_without_a_pair_the_button_says_why(hand, before, layers):
    QgsProject.instance().removeMapLayer(layers[0])
    button = hand.press_button("Click on the map")
    assert not button.isChecked() and hand.canvas.mapTool() is before
    assert "Add" in hand.reads() or "same layer" in hand.reads()
    assert "is moved onto" not in hand.reads()


def test_without_an_engine_the_button_says_why(hand, before, monkeypatch):
    monkeypatch.setattr(hand.plugin.engine, "_command", list)
    button = hand.press_button("Click on the map")
    assert not button.isChecked() and hand.canvas.mapTool() is before
    assert "engine is not set up" in hand.reads()


def test_the_pair_is_named(hand):
    assert "sar is moved onto optical" in hand.reads()


@pytest.mark.parametrize("gone", ["layer", "project"])
def test_a_pair_that_goes_takes_its_points_along(hand, layers, gone):
    items = hand.on_map()
    button = hand.press_button("Click on the map")
    hand.clicks(PLACES[:1])
    if gone == "layer":
        QgsProject.instance().removeMapLayer(layers[0])
    else:
        QgsProject.instance().clear()
    assert cw.wait_for(lambda: not button.isChecked(), 5)
    assert hand.on_map() == items
    assert not len(hand.plugin.tools.tool.points)
    assert "confidence" not in hand.reads()


def test_an_applied_preview_does_not_cover_the_result(hand):
    hand.choose("Small (128 px)")
    hand.press_button("Click on the map")
    hand.clicks(PLACES)
    tool = hand.plugin.tools.tool
    assert cw.wait_for(lambda: tool.points.fit is not None)
    preview = hand.press_button("Preview")
    assert preview.isChecked()
    assert cw.wait_for(lambda: tool.preview.item.framed is not None)
    hand.press_button("Apply")
    assert cw.wait_for(lambda: not tool.session.applying), hand.reads()
    assert not preview.isChecked()
    assert "PreviewItem" not in hand.on_map()
    assert "added to the project" in hand.reads()
    made = [x.source() for x in QgsProject.instance().mapLayers().values()]
    (registered,) = [path for path in made if path.endswith("registered.tif")]
    assert str(Path(registered).parent) in hand.reads()


def test_panning_under_a_preview_leaves_it_there(hand, before, iface):
    hand.choose("Small (128 px)")
    items = hand.on_map()
    hand.press_button("Click on the map")
    hand.clicks(PLACES[:3])
    preview = hand.press_button("Preview")
    pan = QgsMapToolPan(iface.canvas)
    iface.canvas.setMapTool(pan)
    assert preview.isChecked()
    assert {"Marks", "PreviewItem"} <= set(hand.on_map())
    preview = hand.press_button("Preview")
    assert hand.on_map() == items
    iface.canvas.unsetMapTool(pan)


@pytest.mark.parametrize("where", ["_draw_point", "_draw"])
def test_a_painting_that_fails_takes_itself_off_the_map(
    hand, before, monkeypatch, where
):
    from soma.ui.click.marks import Marks
    from soma.ui.click.preview import PreviewItem

    items, raised = hand.on_map(), []
    monkeypatch.setattr(sys, "excepthook", lambda *a: raised.append(a[1]))
    hand.choose("Small (128 px)")
    hand.press_button("Click on the map")
    hand.clicks(PLACES[:3])

    def fails(*args):
        raise AttributeError("no such thing in these bindings")

    if where == "_draw":
        from soma.ui.inspect.map_picture import MapPicture

        monkeypatch.setattr(MapPicture, "draw", fails)
        preview = hand.press_button("Preview")
        assert cw.wait_for(lambda: not preview.isChecked(), 30)
        assert PreviewItem.__name__ not in hand.on_map()
        hand.press_button("Click on the map")
    else:
        monkeypatch.setattr(Marks, where, fails)
        hand.canvas.refresh()
        hand.canvas.viewport().repaint()
    assert cw.wait_for(lambda: hand.canvas.mapTool() is before, 10)
    assert cw.wait_for(lambda: hand.on_map() == items, 5)
    assert len(raised) <= 2 and raised


def test_a_gesture_that_fails_gives_the_map_back(hand, before, monkeypatch):
    from soma.ui.click.marks import Marks

    items, raised = hand.on_map(), []
    monkeypatch.setattr(sys, "excepthook", lambda *a: raised.append(a[1]))
    button = hand.press_button("Click on the map")

    def fails(*args):
        raise AttributeError("no such thing in these bindings")

    monkeypatch.setattr(Marks, "find", fails)
    hand.move(QPoint(50, 50))
    assert raised and not button.isChecked()
    assert hand.canvas.mapTool() is before and hand.on_map() == items


def test_a_click_outside_the_area_says_so(hand, layers):
    box = layers[1].extent()
    half = QgsRectangle(
        box.xMinimum(), box.yMinimum(), box.center().x(), box.yMaximum()
    )
    hand.plugin.dock.form.area.set_drawn(half)
    hand.choose_tab("Points")
    hand.press_button("Click on the map")
    hand.click(hand.place((300, 200)))
    assert "outside the area chosen in the Register tab" in hand.reads()
    assert not len(hand.plugin.tools.tool.points)
    hand.clicks([(100, 200)])
    # Beside the images as well, it is the overlap that is missed.
    hand.plugin.dock.form.area.choice.setCurrentIndex(0)
    hand.canvas.zoomByFactor(3)
    hand.settle()
    hand.click(QPoint(4, 4))
    assert cw.wait_for(lambda: "Click where both images overlap" in hand.reads(), 60)


def test_four_clicks_in_one_window_do_not_pose_as_evidence(hand):
    hand.choose("Large (512 px)")
    hand.press_button("Click on the map")
    hand.clicks(PLACES)
    fit = hand.plugin.tools.tool.points
    assert cw.wait_for(lambda: fit.fit is not None)
    assert "4 points are worth 1.0 independent ones" in hand.reads()
    assert "too few to tell the error" in hand.reads()
    assert "Error over the overlap" not in hand.reads()
    assert fit.fit.kind == "similarity" and fit.fit.expected_px is None


def test_what_is_missing_is_said_in_plain_words(hand):
    hand.choose("Small (128 px)")
    assert "Click 3 more places, then a transform is fitted." in hand.reads()
    hand.press_button("Click on the map")
    hand.clicks(PLACES[:2])
    assert "Click one more place, then a transform is fitted." in hand.reads()
    hand.clicks([*PLACES[2:], (200, 190)])
    at, to = hand.place((200, 100)), hand.place((230, 100))
    for place in (at, to):
        hand.click(place, keys=Qt.KeyboardModifier.ShiftModifier)
    tool = hand.plugin.tools.tool
    assert cw.wait_for(lambda: "Point 6 disagrees" in hand.reads(), 60), hand.reads()
    tool.points.enable(6, False)
    assert cw.wait_for(lambda: tool.points.fit is not None)
    told = hand.plugin.tools.points.table.item(5, 2).text()
    assert told.startswith("Not used: disagrees with the others by ")
    assert float(told.split()[-2]) > 10


def test_the_small_pictures_look_like_the_layers(project, pair):
    from soma.ui.layers.stretch import look_of

    optical = QgsRasterLayer(pair[1], "optical")
    assert look_of(optical)["bands"] == [1, 2, 3]
    sar = QgsRasterLayer(pair[0], "sar")
    contrast = sar.renderer().contrastEnhancement()
    contrast.setMinimumValue(10.0)
    contrast.setMaximumValue(90.0)
    # What the styling panel does when somebody writes the values there.
    sar.renderer().setMinMaxOrigin(QgsRasterMinMaxOrigin())
    assert look_of(sar, colour=False) == {"bands": [1], "low": [10.0], "high": [90.0]}
    sar.renderer().setGradient(sar.renderer().Gradient.WhiteToBlack)
    assert look_of(sar, colour=False)["low"] == [90.0]
    # Two polarisations are no colours, and nothing is said about other renderers.
    assert look_of(optical, colour=False) is None
    assert look_of(None) is None


def test_radar_that_nobody_styled_is_no_black_picture(layers):
    from soma.ui.layers.stretch import look_of

    sar = layers[0]
    # QGIS's own way with one band, from the darkest pixel to the brightest.
    assert sar.renderer().contrastEnhancement().maximumValue() > 0
    assert look_of(sar, colour=False) is None
    assert look_of(sar)["bands"] == [1]
