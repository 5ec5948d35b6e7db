"""References that are no files, and rasters that QGIS places in its own way."""

import math

import pytest
from osgeo import gdal, osr
from qgis.core import QgsRasterLayer, QgsRectangle
from soma.core.job import Job
from soma.ui import render

gdal.UseExceptions()


@pytest.fixture
def online(project, layers, tmp_path):
    """The optical image as tiles in Web Mercator, read by QGIS's WMS provider."""
    path = str(tmp_path / "map.mbtiles")
    gdal.Translate(path, layers[1].source(), format="MBTILES")
    tiles = gdal.Open(path, gdal.GA_Update)
    tiles.BuildOverviews("AVERAGE", [2, 4, 8])
    del tiles
    layer = QgsRasterLayer(f"type=mbtiles&url=file://{path}", "map", "wms")
    assert layer.isValid()
    project.addMapLayer(layer)
    return layer


def run(dock, wait):
    found = []
    dock.resultReady.connect(found.append)
    dock.register()
    wait(lambda: dock.task is None and not dock.renderer.is_active)
    assert found, dock.panel.text.text()
    return found[0]


def test_online_map_works_as_reference(dock, layers, online, wait):
    dock.form.optical.setLayer(online)
    wait(lambda: "Overlap" in dock.bar.line.text())
    result = run(dock, wait)
    assert result["status"] == "ok"
    job = Job(sar=result["files"]["registered"], optical=layers[1].source())
    left = dock.engine.call("assess", job=job.__dict__)
    assert left["median_px"] < 1.0, left["verdict"]


def test_online_map_cannot_be_moved(dock, online):
    dock.form.optical.setLayer(online)
    dock.form.moving.setCurrentIndex(1)
    assert "cannot be moved" in dock.bar.line.text()
    assert not dock.bar.start.isEnabled()


def test_picture_has_the_grid_of_the_sar_image(dock, layers, online, monkeypatch):
    dock.form.optical.setLayer(online)
    picture, problem = render.picture_for(dock.choice, online)
    assert not problem and picture.crs == layers[0].crs()
    assert math.isclose(picture.gsd_m, layers[0].rasterUnitsPerPixelX(), rel_tol=0.02)
    monkeypatch.setattr(render, "MOST_PIXELS", 10_000)
    small, _ = render.picture_for(dock.choice, online)
    assert small.width * small.height <= 10_000


def test_cancel_while_the_map_is_drawn(dock, online, wait):
    dock.form.optical.setLayer(online)
    dock.register()
    assert dock.renderer.is_active
    dock.cancel()
    assert not dock.renderer.is_active and dock.bar.start.isVisible()


def placed_by_gcps(source, path):
    """Copy a raster and tie it to the ground by control points alone."""
    data = gdal.Open(source)
    transform = data.GetGeoTransform()
    points = []
    for i in range(4):
        for j in range(4):
            col, row = data.RasterXSize * i / 3, data.RasterYSize * j / 3
            x, y = gdal.ApplyGeoTransform(transform, col, row)
            points.append(gdal.GCP(x, y, 0, col, row))
    copy = gdal.GetDriverByName("GTiff").CreateCopy(path, data)
    copy.SetGeoTransform((0, 1, 0, 0, 0, 1))
    copy.SetGCPs(points, data.GetProjection())
    del copy


def south_up(source, path):
    """Copy a raster with its last row first."""
    data = gdal.Open(source)
    x, a, _, y, _, e = data.GetGeoTransform()
    copy = gdal.GetDriverByName("GTiff").CreateCopy(path, data)
    copy.GetRasterBand(1).WriteRaster(
        0, 0, data.RasterXSize, data.RasterYSize, flipped(data)
    )
    copy.SetGeoTransform((x, a, 0, y + e * data.RasterYSize, 0, -e))
    del copy


def flipped(data):
    rows = range(data.RasterYSize - 1, -1, -1)
    band = data.GetRasterBand(1)
    return b"".join(band.ReadRaster(0, row, data.RasterXSize, 1) for row in rows)


def rotated(source, path):
    """Resample a raster to a grid that is turned by 20 degrees."""
    data = gdal.Open(source)
    x, a, _, y, _, e = data.GetGeoTransform()
    width, height = data.RasterXSize, data.RasterYSize
    cos, sin = math.cos(math.radians(20)), math.sin(math.radians(20))
    middle = (x + a * width / 2, y + e * height / 2)
    turned = (a * cos, a * sin, a * sin, -a * cos)
    left = middle[0] - turned[0] * width / 2 - turned[1] * height / 2
    top = middle[1] - turned[2] * width / 2 - turned[3] * height / 2
    band = data.GetRasterBand(1)
    out = gdal.GetDriverByName("GTiff").Create(path, width, height, 1, band.DataType)
    out.SetGeoTransform((left, turned[0], turned[1], top, turned[2], turned[3]))
    out.SetProjection(data.GetProjection())
    gdal.Warp(out, data, resampleAlg="bilinear")
    out.GetRasterBand(1).SetNoDataValue(0)
    del out


@pytest.mark.parametrize("make", [placed_by_gcps, south_up, rotated])
def test_result_lands_where_qgis_shows_the_pair(
    dock, project, layers, tmp_path, wait, make
):
    path = str(tmp_path / "odd.tif")
    make(layers[0].source(), path)
    layer = QgsRasterLayer(path, "odd sar")
    assert layer.isValid() and layer.crs().isValid()
    shown, usual = layer.extent(), layers[0].extent()
    assert shown.intersects(usual)
    project.addMapLayer(layer)
    dock.form.sar.setLayer(layer)
    result = run(dock, wait)
    assert result["status"] == "ok"
    registered = QgsRasterLayer(result["files"]["registered"], "r")
    grown = QgsRectangle(shown)
    grown.grow(400)
    assert grown.contains(registered.extent())
    job = Job(sar=result["files"]["registered"], optical=layers[1].source())
    assert dock.engine.call("assess", job=job.__dict__)["median_px"] < 1.0


def test_mercator_tiles_say_their_crs(online):
    reference = osr.SpatialReference()
    reference.SetFromUserInput(online.crs().authid())
    assert reference.IsProjected()
