"""Where images show bare ground: heads, labels, and what is matched by it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from soma.core.base.errors import BadInput
from soma.core.base.types import Tile, TilePair
from soma.models.matcher.ground import MOST, least_of, with_ground
from soma.models.network.encoder import Features
from soma.models.network.geometry import apply_affine, centres, identity
from soma.models.network.ground_head import LEAST, weight
from soma.models.network.soma import TINY, Soma
from soma.training.checkpoint import load, save
from soma.training.config import TrainConfig
from soma.training.data import SIMULATED, Sample
from soma.training.ground import REACH_PX, placed_loss, told_loss
from soma.training.losses import truth_of
from soma.training.state import begin
from soma.training.train import train

from .scenes import packed_pairs, smooth_image

CPU = torch.device("cpu")
SIDE = 64


def test_weights_are_between_the_least_and_one():
    found = weight(torch.tensor([-30.0, 0.0, 30.0]))
    assert found.tolist() == pytest.approx([LEAST, (1 + LEAST) / 2, 1.0])


def test_a_turned_tile_is_told_what_its_own_pixels_show():
    """The head sees the tile after a turn; its columns are the tile's rows."""
    side = 32
    theta = torch.tensor([[[0.0, -1.0, side], [1.0, 0.0, 0.0]]])
    column = torch.linspace(-3, 3, side // 2).expand(1, 1, side // 2, -1)
    here = centres(side, side, 1, CPU)
    pixels = np.zeros((side, side), np.float32)
    tile = Tile(pixels, pixels == 0, np.eye(3), "sar")
    pair = with_ground(TilePair(tile, tile), column, column, theta, 0.2)
    at = apply_affine(theta, here)[0, 0].numpy()  # column in the turned tile, px
    shown = weight(column, 0.2)[0, 0, 0]
    expected = np.interp(at / 2 - 0.5, np.arange(side // 2), shown)
    assert np.abs(pair.mov.ground - expected).max() < 1e-3
    assert np.ptp(pair.mov.ground, axis=1).max() < 1e-3
    assert np.ptp(pair.ref.ground, axis=0).max() < 1e-3


def test_the_smaller_a_tile_the_more_its_places_count():
    def least(side, valid=None):
        pixels = np.zeros((side, side), np.float32)
        valid = np.ones(pixels.shape, bool) if valid is None else valid
        tile = Tile(pixels, valid, np.eye(3), "sar")
        whole = Tile(pixels, pixels == 0, np.eye(3), "optical")
        return least_of(TilePair(whole, tile))

    assert least(512) == pytest.approx(0.05, abs=0.001)
    assert least(256) == pytest.approx(4 * least(512))
    assert least(64) == least(32) == MOST
    half = np.ones((512, 512), bool)
    half[:256] = False
    assert least(512, half) == pytest.approx(2 * least(512))
    assert least(16, np.zeros((16, 16), bool)) == MOST


def test_without_heads_nothing_is_told():
    tile = Tile(np.zeros((8, 8), np.float32), np.ones((8, 8), bool), np.eye(3), "sar")
    pair = TilePair(tile, tile)
    assert with_ground(pair, None, None, identity(1, CPU), 0.2) is pair


def sample_of(sar_ground, optical_ground):
    ones = torch.ones(1, 1, SIDE, SIDE)
    here = centres(SIDE, SIDE, 1, CPU)[None]
    return Sample(
        ones, ones, ones, ones, here, identity(1, CPU),
        torch.tensor([SIMULATED]), True, sar_ground, optical_ground,
    )  # fmt: skip


def features_of(logits):
    half = torch.ones(1, 1, SIDE // 2, SIDE // 2)
    return Features((half,), (half,), logits)


def test_heads_are_told_that_what_stands_up_reaches_around_itself():
    ground = torch.ones(1, 1, SIDE, SIDE)
    ground[..., 20:40, 30:50] = 0
    known, unknown = sample_of(ground, ground), torch.full_like(ground, -1)
    truth = torch.ones(1, 1, SIDE // 2, SIDE // 2)
    reach = REACH_PX
    truth[..., (20 - reach) // 2 : (40 + reach) // 2,
          (30 - reach) // 2 : (50 + reach) // 2] = 0  # fmt: skip
    right = features_of(20 * (2 * truth - 1))
    assert float(told_loss(right, right, known)) < 1e-3
    narrow = features_of(20 * (2 * torch.nn.functional.avg_pool2d(ground, 2) - 1))
    assert float(told_loss(narrow, narrow, known)) > 0.1
    # Of what is not known nothing can be wrong.
    wrong = features_of(-20 * (2 * truth - 1))
    assert float(told_loss(wrong, wrong, sample_of(unknown, unknown))) == 0
    half = told_loss(wrong, right, sample_of(unknown, ground))
    assert float(half) < 1e-3
    assert float(told_loss(wrong, right, sample_of(ground, unknown))) > 5


@pytest.mark.parametrize("lean_px", [4, -4])
def test_what_leans_is_worth_less_than_what_does_not(lean_px):
    """The right half of the moving image has moved: who listens to it is wrong."""
    size, half = 128, 32
    image = smooth_image(3, size).astype(np.float32) / 255
    leaning = image.copy()
    leaning[:, 64:] = np.roll(image, lean_px, axis=1)[:, 64:]
    net = Soma(TINY).eval()
    ones = torch.ones(1, 1, size, size)
    with torch.no_grad():
        mov, ref = (
            net.encode(torch.from_numpy(i)[None, None], ones, "optical")
            for i in (leaning, image)
        )
    here = centres(size, size, 1, CPU)[None]
    truth = truth_of(here, ones, ones, identity(1, CPU), torch.ones(1))
    left = torch.full((1, 1, size // 2, size // 2), -9.0)
    left[..., :half] = 9
    losses = {}
    for name, logits in (("left", left), ("all", left * 0 + 9), ("right", -left)):
        sides = [replace(side, ground=logits) for side in (mov, ref)]
        draws = torch.Generator().manual_seed(0)
        losses[name] = float(placed_loss(*sides, net.planes, truth, draws))
    assert losses["left"] < losses["all"] < losses["right"]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return packed_pairs(tmp_path_factory.mktemp("ground"), 6, 160)


def config(packed, out, **changes):
    values = {
        "model": "tiny", "data": str(packed), "out": str(out), "batch": 2,
        "crops": (64,), "steps": 4, "log_every": 2, "dev_every": 100, "dev_pairs": 2,
        "dev_share": 0.2, "warmup": 2, "synthetic": 0.0, "threads": 0,
    }  # fmt: skip
    return TrainConfig(**{**values, **changes})


def test_heads_can_be_trained_alone(packed, tmp_path):
    """All else stays as it is, down to the statistics of its norms."""
    train(config(packed, tmp_path / "a"), until=2)
    first = tmp_path / "a" / "last.pt"
    before = load(first, CPU)["ema"]
    train(config(packed, tmp_path / "b", only="ground"), init=first)
    after = load(tmp_path / "b" / "last.pt", CPU)["ema"]
    changed = {name for name, value in after.items() if (value != before[name]).any()}
    assert changed and all("ground" in name.split(".") for name in changed)
    for kind in ("sar", "optical"):
        assert f"encoders.{kind}.ground.out.weight" in changed
        assert f"encoders.{kind}.ground.first.norm.running_mean" in changed
    assert {"ground.out.weight", "ground.near.first.norm.running_mean"} <= changed
    rows = (tmp_path / "b" / "train.csv").read_text().splitlines()
    assert rows[0].split(",")[:4] == ["step", "loss", "told", "placed"]


def test_weights_without_heads_are_a_start_and_others_are_none(packed, tmp_path):
    train(config(packed, tmp_path / "a"), until=1)
    path = tmp_path / "a" / "last.pt"
    state = load(path, CPU)
    heads = [name for name in state["ema"] if "ground" in name.split(".")]
    for name in heads:
        del state["ema"][name]
    save(tmp_path / "old.pt", state)
    run = begin(config(packed, tmp_path / "b"), tmp_path / "old.pt")
    for name, value in state["ema"].items():
        assert torch.equal(value, run.net.state_dict()[name])
    older = {**state, "architecture": {**state["architecture"], "joint": False}}
    save(path, older)
    with pytest.raises(BadInput, match=r"another version; .* with --init"):
        begin(config(packed, tmp_path / "a"))
    del state["ema"]["coarse.first.conv.weight"]
    save(tmp_path / "broken.pt", state)
    with pytest.raises(BadInput, match="a network that is not tiny"):
        begin(config(packed, tmp_path / "c"), tmp_path / "broken.pt")


def test_what_is_to_be_trained_alone_has_a_name():
    with pytest.raises(BadInput, match="only is ground, confidence or nothing"):
        TrainConfig(only="heads")
