"""Studies see images as the product does."""

import numpy as np
import pytest
from scipy import ndimage
from soma.benchmark.data.tiles import as_tile
from soma.benchmark.methods.product import Product
from soma.core.base.types import Matches, Search, TileMatch


class Seen:
    """A matcher that finds nothing and keeps what it was shown."""

    name, tile_px, batch = "seen", 512, 1

    def __init__(self):
        self.pairs = []

    def match(self, pairs, search, feedback):
        self.pairs += pairs
        return [TileMatch(Matches.empty(), reason="no_structure") for _ in pairs]


@pytest.mark.parametrize("bands", [1, 3])
def test_tiles_are_what_a_matcher_is_shown(bands):
    rng = np.random.default_rng(bands)
    smooth = ndimage.gaussian_filter(rng.standard_normal((96, 96, bands)), (3, 3, 0))
    optical = np.clip(120 + 300 * smooth, 0, 255).astype(np.uint8).squeeze()
    speckle = rng.gamma(3.0, 1 / 3.0, (96, 96))
    sar = np.clip(70 * (1 + 2 * smooth[..., 0]) * speckle, 0, 255).astype(np.uint8)
    seen = Seen()
    Product("gradient", load=lambda job: seen)(optical, sar, Search(8.0), False)
    shown = seen.pairs[0]
    for tile, image, kind in ((shown.ref, optical, "optical"), (shown.mov, sar, "sar")):
        ours = as_tile(image, kind)
        np.testing.assert_allclose(ours.pixels, tile.pixels, atol=1e-5)
        assert (ours.modality, ours.valid.all()) == (tile.modality, tile.valid.all())
