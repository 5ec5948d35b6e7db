"""Tiles are matched a few at a time, in their order, while the next ones are read."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from fakes import CountingFeedback, FakeMatcher
from soma.core.base.errors import Cancelled
from soma.core.base.feedback import SILENT
from soma.core.base.grid import translation
from soma.core.base.types import Search, Tile, TilePair
from soma.core.pipeline.tile_matches import match_windows
from soma.core.raster.tiling import Window

SIDE = 64
WINDOWS = [Window(n * SIDE, 0, SIDE, SIDE) for n in range(5)]
GUIDES = [np.eye(3)] * len(WINDOWS)
#: A tile that is not read within so many seconds is not read meanwhile.
SOON_S = 10.0


class Pair:
    """Tells which of its tiles were read."""

    georeferenced = True

    def __init__(self):
        self.read = {window.x0: threading.Event() for window in WINDOWS}

    def tile(self, x0, y0, width, height, guide, step, feedback):
        self.read[x0].set()
        grey = np.zeros((height, width), np.float32)
        place = translation(x0, y0)
        both = (
            Tile(grey, np.ones(grey.shape, bool), place, m) for m in ("optical", "sar")
        )
        return TilePair(*both)


class Asking(FakeMatcher):
    """Waits, before it answers, for the first tile that it was not given yet."""

    def __init__(self, pair):
        super().__init__(lambda xy: xy, noise_px=0.0, outliers=0.0)
        self.pair, self.given, self.early = pair, [], []

    def match(self, pairs, search, feedback=SILENT):
        self.given.append([int(pair.ref.to_working[0, 2]) for pair in pairs])
        following = self.pair.read.get(self.given[-1][-1] + SIDE)
        if following is not None:
            self.early.append(following.wait(SOON_S))
        return super().match(pairs, search, feedback)


def test_the_next_tiles_are_read_while_some_are_matched():
    pair = Pair()
    matcher = Asking(pair)
    found = match_windows(pair, matcher, WINDOWS, Search(16.0), GUIDES, SILENT)
    assert matcher.early == [True, True]
    assert matcher.given == [[0, 64], [128, 192], [256]]
    lefts = [tile.matches.mov_xy[:, 0].min() // SIDE for tile in found]
    assert lefts == [0, 1, 2, 3, 4]


def test_no_window_gives_nothing():
    assert match_windows(Pair(), Asking(Pair()), [], Search(16.0), [], SILENT) == []


@pytest.mark.parametrize("where", ["read", "matched"])
def test_what_goes_wrong_while_tiles_are_read_or_matched_ends_all(where):
    pair = SimpleNamespace(georeferenced=True, tile=Pair().tile)
    matcher = FakeMatcher(lambda xy: xy)

    def fail(*_):
        raise Cancelled

    setattr(*(pair, "tile", fail) if where == "read" else (matcher, "match", fail))
    with pytest.raises(Cancelled):
        match_windows(pair, matcher, WINDOWS, Search(16.0), GUIDES, CountingFeedback())
