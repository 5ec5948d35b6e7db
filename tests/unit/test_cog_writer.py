"""Rasters are valid COGs with right overviews; a cancel or a full disk leaves none."""

import subprocess
import sys

import numpy as np
import pytest
import rasterio
from affine import Affine
from fakes import CountingFeedback
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rio_cogeo import cog_validate
from soma.core.base.errors import Cancelled
from soma.core.base.grid import Grid
from soma.core.warp import cog_writer
from soma.core.warp.bands import Bands
from soma.core.warp.cog_writer import open_cog

PLACE = Affine(10, 0, 500000, 0, -10, 4000000)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def raster(path, pixels, valid=None, nodata=None, average=True, **more):
    count, height, width = pixels.shape
    bands = Bands(str(pixels.dtype), count, nodata, **more)
    grid = Grid(CRS.from_epsg(32632), PLACE, width, height)
    with open_cog(path, grid, bands, average=average) as out:
        for row in range(0, height, 256):
            for col in range(0, width, 512):
                block = np.s_[:, row : row + 256, col : col + 512]
                out.write(
                    col, row, pixels[block], None if valid is None else valid[block]
                )


RGB = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
CASES = {
    "uint16": ((1, 1502, 2004), "uint16", {}),
    "rgb": ((3, 900, 1300), "uint8", {"colorinterp": RGB}),
    "rgba": ((4, 700, 1026), "uint8", {"colorinterp": (*RGB, ColorInterp.alpha)}),
    "alpha first": ((2, 700, 1026), "uint16",
                    {"colorinterp": (ColorInterp.alpha, ColorInterp.gray)}),
    "mask": ((2, 1100, 600), "int16", {"has_mask": True}),
    "float": ((13, 600, 700), "float32", {"nodata": float("nan")}),
    "odd": ((1, 1501, 1203), "int8", {}),
    "small": ((1, 30, 40), "float64", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_rasters_are_valid_cogs(tmp_path, case):
    shape, dtype, more = CASES[case]
    pixels = np.random.default_rng(0).uniform(1, 120, shape).astype(dtype)
    valid = np.random.default_rng(1).random((1, *shape[1:])) > 0.3
    raster(tmp_path / "o.tif", pixels, valid if "has_mask" in more else None, **more)
    good, errors, warnings = cog_validate(tmp_path / "o.tif", strict=True)
    assert good, (errors, warnings)
    with rasterio.open(tmp_path / "o.tif") as src:
        assert (src.read() == pixels).all()
        assert src.crs.to_epsg() == 32632 and src.transform == PLACE
        assert src.compression.name == "deflate"
        assert src.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        if "colorinterp" in more:
            assert src.colorinterp == more["colorinterp"]
        if "has_mask" in more:
            assert ((src.dataset_mask() > 0) == valid[0]).all()
        factors = src.overviews(1)
        assert factors == [2**k for k in range(1, len(factors) + 1)]
        assert max(shape[1:]) // 2 ** len(factors) <= src.block_shapes[0][0]
    assert names(tmp_path) == ["o.tif"]


def means(pixels, valid=None):
    """Return the means of two by two valid pixels, and where there are any."""
    valid = np.ones(pixels.shape, bool) if valid is None else valid
    quarters = [np.s_[..., y::2, x::2] for y in (0, 1) for x in (0, 1)]
    total = sum(np.where(valid[q], pixels[q], 0.0) for q in quarters)
    count = sum(valid[q].astype(int) for q in quarters)
    return total / np.maximum(count, 1), count > 0


HIDERS = {
    "nodata": ("int16", {"nodata": -77}),
    "nan": ("float32", {"nodata": float("nan")}),
    "mask": ("uint8", {"has_mask": True}),
    "alpha": ("uint8", {"colorinterp": (ColorInterp.gray, ColorInterp.alpha)}),
    "alpha first": (
        "uint16",
        {"colorinterp": (ColorInterp.alpha, ColorInterp.gray), "has_mask": True},
    ),
    "nothing": ("uint16", {}),
}


@pytest.mark.parametrize("case", HIDERS)
def test_overviews_average_what_is_valid(tmp_path, case):
    dtype, more = HIDERS[case]
    rng = np.random.default_rng(0)
    truth = rng.integers(10, 90, (1100, 1300))
    valid = rng.random(truth.shape) > 0.4
    valid[300:700, 500:900] = False
    valid |= case == "nothing"
    fill = more.get("nodata", 0)
    pixels = np.where(valid, truth, fill).astype(dtype)[None]
    kinds = more.get("colorinterp", (ColorInterp.gray,))
    if ColorInterp.alpha in kinds:
        alpha = np.where(valid, 255, 0).astype(dtype)[None]
        shown = {ColorInterp.gray: pixels, ColorInterp.alpha: alpha}
        pixels = np.concatenate([shown[kind] for kind in kinds])
    raster(tmp_path / "o.tif", pixels, valid[None], **more)
    grey = kinds.index(ColorInterp.gray) + 1
    with rasterio.open(tmp_path / "o.tif", overview_level=0) as half:
        assert half.shape == (550, 650)
        seen, ok = half.read(grey), half.read_masks(grey) > 0
    wanted, any_valid = means(truth, valid)
    assert (ok == any_valid).all()
    gap = np.abs(seen.astype(float) - wanted)[ok]
    assert gap.max() <= (1e-4 if dtype == "float32" else 0.51)


def test_overviews_of_classes_hold_classes(tmp_path):
    pixels = np.random.default_rng(0).choice([3, 200], (1, 1100, 1300)).astype(np.uint8)
    raster(tmp_path / "o.tif", pixels, average=False)
    with rasterio.open(tmp_path / "o.tif", overview_level=0) as half:
        assert set(np.unique(half.read())) == {3, 200}


def test_small_files_are_no_bigtiff(tmp_path):
    raster(tmp_path / "o.tif", np.full((1, 700, 700), 9, np.uint8))
    assert (tmp_path / "o.tif").read_bytes()[:4] == b"II*\0"


def test_what_is_empty_takes_no_room_on_the_way(tmp_path):
    grid = Grid(None, Affine.identity(), 6000, 6000)
    with open_cog(tmp_path / "o.tif", grid, Bands("float32", nodata=-1.0)) as out:
        out.write(512, 512, np.full((1, 512, 512), 7, np.float32))
        (scratch,) = tmp_path.iterdir()
        out.close()
        assert sum(p.stat().st_size for p in scratch.iterdir()) < 200_000
    with rasterio.open(tmp_path / "o.tif") as src:
        data = src.read(1)
    assert (data[512:1024, 512:1024] == 7).all()
    assert (data == -1).sum() == data.size - 512 * 512


def test_the_copy_tells_how_far_it_is(tmp_path):
    noise = np.random.default_rng(0).integers(0, 65535, (1, 5000, 5000), np.uint16)
    grid, asked = Grid(None, Affine.identity(), 5000, 5000), CountingFeedback()
    with open_cog(tmp_path / "o.tif", grid, Bands("uint16"), feedback=asked) as out:
        out.write(0, 0, noise)
    assert asked.percents == sorted(asked.percents)
    assert 0 <= asked.percents[0] and 0 < asked.percents[-1] <= 100


@pytest.mark.parametrize("question", [1, 2, 5])
def test_a_cancel_ends_the_copy_and_leaves_nothing(tmp_path, monkeypatch, question):
    # A quick disk has done it in half a second.
    monkeypatch.setattr(cog_writer, "POLL_S", 0.01)
    noise = np.random.default_rng(0).integers(0, 65535, (1, 5000, 5000), np.uint16)
    grid, stops = Grid(None, Affine.identity(), 5000, 5000), CountingFeedback(question)
    with (
        pytest.raises(Cancelled),
        open_cog(tmp_path / "o.tif", grid, Bands("uint16"), feedback=stops) as out,
    ):
        out.write(0, 0, noise)
    assert stops.asked == question
    assert names(tmp_path) == []


FULL = """
import resource, signal, sys
import numpy as np
from affine import Affine
from soma.core.warp.bands import Bands
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid
from soma.core.warp.cog_writer import open_cog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
noise = np.random.default_rng(0).integers(0, 65535, (1, 512, 2048), np.uint16)
try:
    with open_cog(sys.argv[1], Grid(None, Affine.identity(), 2048, 2048),
                  Bands("uint16")) as out:
        for row in range(0, 2048, 512):
            out.write(0, row, noise)
except BadInput as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [100_000, 3_000_000, 9_000_000])
def test_a_full_disk_is_one_sentence(tmp_path, limit):
    # The file takes 11 MB, and what lies beside it meanwhile 8.5 MB.
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "o.tif"), str(limit)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "o.tif" in done.stdout and "free some space" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert names(tmp_path) == []
