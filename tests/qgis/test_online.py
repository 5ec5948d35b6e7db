"""References that are no files: maps that are drawn."""

import math

from online_maps import off_truth_px
from osgeo import gdal, osr
from soma.ui.layers import online_map

gdal.UseExceptions()


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
    assert off_truth_px(result["files"]["registered"], layers[0].source()) < 1.0


def test_online_map_cannot_be_moved(dock, online):
    dock.form.optical.setLayer(online)
    dock.form.moving.setCurrentIndex(1)
    assert "cannot be moved" in dock.bar.line.text()
    assert not dock.bar.start.isEnabled()


def test_picture_has_the_grid_of_the_sar_image(dock, layers, online, monkeypatch):
    dock.form.optical.setLayer(online)
    picture, problem = online_map.picture_for(dock.choice, online)
    assert not problem and picture.crs == layers[0].crs()
    assert math.isclose(picture.gsd_m, layers[0].rasterUnitsPerPixelX(), rel_tol=0.02)
    monkeypatch.setattr(online_map, "MOST_PIXELS", 10_000)
    small, _ = online_map.picture_for(dock.choice, online)
    assert small.width * small.height <= 10_000


def test_cancel_while_the_map_is_drawn(dock, online, wait):
    dock.form.optical.setLayer(online)
    dock.register()
    assert dock.renderer.is_active
    dock.cancel()
    assert not dock.renderer.is_active and dock.bar.start.isVisible()


def test_mercator_tiles_say_their_crs(online):
    reference = osr.SpatialReference()
    reference.SetFromUserInput(online.crs().authid())
    assert reference.IsProjected()
