"""Control points reach their file without a wait, and none is lost on the way."""

import threading

import canvas_world as cw
import pytest
from click_pair import kept_in
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsVectorLayer
from soma.ui.click import geopackage, points_layer
from soma.ui.click import store as store_module
from soma.ui.click.points import FitResult, PointList, Residual
from soma.ui.click.store import PointStore

UTM = QgsCoordinateReferenceSystem("EPSG:32632")


class Jobs:
    """One pair, with results in a folder that is not there yet."""

    def __init__(self, folder):
        self.folder, self.name = folder, "a|b"

    def pair(self):
        return self.name

    def names(self):
        return tuple(self.name.split("|"))

    def out_folder(self):
        return str(self.folder / "results" / "run_001")


class Writer:
    """Writes like the store's own, when it is let; notes where it was called."""

    def __init__(self):
        self.let, self.threads = threading.Event(), []

    def __call__(self, *args):
        self.threads.append(threading.current_thread())
        assert self.let.wait(cw.PATIENCE_S)
        geopackage.write_rows(*args)


@pytest.fixture
def points(project):
    found = PointList()
    found.crs = UTM
    return found


@pytest.fixture
def make(points, tmp_path):
    """Return a function that makes a store of the points, as a session does."""
    made = []

    def store():
        made.append(PointStore(points, Jobs(tmp_path)))
        return made[-1]

    yield store
    for found in made:
        found.close_down()


@pytest.fixture
def writer(monkeypatch):
    found = Writer()
    monkeypatch.setattr(store_module, "write_rows", found)
    yield found
    found.let.set()


def add(points, number):
    points.add((number, 1.5), (number + 3.0, 5.5), confidence=0.5)


def file_of(folder):
    (found,) = (folder / "results").glob("*.gpkg")
    return found


def test_the_window_goes_on_while_a_slow_disk_writes(points, make, writer):
    store = make()
    add(points, 1)
    # This comes back though the writer waits, so the writer is not in its way.
    assert cw.wait_for(lambda: writer.threads)
    assert writer.threads[0] is not threading.main_thread()
    assert store.layer is None and not store.is_saved
    add(points, 2)
    writer.let.set()
    assert cw.wait_for(lambda: store.is_saved)
    assert store.layer.featureCount() == 2 and len(writer.threads) == 2
    assert store.layer.thread() is store.thread()
    assert len(QgsProject.instance().mapLayers()) == 1


def test_a_layer_follows_every_change(points, make):
    store = make()
    add(points, 1)
    assert cw.wait_for(lambda: store.is_saved)
    layer, number = store.layer, points.points[0].number
    assert layer.crs() == UTM and layer.featureCount() == 1
    left = {number: Residual(0.5, None, None, (0.0, 0.0))}
    points.set_fit(FitResult("shift", "", 0.5, None, left))
    assert cw.wait_for(lambda: store.is_saved)
    feature = next(layer.getFeatures())
    assert feature["residual_px"] == 0.5 and not feature["residual_m"]
    assert feature["inlier"] is True and feature["confidence"] == 0.5
    assert feature.geometry().asPoint().y() == 5.5
    points.clear()
    assert cw.wait_for(lambda: store.is_saved)
    assert store.layer is layer and layer.featureCount() == 0


def test_lengths_are_metres_on_the_ground(points, make):
    """Degrees of the ellipsoid at 60 degrees north: 55.8 m to the east, 111.4 m up."""
    store = make()
    points.crs = QgsCoordinateReferenceSystem("EPSG:4326")
    points.add((10.0, 60.0), (10.001, 60.0))
    points.add((10.0, 60.0), (10.0, 60.001))
    store.save()
    rows = [(f["east_m"], f["north_m"]) for f in store.layer.getFeatures()]
    assert rows[0] == pytest.approx((55.80, 0.0), abs=0.01)
    assert rows[1] == pytest.approx((0.0, 111.41), abs=0.01)
    fields = store.layer.fields()
    assert not {"dx", "dy"} & set(fields.names())
    names = [store.layer.attributeAlias(k) for k in range(fields.count())]
    # The number that GeoPackage gives each feature needs none.
    assert all(names[1:]) and "Moved to the east, m" in names, names


def test_no_length_is_claimed_where_there_is_no_ground(points, make):
    store = make()
    points.crs = QgsCoordinateReferenceSystem()
    points.add((1.0, 1.0), (4.0, 5.0))
    store.save()
    (feature,) = store.layer.getFeatures()
    assert not feature["east_m"] and not feature["north_m"]


def test_what_did_not_change_is_not_written_again(points, make, writer):
    store = make()
    writer.let.set()
    add(points, 1)
    store.save()
    points.select(0)
    store.save()
    assert len(writer.threads) == 1


@pytest.mark.parametrize("name", ["kept.qgs", "kept.qgz"])
def test_saving_a_project_takes_points_that_just_came(points, make, tmp_path, name):
    project = QgsProject.instance()
    make()
    add(points, 1)
    assert project.isDirty()
    assert project.write(str(tmp_path / name))
    assert not project.isDirty()
    project.clear()
    assert not len(points)
    assert project.read(str(tmp_path / name))
    assert [point.mov for point in points.points] == [(1.0, 1.5)]
    (layer,) = project.mapLayers().values()
    node = project.layerTreeRoot().findLayer(layer)
    assert node is not None and not node.isVisible()


def test_new_points_come_back_on_top_of_the_layers(points, make, layers, tmp_path):
    project = QgsProject.instance()
    make()
    add(points, 1)
    assert project.write(str(tmp_path / "kept.qgz"))
    before = [layer.name() for layer in project.layerTreeRoot().layerOrder()]
    project.clear()
    assert project.read(str(tmp_path / "kept.qgz"))
    after = [layer.name() for layer in project.layerTreeRoot().layerOrder()]
    assert after == before and after[0] == "a, control points" and len(after) > 1


def test_saving_a_project_waits_for_the_writer(points, make, writer, tmp_path):
    make()
    add(points, 1)
    assert cw.wait_for(lambda: writer.threads)
    add(points, 2)
    timer = threading.Timer(0.2, writer.let.set)
    timer.start()
    assert QgsProject.instance().write(str(tmp_path / "kept.qgz"))
    assert kept_in(file_of(tmp_path)) == [(1.0, 1.5), (2.0, 1.5)]
    timer.join()


def test_closing_a_project_keeps_points_that_just_came(points, make, layers, tmp_path):
    make()
    add(points, 1)
    QgsProject.instance().clear()
    assert kept_in(file_of(tmp_path)) == [(1.0, 1.5)]
    assert not QgsProject.instance().mapLayers() and not len(points)


def test_closing_a_project_keeps_the_last_change(points, make, tmp_path):
    store = make()
    add(points, 1)
    store.save()
    add(points, 2)
    QgsProject.instance().clear()
    assert kept_in(file_of(tmp_path)) == [(1.0, 1.5), (2.0, 1.5)]


def test_the_end_of_the_plugin_keeps_points_that_just_came(points, tmp_path):
    store = PointStore(points, Jobs(tmp_path))
    add(points, 1)
    store.close_down()
    assert kept_in(file_of(tmp_path)) == [(1.0, 1.5)]
    assert store.layer.featureCount() == 1


def test_another_pair_leaves_the_points_before_in_their_file(points, make, tmp_path):
    store = make()
    add(points, 1)
    store._jobs.name = "c|d"
    store.follow()
    assert not len(points) and kept_in(file_of(tmp_path)) == [(1.0, 1.5)]
    (layer,) = QgsProject.instance().mapLayers().values()
    assert layer.name() == "a, control points"
    store._jobs.name = "a|b"
    store.follow()
    assert [point.mov for point in points.points] == [(1.0, 1.5)]


def test_what_could_not_be_written_is_tried_again(points, make, tmp_path):
    store = make()
    blocker = tmp_path / "results"
    blocker.write_text("no folder")
    add(points, 1)
    store.save()
    assert store.layer is None and not store.is_saved
    blocker.unlink()
    store.save()
    assert store.is_saved and store.layer.featureCount() == 1


@pytest.mark.parametrize("text", ["EPSG:4326", "PROJ:+proj=sinu +lon_0=9", ""])
def test_points_of_any_crs_have_one_file(points, make, text):
    points.crs = QgsCoordinateReferenceSystem(text)
    store = make()
    for number in (1, 2):
        add(points, number)
        store.save()
    assert len(QgsProject.instance().mapLayers()) == 1
    assert store.layer.featureCount() == 2
    if points.crs.authid():
        assert store.layer.crs() == points.crs


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(store_module, "WAIT_S", 0.1)


def test_a_disk_that_hangs_keeps_nobody_waiting(
    points, make, layers, writer, impatient, tmp_path
):
    project, troubles = QgsProject.instance(), []
    store = make()
    store.troubled.connect(troubles.append)
    add(points, 1)
    assert cw.wait_for(lambda: writer.threads)
    add(points, 2)
    # These come back though the writer never does.
    assert project.write(str(tmp_path / "kept.qgz"))
    assert len(troubles) == 2 and "does not answer" in troubles[0]
    add(points, 3)
    project.clear()
    assert not len(points) and not list(tmp_path.rglob("*.gpkg"))
    # What was there when the project was closed is written when the disk is back.
    writer.let.set()
    assert cw.wait_for(lambda: len(writer.threads) == 3)
    assert cw.wait_for(lambda: kept_when_there(tmp_path) == [1.0, 2.0, 3.0])
    assert not project.mapLayers() and not len(points)


def kept_when_there(folder):
    """Return the first coordinates of the points in the only file, if it is there."""
    files = [path for path in folder.rglob("*.gpkg") if ".part" not in path.name]
    return [x for x, _ in kept_in(files[0])] if len(files) == 1 else []


def test_the_plugin_ends_though_the_disk_hangs(points, writer, impatient, tmp_path):
    store = PointStore(points, Jobs(tmp_path))
    add(points, 1)
    store.close_down()
    # A thread that Python would wait for at its end would keep QGIS from closing.
    assert writer.threads[0].daemon
    writer.let.set()
    assert cw.wait_for(lambda: kept_when_there(tmp_path) == [1.0])


def test_points_of_a_slow_disk_stay_with_their_pair(
    points, make, writer, impatient, tmp_path
):
    store = make()
    add(points, 1)
    assert cw.wait_for(lambda: writer.threads)
    store._jobs.name = "c|d"
    store.follow()
    assert not len(points)
    writer.let.set()
    assert cw.wait_for(lambda: store.is_saved)
    assert store.layer is None and not len(points)
    store._jobs.name = "a|b"
    store.follow()
    assert [point.mov for point in points.points] == [(1.0, 1.5)]


def test_pairs_on_a_slow_disk_have_a_file_each(points, make, writer, impatient):
    store = make()
    add(points, 1)
    store._jobs.name = "c|d"
    store.follow()
    add(points, 2)
    # Saved while the disk still has the points of the pair before.
    store.save()
    writer.let.set()
    assert cw.wait_for(lambda: store.is_saved)
    files = sorted((store._jobs.folder / "results").glob("*.gpkg"))
    assert [kept_in(path) for path in files] == [[(1.0, 1.5)], [(2.0, 1.5)]]


def test_a_file_of_an_earlier_version_goes_on(points, make, tmp_path):
    path = tmp_path / "results" / "control_points_001.gpkg"
    fields = geopackage.FIELDS
    row = (1, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0, None, None, 0.9, True, "model", 0)
    try:
        geopackage.FIELDS = fields[:-1]
        geopackage.write_rows(path, [row[:-1]], UTM.toWkt())
    finally:
        geopackage.FIELDS = fields
    layer = QgsVectorLayer(f"{path}|layername=control_points", "old", "ogr")
    layer.setCustomProperty(points_layer.PROPERTY, points_layer.VERSION)
    layer.setCustomProperty(points_layer.PAIR, "a|b")
    QgsProject.instance().addMapLayer(layer)
    store = make()
    assert [p.window_px for p in points.points] == [0]
    points.add((5.0, 5.0), (6.0, 6.0), 0.8, window_px=128)
    store.save()
    assert store.layer is layer
    assert [f["window_px"] for f in layer.getFeatures()] == [0, 128]
    assert [f["source"] for f in layer.getFeatures()] == ["model", "model"]


def test_points_keep_their_numbers_and_none_is_used_twice(points, make):
    store = make()
    for number in (1, 2, 3):
        add(points, number)
    points.remove(2)
    store.save()
    layer, again = store.layer, PointList()
    again.load(store_module.points_of(layer), UTM)
    assert [p.number for p in again.points] == [1, 3]
    assert again.add((0.0, 0.0), (1.0, 1.0)).number == 4
    row = {"mov": (0.0, 0.0), "ref": (1.0, 1.0)}
    again.load([{**row, "number": 2}, {**row, "number": 2}, row], UTM)
    assert [p.number for p in again.points] == [2, 3, 4]
