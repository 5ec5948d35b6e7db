"""Rasters that QGIS places in its own way: the result lands where QGIS shows them."""

import json
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import odd_rasters as odd
import pytest
from checkout import SOMA
from osgeo import gdal
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
)


@pytest.fixture(scope="module")
def usual(qapp, pair, tmp_path_factory):
    """The result of the pair as it is, which other tests hold against the truth."""
    folder = tmp_path_factory.mktemp("usual") / "out"
    subprocess.run([SOMA, "register", *pair, "--out", folder, "--quiet"], check=True)
    return QgsRasterLayer(str(folder / "registered.tif"), "usual")


def run(dock, wait):
    found = []
    dock.resultReady.connect(found.append)
    dock.register()
    wait(lambda: dock.task is None)
    assert found, dock.panel.text.text()
    assert found[0]["status"] == "ok", found[0]["reason"]
    return QgsRasterLayer(found[0]["files"]["registered"], "registered")


CASES = {
    "SAR rotated": (odd.rotated, None),
    "SAR south-up": (odd.south_up, None),
    "SAR by control points": (odd.placed_by_gcps, None),
    "SAR by bent control points": (partial(odd.placed_by_bent_gcps, most_px=1), None),
    "SAR by RPC": (odd.placed_by_rpcs, None),
    "SAR in degrees": (odd.in_degrees, None),
    "SAR in the next zone": (odd.in_next_zone, None),
    "optical rotated": (None, odd.rotated),
    "optical south-up": (None, odd.south_up),
    "optical by control points": (None, odd.placed_by_gcps),
    "optical by bent control points": (None, odd.placed_by_bent_gcps),
    "optical by RPC": (None, odd.placed_by_rpcs),
    "optical in degrees": (None, odd.in_degrees),
    "optical in the next zone": (None, odd.in_next_zone),
    "both": (odd.placed_by_gcps, odd.south_up),
}


#: A pixel of 10 m, as long as it is drawn in Web Mercator at 46 degrees north.
PIXEL = 14.4


def made(case, layers, folder):
    """Return (SAR, optical) layers of a case, and how far QGIS draws them off."""
    pair, offsets = [], []
    for make, layer in zip(CASES[case], layers, strict=True):
        if make is None:
            pair.append(layer)
            offsets.append(np.zeros((9, 2)))
            continue
        pair.append(odd.layer_of(make, layer.source(), folder, f"odd {layer.name()}"))
        offsets.append(odd.offsets_in_qgis(layer, pair[-1], layers[1]))
    return pair, offsets


@pytest.mark.parametrize("case", CASES)
def test_result_lands_where_qgis_shows_the_pair(
    dock, project, layers, usual, tmp_path, wait, case
):
    (sar, optical), (_, off) = made(case, layers, tmp_path)
    project.addMapLayers([sar, optical])
    dock.form.sar.setLayer(sar)
    dock.form.optical.setLayer(optical)
    result = run(dock, wait)
    found = odd.offsets_in_qgis(usual, result, layers[1])
    assert abs(np.median(found - off, axis=0)).max() < 0.5 * PIXEL
    if CASES[case][0] is None:
        # Bends of the moving image are matter of the transform that was found, and in
        # the corners two of them, each found by itself, differ most.
        assert abs(found - off).max() < 1.5 * PIXEL


@pytest.fixture
def process(plugin):
    """Return a function that runs an algorithm on layers of the project."""

    def run(name, **parameters):
        algorithm = plugin.provider.algorithm(name).create()
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        context.setProject(QgsProject.instance())
        return algorithm.processAlgorithm(parameters, context, feedback)

    return run


def test_the_toolbox_sees_the_same_ground(process, project, layers, usual, tmp_path):
    case = "optical by bent control points"
    (sar, optical), (_, off) = made(case, layers, tmp_path)
    project.addMapLayer(optical)
    out = process(
        "register", SAR=sar.id(), OPTICAL=optical.id(), OUTPUT=str(tmp_path / "out")
    )
    result = QgsRasterLayer(out["REGISTERED"], "registered")
    found = odd.offsets_in_qgis(usual, result, layers[1])
    assert abs(found - off).max() < PIXEL


def test_the_toolbox_takes_the_crs_of_the_layer(process, project, layers, tmp_path):
    bare = str(tmp_path / "bare.tif")
    gdal.Translate(bare, layers[0].source())
    edit = gdal.Open(bare, gdal.GA_Update)
    edit.SetProjection("")
    del edit
    layer = QgsRasterLayer(bare, "bare")
    layer.setCrs(layers[0].crs())
    project.addMapLayer(layer)
    pair = {"SAR": layer.id(), "OPTICAL": layers[1].id()}
    out = process("register", **pair, OUTPUT=str(tmp_path / "out"))
    told = json.loads(Path(out["TRANSFORM_FILE"]).read_text())
    assert QgsRasterLayer(out["REGISTERED"], "r").crs() == layers[1].crs()
    assert out["EXPECTED_ERROR_PX"] < 4 and told["kind"]


def test_points_of_files_stay_in_pixels_of_the_files(
    process, project, layers, tmp_path
):
    case = "optical by control points"
    (sar, optical), _ = made(case, layers, tmp_path)
    project.addMapLayer(optical)
    found = {}
    for layer in (layers[1], optical):
        path = str(tmp_path / f"{layer.name()}.json")
        process("matchpoints", SAR=sar.id(), OPTICAL=layer.id(), OUTPUT=path)
        told = json.loads(Path(path).read_text())["matches"]
        found[layer.name()] = np.array(told["ref_xy"]).mean(axis=0)
    middle = np.subtract(*found.values())
    assert abs(middle).max() < 10
