"""The fitted transforms against those of QGIS's Georeferencer.

Here and there: similarity and Helmert, affine and polynomial 1, polynomials 2 and 3,
thin plate spline. QGIS has no shift; its linear transform (a scale per axis, no
rotation) and its projective one have no counterpart here. Points count alike there,
and by their confidence here, which is 1 for points that were read from a file.
"""

import csv
import math
import random

import canvas_world as cw
import pytest
from qgis.analysis import QgsGcpTransformerInterface
from qgis.core import QgsPointXY
from soma.ui.click.points import PointList
from soma.ui.click.points_file import read_points, write_points

Method = QgsGcpTransformerInterface.TransformMethod
KINDS = {
    "similarity": (Method.Helmert, 24),
    "affine": (Method.PolynomialOrder1, 24),
    "poly2": (Method.PolynomialOrder2, 24),
    "poly3": (Method.PolynomialOrder3, 30),
    # From twelve points on a thin plate is smoothed, which QGIS's never is.
    "tps": (Method.ThinPlateSpline, 11),
}
#: Side of a pixel of the pair, metres.
PIXEL_M = 10.0
#: Points that are switched off: they show the transform where nothing was fitted.
PROBES = 8


@pytest.fixture
def tools(dock, plugin, iface, layers):
    iface.canvas.setDestinationCrs(layers[1].crs())
    plugin.tools.tool.points.crs = layers[1].crs()
    return plugin.tools


def some_points(layer, count):
    """Return points of a bent and noisy deformation, the last ones switched off."""
    chance, box = random.Random(5), layer.extent()
    corners = [(0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95)]
    made = []
    for n in range(count + PROBES):
        u, v = chance.random(), chance.random()
        if n < len(corners):
            u, v = corners[n]
        elif n >= count:
            # Bends fade out beyond the points here, and grow in QGIS.
            u, v = 0.3 + 0.4 * u, 0.3 + 0.4 * v
        mov = box.xMinimum() + u * box.width(), box.yMinimum() + v * box.height()
        bend = 30 * math.sin(3 * u + v), 25 * math.cos(2 * v - u)
        noise = chance.gauss(0, 12), chance.gauss(0, 12)
        ref = tuple(m + b + e + 40 for m, b, e in zip(mov, bend, noise, strict=True))
        made.append({"mov": mov, "ref": ref, "enabled": n < count})
    return made


def fitted(tools, kind):
    tools.tool.session.set_kind(kind)
    points = tools.tool.points
    assert cw.wait_for(lambda: points.fit is not None and points.fit.kind == kind)
    return points.fit


def of_qgis(path, method):
    """Return QGIS's transform of a file's points, and the file's rows."""
    lines = [line for line in path.read_text().splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines))
    used = [row for row in rows if row["enable"] == "1"]
    source, target = (
        [QgsPointXY(float(row[f"{name}X"]), float(row[f"{name}Y"])) for row in used]
        for name in ("source", "map")
    )
    found = QgsGcpTransformerInterface.createFromParameters(method, source, target)
    assert found is not None
    return found, rows


def through(transform, x, y, backwards=False):
    ok, x, y = transform.transform(float(x), float(y), backwards)
    assert ok
    return x, y


@pytest.mark.parametrize("kind", KINDS)
def test_residuals_are_those_of_qgis(tools, layers, tmp_path, kind):
    method, count = KINDS[kind]
    points = tools.tool.points
    points.load(some_points(layers[0], count), layers[1].crs())
    fit = fitted(tools, kind)
    path = tmp_path / "clicks.points"
    write_points(points, path, layers[0].crs())
    transform, rows = of_qgis(path, method)
    assert len(rows) == count + PROBES
    largest = 0.0
    for point, row in zip(points.points, rows, strict=True):
        left = fit.residuals[point.number]
        x, y = through(transform, row["sourceX"], row["sourceY"])
        theirs = math.hypot(x - float(row["mapX"]), y - float(row["mapY"])) / PIXEL_M
        assert abs(theirs - left.px) < 1e-3
        largest = max(largest, left.px)
    # So that equal residuals mean something.
    assert largest > 0.5


@pytest.mark.parametrize("kind", ["similarity", "tps"])
def test_residuals_in_the_file_are_pixels_of_the_source(tools, layers, tmp_path, kind):
    """QGIS takes a place on the map back to the source and tells how far off that is.

    Its polynomials, of order 1 as well, are fitted once more for that way; here the
    one fit is inverted, so that the figures of these differ a little.
    """
    method, count = KINDS[kind]
    tools.tool.points.load(some_points(layers[0], count), layers[1].crs())
    fitted(tools, kind)
    path = tmp_path / "clicks.points"
    write_points(tools.tool.points, path, layers[0].crs())
    transform, rows = of_qgis(path, method)
    for row in rows[:count]:
        x, y = through(transform, row["mapX"], row["mapY"], backwards=True)
        dx = (x - float(row["sourceX"])) / PIXEL_M
        dy = -(y - float(row["sourceY"])) / PIXEL_M
        assert abs(dx - float(row["dX"])) < 1e-3, (dx, row["dX"])
        assert abs(dy - float(row["dY"])) < 1e-3, (dy, row["dY"])
        length = math.hypot(float(row["dX"]), float(row["dY"]))
        assert abs(length - float(row["residual"])) < 1e-4


def test_file_that_is_read_again_gives_the_same_transform(tools, layers, tmp_path):
    points = tools.tool.points
    points.load(some_points(layers[0], 24), layers[1].crs())
    before = fitted(tools, "affine")
    path = tmp_path / "clicks.points"
    write_points(points, path, layers[0].crs())
    found, crs = read_points(path, layers[1].crs(), layers[0].crs())
    again = PointList()
    again.load(found, crs)
    assert [p.enabled for p in again.points] == [p.enabled for p in points.points]
    points.load(found, crs)
    after = fitted(tools, "affine")
    assert math.isclose(after.rmse_px, before.rmse_px, abs_tol=1e-6)
