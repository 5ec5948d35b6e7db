"""Tile plans cover the grid, stay inside it and keep to the limit."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from soma.core.raster.tiling import SHARED_PX, plan_tiles

sides = st.integers(1, 3000)


@given(sides, sides, st.integers(64, 600))
def test_every_pixel_is_covered_and_no_tile_leaves_the_grid(width, height, tile_px):
    covered = np.zeros((height, width), bool)
    for w in plan_tiles(width, height, tile_px, max_tiles=10**6):
        assert w.x0 >= 0
        assert w.y0 >= 0
        assert 0 < w.width <= tile_px + SHARED_PX
        assert 0 < w.height <= tile_px + SHARED_PX
        assert w.x0 + w.width <= width
        assert w.y0 + w.height <= height
        covered[w.y0 : w.y0 + w.height, w.x0 : w.x0 + w.width] = True
    assert covered.all()


@given(sides, sides)
@example(1024, 1024)
def test_neighbours_share_what_their_edges_leave_out(width, height):
    tiles = plan_tiles(width, height, 512, max_tiles=10**6)
    for starts, side in (
        (sorted({w.x0 for w in tiles}), tiles[0].width),
        (sorted({w.y0 for w in tiles}), tiles[0].height),
    ):
        assert (side - np.diff(starts) >= SHARED_PX).all()


@given(st.integers(1, 60000), st.integers(1, 60000), st.integers(1, 300))
def test_the_limit_holds_and_the_whole_extent_is_spanned(width, height, limit):
    tiles = plan_tiles(width, height, 512, limit)
    assert 1 <= len(tiles) <= limit
    columns = {t.x0 for t in tiles}
    if len(columns) > 1:
        assert min(columns) == 0
        assert max(columns) == width - tiles[0].width
