"""The scene benchmark: displaced copies, measured processes, differences."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import rasterio
from affine import Affine
from soma.benchmark.methods.product import write_bare
from soma.benchmark.stages.tables import Measured, markdown_table, run_measured
from soma.benchmark.studies import scenes
from soma.core.base.grid import Grid
from soma.core.transform.linear import Affine2D

COST = Measured(0, "", "", 1.0, 1.0, 100.0)


def write_raster(path, transform):
    pixels = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60)
    with rasterio.open(
        path, "w", "GTiff", 60, 40, 1, "EPSG:32631", transform, "uint16"
    ) as raster:
        raster.write(pixels, 1)
    return pixels


def test_displaced_copies_keep_their_pixels_and_move(tmp_path):
    place = Affine(10, 0, 500000, 0, -10, 4000000)
    pixels = write_raster(tmp_path / "a.tif", place)
    scenes.displace(tmp_path / "a.tif", tmp_path / "b.tif")
    with rasterio.open(tmp_path / "b.tif") as moved:
        assert (moved.read(1) == pixels).all()
        extra = ~place * moved.transform
    # The centre moves by the shift alone, whatever the rotation.
    assert extra * (30, 20) == pytest.approx((67, -2), abs=1e-5)
    angle = np.degrees(np.arctan2(extra.d, extra.a))
    assert angle == pytest.approx(1.5, abs=1e-6)
    assert extra.determinant == pytest.approx(1.0, abs=1e-6)


def test_a_copy_that_is_put_back_differs_by_nothing(tmp_path):
    """Truth for the copy is what registers it onto the original's ground."""
    place = Affine(10, 0, 500000, 0, -10, 4000000)
    write_raster(tmp_path / "a.tif", place)
    scenes.displace(tmp_path / "a.tif", tmp_path / "b.tif")
    grid, moved = (scenes.grid_of(tmp_path / name) for name in ("a.tif", "b.tif"))
    xy = scenes.lattice(grid)
    before = scenes._georeferenced(xy, grid, grid)
    assert before == pytest.approx(xy)
    from soma.core.transform.transform_file import Registration

    back = np.array([*list(~place * moved.transform)[:6], 0, 0, 1]).reshape(3, 3)
    found = Registration(grid, Affine2D(np.linalg.inv(back)), moved, grid, "none")
    found.write(tmp_path / "transform.json")
    ground = scenes._registered(xy, tmp_path / "transform.json")
    outcomes = [
        scenes.Outcome("a", copy, COST, {}, where)
        for copy, where in (("as is", before), ("displaced", ground))
    ]
    assert scenes.difference_px(tuple(outcomes), 1.0) == pytest.approx(0, abs=1e-4)
    left = scenes.Outcome(
        "a", "displaced", COST, {}, scenes._georeferenced(xy, moved, grid)
    )
    assert scenes.difference_px((outcomes[0], left), 1.0) > 30


def test_rows_name_the_outcome():
    refused = Measured(3, "", "", 2.0, 1.0, 90.0)
    crashed = Measured(1, "", "Traceback\nValueError: no", 2.0, 1.0, 90.0)
    nowhere = np.zeros((1, 2))
    outcome = scenes.Outcome("a", "as is", refused, {"code": "unrelated"}, nowhere)
    assert scenes.row(outcome, None)[2] == "refused: unrelated"
    assert not outcome.accepted
    outcome = scenes.Outcome("a", "as is", crashed, {}, nowhere)
    assert scenes.row(outcome, None)[2] == "failed (1): ValueError: no"
    quality = {"n_inliers": 5, "n_matches": 9, "median_px": 0.257}
    outcome = scenes.Outcome("a", "as is", COST, {"quality": quality}, nowhere)
    assert scenes.row(outcome, 0.5)[2:9] == (
        ["registered", "", "5", "9", "0.26", "", "0.50"]
    )
    assert len(scenes.row(outcome, 0.5)) == len(scenes.HEADER)


def test_commands_are_measured():
    code = "import sys; x = bytearray(200 << 20); print('out'); sys.exit(3)"
    found = run_measured([sys.executable, "-c", code])
    assert (found.returncode, found.stdout) == (3, "out\n")
    assert found.peak_mib > 200
    killed = run_measured([sys.executable, "-c", "import os; os.abort()"])
    assert killed.returncode < 0


def test_bare_tiffs_keep_pixels(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    write_bare(tmp_path / "rgb.tif", rgb)
    write_bare(tmp_path / "grey.tif", rgb[..., 0])
    with rasterio.open(tmp_path / "rgb.tif") as raster:
        assert (np.moveaxis(raster.read(), 0, -1) == rgb).all()
        assert raster.crs is None
    with rasterio.open(tmp_path / "grey.tif") as raster:
        assert (raster.read(1) == rgb[..., 0]).all()


def test_tables_are_markdown():
    text = markdown_table(["a", "b"], [["x", "1"]])
    assert text == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_lattice_lies_inside():
    xy = scenes.lattice(Grid(None, Affine.identity(), 100, 50))
    assert xy.min(axis=0) == pytest.approx([10, 5])
    assert xy.max(axis=0) == pytest.approx([90, 45])
