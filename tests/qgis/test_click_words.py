"""What the Points tab says of a match."""

import pytest
from qgis.core import QgsCoordinateReferenceSystem
from soma.ui.click.points import PointList
from soma.ui.click.table import PointTable

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.mark.parametrize(
    ("share", "told"), [(1.0, "99%"), (0.996, "99%"), (0.4, "40%")]
)
def test_no_match_is_certain(project, share, told):
    points = PointList()
    points.crs = QgsCoordinateReferenceSystem("EPSG:32632")
    table = PointTable(points)
    points.add((0.0, 0.0), (1.0, 1.0), share)
    assert table.item(0, 0).toolTip() == f"Found by the model, confidence {told}"
