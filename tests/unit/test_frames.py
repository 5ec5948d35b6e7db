"""Frames without CRS: what is warped lies where QGIS shows the reference."""

import json

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from soma.core.base.errors import BadInput, Refused
from soma.core.base.grid import Grid
from soma.core.base.job import Job
from soma.core.products.apply import apply, fits
from soma.core.products.compare import compare_rasters
from soma.core.raster.fingerprint import fingerprint
from soma.core.raster.open import open_source
from soma.core.raster.pair import open_pair
from soma.core.transform.linear import Affine2D
from soma.core.transform.transform_file import Registration
from soma.core.transform.transform_reader import read

#: A raster without geotransform is shown from (0, 0) to (width, -height).
SHOWN = Affine.scale(1, -1)
SITE = Affine(0.5, 0, 2000, 0, -0.5, 900)
LOCAL = 'LOCAL_CS["site grid",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
#: Moving to reference pixels.
MOVED = np.array([[1.01, 0.02, 7.25], [-0.02, 1.01, -4.5], [0, 0, 1]])


def ramp(width, height, scale=1.0):
    """Return for every pixel where its centre is in the moving image, (2, h, w)."""
    at = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack(at).astype(np.float32) * np.float32(scale)


@pytest.fixture
def save(tmp_path):
    """Return a function that writes a raster without CRS, or in a site grid."""

    def write(name, data, transform=None, crs=None):
        path = str(tmp_path / f"{name}.tif")
        kind = {"driver": "GTiff", "dtype": data.dtype.name, "count": len(data)}
        if transform is not None:
            kind["transform"] = transform
        size = {"width": data.shape[2], "height": data.shape[1]}
        with rasterio.open(path, "w", crs=crs, **size, **kind) as out:
            out.write(data)
        return path

    return write


def registration(tmp_path, mov, ref):
    """Write the transform.json of a pair without CRS; returns its name."""
    with open_source(mov) as a, open_source(ref) as b:
        found = Registration(
            b.grid, Affine2D(MOVED), a.grid, b.grid, "gradient", mov_working=a.grid
        )
    found.write(tmp_path / "transform.json")
    return str(tmp_path / "transform.json")


def error_px(path, shown):
    """Return how far pixels lie from where they belong, as shown on the reference."""
    with rasterio.open(path) as out:
        found, valid = out.read(), out.read_masks(1) > 0
        centres = np.meshgrid(np.arange(out.width) + 0.5, np.arange(out.height) + 0.5)
        on_map = out.transform * centres
    x, y = ~shown * on_map
    true = np.einsum("ij,jhw->ihw", np.linalg.inv(MOVED)[:2], [x, y, np.ones_like(x)])
    inside = valid & (np.abs(true - 40) < 36).all(axis=0)
    assert inside.sum() > 2000
    return np.hypot(*(found - true))[inside].max()


FRAMES = {
    "bare": (None, None, None, SHOWN),
    "world file": (SITE, Affine(0.5, 0, 2003, 0, -0.5, 901), None, SITE),
    "site grid": (SITE, SITE, LOCAL, SITE),
    "rows upwards": (Affine(2, 0, 5, 0, 2, 7), Affine(2, 0, 5, 0, 2, 7), None, None),
}


@pytest.mark.parametrize("name", FRAMES)
def test_result_lies_on_the_reference_as_shown(tmp_path, save, name):
    at, mov_at, crs, shown = FRAMES[name]
    ref = save("ref", np.ones((1, 90, 110), np.uint8), at, crs)
    mov = save("mov", ramp(80, 80), mov_at, crs)
    found = registration(tmp_path, mov, ref)
    (out,) = apply(found, [mov], str(tmp_path / "out"), resampling="bilinear")
    assert error_px(out, shown or at) < 1e-3
    board = tmp_path / "board.tif"
    compare_rasters(out, ref, board)
    with rasterio.open(board) as made, rasterio.open(out) as whole:
        assert made.transform == whole.transform
        alpha = made.read(4)
        x, y = ~(shown or at) * (
            made.transform
            * np.meshgrid(np.arange(made.width) + 0.5, np.arange(made.height) + 0.5)
        )
        covered = (x > 1) & (x < 109) & (y > 1) & (y < 89)
        assert (alpha[covered] == 255).all()


@pytest.mark.parametrize("size", [40, 160, 120])
def test_a_scene_of_another_size_is_scaled_and_said(tmp_path, save, size):
    ref = save("ref", np.ones((1, 90, 110), np.uint8))
    found = registration(tmp_path, save("mov", ramp(80, 80)), ref)
    other = save("other", ramp(size, size, 80 / size))
    (answer,) = fits(found, [other])
    assert answer["fit"] == "same"
    assert f"{size} x {size}" in answer["text"] and "80 x 80" in answer["text"]
    (out,) = apply(found, [other], str(tmp_path / "out"), resampling="bilinear")
    assert error_px(out, SHOWN) < 1e-3


def test_a_scene_of_another_shape_is_refused(tmp_path, save):
    ref = save("ref", np.ones((1, 90, 110), np.uint8))
    found = registration(tmp_path, save("mov", ramp(80, 80)), ref)
    other = save("other", ramp(80, 60))
    with pytest.raises(BadInput, match="80 x 60"):
        apply(found, [other], str(tmp_path / "out"))
    assert apply(found, [other], str(tmp_path / "out"), other_pixels=True)


def test_a_raster_that_was_changed_since_is_said(tmp_path, save):
    ref, mov = save("ref", np.ones((1, 90, 110), np.uint8)), save("mov", ramp(80, 80))
    path = registration(tmp_path, mov, ref)
    with open_source(mov) as source:
        values = {**json.loads(open(path).read()), "mov_file": mov}
        values["mov_fingerprint"] = fingerprint(source)
    (tmp_path / "transform.json").write_text(json.dumps(values))
    assert fits(path, [mov])[0]["text"] == ""
    with rasterio.open(mov, "r+") as file:
        file.update_tags(NOTE="no pixel of it changed")
        file.build_overviews([2])
    assert fits(path, [mov])[0]["text"] == ""
    save("mov", ramp(80, 80) + 1)
    (answer,) = fits(path, [mov])
    assert answer["fit"] == "same" and "was changed since" in answer["text"]
    # Another band of the scene holds other pixels, as it should.
    assert fits(path, [save("vh", ramp(80, 80) + 2)])[0]["text"] == ""


def test_transforms_of_earlier_versions_hold_for_bare_images(tmp_path, save):
    """They counted rows downwards."""
    ref = save("ref", np.ones((1, 90, 110), np.uint8))
    mov = save("mov", ramp(80, 80))
    path = registration(tmp_path, mov, ref)
    values = json.loads(open(path).read())
    for key in ("working", "mov_working", "mov_grid", "ref_grid"):
        values[key]["transform"] = [1, 0, 0, 0, 1, 0]
    (tmp_path / "transform.json").write_text(json.dumps(values))
    assert read(tmp_path / "transform.json").ref_grid == Grid(None, SHOWN, 110, 90)
    (out,) = apply(path, [mov], str(tmp_path / "out"), resampling="bilinear")
    assert error_px(out, SHOWN) < 1e-3


@pytest.mark.parametrize(
    "transform", [Affine(0, 0, 5, 0, 0, 5), Affine(float("nan"), 0, 5, 0, -1, 5)]
)
def test_frames_that_cannot_be_are_none(save, transform):
    with open_source(save("odd", ramp(20, 20), transform)) as source:
        assert source.grid == Grid(None, SHOWN, 20, 20)


def test_a_crs_without_geotransform_places_nothing(tmp_path, save):
    """What is found with such an image is applied to its other bands as well."""
    bare = save("bare", ramp(80, 80), None, CRS.from_epsg(32632))
    with open_source(bare) as source:
        assert source.grid == Grid(None, SHOWN, 80, 80)
    ref = save("ref", np.ones((1, 90, 110), np.uint8))
    (out,) = apply(registration(tmp_path, bare, ref), [bare], str(tmp_path / "out"))
    assert error_px(out, SHOWN) < 0.1


def test_searching_anywhere_ignores_a_placement_elsewhere(make_raster):
    sar = make_raster("s.tif", origin=(9e5, 5e6), shape=(96, 128))
    optical = make_raster("o.tif", shape=(96, 128))
    with pytest.raises(Refused), open_pair(Job(sar=sar, optical=optical)):
        pass
    with open_pair(Job(sar=sar, optical=optical, search="any")) as pair:
        assert not pair.georeferenced
        assert pair.frames[0].crs == CRS.from_epsg(32632)
        both = pair.overview(200)
        assert both.ref.valid.all() and both.mov.valid.all()
