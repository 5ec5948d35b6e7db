"""Copies of rasters that lost tiles are found out."""

import numpy as np
import pytest
import rasterio
from rasterio.shutil import copy
from soma.core.warp.completeness import check_complete, check_copied


def plain(path, pixels, mask=None):
    shape = {"width": pixels.shape[1], "height": pixels.shape[0], "count": 1}
    tiles = {"tiled": True, "blockxsize": 256, "blockysize": 256}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            path, "w", driver="GTiff", dtype=pixels.dtype, **shape, **tiles
        ) as out,
    ):
        out.write(pixels, 1)
        if mask is not None:
            out.write_mask(mask)
    return path


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(1, 65535, (600, 700), np.uint16)


def cog(path, source):
    copy(source, path, driver="COG", compress="DEFLATE", blocksize=256)
    return path


@pytest.mark.parametrize("has_mask", [False, True])
def test_a_whole_copy_is_whole(tmp_path, noise, has_mask):
    noise[:300, :300] = 0
    mask = noise > 20000 if has_mask else None
    source = plain(tmp_path / "a.tif", noise, mask)
    made = cog(tmp_path / "b.tif", source)
    for path in (source, made):
        check_complete(path, has_mask)
    check_copied(source, made, has_mask)


@pytest.mark.parametrize("of_mask", [False, True])
def test_an_emptied_tile_is_found(tmp_path, noise, of_mask):
    mask = np.ones(noise.shape, bool) if of_mask else None
    source = plain(tmp_path / "a.tif", noise, mask)
    lost = noise.copy()
    (mask if of_mask else lost)[512:, 512:] = 0
    made = cog(tmp_path / "b.tif", plain(tmp_path / "lost.tif", lost, mask))
    with pytest.raises(OSError, match="incomplete"):
        check_copied(source, made, of_mask)


@pytest.mark.parametrize("has_mask", [False, True])
def test_a_file_that_ends_early_is_found(tmp_path, noise, has_mask):
    made = cog(
        tmp_path / "b.tif",
        plain(tmp_path / "a.tif", noise, noise > 20000 if has_mask else None),
    )
    made.write_bytes(made.read_bytes()[:-2000])
    with pytest.raises(OSError, match="incomplete"):
        check_complete(made, has_mask)
