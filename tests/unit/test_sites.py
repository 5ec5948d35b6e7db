"""Pairs in a system of their own are registered in it, and it is written out again.

Pixels of the moving image hold the true place of their centre while its geotransform
is wrong by a known amount, as in ``test_rasters_end_to_end``.
"""

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from fakes import FakeMatcher
from soma.core.base.errors import BadInput
from soma.core.base.grid import BARE, apply_affine, matrix
from soma.core.base.job import Job
from soma.core.pipeline.register import register
from soma.core.products.describe import describe
from soma.core.raster.pair import open_pair

LOCAL = 'LOCAL_CS["site grid",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
OTHER = LOCAL.replace("site grid", "mine grid")
ENGINEERING = (
    'ENGCRS["mine grid",EDATUM["mine"],CS[Cartesian,2],'
    'AXIS["easting (X)",east,ORDER[1],LENGTHUNIT["metre",1]],'
    'AXIS["northing (Y)",north,ORDER[2],LENGTHUNIT["metre",1]]]'
)
MOON = (
    'PROJCS["Moon",GEOGCS["Moon",DATUM["Moon",SPHEROID["Moon",1737400,0]],'
    'PRIMEM["Reference Meridian",0],UNIT["degree",0.0174532925199433]],'
    'PROJECTION["Equirectangular"],UNIT["metre",1]]'
)
#: The moving image is twice as coarse, covers a part and lies off by OFF.
REF_AT = Affine(0.5, 0, 2000, 0, -0.5, 900)
MOV_AT = Affine(1, 0, 2010, 0, -1, 890)
OFF = np.array([3.0, -4.0])


@pytest.fixture
def pair(tmp_path):
    """Return a function that writes a pair: names of moving image and reference."""

    def write(mov_crs, ref_crs, mov_at=MOV_AT, ref_at=REF_AT):
        at = np.meshgrid(np.arange(100) + 0.5, np.arange(90) + 0.5)
        place = np.stack(mov_at * at) + OFF[:, None, None]
        noise = np.random.default_rng(0).integers(1, 255, (1, 200, 240), np.uint8)
        files = []
        for name, data, crs, transform in (
            ("mov", place.astype(np.float32), mov_crs, mov_at),
            ("ref", noise, ref_crs, ref_at),
        ):
            path = str(tmp_path / f"{name}.tif")
            size = {"width": data.shape[2], "height": data.shape[1]}
            kind = {"driver": "GTiff", "dtype": data.dtype.name, "count": len(data)}
            with rasterio.open(
                path, "w", crs=crs, transform=transform, **size, **kind
            ) as file:
                file.write(data)
            files.append(path)
        return files

    return write


@pytest.mark.parametrize(
    ("mov_crs", "ref_crs"),
    [
        *((LOCAL, LOCAL), (ENGINEERING, ENGINEERING), (MOON, MOON)),
        *((None, None), (None, LOCAL)),
    ],
)
def test_two_images_of_one_site_are_registered_in_it(pair, tmp_path, mov_crs, ref_crs):
    mov, ref = pair(mov_crs, ref_crs)
    job = Job(sar=mov, optical=ref, out=str(tmp_path / "out"))
    with open_pair(job) as opened:
        working = opened.grid
    assert (working.gsd, working.bounds) == (1.0, (2010.0, 800.0, 2110.0, 890.0))
    moved = Affine.translation(*OFF)
    truth = matrix(~working.transform * moved * working.transform)
    matcher = FakeMatcher(lambda xy: apply_affine(truth, xy), spacing_px=6)
    result = register(job, matcher)
    assert result.status == "ok", result.reason
    with rasterio.open(ref) as file:
        named = file.crs
    with rasterio.open(tmp_path / "out/registered.tif") as out:
        assert out.crs == named
        said, valid = out.read(), out.read_masks(1) > 0
        grid = np.meshgrid(np.arange(out.width) + 0.5, np.arange(out.height) + 0.5)
        off = np.hypot(*(said - np.stack(out.transform * grid)))
    assert valid.sum() > 20_000 and np.median(off[valid]) < 0.1
    for name in ("checkerboard.tif", "quality.tif"):
        with rasterio.open(tmp_path / "out" / name) as out:
            assert out.crs == named
    lines = (tmp_path / "out/matches.points").read_text().splitlines()
    assert lines[0].startswith("#CRS: ") == (named is not None)
    info = pyogrio.read_info(tmp_path / "out/matches.gpkg", layer="matches")
    names = {
        LOCAL: "site grid",
        MOON: "Moon",
        ENGINEERING: "mine grid",
        None: "Undefined",
    }
    assert names[ref_crs] in info["crs"]


@pytest.mark.parametrize(
    ("mov_crs", "mov_at"),
    [
        (OTHER, MOV_AT),
        (MOON, MOV_AT),
        (LOCAL, BARE),
        (LOCAL, Affine(1, 0, 9000, 0, -1, 890)),
    ],
)
def test_images_of_two_sites_are_matched_by_their_pixels(pair, mov_crs, mov_at):
    mov, ref = pair(mov_crs, LOCAL, mov_at)
    with open_pair(Job(sar=mov, optical=ref)) as opened:
        assert not opened.georeferenced


def test_an_area_is_one_of_the_site(pair):
    mov, ref = pair(LOCAL, LOCAL)
    area = (2030.0, 820.0, 2080.0, 870.0)
    with open_pair(Job(sar=mov, optical=ref, aoi=area)) as opened:
        assert opened.grid.bounds == area
    with pytest.raises(BadInput):
        with open_pair(Job(sar=mov, optical=ref, aoi=area, aoi_crs="EPSG:4326")):
            pass


def test_a_site_is_told(pair):
    assert "site grid" in describe(pair(LOCAL, LOCAL)[0])["crs"]


def test_masks_of_the_site_lie_where_they_say(pair, tmp_path):
    mov, ref = pair(LOCAL, LOCAL)
    corner = np.array([shapely.to_wkb(shapely.box(2000, 870, 2030, 900))])
    shapes = str(tmp_path / "mask.gpkg")
    kind = {"driver": "GPKG", "geometry_type": "Polygon", "layer_options": {"SRID": -1}}
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.raw.write(shapes, corner, [], np.array([], object), **kind, crs=None)
    marked = np.zeros((30, 30), np.uint8)
    marked[:20, :20] = 1
    raster = str(tmp_path / "mask.tif")
    at = Affine(1, 0, 2010, 0, -1, 890)
    size = {"driver": "GTiff", "width": 30, "height": 30, "count": 1}
    with rasterio.open(
        raster, "w", dtype="uint8", crs=LOCAL, transform=at, **size
    ) as file:
        file.write(marked[None])
    for mask in (shapes, raster):
        with open_pair(Job(sar=mov, optical=ref, optical_mask=mask)) as opened:
            valid = opened.tile(0, 0, 100, 90).ref.valid
        assert not valid[:19, :19].any() and valid[32:, 32:].all(), mask


def test_the_moon_lies_nowhere_on_the_earth(pair):
    mov, ref = pair(MOON, "EPSG:32632")
    with open_pair(Job(sar=mov, optical=ref)) as opened:
        assert not opened.georeferenced and opened.ref.has_georeference
