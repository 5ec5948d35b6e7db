"""From the dock's combo boxes to the pixels of the result."""

import time
from pathlib import Path

import pytest
from online_maps import off_truth_px
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsExpression,
    QgsExpressionContextScope,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QApplication
from soma.core.base.job import Job
from soma.ui.layers import results
from soma.ui.layers.job import build_job
from soma.ui.qt import settings

gdal.UseExceptions()


def planned(dock, wait):
    wait(lambda: "verlap" in dock.bar.line.text() or "⚠" in dock.bar.line.text())
    return dock.bar.line.text()


def run(dock, wait):
    found = []
    dock.resultReady.connect(found.append)
    dock.register()
    assert dock.bar.stop.isVisible()
    wait(lambda: dock.task is None)
    assert found, dock.panel.text.text()
    return found[0]


def groups():
    return [g.name() for g in QgsProject.instance().layerTreeRoot().findGroups()]


def test_two_layers_and_one_button(dock, layers, wait):
    assert dock.sar_layer is layers[0] and dock.optical_layer is layers[1]
    told = planned(dock, wait).replace("\u00a0", " ")
    assert told.startswith("Overlap 3.84 km × 3.84 km, matched at 10 m")
    assert dock.bar.start.isEnabled()
    result = run(dock, wait)
    assert result["status"] == "ok"
    root = QgsProject.instance().layerTreeRoot()
    group = root.children()[0]
    assert group.name() == "SOMA: sar – optical"
    assert [node.name() for node in group.children()] == [
        "sar, displacements",
        "sar, match points",
        "sar, local residual",
        "sar, checkerboard",
        "sar, registered",
    ]
    assert (
        dock.panel.isVisible() and "Registered to within" in dock.panel.headline.text()
    )
    assert dock.bar.start.isVisible() and not dock.bar.stop.isVisible()


def test_result_lies_where_the_truth_says(dock, layers, pair, wait):
    result = run(dock, wait)
    assert off_truth_px(result["files"]["registered"], pair[0]) < 1.0
    # Displacements that remain, measured anew between the result and the reference.
    job = Job(sar=result["files"]["registered"], optical=pair[1])
    left = dock.engine.call("assess", job=job.__dict__)
    assert left["status"] == "aligned" and left["median_px"] < 1.0


def test_style_is_that_of_the_source(dock, layers, wait):
    sar = layers[0]
    contrast = sar.renderer().contrastEnhancement()
    contrast.setMinimumValue(11)
    contrast.setMaximumValue(1234)
    run(dock, wait)
    shown = QgsProject.instance().mapLayersByName("sar, registered")[0]
    assert shown.renderer().contrastEnhancement().maximumValue() == 1234
    assert shown.crs() == layers[1].crs()


def test_second_run_overwrites_nothing(dock, wait):
    first = run(dock, wait)
    before = Path(first["files"]["registered"]).stat()
    second = run(dock, wait)
    assert first["files"]["registered"] != second["files"]["registered"]
    assert Path(first["files"]["registered"]).stat() == before
    assert set(groups()) == {"SOMA: sar – optical", "SOMA: sar – optical (2)"}


def test_project_reopens_with_results(dock, wait, tmp_path):
    run(dock, wait)
    project = QgsProject.instance()
    names = sorted(layer.name() for layer in project.mapLayers().values())
    assert project.write(str(tmp_path / "p.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "p.qgz"))
    assert sorted(layer.name() for layer in project.mapLayers().values()) == names
    assert all(layer.isValid() for layer in project.mapLayers().values())


def test_points_are_styled_by_residual(dock, wait):
    run(dock, wait)
    layer = QgsProject.instance().mapLayersByName("sar, match points")[0]
    labels = [rule.label() for rule in layer.renderer().rootRule().children()]
    assert labels[0] == "Residual 0 to 0.5\u00a0px"
    assert labels[-1] == "Outlier, not used"
    counts = [
        sum(1 for _ in layer.getFeatures(rule.filterExpression()))
        for rule in layer.renderer().rootRule().children()
    ]
    assert sum(counts) == layer.featureCount() and counts[0] > 10


def test_arrows_leave_the_image_in_sight(dock, wait):
    run(dock, wait)
    layer = QgsProject.instance().mapLayersByName("sar, displacements")[0]
    rule = layer.renderer().rootRule().children()[0].filterExpression()
    inliers = sum(1 for f in layer.getFeatures() if f["inlier"])
    shown = {}
    for scale in (1_000, 200_000):
        context = layer.createExpressionContext()
        scope = QgsExpressionContextScope()
        scope.setVariable("map_scale", scale)
        context.appendScope(scope)
        request = QgsFeatureRequest(QgsExpression(rule), context)
        shown[scale] = sum(1 for _ in layer.getFeatures(request))
    assert shown[1_000] == inliers
    # 3.84 km at 1:200,000 are 19 mm: at most some rows of arrows 4 mm apart.
    assert 4 <= shown[200_000] <= 40


def test_settings_are_remembered(dock, plugin):
    dock.form.resampling.setCurrentIndex(dock.form.resampling.findData("bilinear"))
    dock.form.max_shift.setValue(50)
    dock.form.effort.setCurrentIndex(dock.form.effort.findData("quick"))
    dock.close()
    assert settings.load().resampling == "bilinear"
    assert settings.load().max_shift == 50
    assert settings.load().effort == "quick"
    settings.save(settings.Settings())


@pytest.mark.parametrize("what", ["same", "none"])
def test_choices_that_cannot_work_say_why(dock, project, layers, what):
    if what == "same":
        dock.form.optical.setLayer(layers[0])
        assert "same layer" in dock.bar.line.text()
    else:
        project.clear()
        assert "Add a SAR raster" in dock.bar.line.text()
    assert not dock.bar.start.isEnabled()


def test_layers_apart_are_told_before_the_run(dock, project, layers, tmp_path, wait):
    far = str(tmp_path / "far.tif")
    gdal.Translate(far, layers[1].source(), outputBounds=None, creationOptions=[])
    edit = gdal.Open(far, gdal.GA_Update)
    x, a, b, y, c, d = edit.GetGeoTransform()
    edit.SetGeoTransform((x + 1e5, a, b, y, c, d))
    del edit
    layer = QgsRasterLayer(far, "far")
    project.addMapLayer(layer)
    dock.form.optical.setLayer(layer)
    wait(lambda: "same ground" in dock.bar.line.text())
    assert not dock.bar.start.isEnabled()


def test_refusal_is_told_and_adds_nothing(dock, project, layers, sea, wait):
    layer = QgsRasterLayer(sea, "sea")
    project.addMapLayer(layer)
    dock.form.optical.setLayer(layer)
    result = run(dock, wait)
    assert result["status"] == "refused"
    assert dock.panel.headline.text() == "<b>Not registered</b>"
    assert dock.panel.report.isEnabled() and not groups()


def test_cancel_works_within_two_seconds(dock, wait, tmp_path):
    for delay in (0.0, 0.2):
        dock.register()
        end = time.monotonic() + delay
        wait(lambda end=end: time.monotonic() > end)
        begin = time.monotonic()
        dock.cancel()
        wait(lambda: dock.task is None)
        # A second of grace and then the end; a busy machine may take longer.
        assert time.monotonic() - begin < 10
        assert "Stopped" in dock.panel.headline.text()
    assert not groups()
    left = [p for p in (tmp_path / "Ergebnisse ü").rglob("*") if p.is_file()]
    assert left == []


def test_layer_removed_during_the_run_stops_it(dock, project, layers, wait):
    dock.register()
    wait(lambda: dock.engine.pid > 0)
    project.removeMapLayer(layers[0].id())
    wait(lambda: dock.task is None)
    assert not groups()


def test_project_closed_during_the_run_stops_it(dock, project, wait):
    dock.register()
    wait(lambda: dock.engine.pid > 0)
    project.clear()
    wait(lambda: dock.task is None)
    assert not groups() and not project.mapLayers()


def test_window_stays_responsive_during_a_run(dock, wait):
    dock.register()
    turns = []
    while dock.task is not None:
        wall, work = time.monotonic(), time.thread_time()
        QApplication.processEvents()
        turns.append((time.thread_time() - work, time.monotonic() - wall))
        time.sleep(0.001)
    # Loading the results is the longest turn.
    longest = sorted(turns)[:-1]
    assert max(work for work, _ in longest) < 0.5
    # Other programs may hold this one up; waiting for the worker would be longer.
    assert max(wall for _, wall in longest) < 5


def test_visible_extent_and_rectangle_become_the_area(dock, iface, layers, wait):
    area = dock.form.area
    iface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    area.choice.setCurrentIndex(area.choice.findData("visible"))
    iface.canvas.setExtent(QgsRectangle(8.40, 46.1, 8.42, 46.12))
    assert dock.choice.area.crs == "EPSG:4326"
    area.choice.setCurrentIndex(area.choice.findData("drawn"))
    assert "Draw a rectangle" in dock.bar.line.text()
    area.draw.setChecked(True)
    assert iface.canvas.mapTool() is not None
    area.set_drawn(QgsRectangle(8.40, 46.1, 8.42, 46.12))
    assert dock.choice.area.box == (8.40, 46.1, 8.42, 46.12)
    assert not area.draw.isChecked() and iface.canvas.mapTool() is None


def test_polygons_limit_where_matches_may_be(dock, project, layers, wait):
    box = layers[1].extent()
    half = QgsRectangle(
        box.xMinimum(), box.yMinimum(), box.center().x(), box.yMaximum()
    )
    shape = QgsGeometry.fromRect(half).buffer(-50, 4)
    polygons = QgsVectorLayer(
        f"Polygon?crs={layers[1].crs().authid()}", "polygons", "memory"
    )
    feature = QgsFeature()
    feature.setGeometry(shape)
    polygons.dataProvider().addFeatures([feature])
    project.addMapLayer(polygons)
    area = dock.form.area
    area.choice.setCurrentIndex(area.choice.findData("polygons"))
    area.layer.setLayer(polygons)
    assert "Select one or more" in dock.choice.problem()
    polygons.selectAll()
    result = run(dock, wait)
    assert result["status"] == "ok"
    points = QgsVectorLayer(result["files"]["matches"] + "|layername=matches")
    xs = [f.geometry().asPoint().x() for f in points.getFeatures()]
    assert max(xs) < half.xMaximum() + 200


def test_crs_that_only_the_layer_has_reaches_the_engine(dock, pair, project, tmp_path):
    bare = str(tmp_path / "bare.tif")
    gdal.Translate(bare, pair[0])
    edit = gdal.Open(bare, gdal.GA_Update)
    edit.SetProjection("")
    del edit
    layer = QgsRasterLayer(bare, "bare sar")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    project.addMapLayer(layer)
    dock.form.sar.setLayer(layer)
    job = build_job(dock.choice, tmp_path / "out", tmp_path)
    assert job.sar.endswith(".vrt")
    assert gdal.Open(job.sar).GetSpatialRef().GetAuthorityCode(None) == "32632"
    assert job.optical == pair[1]


def test_method_choices_reach_the_engine(dock, tmp_path):
    dock.form.effort.setCurrentIndex(dock.form.effort.findData("thorough"))
    dock.form.working_gsd.setValue(25)
    job = build_job(dock.choice, tmp_path / "out", tmp_path)
    assert (job.effort, job.working_gsd) == ("thorough", 25)


def test_run_folders_are_always_new(tmp_path):
    first = results.free_folder(tmp_path, "a")
    first.mkdir()
    assert results.free_folder(tmp_path, "a") != first


def test_missing_engine_is_offered_to_be_set_up(dock, wait):
    command, dock.engine._command = dock.engine._command, lambda: []
    dock.refresh()
    assert dock.bar.setup.isVisible() and not dock.bar.start.isVisible()
    assert "not set up yet" in dock.bar.line.text()
    asked = []
    dock.setupWanted.connect(lambda: asked.append(True))
    dock.bar.setup.click()
    assert asked
    dock.engine._command = command
    dock.refresh()
    assert dock.bar.start.isVisible() and not dock.bar.setup.isVisible()
    assert "Overlap" in planned(dock, wait)
