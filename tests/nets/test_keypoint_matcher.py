"""Networks on keypoints behind the seam, and the files of their weights."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import CountingFeedback
from scipy import ndimage
from soma.core.base.errors import BadInput, Cancelled
from soma.core.base.types import Search, Tile, TilePair
from soma.models.keypoints import load, weights
from soma.models.keypoints.matcher import PairMatcher
from soma.models.keypoints.pairing import OnKeypoints
from soma.models.network.soma import TINY, Soma
from soma.models.superglue import network as superglue
from soma.models.weights import find
from soma.training import calibration
from soma.training.augment import Ranges
from soma.training.data import Mix, PairSampler
from soma.training.pairs import Pair

SIZES = {"words": 300, "width": 32, "layers": 1, "heads": 2, "rounds": 10}


@pytest.fixture(scope="module")
def matcher():
    torch.manual_seed(0)
    soma = Soma(TINY).eval()
    # Untrained encoders have nothing in common: both images go through one.
    soma.encoders["sar"] = soma.encoders["optical"]
    net = superglue.build(**SIZES)
    # Axes at random keep products as well as any where nothing is known of them.
    net.basis.copy_(torch.linalg.qr(torch.randn(SIZES["words"], 32))[0])
    return PairMatcher("superglue", soma, OnKeypoints(net), "cpu")


def ground(seed=0, size=260):
    image = ndimage.gaussian_filter(
        np.random.default_rng(seed).normal(size=(size, size)), 2
    )
    return ((image - image.min()) / np.ptp(image)).astype(np.float32)


def turned_pair(degrees, shift, size=160):
    """Moving pixel p shows reference pixel M p, M about the middle."""
    a, half = np.radians(degrees), size / 2
    linear = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, half - linear @ [half, half] + shift
    axis = np.arange(size) + 0.5
    where = np.stack(np.meshgrid(axis, axis), -1) @ linear.T + matrix[:2, 2] + 50
    image = ground()
    mov = ndimage.map_coordinates(image, where.transpose(2, 0, 1)[::-1] - 0.5, order=3)
    sides = image[50 : 50 + size, 50 : 50 + size], mov.astype(np.float32)
    valid = np.ones((size, size), bool)
    tiles = (Tile(side, valid, np.eye(3), "optical") for side in sides)
    return TilePair(*tiles), matrix


@pytest.mark.parametrize(
    ("degrees", "shift", "search"),
    [
        (0.0, (6.4, -3.7), Search(10)),
        (2.0, (-4.0, 5.0), Search(10, 3, 1.02)),
        (71.0, (4.0, -6.0), Search(12, 180, 1.0)),
    ],
)
def test_a_known_motion_is_found_without_training(matcher, degrees, shift, search):
    pair, truth = turned_pair(degrees, shift)
    found = matcher.match([pair], search)[0]
    expected = found.matches.mov_xy @ truth[:2, :2].T + truth[:2, 2]
    error = np.linalg.norm(found.matches.ref_xy - expected, axis=1)
    assert len(error) >= 12 and np.median(error) < 0.5
    corners = np.array([[20, 140, 20, 140], [20, 20, 140, 140], [1, 1, 1, 1]])
    assert np.abs(((found.mov_to_ref - truth) @ corners)[:2]).max() < 1.0
    assert found.distinctness > 0.46


def test_a_run_can_be_stopped(matcher):
    with pytest.raises(Cancelled):
        matcher.match(
            [turned_pair(0, (0, 0))[0]], Search(8), CountingFeedback(stop_at=1)
        )


def record(**changes):
    encoder = load.encoder_of(find(load.ENCODERS))
    told = weights.Record("superglue", SIZES, encoder, (1.0,) * 8, {}, "0", {})
    return dataclasses.replace(told, **changes)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "superglue.safetensors"


def loaded(path, kind="superglue"):
    return load.load(kind, path, "cpu", 1, superglue.build)


def test_weights_come_back_as_they_were(file):
    torch.manual_seed(2)
    state = superglue.build(**SIZES).state_dict()
    weights.write(file, state, record())
    net, found = weights.read(file, "superglue", superglue.build)
    assert found == record()
    for name, value in net.state_dict().items():
        assert torch.equal(value, state[name].half().float()), name
    assert loaded(file).name == "superglue"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "lightglue"}, "of the model lightglue"),
        ({"encoder": "0" * 64}, "other weights than"),
        ({"architecture": {**SIZES, "width": 10**9}}, "asks for"),
        ({"architecture": {**SIZES, "depth": 3}}, "does not fit"),
        ({"architecture": {**SIZES, "width": 16}}, "does not fit"),
        ({"architecture": {**SIZES, "layers": -1}}, "does not fit"),
        ({"architecture": 5}, "damaged header"),
        ({"confidence": "x"}, "damaged header"),
    ],
)
def test_weights_that_do_not_fit_are_told(file, changes, words):
    weights.write(file, superglue.build(**SIZES).state_dict(), record(**changes))
    with pytest.raises(BadInput, match=words):
        loaded(file)


def test_weights_of_soma_are_told_as_such():
    with pytest.raises(BadInput, match="of the model soma"):
        loaded(find(load.ENCODERS))


def test_a_network_that_learned_nothing_is_not_exported():
    before = {"placed_3px": 0.8, "right_per_pair": 40.0}
    for changes in ({"right_per_pair": 40.0}, {"placed_3px": 0.79}):
        after = {**before, "right_per_pair": 41.0, **changes}
        with pytest.raises(BadInput, match="no better than it was untrained"):
            calibration.require_gain(before, after, "lightglue")
    calibration.require_gain(before, {**before, "right_per_pair": 41.0}, "lightglue")


def test_placements_and_matches_are_held_to_the_truth(matcher, tmp_path, monkeypatch):
    """One image twice, varied: even untrained encoders place most such pairs."""
    monkeypatch.setattr(calibration, "CALIBRATION_PX", 160)
    image = (255 * ground(3, 260)).astype(np.uint8)
    pairs = [Pair(image, image, (0.0, 0.0), "a", "made")]
    still = Ranges(rotation_deg=1, scale=1.01, shift_share=0.04, warp_chance=0)
    sampler = PairSampler(pairs, still, Mix(0, 0, 0), 1)
    figures = calibration.observe(matcher, sampler, range(4)).figures()
    assert figures["placed_3px"] >= 0.5 and figures["right_per_pair"] > 5
    other = PairSampler(pairs, still, Mix(0, 1, 0), 1)
    seen = calibration.observe(matcher, other, range(2))
    assert not seen.right.any() and not len(seen.error_px)


@pytest.mark.parametrize(
    "one", ["lightglue", "superglue", "loftr", "matcher.predictor"]
)
def test_importing_one_network_imports_none_of_the_others(one):
    if one in ("lightglue", "loftr"):
        pytest.importorskip("kornia")
    module = one if "." in one else f"{one}.network"
    support = Path(__file__).parents[1] / "support"
    code = (
        f"import sys; sys.path.insert(0, {str(support)!r}); "
        "import checkout; checkout.import_root(); import importlib; "
        f"importlib.import_module('soma.models.{module}'); "
        "names = {n for n in sys.modules if n.startswith('soma.models.')}; "
        "heads = ('lightglue', 'superglue', 'loftr', 'matcher.predictor'); "
        f"others = [h for h in heads if h != {one!r}]; "
        "assert not [n for n in names for o in others if n[12:].startswith(o)], names; "
        f"assert {one!r} in ('lightglue', 'loftr') or 'kornia' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
