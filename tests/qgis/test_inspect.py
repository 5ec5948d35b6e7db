"""The live comparison in a real QGIS: what is on the canvas, pixel by pixel."""

import canvas_world as cw
import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QImage
from soma.ui.inspect import Inspector, InspectPanel
from soma.ui.inspect.item import CompareItem
from soma.ui.inspect.renders import PairRenders
from soma.ui.inspect.state import (
    BLEND,
    CHECKER,
    FLICKER,
    PLACED,
    REDCYAN,
    SWIPE_H,
    SWIPE_V,
    TOGGLE,
)

LEFT = Qt.MouseButton.LeftButton


def flat(path, red, green, blue):
    """Write a raster of one colour and return its layer."""
    from osgeo import gdal, osr

    data = gdal.GetDriverByName("GTiff").Create(str(path), 64, 64, 3, gdal.GDT_Byte)
    frame = osr.SpatialReference()
    frame.ImportFromEPSG(32632)
    data.SetSpatialRef(frame)
    data.SetGeoTransform((500000, 10, 0, 5000640, 0, -10))
    for band, value in enumerate((red, green, blue), 1):
        data.GetRasterBand(band).Fill(value)
    data.FlushCache()
    del data
    layer = QgsRasterLayer(str(path), path.stem)
    renderer = layer.renderer()
    for setter in ("setRed", "setGreen", "setBlue"):
        getattr(renderer, f"{setter}ContrastEnhancement")(None)
    return layer


class Flat:
    """A canvas filled by a red and a blue layer; another one is shown."""

    def __init__(self, folder):
        from qgis.gui import QgsMapCanvas

        self.red = flat(folder / "red.tif", 200, 40, 40)
        self.blue = flat(folder / "blue.tif", 40, 40, 200)
        QgsProject.instance().addMapLayers([self.red, self.blue])
        self.canvas = QgsMapCanvas()
        self.canvas.resize(400, 300)
        self.canvas.setFrameShape(self.canvas.Shape.NoFrame)
        self.canvas.setDestinationCrs(self.red.crs())
        extent = self.red.extent()
        extent.scale(0.5)
        self.canvas.setExtent(extent)
        self.canvas.setLayers([])
        self.canvas.show()
        cw.draw(self.canvas)
        self.inspector = Inspector(self.canvas)

    def start(self, **view):
        self.inspector.set_view(**view)
        self.inspector.start(self.red, self.blue)
        self.settle()

    def settle(self):
        assert cw.wait_for(lambda: not self.inspector.is_busy)

    def colour(self, x, y):
        """Return which layer is seen at a place of the canvas."""
        colour = self.shot().pixelColor(x, y)
        return (colour.red(), colour.green(), colour.blue())

    def close(self):
        self.inspector.stop()
        self.canvas.close()
        self.canvas.deleteLater()
        QgsProject.instance().clear()

    shot = cw.World.shot
    press, move, release = cw.World.press, cw.World.move, cw.World.release
    drag, _mouse = cw.World.drag, cw.World._mouse


def pixels(image):
    """Return a picture as (h, w, 3) uint8."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    bits = rgb.constBits()
    bits.setsize(rgb.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


RED, BLUE = (200, 40, 40), (40, 40, 200)


@pytest.fixture
def scene(project, tmp_path):
    found = Flat(tmp_path)
    yield found
    found.close()


def test_checkerboard_cells_take_turns(scene):
    scene.start(mode=CHECKER, cell_px=50)
    for row in range(6):
        for column in range(8):
            expected = BLUE if (row + column) % 2 else RED
            assert scene.colour(50 * column + 25, 50 * row + 25) == expected
    scene.inspector.set_view(cell_px=100)
    assert scene.colour(75, 25) == RED
    assert scene.colour(125, 25) == BLUE


@pytest.mark.parametrize(
    ("mode", "start", "stop", "first", "second"),
    (
        (SWIPE_V, QPoint(200, 90), QPoint(320, 90), (310, 200), (340, 200)),
        (SWIPE_H, QPoint(90, 150), QPoint(90, 240), (200, 225), (200, 260)),
    ),
)
def test_the_edge_is_dragged_with_the_mouse(scene, mode, start, stop, first, second):
    pan = QgsMapToolPan(scene.canvas)
    scene.canvas.setMapTool(pan)
    extent = scene.canvas.extent()
    scene.start(mode=mode)
    assert scene.colour(*second) == BLUE
    assert scene.colour(*first) == BLUE
    scene.drag(start, stop)
    assert scene.colour(*first) == RED
    assert scene.colour(*second) == BLUE
    # The pan tool was not told of the drag.
    assert scene.canvas.extent() == extent
    scene.drag(QPoint(30, 30), QPoint(60, 60))
    assert scene.canvas.extent() != extent


def test_the_cursor_shows_where_the_edge_can_be_taken(scene):
    scene.start(mode=SWIPE_V)
    scene.move(QPoint(201, 50))
    assert scene.canvas.viewport().cursor().shape() == Qt.CursorShape.SplitHCursor
    scene.move(QPoint(260, 50))
    assert scene.canvas.viewport().cursor().shape() != Qt.CursorShape.SplitHCursor


@pytest.mark.parametrize("mode", (SWIPE_V, SWIPE_H, PLACED))
def test_the_mouse_crosses_the_edge_with_a_tool_of_the_map(scene, mode):
    pan = QgsMapToolPan(scene.canvas)
    scene.canvas.setMapTool(pan)
    own, plain = scene.canvas.viewport().cursor().shape(), scene.shot()
    scene.start(mode=mode)
    for at in (QPoint(201, 151), QPoint(30, 30), QPoint(199, 149), QPoint(390, 290)):
        scene.move(at)
    assert scene.inspector.is_on
    assert scene.canvas.viewport().cursor().shape() == own
    scene.move(QPoint(200, 150))
    assert scene.canvas.viewport().cursor().shape() != own
    scene.inspector.stop()
    assert scene.canvas.viewport().cursor().shape() == own
    assert scene.canvas.mapTool() is pan
    assert cw.same_pixels(plain, scene.shot())


@pytest.mark.parametrize("part", ("paint", "mouse", "render"))
def test_what_breaks_down_leaves_the_map(scene, monkeypatch, part):
    def broken(*_):
        raise AttributeError("no such thing")

    plain, items = scene.shot(), len(scene.canvas.scene().items())
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.mode.setCurrentIndex(panel.mode.findData(SWIPE_V))
    panel.switch.click()
    scene.settle()
    where = {
        "paint": (CompareItem, "_paint_edge"),
        "mouse": (type(scene.inspector), "_near_edge"),
        "render": (PairRenders, "_shown"),
    }
    monkeypatch.setattr(*where[part], broken)
    scene.move(QPoint(200, 150))
    scene.canvas.zoomByFactor(1.1)
    scene.canvas.zoomByFactor(1 / 1.1)
    scene.shot()
    assert cw.wait_for(lambda: not scene.inspector.is_on, 20)
    assert len(scene.canvas.scene().items()) == items
    assert cw.same_pixels(plain, scene.shot())
    assert "no such thing" in panel.told.text() and not panel.switch.isChecked()


def test_before_and_after_lie_over_the_reference(scene, tmp_path):
    green = flat(tmp_path / "green.tif", 40, 200, 40)
    QgsProject.instance().addMapLayer(green)
    panel = InspectPanel(scene.inspector)
    panel.choose(green, scene.blue)
    panel.choose_placements(scene.red, scene.blue, green)
    panel.mode.setCurrentIndex(panel.mode.findData(PLACED))
    panel.slider.setValue(50)
    panel.switch.click()
    scene.settle()
    assert scene.colour(100, 150) == pytest.approx((120, 120, 40), abs=2)
    assert scene.colour(300, 150) == pytest.approx((40, 120, 120), abs=2)
    assert "before: red" in panel.told.text() and "after: blue" in panel.told.text()
    assert "over green" in panel.told.text()
    panel.mode.setCurrentIndex(panel.mode.findData(CHECKER))
    scene.settle()
    assert panel.first.currentLayer() == green
    assert scene.colour(10, 10) == (40, 200, 40)
    # The reference that is left out of the other kinds may go.
    panel.mode.setCurrentIndex(panel.mode.findData(TOGGLE))
    QgsProject.instance().removeMapLayer(green.id())
    assert not scene.inspector.is_on


def test_there_is_nothing_to_compare_in_an_empty_project(project, qapp):
    from qgis.gui import QgsMapCanvas

    canvas = QgsMapCanvas()
    panel = InspectPanel(Inspector(canvas))
    panel.show()
    assert not panel.switch.isEnabled() and "two layers" in panel.told.text()
    layers = [QgsRasterLayer("none", name) for name in "ab"]
    project.addMapLayers(layers)
    assert panel.problem() or panel.switch.isEnabled()
    panel.close()


@pytest.mark.parametrize("size", ((401, 303), (2300, 200)))
def test_a_layer_and_its_copy_make_a_board_without_seams(scene, tmp_path, size):
    data = gdal.Open(scene.red.source())
    path = str(tmp_path / "noise.tif")
    noise = gdal.GetDriverByName("GTiff").CreateCopy(path, data)
    values = np.random.default_rng(3).integers(0, 255, (3, 64, 64), np.uint8)
    noise.WriteArray(values)
    del noise
    scene.red, scene.blue = (QgsRasterLayer(path, name) for name in ("a", "b"))
    QgsProject.instance().addMapLayers([scene.red, scene.blue])
    scene.canvas.resize(*size)
    scene.canvas.zoomByFactor(0.731)
    scene.start(mode=BLEND, opacity=0.0)
    whole = pixels(scene.shot())
    assert len(np.unique(whole)) > 100
    for cell_px in (16, 77):
        scene.inspector.set_view(mode=CHECKER, cell_px=cell_px)
        assert (pixels(scene.shot()) == whole).all()


def test_flicker_shows_one_after_the_other(scene):
    scene.start(mode=FLICKER, rate_hz=8.0)
    seen = set()
    assert cw.wait_for(lambda: seen.add(scene.colour(100, 100)) or seen == {RED, BLUE})


def test_blend_mixes_by_opacity(scene):
    scene.start(mode=BLEND, opacity=0.25)
    found = scene.colour(100, 100)
    expected = [r + 0.25 * (b - r) for r, b in zip(RED, BLUE, strict=True)]
    assert found == pytest.approx(expected, abs=2)


def test_red_and_cyan_hold_the_brightness_of_each(scene):
    scene.start(mode=REDCYAN)
    red, green, blue = scene.colour(100, 100)
    grey = [QColor(*colour) for colour in (RED, BLUE)]
    from qgis.PyQt.QtGui import qGray

    first, second = (qGray(colour.rgb()) for colour in grey)
    assert red == pytest.approx(first, abs=2)
    assert green == blue == pytest.approx(second, abs=2)


def test_toggle_changes_between_before_and_after(scene):
    scene.start(mode=TOGGLE)
    assert scene.colour(100, 100) == RED
    scene.inspector.toggle()
    assert scene.colour(100, 100) == BLUE


def test_outside_the_second_layer_the_ground_is_empty_not_the_first(scene):
    scene.start(mode=SWIPE_V)
    scene.canvas.setExtent(scene.red.extent().buffered(2000))
    scene.settle()
    ground = scene.canvas.canvasColor()
    empty = (ground.red(), ground.green(), ground.blue())
    assert scene.colour(390, 10) == empty
    assert scene.colour(10, 10) == empty


def test_the_picture_is_sharp_after_zooming(scene):
    scene.start(mode=TOGGLE)
    before = scene.inspector.item.pictures[0]
    scene.canvas.zoomByFactor(0.25)
    scene.settle()
    after = scene.inspector.item.pictures[0]
    assert after is not before
    corner = scene.canvas.getCoordinateTransform().transform(after.corners[0])
    assert (corner.x(), corner.y()) == (
        pytest.approx(0, abs=1),
        pytest.approx(0, abs=1),
    )
    assert after.image.width() == scene.canvas.width()


def test_the_old_picture_moves_with_the_map_until_the_new_one_is_there(scene):
    scene.start(mode=TOGGLE)
    scene.canvas.zoomByFactor(4)
    # No time was given to draw: the old picture covers a quarter of the width.
    at = scene.inspector.item.pictures[0].corners
    item = scene.inspector.item
    width = QPointF(item.toCanvasCoordinates(at[1])).x()
    width -= QPointF(item.toCanvasCoordinates(at[0])).x()
    assert width == pytest.approx(100, abs=1)
    assert scene.colour(200, 150) == RED
    scene.settle()


def test_a_changed_style_is_drawn_again(scene):
    scene.start(mode=TOGGLE)
    scene.red.renderer().setOpacity(0.5)
    scene.red.triggerRepaint()
    scene.settle()
    assert scene.colour(100, 100) == pytest.approx((228, 148, 148), abs=2)


def test_nothing_is_left_when_it_is_off(scene):
    plain, items = scene.shot(), len(scene.canvas.scene().items())
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    for mode in (CHECKER, SWIPE_V, FLICKER, BLEND, REDCYAN):
        panel.mode.setCurrentIndex(panel.mode.findData(mode))
        panel.switch.setChecked(True)
        scene.settle()
        assert not cw.same_pixels(plain, scene.shot())
        panel.switch.setChecked(False)
        assert cw.same_pixels(plain, scene.shot())
        assert len(scene.canvas.scene().items()) == items
    scene.canvas.zoomByFactor(2)
    assert not scene.inspector.is_busy


def test_it_ends_when_a_layer_is_removed(scene):
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.switch.setChecked(True)
    QgsProject.instance().removeMapLayer(scene.blue.id())
    assert not scene.inspector.is_on
    assert not panel.switch.isChecked()


def test_switching_off_while_drawing_is_safe(scene):
    for _ in range(20):
        scene.inspector.start(scene.red, scene.blue)
        scene.canvas.zoomByFactor(0.9)
        scene.inspector.stop()
    from soma.ui.inspect import renders

    assert cw.wait_for(lambda: not renders._ENDING)


def test_the_panel_shows_what_the_mode_needs(scene):
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.show()
    panel.slider.setValue(200)
    assert scene.inspector.view.cell_px == 200
    panel.mode.setCurrentIndex(panel.mode.findData(REDCYAN))
    assert not panel.slider.isVisible()
    panel.mode.setCurrentIndex(panel.mode.findData(FLICKER))
    panel.slider.setValue(40)
    assert scene.inspector.view.rate_hz == 4.0
    panel.swap.click()
    assert panel.first.currentLayer() == scene.blue
    panel.switch.setChecked(True)
    panel.mode.setCurrentIndex(panel.mode.findData(TOGGLE))
    scene.settle()
    assert scene.colour(100, 100) == BLUE
    panel.flip.click()
    assert scene.colour(100, 100) == RED
    assert panel.flip.text().endswith("red")
    panel.close()


def test_it_ends_with_the_project(scene):
    panel = InspectPanel(scene.inspector)
    panel.choose(scene.red, scene.blue)
    panel.switch.setChecked(True)
    QgsProject.instance().clear()
    assert not scene.inspector.is_on
    assert not panel.switch.isChecked()


def dark(path, bands=1):
    """Write a grey raster with one bright target and return its layer.

    A second band is as dark as the first one is bright.
    """
    import numpy as np
    from osgeo import gdal, osr

    data = gdal.GetDriverByName("GTiff").Create(
        str(path), 64, 64, bands, gdal.GDT_UInt16
    )
    frame = osr.SpatialReference()
    frame.ImportFromEPSG(32632)
    data.SetSpatialRef(frame)
    data.SetGeoTransform((500000, 10, 0, 5000640, 0, -10))
    values = np.tile(np.linspace(100, 200, 64), (64, 1)).astype(np.uint16)
    values[0, 0] = 60000
    for band in range(1, bands + 1):
        data.GetRasterBand(band).WriteRaster(0, 0, 64, 64, values.tobytes())
        values = values[:, ::-1]
    data.FlushCache()
    del data
    return QgsRasterLayer(str(path), path.stem)


def test_dark_images_are_shown_bright_enough(scene, tmp_path):
    layer = dark(tmp_path / "dark.tif")
    QgsProject.instance().addMapLayer(layer)
    style = layer.renderer().contrastEnhancement()
    before = (style.minimumValue(), style.maximumValue())
    scene.inspector.set_view(mode=TOGGLE)
    scene.inspector.start(layer, scene.blue)
    assert cw.wait_for(lambda: scene.colour(200, 150)[0] in range(100, 156))
    assert scene.colour(390, 150)[0] > scene.colour(10, 150)[0] + 100
    style = layer.renderer().contrastEnhancement()
    assert (style.minimumValue(), style.maximumValue()) == before
    scene.inspector.set_stretch(False)
    assert cw.wait_for(lambda: scene.colour(200, 150)[0] < 5)


def test_two_polarisations_are_compared_in_grey(scene, tmp_path):
    layer = dark(tmp_path / "vv_vh.tif", bands=2)
    QgsProject.instance().addMapLayer(layer)
    assert layer.renderer().type() == "multibandcolor"
    scene.inspector.set_view(mode=TOGGLE)
    scene.inspector.start(layer, scene.blue)
    # The limits are looked for in the background.
    assert cw.wait_for(lambda: set(scene.colour(200, 150)[:3]) < set(range(100, 156)))
    for x in (10, 200, 390):
        assert len(set(scene.colour(x, 150)[:3])) == 1
    assert scene.colour(390, 150)[0] > scene.colour(10, 150)[0] + 100
    assert layer.renderer().type() == "multibandcolor"
