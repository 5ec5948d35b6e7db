"""Layers whose source is more than a plain path reach the engine."""

import zipfile

import pytest
from osgeo import gdal
from qgis.core import QgsRasterLayer
from soma.core.base.errors import BadInput
from soma.ui.layers.georeference import placed
from soma.ui.layers.inputs import snapshot

gdal.UseExceptions()


def with_spaces(source, folder):
    path = folder / "ein Ordner ü 影像" / "SAR, Bild (1).tif"
    path.parent.mkdir()
    gdal.Translate(str(path), source)
    return str(path)


def zipped(source, folder):
    path = folder / "mit Leerzeichen ü.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(source, "inner folder/sar.tif")
    return f"/vsizip/{path}/inner folder/sar.tif"


def virtual(source, folder):
    path = str(folder / "ü mosaic.vrt")
    gdal.BuildVRT(path, [source]).FlushCache()
    return path


def in_geopackage(source, folder):
    path = str(folder / "rasters ü.gpkg")
    gdal.Translate(
        path, source, format="GPKG", creationOptions=["RASTER_TABLE=sar"]
    ).FlushCache()
    return f"GPKG:{path}:sar"


def with_options(source, folder):
    return f"{source}|option:NUM_THREADS=1"


@pytest.mark.parametrize(
    "make", [with_spaces, zipped, virtual, in_geopackage, with_options]
)
def test_source_is_registered(dock, project, pair, tmp_path, wait, make):
    layer = QgsRasterLayer(make(pair[0], tmp_path), "sar of another kind")
    assert layer.isValid()
    project.addMapLayer(layer)
    dock.form.sar.setLayer(layer)
    found = []
    dock.resultReady.connect(found.append)
    dock.register()
    wait(lambda: dock.task is None)
    assert found and found[0]["status"] == "ok", dock.panel.text.text()


def test_file_that_is_gone_is_told_as_gone(qapp, pair, tmp_path):
    path = gdal.Translate(str(tmp_path / "gone.tif"), pair[0]).GetDescription()
    raster = snapshot(QgsRasterLayer(path, "my image"))
    (tmp_path / "gone.tif").unlink()
    with pytest.raises(BadInput) as caught:
        placed(raster, tmp_path)
    told = str(caught.value)
    assert "my image" in told and "no longer there" in told and path in told


def test_layer_in_memory_is_told_to_be_saved(qapp, pair, tmp_path):
    gdal.Translate("/vsimem/kept.tif", pair[0])
    raster = snapshot(QgsRasterLayer("/vsimem/kept.tif", "my image"))
    with pytest.raises(BadInput, match="my image is in QGIS's memory alone; save it"):
        placed(raster, tmp_path)
    gdal.Unlink("/vsimem/kept.tif")
