"""Open pairs at work: threads, cancelling, and real scenes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fakes import CountingFeedback
from soma.core.base.errors import Cancelled
from soma.core.base.job import Job
from soma.core.raster.pair import open_pair

AFFINE = np.array([[0.985, 0.06, 12.3], [-0.055, 1.01, -7.8], [0, 0, 1]])


def test_threads_see_the_same_tiles(make_raster):
    path = make_raster(
        "a.tif", shape=(600, 600), tiled=True, blockxsize=64, blockysize=64
    )
    corners = [(x, y) for x in range(0, 500, 70) for y in range(0, 500, 70)]
    with open_pair(Job(sar=path, optical=path)) as pair:

        def tile(corner):
            return pair.tile(*corner, 96, 96, AFFINE).mov.pixels

        expected = [tile(c) for c in corners]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(tile, corners))
        for a, b in zip(expected, found, strict=True):
            np.testing.assert_array_equal(a, b)
    assert threading.active_count() < 10


def test_cancel_stops_opening(make_raster):
    path, stopped = make_raster(), CountingFeedback(stop_at=1)
    with pytest.raises(Cancelled), open_pair(Job(sar=path, optical=path), stopped):
        pass


def test_cancel_stops_an_overview(make_raster):
    sar = make_raster("s.tif", shape=(300, 300))
    optical = make_raster("o.tif", shape=(300, 300))
    with open_pair(Job(sar=sar, optical=optical)) as pair:
        asked = CountingFeedback()
        pair.overview(100, feedback=asked)
        assert asked.asked >= 2
        for stop_at in range(1, asked.asked + 1):
            with pytest.raises(Cancelled):
                pair.overview(100, feedback=CountingFeedback(stop_at))


def test_real_scenes_open_on_metric_grids(scenes):
    for sar in sorted(scenes.glob("*_sar.tif")):
        optical = str(sar).replace("_sar.", "_opt.")
        with open_pair(Job(sar=str(sar), optical=optical)) as pair:
            assert pair.georeferenced and pair.grid.crs.is_projected
            assert 8 < pair.gsd_m < 11
            tiles = pair.overview(256)
            for tile in (tiles.ref, tiles.mov):
                assert max(tile.pixels.shape) <= 256
                assert tile.valid.mean() > 0.9
                assert tile.pixels[tile.valid].std() > 0.1
                assert (tile.pixels[~tile.valid] == 0).all()
