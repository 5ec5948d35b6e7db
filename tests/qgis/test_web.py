"""Rasters and maps that come over the network, from a server on this machine."""

import shutil
import subprocess
from pathlib import Path

import pytest
from checkout import SOMA
from ogc import wmts_capabilities
from online_maps import off_truth_px, write_tiles
from osgeo import gdal
from qgis.core import QgsRasterLayer
from web import Web

gdal.UseExceptions()


@pytest.fixture
def web(tmp_path, monkeypatch):
    # A proxy of the machine does not know this server.
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    server = Web(folder)
    yield server
    server.close()


@pytest.fixture
def zooms(web, pair):
    """The zoom levels of the optical image as tiles."""
    write_tiles(pair[1], str(web.folder / "map.mbtiles"), zoom=14)
    return range(12, 15)


def online(project, source):
    layer = QgsRasterLayer(source, "online map", "wms")
    assert layer.isValid(), source
    project.addMapLayer(layer)
    return layer


@pytest.fixture
def xyz(web, project, zooms):
    """The optical image as an XYZ layer."""
    url = f"{web.url}/tiles/{{z}}/{{x}}/{{y}}.png"
    return online(project, f"type=xyz&url={url}&zmax={zooms[-1]}&zmin={zooms[0]}")


@pytest.fixture
def wmts(web, project, zooms):
    """The optical image as a layer of a WMTS."""
    (web.folder / "wmts.xml").write_bytes(wmts_capabilities(web.url, zooms))
    what = "crs=EPSG:3857&format=image/png&layers=map&styles=default"
    return online(project, f"{what}&tileMatrixSet=google&url={web.url}/wmts.xml")


@pytest.fixture
def wms(web, project, zooms):
    """The optical image as a layer of a WMS."""
    what = "crs=EPSG:3857&format=image/png&layers=map&styles="
    return online(project, f"{what}&url={web.url}/wms")


@pytest.mark.parametrize("kind", ["xyz", "wmts", "wms"])
def test_online_map_is_the_reference_in_the_toolbox(
    in_task, layers, pair, kind, web, tmp_path, request
):
    map_layer = request.getfixturevalue(kind)
    out = str(tmp_path / "out")
    ok, found, _, feedback = in_task(
        "register", SAR=layers[0].id(), OPTICAL=map_layer.id(), OUTPUT=out
    )
    assert ok, feedback.textLog()
    drawn_from = "/wms" if kind == "wms" else "/tiles/"
    assert any(path.startswith(drawn_from) for path in web.asked)
    assert off_truth_px(found["REGISTERED"], pair[0]) < 1.0


def test_the_toolbox_sees_the_map_like_the_dock(
    process, dock, layers, xyz, wait, tmp_path
):
    found = process(
        "register", SAR=layers[0].id(), OPTICAL=xyz.id(), OUTPUT=str(tmp_path / "out")
    )
    dock.form.models.choose("auto")
    dock.form.sar.setLayer(layers[0])
    dock.form.optical.setLayer(xyz)
    results = []
    dock.resultReady.connect(results.append)
    dock.register()
    wait(lambda: results)
    two = Path(found["REGISTERED"]), Path(results[0]["files"]["registered"])
    assert two[0].read_bytes() == two[1].read_bytes()


def test_only_the_area_of_an_online_map_is_drawn(process, layers, xyz, web, tmp_path):
    box = layers[0].extent()
    area = f"{box.xMinimum()},{box.center().x()},{box.yMinimum()},{box.center().y()}"
    found = process(
        "register",
        SAR=layers[0].id(),
        OPTICAL=xyz.id(),
        AREA=f"{area} [{layers[0].crs().authid()}]",
        OUTPUT=str(tmp_path / "out"),
    )
    assert found["AFTER_PX"] < 1
    some = len({path for path in web.asked if path.startswith("/tiles/")})
    web.asked.clear()
    process("assessalignment", SAR=found["REGISTERED"], OPTICAL=xyz.id())
    assert some < len({path for path in web.asked if path.startswith("/tiles/")})


def test_alignment_with_an_online_map_is_assessed(process, layers, xyz):
    found = process("assessalignment", SAR=layers[0].id(), OPTICAL=xyz.id())
    assert found["STATUS"] == "shifted"


def test_cancel_while_the_map_is_drawn_ends_the_algorithm(
    in_task, layers, xyz, web, tmp_path
):
    web.hold.clear()
    ok, *_ = in_task(
        "register",
        until=lambda: any(path.startswith("/tiles/") for path in web.asked),
        SAR=layers[0].id(),
        OPTICAL=xyz.id(),
        OUTPUT=str(tmp_path / "out"),
    )
    assert not ok and not (tmp_path / "out").exists()


def test_maps_that_cannot_be_used_say_why(process, project, layers, xyz, tmp_path):
    pair = {"SAR": layers[0].id(), "OPTICAL": xyz.id()}
    out = {"OUTPUT": str(tmp_path / "out")}
    stays = "can only be the optical layer that does not move"
    assert stays in process("register", **pair, **out, MOVING="optical")
    assert stays in process("matchpoints", **pair, OUTPUT=str(tmp_path / "m.json"))
    boards = {"A": layers[0].id(), "B": xyz.id()}
    assert stays in process("checkerboard", **boards, OUTPUT=str(tmp_path / "c.tif"))
    nothing = QgsRasterLayer(
        "type=xyz&url=file:///none/{z}/{x}/{y}.png&zmax=1&zmin=0", "none", "wms"
    )
    project.addMapLayer(nothing)
    told = process("register", **{**pair, "OPTICAL": nothing.id()}, **out)
    assert "The online map could not be drawn" in told
    assert "check that this computer is online" in told
    assert not list(tmp_path.glob("*.*")) and not (tmp_path / "out").exists()


@pytest.fixture
def remote(web, project, pair):
    """The pair as cloud-optimised files on the server."""
    made = []
    for path in pair:
        name = Path(path).name
        gdal.Translate(str(web.folder / name), path, format="COG")
        layer = QgsRasterLayer(f"/vsicurl/{web.url}/{name}", Path(path).stem)
        assert layer.isValid()
        made.append(layer)
    project.addMapLayers(made)
    return made


def test_remote_rasters_are_registered_from_the_dock(dock, remote, pair, wait):
    dock.form.sar.setLayer(remote[0])
    dock.form.optical.setLayer(remote[1])
    wait(lambda: "Overlap" in dock.bar.line.text())
    results = []
    dock.resultReady.connect(results.append)
    dock.register()
    wait(lambda: dock.task is None)
    assert results and results[0]["status"] == "ok", dock.panel.text.text()
    assert off_truth_px(results[0]["files"]["registered"], pair[0]) < 1.0


def test_remote_rasters_give_what_local_ones_give(process, remote, web, tmp_path):
    pair = {"SAR": remote[0].id(), "OPTICAL": remote[1].id()}
    found = process("register", **pair, OUTPUT=str(tmp_path / "out"))
    local = [web.folder / name for name in ("sar.tif", "optical.tif")]
    other = tmp_path / "other"
    subprocess.run([SOMA, "register", *local, "--out", other, "--quiet"], check=True)
    registered = Path(found["REGISTERED"]).read_bytes()
    assert registered == (other / "registered.tif").read_bytes()


def test_server_that_is_gone_is_one_sentence(dock, remote, web, wait, tmp_path):
    dock.form.sar.setLayer(remote[0])
    dock.form.optical.setLayer(remote[1])
    wait(lambda: "Overlap" in dock.bar.line.text())
    shutil.rmtree(web.folder)
    # What is known of the files so far is in caches of this process and the worker.
    gdal.VSICurlClearCache()
    dock.engine.stop()
    dock.register()
    wait(lambda: dock.task is None)
    told = dock.panel.text.text()
    assert told.endswith(" cannot be opened.") and "/vsicurl/" in told
    assert not (tmp_path / "Ergebnisse ü").exists()
