"""Where QGIS finds no way from one CRS to another nothing is moved nowhere."""

from pathlib import Path

import pytest
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsRectangle,
)
from soma import ui
from soma.core.base.errors import BadInput
from soma.ui.click import ground
from soma.ui.click.points_file import moved
from soma.ui.layers import change

pytestmark = pytest.mark.usefixtures("qapp")

DEGREES = QgsCoordinateReferenceSystem("EPSG:4326")
METRES = QgsCoordinateReferenceSystem("EPSG:32632")
UNKNOWN = QgsCoordinateReferenceSystem()


class NoWay(QgsCoordinateTransform):
    """As on a machine under load, where PROJ could not read its tables."""

    def isValid(self):
        return False


def test_positions_are_moved():
    x, y = moved((9.0, 48.0), DEGREES, METRES)
    assert (x, y) == pytest.approx((500_000.0, 5_316_300.224), abs=0.001)
    assert moved((9.0, 48.0), UNKNOWN, METRES) == (9.0, 48.0)
    with pytest.raises(QgsCsException):
        change.change_between(DEGREES, UNKNOWN)


def test_nothing_stays_where_it_is_for_want_of_a_way(monkeypatch):
    monkeypatch.setattr(change, "QgsCoordinateTransform", NoWay)
    with pytest.raises(BadInput, match="EPSG:32632"):
        moved((9.0, 48.0), DEGREES, METRES)
    shape = QgsGeometry.fromRect(QgsRectangle(9, 48, 10, 49))
    assert ground._moved(shape, DEGREES, METRES) is None
    with pytest.raises(QgsCsException, match="EPSG:4326"):
        change.change_between(DEGREES, METRES).transform(QgsPointXY(9, 48))


def test_all_ways_are_asked_for_in_one_place():
    folder = Path(ui.__file__).parent
    made = [
        p for p in folder.rglob("*.py") if "QgsCoordinateTransform(" in p.read_text()
    ]
    assert [path.name for path in made] == ["change.py"]
