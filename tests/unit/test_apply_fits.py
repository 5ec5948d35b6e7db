"""For which rasters a transform holds: those on the pixels that were registered."""

import json

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from soma.core import api
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid
from soma.core.products.apply import apply, fits
from soma.core.transform.linear import Affine2D
from soma.core.transform.transform_file import Registration

UTM, OTHER_UTM = CRS.from_epsg(32632), CRS.from_epsg(32633)
#: 60 x 40 pixels of 10 m.
OWN = Affine(10, 0, 500_000, 0, -10, 5_300_000)
#: The image that stays: 50 x 30 pixels of 12 m, 200 m further east.
STAYS = Affine(12, 0, 500_200, 0, -12, 5_300_000)
#: What the transform does: 47 working pixels to the east.
SHIFT = np.array([[1, 0, 47.0], [0, 1, 0], [0, 0, 1]])


@pytest.fixture
def raster(tmp_path):
    """Return a function that writes a raster and returns its name."""

    def write(name, transform, width, height, crs=UTM):
        path = str(tmp_path / f"{name}.tif")
        kind = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": crs}
        with rasterio.open(
            path, "w", width=width, height=height, transform=transform, **kind
        ) as out:
            out.write(np.full((1, height, width), 9, np.uint8))
        return path

    return write


@pytest.fixture
def transform(tmp_path, raster):
    """The transform.json of a registration, and its two rasters."""
    moving, stays = raster("moving", OWN, 60, 40), raster("stays", STAYS, 50, 30)
    working = Grid(UTM, OWN, 60, 40)
    found = Registration(
        working,
        Affine2D(SHIFT),
        working,
        Grid(UTM, STAYS, 50, 30),
        "gradient",
        mov_file=moving,
        ref_file=stays,
    )
    found.write(tmp_path / "transform.json")
    return str(tmp_path / "transform.json")


def warped(transform, path, tmp_path, **options):
    return apply(transform, [path], str(tmp_path / "out"), **options)


FITTING = {
    "the same": (OWN, 60, 40, UTM),
    "coarser band": (OWN * Affine.scale(2), 30, 20, UTM),
    "finer band": (OWN * Affine.scale(0.5), 120, 80, UTM),
    "rounded up": (OWN * Affine.scale(7), 9, 6, UTM),
}
OTHER = {
    "clipped": ((OWN * Affine.translation(10, 5), 40, 30, UTM), "40 x 30"),
    "next to it": ((OWN * Affine.translation(30, 0), 60, 40, UTM), "30 pixels beside"),
    "off by a fraction": (
        (OWN * Affine.translation(0.5, 0), 60, 40, UTM),
        "0.5 pixels beside",
    ),
}
NEVER = {
    "on what stays": ((STAYS, 50, 30, UTM), "stays"),
    "other zone": ((OWN, 60, 40, OTHER_UTM), "other ground"),
    "far away": ((OWN * Affine.translation(0, 90), 60, 40, UTM), "other ground"),
    "bare": ((Affine.identity(), 60, 40, None), "no georeference"),
}


@pytest.mark.parametrize("name", FITTING)
def test_rasters_on_the_same_pixels_are_warped(transform, raster, tmp_path, name):
    path = raster(name, *FITTING[name])
    assert [found["fit"] for found in fits(transform, [path])] == ["same"]
    (out,) = warped(transform, path, tmp_path, grid="own")
    with rasterio.open(out) as done:
        assert done.bounds.left == pytest.approx(500_470, abs=done.res[0])


@pytest.mark.parametrize("name", OTHER)
def test_rasters_on_other_pixels_are_warped_when_allowed(
    transform, raster, tmp_path, name
):
    values, words = OTHER[name]
    path = raster(name, *values)
    (found,) = fits(transform, [path])
    assert found["fit"] == "other" and words in found["text"]
    with pytest.raises(BadInput, match=words):
        warped(transform, path, tmp_path)
    assert not (tmp_path / "out").exists()
    assert warped(transform, path, tmp_path, other_pixels=True)


@pytest.mark.parametrize("name", NEVER)
def test_what_cannot_be_meant_is_never_warped(transform, raster, tmp_path, name):
    values, words = NEVER[name]
    path = raster(name, *values)
    (found,) = fits(transform, [path])
    assert found["fit"] == "never" and words in found["text"]
    for allowed in (False, True):
        with pytest.raises(BadInput, match=words):
            warped(transform, path, tmp_path, other_pixels=allowed)


def test_reference_stays_where_it_has_the_pixels_of_the_moving_image(tmp_path, raster):
    moving, stays = raster("moving", OWN, 60, 40), raster("stays", OWN, 60, 40)
    grid = Grid(UTM, OWN, 60, 40)
    names = {"mov_file": moving, "ref_file": stays}
    found = Registration(grid, Affine2D(SHIFT), grid, grid, "gradient", **names)
    path = tmp_path / "transform.json"
    found.write(path)
    other = raster("other date", OWN, 60, 40)
    answers = fits(str(path), [moving, other, stays])
    assert [answer["fit"] for answer in answers] == ["same", "same", "never"]
    with pytest.raises(BadInput, match="stays"):
        warped(str(path), stays, tmp_path, other_pixels=True)


def test_file_that_cannot_be_read_is_told(transform, raster, tmp_path):
    (tmp_path / "text.tif").write_text("no raster")
    good = str(tmp_path / "moving.tif")
    answers = api.fits(transform, [good, str(tmp_path / "text.tif")])
    assert [answer["fit"] for answer in answers] == ["same", "never"]
    assert "text.tif" in answers[1]["text"]


def test_transforms_of_earlier_versions_name_no_files(transform, raster, tmp_path):
    """What they lack is only how the reference is known among equal pixels."""

    path = tmp_path / "transform.json"
    values = json.loads(path.read_text())
    del values["mov_file"], values["ref_file"]
    path.write_text(json.dumps(values))
    stays, moving = str(tmp_path / "stays.tif"), str(tmp_path / "moving.tif")
    answers = fits(transform, [moving, stays])
    assert [answer["fit"] for answer in answers] == ["same", "never"]
