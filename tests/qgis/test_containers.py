"""Files that hold several rasters: one of them by its own name, as a layer."""

from array import array
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsRasterLayer,
)
from safe import make_safe

gdal.UseExceptions()


def geotiff(sar, optical, folder):
    """Return a GeoTIFF's second page; the first is something else."""
    path = str(folder / "pages ü.tif")
    gdal.Translate(path, optical, bandList=[1])
    gdal.Translate(path, sar, creationOptions=["APPEND_SUBDATASET=YES"])
    return f"GTIFF_DIR:2:{path}"


def geopackage(sar, optical, folder):
    path = str(folder / "rasters ü.gpkg")
    for source, table, options in (
        (optical, "optical", []),
        (sar, "sar vv", ["APPEND_SUBDATASET=YES"]),
    ):
        gdal.Translate(
            path,
            source,
            format="GPKG",
            creationOptions=[f"RASTER_TABLE={table}", "TILE_FORMAT=PNG", *options],
        )
    return f"GPKG:{path}:sar vv"


def netcdf(sar, optical, folder):
    """Return a variable of a netCDF file of several, with places but no CRS."""
    if gdal.GetDriverByName("netCDF") is None:
        pytest.skip("needs GDAL's netCDF driver")
    path = str(folder / "variables.nc")
    bands = [
        gdal.Translate("", source, format="MEM", bandList=[1])
        for source in (sar, optical)
    ]
    root = gdal.GetDriverByName("netCDF").CreateMultiDimensional(path).GetRootGroup()
    width, height = bands[0].RasterXSize, bands[0].RasterYSize
    x0, dx, _, y0, _, dy = bands[0].GetGeoTransform()
    rows = root.CreateDimension("y", "HORIZONTAL_Y", "", height)
    columns = root.CreateDimension("x", "HORIZONTAL_X", "", width)
    number = gdal.ExtendedDataType.Create(gdal.GDT_Float64)
    for dimension, start, step in ((rows, y0, dy), (columns, x0, dx)):
        axis = root.CreateMDArray(dimension.GetName(), [dimension], number)
        count = dimension.GetSize()
        values = [start + step * (i + 0.5) for i in range(count)]
        axis.Write(array("d", values))
    for name, band in zip(("vv", "red"), bands, strict=True):
        kind = gdal.ExtendedDataType.Create(gdal.GDT_Float32)
        variable = root.CreateMDArray(name, [rows, columns], kind)
        variable.SetSpatialRef(band.GetSpatialRef())
        variable.Write(band.ReadRaster(buf_type=gdal.GDT_Float32), buffer_datatype=kind)
    del root, variable, axis
    return f'NETCDF:"{path}":vv'


def sentinel_1(sar, optical, folder):
    """Return one polarisation of a Sentinel-1 product."""
    if gdal.GetDriverByName("SAFE") is None:
        pytest.skip("needs GDAL's SAFE driver")
    product = folder / "S1A_IW_GRDH ü.SAFE"
    return make_safe(product, {"VV": sar, "VH": optical})


KINDS = [geotiff, geopackage, netcdf, sentinel_1]


@pytest.fixture(params=KINDS)
def inner(request, project, pair, tmp_path):
    """The SAR image as one raster of several in a file."""
    layer = QgsRasterLayer(request.param(*pair, tmp_path), "sar in a file")
    assert layer.isValid()
    if not layer.crs().isValid():
        reference = gdal.Open(pair[0]).GetSpatialRef().GetAuthorityCode(None)
        layer.setCrs(QgsCoordinateReferenceSystem.fromEpsgId(int(reference)))
    project.addMapLayer(layer)
    return layer


def test_raster_in_a_container_is_registered_from_the_dock(dock, inner, layers, wait):
    dock.form.sar.setLayer(inner)
    dock.form.optical.setLayer(layers[1])
    results = []
    dock.resultReady.connect(results.append)
    dock.register()
    wait(lambda: dock.task is None)
    assert results and results[0]["status"] == "ok", dock.panel.text.text()
    assert results[0]["quality"]["expected_error_px"] < 4


def test_raster_in_a_container_is_registered_and_warped_in_the_toolbox(
    process, inner, layers, tmp_path
):
    out = str(tmp_path / "out")
    found = process("register", SAR=inner.id(), OPTICAL=layers[1].id(), OUTPUT=out)
    assert found["EXPECTED_ERROR_PX"] < 4
    warped = process(
        "applytransform",
        TRANSFORM=found["TRANSFORM_FILE"],
        RASTERS=[inner.id()],
        OUTPUT=str(tmp_path / "more"),
    )
    (path,) = map(Path, warped["LAYERS"])
    # A name that every system can write.
    assert path.parent == tmp_path / "more" and not set('<>:"|?*') & set(path.name)
    one, two = gdal.Open(str(path)), gdal.Open(found["REGISTERED"])
    assert one.GetGeoTransform() == two.GetGeoTransform()
    assert (one.ReadAsArray() == two.ReadAsArray()).all()


def test_container_itself_is_one_sentence(plugin, pair, tmp_path):
    name = netcdf(*pair, tmp_path)
    file = name.split('"')[1]
    algorithm = plugin.provider.algorithm("register")
    parameters = {"SAR": file, "OPTICAL": pair[1], "OUTPUT": str(tmp_path / "out")}
    good, why = algorithm.checkParameterValues(parameters, QgsProcessingContext())
    assert not good and "SAR" in why
