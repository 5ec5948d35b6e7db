"""Files that hold no pixels themselves: the one that does is named."""

import shutil
import zipfile

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.transform import Affine
from soma.core.base.errors import BadInput
from soma.core.raster.open import open_source

AT = Affine(10, 0, 7e5, 0, -10, 3.18e6)


def write(path, driver="ENVI"):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.random.default_rng(0).integers(1, 255, (1, 40, 50), np.uint8)
    kind = {"driver": driver, "dtype": "uint8", "count": 1}
    with rasterio.open(
        path, "w", width=50, height=40, crs="EPSG:32643", transform=AT, **kind
    ) as out:
        out.write(data)


def said(path):
    with pytest.raises(BadInput) as told, open_source(str(path)):
        pass
    return told.value


@pytest.mark.parametrize("data", ["a.img", "a.dat", "a", "a.bin"])
def test_a_header_names_its_data(tmp_path, data):
    write(tmp_path / data)
    shutil.move(tmp_path / "a.hdr", tmp_path / "b.hdr")
    whole = (tmp_path / data).rename(tmp_path / data.replace("a", "b", 1))
    error = said(tmp_path / "b.hdr")
    assert error.message.values["files"] == [str(whole)]
    with open_source(str(whole)) as source:
        assert source.grid.transform == AT


def test_a_header_after_the_whole_name_does_so_too(tmp_path):
    write(tmp_path / "a.bin")
    (tmp_path / "a.hdr").rename(tmp_path / "a.bin.hdr")
    error = said(tmp_path / "a.bin.hdr")
    assert error.message.values["files"] == [str(tmp_path / "a.bin")]


def test_a_product_of_snap_names_its_bands(tmp_path):
    (tmp_path / "S1.dim").write_text(
        "<Dimap_Document><Metadata_Id><METADATA_FORMAT>DIMAP</METADATA_FORMAT>"
        "</Metadata_Id></Dimap_Document>"
    )
    for band in ("Sigma0_VH", "Sigma0_VV"):
        write(tmp_path / "S1.data" / f"{band}.img")
    files = said(tmp_path / "S1.dim").message.values["files"]
    folder = tmp_path / "S1.data"
    assert files == [str(folder / "Sigma0_VH.img"), str(folder / "Sigma0_VV.img")]
    assert said(folder).message.values["files"] == files


def test_folders_and_archives_name_what_lies_in_them(tmp_path):
    scene = tmp_path / "S1.SAFE" / "measurement" / "vv.tiff"
    write(scene, "GTiff")
    assert said(tmp_path / "S1.SAFE").message.values["files"] == [str(scene)]
    packed = tmp_path / "S1.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(scene, "S1.SAFE/measurement/vv.tiff")
        archive.writestr("S1.SAFE/manifest.safe", "x")
    (name,) = said(packed).message.values["files"]
    with open_source(name) as source:
        assert source.grid.transform == AT
    (tmp_path / "empty").mkdir()
    assert "empty is a folder" in str(said(tmp_path / "empty"))


def test_what_only_netcdf_places_is_named_so(tmp_path):
    write(tmp_path / "a.tif", "GTiff")
    rasterio.shutil.copy(
        tmp_path / "a.tif", tmp_path / "a.nc", driver="netCDF", format="NC4"
    )
    error = said(f'HDF5:"{tmp_path / "a.nc"}"://Band1')
    with open_source(error.message.values["other"]) as source:
        assert source.grid.transform.almost_equals(AT) and source.grid.crs is not None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
            "git lfs pull",
        ),
        ("\n<!DOCTYPE html>\n<html><title>Login</title></html>", "is a web page"),
        ("no raster", "not a raster"),
    ],
)
def test_what_was_never_downloaded_is_told(tmp_path, content, says):
    (tmp_path / "scene.tif").write_text(content)
    error = said(tmp_path / "scene.tif")
    assert "scene.tif" in str(error) and says in str(error)
