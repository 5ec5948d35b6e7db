"""Outputs of algorithms over files that are there: replaced whole, inputs never."""

import math
import shutil
import statistics
from pathlib import Path

import pytest
from osgeo import gdal, ogr
from qgis.core import (
    QgsContrastEnhancement,
    QgsCoordinateReferenceSystem,
    QgsProcessingOutputLayerDefinition,
    QgsRasterLayer,
    QgsVectorLayer,
)

gdal.UseExceptions()
ogr.UseExceptions()


@pytest.fixture
def copies(pair, tmp_path):
    """The pair in a folder of the test, where it may be overwritten."""
    return [shutil.copy(path, tmp_path) for path in pair]


def loaded(project, path, kind=QgsRasterLayer):
    layer = kind(path, "loaded", "gdal" if kind is QgsRasterLayer else "ogr")
    assert layer.isValid()
    project.addMapLayer(layer)
    return layer


def pixels(layer):
    block = layer.dataProvider().block(1, layer.extent(), layer.width(), layer.height())
    return bytes(block.data())


def pixels_on_disk(path):
    dataset = gdal.Open(path)
    return bytes(dataset.GetRasterBand(1).ReadRaster())


def test_layer_shows_the_file_that_replaced_its_own(
    process, project, pair, layers, tmp_path
):
    out, part = str(tmp_path / "board.tif"), str(tmp_path / "part.tif")
    gdal.Translate(part, pair[0], srcWin=[0, 0, 300, 200])
    two = {"B": layers[1].id()}
    assert process("checkerboard", **two, A=part, OUTPUT=out)["OUTPUT"] == out
    layer = loaded(project, out)
    # Statistics that were stored beside the file are not those of the next one.
    gdal.Info(out, stats=True)
    assert Path(out + ".aux.xml").exists() and layer.width() == 300
    definition = QgsProcessingOutputLayerDefinition(out, project)
    second = process("checkerboard", **two, A=layers[0].id(), OUTPUT=definition)
    assert second["OUTPUT"] == out
    told = layer.dataProvider().bandStatistics(1).mean
    assert math.isclose(told, statistics.fmean(pixels_on_disk(out)), abs_tol=1e-6)
    assert layer.isValid() and layer.extent() == layers[0].extent()
    assert pixels(layer) == pixels_on_disk(out)


def test_style_of_the_layer_stays(process, project, layers, tmp_path):
    out = str(tmp_path / "out")
    pair = {"SAR": layers[0].id(), "OPTICAL": layers[1].id(), "OUTPUT": out}
    path = process("register", **pair)["REGISTERED"]
    layer = loaded(project, path)
    contrast = layer.renderer().contrastEnhancement()
    contrast.setContrastEnhancementAlgorithm(
        QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
    )
    contrast.setMaximumValue(1234)
    assert process("register", **pair, GRID="20")["REGISTERED"] == path
    assert layer.rasterUnitsPerPixelX() == 20
    assert layer.renderer().contrastEnhancement().maximumValue() == 1234
    assert pixels(layer) == pixels_on_disk(path)


def test_match_points_that_are_shown_are_replaced(process, project, layers, tmp_path):
    out = str(tmp_path / "out")
    pair = {"SAR": layers[0].id(), "OPTICAL": layers[1].id(), "OUTPUT": out}
    path = process("register", **pair)["MATCHES"]
    layer = loaded(project, f"{path}|layername=matches", QgsVectorLayer)
    before = layer.featureCount()
    box = layers[1].extent()
    half = f"{box.xMinimum()},{box.center().x()},{box.yMinimum()},{box.yMaximum()}"
    again = process("register", **pair, AREA=f"{half} [{layers[1].crs().authid()}]")
    assert again["MATCHES"] == path
    source = ogr.Open(path)
    assert layer.featureCount() == source.GetLayer("matches").GetFeatureCount() < before
    assert len(list(layer.getFeatures())) == layer.featureCount()
    check = source.ExecuteSQL("PRAGMA integrity_check")
    assert check.GetNextFeature().GetField(0) == "ok"
    source.ReleaseResultSet(check)


def test_match_points_that_are_edited_are_not_replaced(
    process, project, layers, tmp_path
):
    out = str(tmp_path / "out")
    pair = {"SAR": layers[0].id(), "OPTICAL": layers[1].id(), "OUTPUT": out}
    path = Path(process("register", **pair)["MATCHES"])
    layer = loaded(project, f"{path}|layername=matches", QgsVectorLayer)
    report, count = path.with_name("report.html"), layer.featureCount()
    before = report.read_bytes()
    assert layer.startEditing() and layer.deleteFeature(1)
    assert "is open in another program" in process("register", **pair)
    assert report.read_bytes() == before
    assert layer.commitChanges() and layer.featureCount() == count - 1
    # What was edited is overwritten as soon as nobody writes to it any more.
    assert process("register", **pair)["MATCHES"] == str(path)
    assert layer.featureCount() == count


def test_refusal_over_an_earlier_result_leaves_no_mixture(
    process, project, layers, pair, tmp_path
):
    out = str(tmp_path / "out")
    files = {"SAR": layers[0].id(), "OUTPUT": out}
    path = process("register", **files, OPTICAL=layers[1].id())["REGISTERED"]
    layer = loaded(project, path)
    flat = str(tmp_path / "sea.tif")
    gdal.Translate(flat, pair[1], scaleParams=[[0, 255, 90, 90]])
    assert "Refused" in process("register", **files, OPTICAL=flat)
    shown = {p.name for p in (tmp_path / "out").iterdir() if p.name[0] != "."}
    assert shown == {"report.html"}
    # The layer goes on with what it has open, or says that its file is gone.
    pixels(layer)


def as_plain_file(path, project):
    return path


def with_a_crs_of_its_own(path, project):
    edit = gdal.Open(path, gdal.GA_Update)
    crs = edit.GetSpatialRef().GetAuthorityCode(None)
    edit.SetProjection("")
    del edit
    layer = loaded(project, path)
    layer.setCrs(QgsCoordinateReferenceSystem.fromEpsgId(int(crs)))
    return layer.id()


def in_a_mosaic(path, project):
    inner, outer = path + ".inner.vrt", path + ".outer.vrt"
    gdal.BuildVRT(inner, [path]).FlushCache()
    gdal.BuildVRT(outer, [inner]).FlushCache()
    return outer


def as_part_of_a_file(path, project):
    return loaded(project, f"GTIFF_DIR:1:{path}").id()


@pytest.mark.parametrize(
    "source", [as_plain_file, with_a_crs_of_its_own, in_a_mosaic, as_part_of_a_file]
)
def test_input_is_never_overwritten(process, project, copies, source):
    sar, optical = copies
    given = source(sar, project)
    before = Path(sar).read_bytes()
    for name, parameters in (
        ("checkerboard", {"A": given, "B": optical}),
        ("matchpoints", {"SAR": given, "OPTICAL": optical}),
    ):
        told = process(name, **parameters, OUTPUT=sar)
        assert "is one of the inputs and would be overwritten" in told, told
        assert Path(sar).read_bytes() == before


def test_result_cannot_be_registered_into_its_own_folder(process, layers, tmp_path):
    out = str(tmp_path / "out")
    optical = {"OPTICAL": layers[1].id(), "OUTPUT": out}
    path = process("register", **optical, SAR=layers[0].id())["REGISTERED"]
    before = Path(path).read_bytes()
    told = process("register", **optical, SAR=path)
    assert "is one of the inputs and would be overwritten" in told
    assert Path(path).read_bytes() == before


def test_raster_cannot_be_warped_onto_itself(process, layers, tmp_path):
    out = str(tmp_path / "out")
    pair = {"SAR": layers[0].id(), "OPTICAL": layers[1].id()}
    found = process("register", **pair, OUTPUT=out)
    warp = {"TRANSFORM": found["TRANSFORM_FILE"], "OUTPUT": str(tmp_path / "more")}
    (path,) = process("applytransform", **warp, RASTERS=[layers[0].id()])["LAYERS"]
    before = Path(path).read_bytes()
    mosaic = str(Path(path).with_name("sar.vrt"))
    gdal.BuildVRT(mosaic, [path]).FlushCache()
    told = process("applytransform", **warp, RASTERS=[mosaic])
    assert "is one of the inputs and would be overwritten" in told
    assert Path(path).read_bytes() == before


def test_match_that_fails_keeps_the_earlier_file(process, layers, pair, tmp_path):
    out = str(tmp_path / "matches.json")
    files = {"SAR": layers[0].id(), "OUTPUT": out}
    assert process("matchpoints", **files, OPTICAL=layers[1].id())["MATCHES"] > 10
    before = Path(out).read_bytes()
    assert "Processing" not in process(
        "matchpoints", **files, OPTICAL=layers[1].id(), SAR_BANDS=[99]
    )
    assert Path(out).read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"matches.json"}
