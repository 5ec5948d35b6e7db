"""Control points in files that QGIS's Georeferencer reads and writes."""

import csv

import pytest
from qgis.core import QgsCoordinateReferenceSystem
from soma.core.base.errors import BadInput
from soma.ui.click.points import PointList
from soma.ui.click.points_file import read_points, write_points

pytestmark = pytest.mark.usefixtures("qapp")


def sample_points():
    points = PointList()
    points.crs = QgsCoordinateReferenceSystem("EPSG:32632")
    points.add((500010.5, 5000020.25), (500000.5, 5000000.25))
    points.add((500110.5, 5000120.25), (500100.5, 5000100.25))
    points.enable(2, False)
    return points


def test_points_files_come_back_the_same(tmp_path):
    points, path = sample_points(), tmp_path / "a.points"
    source = QgsCoordinateReferenceSystem("EPSG:32633")
    write_points(points, path, source)
    found, crs = read_points(path, QgsCoordinateReferenceSystem(), source)
    assert crs == points.crs
    for values, point in zip(found, points.points, strict=True):
        assert values["mov"] == pytest.approx(point.mov, abs=1e-4)
        assert values["ref"] == pytest.approx(point.ref, abs=1e-6)
        assert values["enabled"] == point.enabled


def test_points_files_hold_layer_coordinates_of_the_source(tmp_path):
    points, path = sample_points(), tmp_path / "a.points"
    write_points(points, path, QgsCoordinateReferenceSystem("EPSG:4326"))
    lines = path.read_text().splitlines()
    assert lines[0].startswith("#CRS: PROJCRS")
    row = next(csv.DictReader(lines[1:]))
    assert list(row)[:5] == ["mapX", "mapY", "sourceX", "sourceY", "enable"]
    assert float(row["mapX"]) == pytest.approx(500000.5)
    assert float(row["sourceX"]) == pytest.approx(9.0001, abs=1e-3)
    assert float(row["sourceY"]) == pytest.approx(45.15, abs=0.1)


@pytest.mark.parametrize(
    "text",
    (
        "mapX,mapY,pixelX,pixelY,enable\n10,20,1,-2,1\n",
        "mapX\tmapY\tpixelX\tpixelY\n10\t20\t1\t-2\n",
        "\ufeff#CRS: \nmapX,mapY,sourceX,sourceY,enable\n10,20,1,-2,1\n",
        "mapX;mapY;sourceX;sourceY;enable;dX;dY\r\n10,0;2e1;1;-2,000;1;0,5;nan\r\n",
    ),
)
def test_older_points_files_are_read(tmp_path, text):
    path = tmp_path / "old.points"
    path.write_text(text, encoding="utf-8")
    none = QgsCoordinateReferenceSystem()
    found, _ = read_points(path, none, none)
    assert found == [
        {"mov": (1.0, -2.0), "ref": (10.0, 20.0), "by_hand": True, "enabled": True}
    ]


def test_other_files_are_refused(tmp_path):
    none = QgsCoordinateReferenceSystem()
    for text in (
        "nothing\n",
        "mapX,mapY,sourceX,sourceY\n1,2,x,4\n",
        "mapX,mapY,sourceX,sourceY\n1,2,nan,4\n",
        "mapX,mapY,sourceX,sourceY\n1,2,inf,4\n",
        "mapX,mapY,sourceX,sourceY,enable\n1,2,3,4,inf\n",
        "mapX,mapY,sourceX,sourceY\n1,5,2,5,3,5,4,5\n",
        "",
    ):
        path = tmp_path / "bad.points"
        path.write_text(text)
        with pytest.raises(BadInput, match=r"bad\.points"):
            read_points(path, none, none)
