import json

import numpy as np
import pytest
from rasterio.control import GroundControlPoint
from soma.core.base.errors import BadInput
from soma.core.products.describe import describe
from true_places import linear_rpc


def test_a_plain_image(make_raster):
    data = np.zeros((3, 60, 80))
    data[:, 10:50, 20:70] = np.random.default_rng(0).integers(1, 200, (3, 40, 50))
    about = describe(make_raster("a rgb.tif", data=data, dtype="uint8"))
    json.dumps(about, allow_nan=False)
    assert (about["width"], about["height"], about["driver"]) == (80, 60, "GTiff")
    assert about["crs"] == "EPSG:32632" and about["geotransform"] == "north-up"
    assert about["gsd_m"] == pytest.approx([10, 10], rel=1e-2)
    assert about["valid_window"] == [20, 10, 70, 50]
    assert about["valid_share"] == pytest.approx(40 * 50 / (60 * 80))
    assert about["modality"] == "optical" and about["matching_bands"] == [1, 2, 3]
    assert "zeros connected to the border" in about["nodata_why"]
    assert len(about["bands"]) == 3


def test_sar_in_decibel(make_raster):
    data = np.random.default_rng(0).normal(-12, 4, (2, 60, 80))
    path = make_raster(data=data, descriptions=("VV", "VH"), nodata=np.nan)
    about = describe(path)
    json.dumps(about, allow_nan=False)
    assert about["modality"] == "sar" and about["nodata"] == "nan"
    assert [band["values"] for band in about["bands"]] == ["dB", "dB"]
    assert about["bands"][0]["median"] == pytest.approx(-12, abs=0.5)


def test_a_grd_says_how_it_is_placed(make_raster):
    gcps = [
        GroundControlPoint(row=r, col=c, x=10 + c / 9e3 + r / 5e4, y=45 - r / 1e4)
        for c in range(0, 130, 16)
        for r in range(0, 100, 16)
    ]
    path = make_raster(
        "s1a-iw-grd-vv-20200101.tif", crs="EPSG:4326", gcps=gcps, dtype="uint16"
    )
    about = describe(path)
    assert about["sensor"] == "Sentinel-1 GRD" and about["modality"] == "sar"
    assert about["geotransform"] == "control points"
    assert about["gcp_count"] == len(gcps)
    assert "ground control points" in about["use"]
    assert len(about["gcp_rms_px_by_order"]) == 3
    assert about["crs"].startswith("EPSG:326")


def test_rational_polynomials_are_said(make_raster):
    rpcs = linear_rpc((96, 128), (12.0, 46.0), (0.01, 0.01))
    about = describe(make_raster(crs=None, rpcs=rpcs, dtype="uint16"))
    assert about["has_rpc"] and about["geotransform"] == "rational polynomials"


def test_bare_complex_images(make_raster):
    data = np.full((30, 30), 3 + 4j)
    about = describe(make_raster(data=data, crs=None, dtype="complex64"))
    assert about["complex"] and about["crs"] is None and about["gsd_m"] is None
    assert "amplitude" in about["use"]


def test_one_empty_band_is_no_error(make_raster):
    data = np.random.default_rng(0).uniform(1, 9, (3, 30, 30))
    data[1] = np.nan
    about = describe(make_raster(data=data))
    assert "median" not in about["bands"][1] and "median" in about["bands"][2]


def test_empty_images_are_refused(make_raster):
    with pytest.raises(BadInput, match="no valid pixels"):
        describe(make_raster(data=np.zeros((30, 30)), nodata=0))


def test_real_scenes(scenes):
    for path in sorted(scenes.glob("*.tif")):
        about = describe(str(path))
        json.dumps(about, allow_nan=False)
        assert about["modality"] == ("sar" if "_sar" in path.name else "optical")
