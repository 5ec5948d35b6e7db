import dataclasses

import cv2
import pytest
import torch
from soma.core.base.errors import BadInput
from soma.models.network.geometry import apply_affine, centres, identity
from soma.models.network.glam_local import Motion, StageOutput
from soma.models.network.soma import TINY, Soma
from soma.models.network.template_matching import GRID_PX
from soma.training.augment import Ranges
from soma.training.checkpoint import load, save
from soma.training.config import TrainConfig
from soma.training.curves import Curves, plot
from soma.training.data import SIMULATED, SYNTHETIC, Mix, PairSampler
from soma.training.losses import (
    charbonnier,
    consistency_loss,
    corner_loss,
    pair_rmse,
    peak_loss,
    truth_of,
    uniform_loss,
)
from soma.training.objective import (
    describe,
    errors,
    match,
    prepare,
    total_loss,
    truth_for,
)
from soma.training.pairs import Pair
from soma.training.state import begin
from soma.training.template import settle, template_loss
from soma.training.train import learning_rate, train

from .scenes import packed_pairs, patchwork

CPU = torch.device("cpu")


def truth_by(theta, size=64):
    flow = apply_affine(theta, centres(size, size, 1, CPU))
    ones = torch.ones(len(theta), 1, size, size)
    return truth_of(flow, ones, ones, theta, torch.ones(len(theta)))


def stage_at(flow, theta, stride=4, logits=None):
    size = flow.shape[-1]
    here = centres(size, size, GRID_PX, CPU)
    zero = torch.zeros(len(flow), 1, size, size)
    motion = Motion(theta, flow - apply_affine(theta, here), zero, GRID_PX)
    start = here.expand_as(flow)
    return StageOutput(motion, start, flow, logits, stride, torch.zeros(len(flow)))


SHIFT = torch.tensor([[[1.0, 0.0, 3.0], [0.0, 1.0, -2.0]]])


def test_rmse_is_the_truth_s_distance():
    truth = truth_by(SHIFT)
    here = centres(64, 64, 1, CPU)[None]
    assert float(pair_rmse(here, truth)) == pytest.approx(13**0.5, abs=1e-4)
    assert float(pair_rmse(truth.flow, truth)) == pytest.approx(0, abs=1e-4)


def test_places_outside_the_reference_do_not_count():
    truth = truth_by(torch.tensor([[[1.0, 0.0, 32.0], [0.0, 1.0, 0.0]]]))
    assert truth.valid[0, 0, :, :31].min() == 1 and truth.valid[0, 0, :, 33:].max() == 0


def test_peak_loss_is_least_at_the_true_shift():
    truth = truth_by(SHIFT)
    here = centres(8, 8, GRID_PX, CPU)[None]
    found = {}
    for dx in range(-2, 3):
        for dy in range(-2, 3):
            logits = torch.zeros(1, 81, 8, 8)
            logits[:, (dy + 4) * 9 + dx + 4] = 6.0
            output = stage_at(here, identity(1, CPU), logits=logits)
            found[dx, dy] = float(peak_loss(output, truth, 4))
    # The truth, (0.75, -0.5) cells, lies between these two columns and rows.
    assert min(found, key=found.get) in {(1, 0), (1, -1)}
    assert found[1, 0] == pytest.approx(found[1, -1], abs=1e-5)
    assert found[1, 0] < found[0, 0]


def test_terms_vanish_at_the_truth():
    truth = truth_by(SHIFT)
    flow, _ = truth.at(GRID_PX)
    output = stage_at(flow, SHIFT)
    assert float(corner_loss(SHIFT, truth)) == pytest.approx(0, abs=1e-4)
    assert float(uniform_loss(output, truth)) == pytest.approx(0, abs=1e-3)
    assert float(consistency_loss(output)) == pytest.approx(0, abs=1e-3)
    bent = flow + torch.linspace(0, 4, 8)
    assert float(consistency_loss(stage_at(bent, SHIFT))) > 0.5
    assert float(uniform_loss(stage_at(bent, SHIFT), truth)) > 0.5
    assert float(charbonnier(torch.zeros(1))) == 0


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return packed_pairs(tmp_path_factory.mktemp("pairs"), 12, 224)


def config(packed, out, **changes):
    values = {
        "model": "tiny", "data": str(packed), "out": str(out), "batch": 2,
        "crops": (64,), "steps": 6, "save_every": 2, "log_every": 2, "dev_every": 100,
        "dev_pairs": 2, "dev_share": 0.2, "warmup": 2, "synthetic": 0.4, "threads": 0,
    }  # fmt: skip
    return TrainConfig(**{**values, **changes})


def weights_of(folder):
    run = begin(config_of(folder))
    return run.step, run.net.state_dict(), run.ema.state


def config_of(folder):
    return TrainConfig(**load(folder / "last.pt", CPU)["config"])


def test_a_killed_run_ends_where_an_unbroken_one_does(packed, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(config(packed, whole)) == 6
    assert train(config(packed, broken), until=4) == 4
    # A kill between two checkpoints: half-written file and later log lines remain.
    (broken / "last.tmp").write_bytes(b"half")
    assert train(config(packed, broken)) == 6
    for (_, a, ema_a), (_, b, ema_b) in [(weights_of(whole), weights_of(broken))]:
        for name, value in a.items():
            assert torch.equal(value, b[name]), name
            assert torch.equal(ema_a[name], ema_b[name]), name
    logs = [(f / "train.csv").read_text().splitlines() for f in (whole, broken)]
    columns = logs[0][0].split(",")
    speed = columns.index("samples_per_s")
    for one, other in zip(*logs, strict=True):
        a, b = one.split(","), other.split(",")
        assert [v for k, v in enumerate(a) if k != speed] == [
            v for k, v in enumerate(b) if k != speed
        ]


def test_other_settings_do_not_resume(packed, tmp_path):
    train(config(packed, tmp_path / "run"), until=2)
    with pytest.raises(BadInput, match="a run with another lr"):
        train(config(packed, tmp_path / "run", lr=0.5))


def test_runs_older_than_an_option_resume_with_its_default(packed, tmp_path):
    chosen = config(packed, tmp_path / "run")
    train(chosen, until=2)
    path = tmp_path / "run" / "last.pt"
    state = load(path, CPU)
    del state["config"]["variant"]
    save(path, state)
    assert begin(chosen).step == 2
    with pytest.raises(BadInput, match="a run with another variant"):
        begin(config(packed, tmp_path / "run", variant="no-fge"))


def test_new_run_starts_from_given_weights(packed, tmp_path):
    train(config(packed, tmp_path / "a"), until=2)
    run = begin(config(packed, tmp_path / "b"), tmp_path / "a" / "last.pt")
    assert run.step == 0
    for name, value in weights_of(tmp_path / "a")[2].items():
        assert torch.equal(value, run.net.state_dict()[name])


def test_damaged_checkpoint(packed, tmp_path):
    train(config(packed, tmp_path), until=2)
    path = tmp_path / "last.pt"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BadInput, match="not a readable checkpoint"):
        train(config(packed, tmp_path))


def test_learning_rate():
    c = TrainConfig(lr=1.0, warmup=10, steps=110)
    rates = [learning_rate(c, s) for s in (0, 9, 10, 60, 109)]
    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.5, 0.0], abs=1e-3)


def test_curves_forget_what_a_kill_undid(tmp_path):
    curves = Curves(tmp_path, "train", 0)
    for step in (10, 20, 30):
        curves.add(step, {"loss": float(step)})
    again = Curves(tmp_path, "train", 20)
    again.add(30, {"loss": 7.0, "new": 1.0})
    assert [r["step"] for r in again.rows] == [10, 20, 30]
    assert (tmp_path / "train.csv").read_text().splitlines()[-1] == "30,7,1"
    plot(again, tmp_path / "train.png")
    assert cv2.imread(str(tmp_path / "train.png")) is not None


def made_sampler(seed, **ranges):
    pairs = []
    for k in range(8):
        optical, sar = patchwork(k, 224)
        pairs.append(Pair(sar, optical, (0.0, 0.0), f"p{k}", "made"))
    chosen = Ranges(**{"rotation_deg": 3, "scale": 1.03, "shift_share": 0.08,
                       "warp_chance": 0.0, **ranges})  # fmt: skip
    return PairSampler(pairs, chosen, Mix(0, 0, 0), seed)


def fit_to(net, batches, config, steps):
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.lr, fused=True)
    for step in range(steps):
        batch = batches[step % len(batches)]
        truth, features = truth_for(batch), describe(net, batch)
        output = match(net, *features, truth, generator)
        further = {"template": template_loss(net, *features, truth, generator)}
        loss, _ = total_loss(net, output, truth, config, further)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        for group in optimiser.param_groups:
            group["lr"] = config.lr * (1 - step / steps)


def error_of(net, batches):
    net.eval()
    with torch.no_grad():
        found = [
            errors(match(net, *describe(net, b), None, None), truth_for(b))
            for b in batches
        ]
    return torch.cat(found)


def test_labels_are_put_right_by_what_the_whole_crop_shows():
    """A label that is wrong by a known shift moves back toward the truth."""
    torch.manual_seed(0)
    net = Soma(TINY).eval()
    sampler = made_sampler(5, rotation_deg=0, scale=1.0)
    batch = prepare(sampler.batch(0, 8, 128), CPU, torch.Generator())
    # Both images from one: learned channels of an untrained network then agree.
    twin = dataclasses.replace(batch, sar=batch.optical, sar_valid=batch.optical_valid)
    here = centres(128, 128, 1, CPU)[None].expand(8, -1, -1, -1)
    exact = dataclasses.replace(
        truth_for(twin),
        flow=here,
        motion=identity(8, CPU),
        valid=torch.ones(8, 1, 128, 128),
    )
    off = torch.tensor([1.6, -2.2])
    wrong = dataclasses.replace(
        exact,
        flow=exact.flow + off[:, None, None],
        motion=exact.motion + torch.cat([torch.zeros(2, 2), off[:, None]], dim=1),
    )
    with torch.no_grad():
        mov = net.encode(twin.optical, twin.optical_valid, "optical")
    found = settle(mov, mov, wrong, twin.kind, net.planes)
    left = (found.flow - exact.flow).mean(dim=(2, 3)).norm(dim=1)
    assert float(left.median()) < 0.5 and (found.sure == 1).float().mean() > 0.8
    assert torch.allclose(
        (found.motion - wrong.motion)[:, :, 2], (found.flow - wrong.flow)[:, :, 0, 0],
        atol=1e-4,
    )  # fmt: skip
    for exact_kind in (SYNTHETIC, SIMULATED):
        kinds = torch.full_like(twin.kind, exact_kind)
        kept = settle(mov, mov, wrong, kinds, net.planes)
        assert torch.equal(kept.flow, wrong.flow) and (kept.sure == 1).all()


def test_tiny_configuration_learns(packed, tmp_path):
    """A minute on one core, without the hand-made descriptors, which need none."""
    from pathlib import Path

    from soma.training.config import load_config

    file = Path(__file__).parents[2] / "training" / "configs" / "tiny.toml"
    options = [f"data={packed}", f"out={tmp_path / 'run'}", "dev_share=0.2"]
    options += ["variant=learned-alone", "steps=130", "crops=96"]
    chosen = load_config(file, options)
    unseen = made_sampler(99)
    batches = [
        prepare(unseen.batch(8 * k, 8, 96), CPU, torch.Generator()) for k in range(2)
    ]
    before = float(error_of(begin(chosen).net, batches).median())
    train(chosen)
    run = begin(chosen)
    run.net.load_state_dict(run.ema.state)
    after = float(error_of(run.net, batches).median())
    assert after < 1.0
    assert after < 0.1 * before


def test_four_pairs_are_learned_by_heart():
    """First rung of the ladder: a fraction of a pixel on pairs that were seen."""
    torch.manual_seed(0)
    sampler = made_sampler(3)
    batch = prepare(sampler.batch(0, 4, 96), CPU, torch.Generator())
    net = Soma(TINY)
    chosen = TrainConfig(lr=4e-3, w_flow=1.0, w_corner=0.2)
    assert float(error_of(net, [batch]).max()) > 10
    net.train()
    fit_to(net, [batch], chosen, 90)
    found = error_of(net, [batch])
    assert float(found.mean()) < 0.3 and float(found.max()) < 0.45
