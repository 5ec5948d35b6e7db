"""Clicks on maps and rasters of every kind mean the place that the user sees."""

import math
from pathlib import Path

import canvas_world as cw
import odd_rasters as odd
import pytest
from click_pair import Jobs
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtWidgets import QApplication
from soma.ui.click import ClickTool
from soma.ui.click.table import PointTable

pytestmark = pytest.mark.usefixtures("qapp")
PLACES = ((130, 130), (270, 140), (190, 270))
#: What a click may be off the truth, in metres: the images are bent, and noisy.
MOST_OFF_M = 30.0


@pytest.fixture
def tool_on(engine, project, pair, tmp_path):
    """Return a function that shows files on a map with the tool on it."""
    made = []

    def show(sar="", optical="", crs=""):
        world = cw.World(tmp_path, sar=sar or pair[0], optical=optical or pair[1])
        world.folder = Path(pair[0]).parent
        made.append(world)
        assert world.sar.isValid() and world.optical.isValid()
        if crs:
            world.set_crs(crs)
        made.append(ClickTool(world.canvas, engine, Jobs(world, tmp_path)))
        made[-1].toggle(True)
        return world, made[-1]

    yield show
    for found in reversed(made):
        getattr(found, "close_down", getattr(found, "close", None))()


def to_optical(world, tool, xy):
    """Return the (column, row) that a position has in the simulated optical image."""
    data = gdal.Open(str(world.folder / "optical.tif"))
    crs = QgsRasterLayer(data.GetDescription(), "").crs()
    change = QgsCoordinateTransform(tool.points.crs, crs, QgsProject.instance())
    at = change.transform(QgsPointXY(*xy))
    inverse = gdal.InvGeoTransform(data.GetGeoTransform())
    return gdal.ApplyGeoTransform(inverse, at.x(), at.y())


def on_screen(world, px):
    """Return where a pixel of the simulated optical image is on the canvas."""
    data = gdal.Open(str(world.folder / "optical.tif"))
    x, y = gdal.ApplyGeoTransform(data.GetGeoTransform(), *px)
    crs = QgsRasterLayer(data.GetDescription(), "").crs()
    here = world.canvas.mapSettings().destinationCrs()
    change = QgsCoordinateTransform(crs, here, QgsProject.instance())
    at = world.canvas.getCoordinateTransform().transform(change.transform(x, y))
    return QPoint(round(at.x()), round(at.y()))


def off_truth_m(world, tool, point):
    """Return how far a point's displacement is from the truth, in metres."""
    mov, ref = (to_optical(world, tool, xy) for xy in (point.mov, point.ref))
    mov_xy, ref_xy = world.truth()
    near = min(
        range(len(ref_xy)),
        key=lambda i: (ref_xy[i][0] - ref[0]) ** 2 + (ref_xy[i][1] - ref[1]) ** 2,
    )
    off = [(ref[k] - mov[k]) - (ref_xy[near][k] - mov_xy[near][k]) for k in (0, 1)]
    return 10.0 * (off[0] ** 2 + off[1] ** 2) ** 0.5


def check_clicks(world, tool):
    """Click three places, and look where their points are."""
    told = []
    tool.messaged.connect(lambda text, bad: told.append(text))
    for number, px in enumerate(PLACES, 1):
        place = on_screen(world, px)
        world.click(place)
        assert cw.wait_for(lambda: not tool.session.waiting)
        assert len(tool.points) == number, told
        point = tool.points.points[-1]
        assert off_truth_m(world, tool, point) < MOST_OFF_M
        at = tool.marks.on_canvas(point.ref)
        assert abs(at.x() - place.x()) < 2 and abs(at.y() - place.y()) < 2
    assert cw.wait_for(lambda: tool.points.fit is not None), told


KINDS = {
    "south-up": odd.south_up,
    "rotated": odd.rotated,
    "geographic": odd.in_degrees,
    "next zone": odd.in_next_zone,
}


@pytest.mark.parametrize("kind", KINDS)
def test_rasters_may_lie_as_they_like(tool_on, pair, tmp_path, kind):
    path = str(tmp_path / "odd.tif")
    KINDS[kind](pair[0], path)
    check_clicks(*tool_on(sar=path))


def test_everything_may_be_geographic(tool_on, pair, tmp_path):
    paths = [str(tmp_path / f"{name}.tif") for name in ("sar", "optical")]
    for source, path in zip(pair, paths, strict=True):
        odd.in_degrees(source, path)
    world, tool = tool_on(*paths, crs="EPSG:4326")
    check_clicks(world, tool)
    # Degrees would tell nobody how far that is.
    table = PointTable(tool.points)
    for row, point in enumerate(tool.points.points):
        ends = [to_optical(world, tool, xy) for xy in (point.mov, point.ref)]
        metres = table.item(row, 1).text().removesuffix("\u00a0m")
        assert float(metres) == pytest.approx(10 * math.dist(*ends), rel=0.02)


def test_the_map_may_have_a_crs_of_neither_layer(tool_on, pair, tmp_path):
    path = str(tmp_path / "zone.tif")
    odd.in_next_zone(pair[0], path)
    check_clicks(*tool_on(sar=path, crs="EPSG:3857"))


def test_the_map_may_be_turned(tool_on):
    world, tool = tool_on()
    world.canvas.setRotation(30)
    world.settle()
    check_clicks(world, tool)


@pytest.mark.parametrize("finer", ["sar", "optical"])
def test_one_image_may_be_ten_times_finer(tool_on, pair, tmp_path, finer):
    path = str(tmp_path / "fine.tif")
    source = pair[0] if finer == "sar" else pair[1]
    fine = {"xRes": 1.0, "yRes": 1.0, "resampleAlg": "bilinear"}
    gdal.Translate(path, source, creationOptions=["TILED=YES"], **fine)
    check_clicks(*tool_on(**{finer: path}))


def test_a_click_where_there_are_no_data_is_refused(tool_on, pair, tmp_path):
    path = str(tmp_path / "half.tif")
    data = gdal.GetDriverByName("GTiff").CreateCopy(path, gdal.Open(pair[0]))
    band = data.GetRasterBand(1)
    band.SetNoDataValue(0)
    pixels = band.ReadAsArray()
    pixels[:, :190] = 0
    band.WriteArray(pixels)
    del band, data
    world, tool = tool_on(sar=path)
    told = []
    tool.messaged.connect(lambda text, bad: told.append((text, bad)))
    tool.session.set_window(128)
    world.click(on_screen(world, (60, 190)))
    assert cw.wait_for(lambda: not tool.session.waiting)
    assert told[-1][1] and not len(tool.points), told
    world.click(on_screen(world, (290, 190)))
    assert cw.wait_for(lambda: not tool.session.waiting)
    assert len(tool.points) == 1, told


def test_a_double_click_is_one_click(tool_on):
    world, tool = tool_on()
    place = on_screen(world, PLACES[0])
    asked = []
    tool.session.waitingChanged.connect(lambda: asked.append(tool.session.waiting))
    world.click(place)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    twice = QEvent.Type.MouseButtonDblClick
    event = QMouseEvent(twice, QPointF(place), left, left, none)
    QApplication.sendEvent(world.canvas.viewport(), event)
    world.release(place)
    assert cw.wait_for(lambda: not tool.session.waiting)
    assert len(tool.points) == 1 and max(map(len, asked)) == 1


def test_ten_quick_clicks_are_all_answered(tool_on):
    world, tool = tool_on()
    places = [(150 + 20 * (i % 5), 150 + 60 * (i // 5)) for i in range(10)]
    for px in places:
        world.click(on_screen(world, px))
    assert cw.wait_for(lambda: not tool.session.waiting)
    points = tool.points.points
    assert [point.number for point in points] == list(range(1, 11))
    # Questions go out from several threads: neighbours may change places.
    found = [to_optical(world, tool, point.ref) for point in points]
    assert {tuple(10 * round(v / 10) for v in xy) for xy in found} == set(places)
    for point in points:
        assert off_truth_m(world, tool, point) < MOST_OFF_M
    assert cw.wait_for(lambda: tool.points.fit is not None)
    assert set(tool.points.fit.residuals) == set(range(1, 11))


def test_clicks_in_a_row_still_give_a_transform(tool_on):
    world, tool = tool_on()
    for column in (100, 160, 220, 280):
        world.click(on_screen(world, (column, 200)))
        assert cw.wait_for(lambda: not tool.session.waiting)
    assert len(tool.points) == 4
    assert cw.wait_for(lambda: tool.points.fit is not None)
    assert tool.points.fit.kind == "similarity"


def test_a_place_that_the_points_cannot_have_is_told(tool_on):
    world, tool = tool_on()
    world.click(on_screen(world, PLACES[0]))
    assert cw.wait_for(lambda: len(tool.points) == 1)
    # Beyond the pole there is nothing to be clicked.
    world.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    world.canvas.setExtent(QgsRectangle(100, 95, 120, 110))
    world.settle()
    told = []
    tool.messaged.connect(lambda text, bad: told.append((text, bad)))
    middle = QPoint(350, 280)
    world.click(middle)
    world.click(middle, keys=Qt.KeyboardModifier.ShiftModifier)
    assert len(told) == 2 and all("outside the CRS" in text for text, _ in told)
    assert not tool.session.waiting and tool.marks.pinned is None
    assert len(tool.points) == 1


def test_points_that_come_back_lie_where_they_were(tool_on):
    world, tool = tool_on()
    shift = Qt.KeyboardModifier.ShiftModifier
    for px in PLACES[:2]:
        world.click(world.place(px), keys=shift)
    before, utm = tool.points.points, tool.points.crs
    assert len(before) == 1 and utm == world.optical.crs()
    tool.points.clear()
    # Other points on a map in degrees, all of which are taken back.
    world.set_crs("EPSG:4326")
    at = QPoint(200, 200)
    for place in (at, at + QPoint(40, 0)):
        world.click(place, keys=shift)
    assert tool.points.crs.authid() == "EPSG:4326" and len(tool.points) == 1
    tool.points.undo()
    tool.points.undo()
    assert tool.points.points == before and tool.points.crs == utm
