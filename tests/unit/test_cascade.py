"""A network is asked where gradients are unsure, there only, and the result says so."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import FakeMatcher
from soma.core import api
from soma.core.base.errors import ModelUnavailable
from soma.core.base.grid import scaling
from soma.core.base.job import Job
from soma.core.base.types import Matches, Search, Tile, TileMatch, TilePair
from soma.core.base.words.verdict import verdict
from soma.core.matching.gradient import GradientMatcher
from soma.core.matching.tally import Tally
from soma.core.pipeline.cascade import SURE, Cascade, is_sure
from soma.core.pipeline.tile_matches import TILE_SEARCH

SEARCH = Search(8.0)
RNG = np.random.default_rng(0)


def answer(scatter_px, distinctness=0.9, count=200):
    """Return matches that scatter so much around the tile's own affine."""
    xy = RNG.uniform(0, 100, (count, 2))
    off = scatter_px * RNG.standard_normal((count, 2))
    trust = np.full(count, 0.9, np.float32)
    return TileMatch(Matches(xy, xy + off, trust), np.eye(3), distinctness)


SURE_ONE, LOOSE, VAGUE = answer(0.2), answer(3.0), answer(0.2, 0.47)


class Scripted:
    """Gives answers by the first pixel of a tile."""

    tile_px, batch = 512, 1

    def __init__(self, name, *answers):
        self.name, self.answers, self.asked = name, answers, []

    def match(self, pairs, search, feedback=None):
        asked = [int(pair.ref.pixels[0, 0]) for pair in pairs]
        self.asked += asked
        return [self.answers[i] for i in asked]


def pairs(count):
    tiles = [
        Tile(np.full((1, 1), n, np.float32), np.ones((1, 1), bool), np.eye(3), "sar")
        for n in range(count)
    ]
    return [TilePair(tile, tile) for tile in tiles]


def cascade(first, second):
    return Cascade(first, lambda: second, "net")


def never():
    pytest.fail("the network was loaded")


def test_where_gradients_are_sure_no_network_is_loaded():
    found = Cascade(Scripted("plain", SURE_ONE), never, "net").match(pairs(1), SEARCH)
    assert found[0].matches is SURE_ONE.matches and found[0].model == "plain"


@pytest.mark.parametrize("weak", [LOOSE, VAGUE, TileMatch(Matches.empty())])
def test_the_network_is_asked_about_unsure_tiles_alone(weak):
    better = answer(0.1)
    net = Scripted("net", None, better, None)
    both = cascade(Scripted("plain", SURE_ONE, weak, SURE_ONE), net)
    found = both.match(pairs(3), SEARCH)
    assert net.asked == [1]
    assert [one.model for one in found] == ["plain", "net", "plain"]
    assert found[1].matches is better.matches


def test_the_network_goes_on_from_where_the_gradients_looked_or_placed():
    class Asked(Scripted):
        def match(self, pairs, search, feedback=None):
            self.told = pairs[0].placed, pairs[0].start
            return super().match(pairs, search, feedback)

    start, place = np.eye(3), np.eye(3)
    for weak, brought in ((VAGUE, (None, start)), (answer(3.0), (place, None))):
        first = Scripted("plain", replace(weak, start=start, mov_to_ref=place))
        net = Asked("net", answer(0.1))
        cascade(first, net).match(pairs(1), SEARCH)
        assert net.told[0] is brought[0] and net.told[1] is brought[1]


def test_a_cascade_that_is_never_sure_asks_about_every_tile():
    never_sure = replace(SURE, distinctness=np.inf)
    net = Scripted("net", answer(0.1))
    both = Cascade(Scripted("plain", SURE_ONE), lambda: net, "net", never_sure)
    assert both.match(pairs(1), SEARCH)[0].model == "net"


def test_tiles_without_structure_are_not_asked_about():
    flat = TileMatch(Matches.empty(), reason="no_structure")
    found = Cascade(Scripted("plain", flat), never, "net").match(pairs(1), SEARCH)
    assert found[0].reason == "no_structure"


def test_a_network_that_takes_the_pair_for_unrelated_does_not_overrule():
    both = cascade(Scripted("plain", LOOSE), Scripted("net", answer(0.1, 0.2)))
    assert both.match(pairs(1), SEARCH)[0].model == "plain"


def test_two_doubtful_answers_are_none():
    """Unrelated images that gradients took for a pair; the network doubts them."""
    weak = answer(0.1, 0.46)
    found = cascade(Scripted("plain", weak), Scripted("net", answer(0.1, 0.2)))
    assert found.match(pairs(1), SEARCH)[0].distinctness == 0.2


def test_a_network_that_cannot_run_is_asked_for_once():
    asked = []
    weak = Scripted("plain", LOOSE, LOOSE)
    both = Cascade(weak, lambda: asked.append(1), "net")
    for _ in range(2):
        assert [one.model for one in both.match(pairs(2), SEARCH)] == ["plain"] * 2
    assert asked == [1]


def test_scatter_is_what_makes_a_tile_unsure():
    """Of a two-dimensional Gaussian 1 - exp(-r^2 / 2 s^2) lies within r."""
    just = SURE.agree_px / np.sqrt(-2 * np.log(1 - SURE.agreeing))
    assert is_sure(answer(0.9 * just, count=4000))
    assert not is_sure(answer(1.1 * just, count=4000))


def test_one_of_many_tiles_need_not_agree_with_one_affine():
    """What bends scatters around an affine, and the others know it too."""
    first = Scripted("plain", LOOSE)
    for tile, search in ((pairs(1), TILE_SEARCH), (reduced(pairs(1)[0]), SEARCH)):
        found = Cascade(first, never, "net").match(tile, search)
        assert found[0].model == "plain"
    lost = Scripted("plain", answer(3.0, 0.5))
    net = Scripted("net", answer(0.1))
    assert cascade(lost, net).match(pairs(1), TILE_SEARCH)[0].model == "net"


def reduced(pair):
    return [
        TilePair(*(replace(t, to_working=scaling(4, 4)) for t in (pair.ref, pair.mov)))
    ]


def test_tally_tells_who_answered():
    first = Scripted("plain", SURE_ONE, LOOSE)
    tally = Tally(cascade(first, Scripted("net", None, answer(0.1))))
    assert tally.name == "plain+net"
    tally.match(pairs(1), SEARCH)
    assert tally.name == "plain"
    tally.match(pairs(2), SEARCH)
    assert tally.name == "plain+net" and tally.tiles == {"plain": 2, "net": 1}


def test_results_name_the_models_that_did_the_work(make_raster, tmp_path):
    def moved(xy):
        return xy + np.array([3.0, -2.0])

    class Half(FakeMatcher):
        """Has an affine of its own, of which every second tile is unsure."""

        name, count = "gradient", 0

        def _one(self, pair):
            self.count += 1
            far = 0.3 if self.count % 2 else 0.9
            return TileMatch(super()._one(pair).matches, np.eye(3), far)

    net = FakeMatcher(moved)
    net.name = "soma"
    half = Half(moved)
    both = Cascade(half, lambda: net, "soma")
    both.tile_px = 128
    names = [make_raster(n, shape=(500, 500)) for n in ("s.tif", "o.tif")]
    job = Job(*names, out=str(tmp_path / "out"), working_gsd=10.0)
    result = api.register(job, matcher=both)
    assert result.model in ("soma", "gradient+soma")
    assert sum(result.tiles_by_model.values()) == half.count
    assert "soma" in str(verdict(result.to_dict()).moved)


def test_a_sure_pair_is_matched_without_torch(make_raster):
    """``auto`` in a process of its own: an image and itself, moved and inverted."""
    ground = cv2.GaussianBlur(RNG.uniform(0, 255, (270, 270)), None, 2.0)
    ground = 128 + 8 * (ground - ground.mean())
    ref, mov = ground[5:261, 5:261], 255 - ground[9:265, 2:258]
    names = [make_raster(n, d, crs=None) for n, d in (("s", mov), ("o", ref))]
    root = Path(__file__).parents[2]
    code = (
        f"import sys; sys.path.insert(0, {str(root / 'tests/support')!r}); "
        "import checkout; checkout.import_root();"
        "from soma.core import api; from soma.core.base.job import Job;"
        f"found = api.match(Job(*{names!r}, search='near')).report;"
        "assert found['tiles_by_model'] == {'gradient': 1}, found;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_auto_is_a_cascade_where_a_network_can_run(monkeypatch):
    from soma.models import registry

    monkeypatch.setattr(registry, "best", lambda: "soma")
    monkeypatch.setattr(registry, "require", lambda *_: None)
    auto = Job("", "")
    assert api.chosen_model(auto) == "gradient+soma"
    assert isinstance(api.load_matcher(auto), Cascade)
    assert isinstance(api.load_matcher(auto, at_once=True), GradientMatcher)
    monkeypatch.setattr(registry, "best", lambda: "")
    assert isinstance(api.load_matcher(auto), GradientMatcher)


def test_a_network_that_does_not_start_is_told_to_who_named_it(monkeypatch):
    from soma.models import registry

    def broken(*_):
        raise ModelUnavailable.of("model_needs", name="soma", package="torch")

    monkeypatch.setattr(registry, "best", lambda: "soma")
    monkeypatch.setattr(registry, "require", lambda *_: None)
    monkeypatch.setattr(registry, "load_matcher", broken)
    seen = [RNG.random((96, 96), np.float32) for _ in range(2)]
    noise = TilePair(
        *(Tile(one, np.ones((96, 96), bool), np.eye(3), "sar") for one in seen)
    )
    assert api.load_matcher(Job("", "")).match([noise], SEARCH)[0].model == "gradient"
    named = api.load_matcher(Job("", "", model="gradient+soma"))
    with pytest.raises(ModelUnavailable):
        named.match([noise], SEARCH)
