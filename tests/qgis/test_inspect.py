"""The live comparison in a real QGIS: what is on the canvas, pixel by pixel."""

import canvas_world as cw
import numpy as np
import pytest
from flat_pair import BLUE, RED, pixels
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor
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
