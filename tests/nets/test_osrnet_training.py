"""How OSR-Net learns: its perturbations, its losses and its trainer."""

import numpy as np
import pytest
import torch
from soma.core.base.errors import BadInput
from soma.models.osrnet.matcher import OsrMatcher
from soma.models.osrnet.network import FULL, OsrNet
from soma.training import calibration
from soma.training import osr_export as exporter
from soma.training import osr_objective as objective
from soma.training import osr_train as trainer
from soma.training.config import TrainConfig
from soma.training.data import Mix, PairSampler
from soma.training.pairs import load_pack

from .scenes import packed_pairs

pytest.importorskip("kornia")
CPU = torch.device("cpu")
#: Side of the crops that are learned by heart, px.
SIDE = 96


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return packed_pairs(tmp_path_factory.mktemp("pairs"), 8, 224)


def config(packed, out, **changes):
    values = {
        "model": "osrnet-tiny", "data": str(packed), "out": str(out), "batch": 2,
        "crops": (64,), "steps": 6, "save_every": 2, "log_every": 2, "dev_every": 3,
        "dev_pairs": 2, "dev_share": 0.2, "warmup": 2, "threads": 0, "synthetic": 0.0,
        "rotation_deg": 5.0, "scale": 1.05, "shift_share": 0.08, "zoom": (0.8, 1.2),
    }  # fmt: skip
    return TrainConfig(**{**values, **changes})


@pytest.fixture(scope="module")
def four(packed):
    ranges = trainer.perturbations(config(packed, ""))
    return PairSampler(load_pack(packed), ranges, Mix(0, 0, 0), 1).batch(0, 4, SIDE)


def test_the_perturbations_are_the_paper_s(packed):
    sampler = PairSampler(
        load_pack(packed), trainer.perturbations(config(packed, "")), Mix(0, 0, 0), 1
    )
    for index in range(0, 40, 8):
        linear = sampler.batch(index, 8, 64).motion[:, :, :2].double().numpy()
        scale = np.sqrt(np.linalg.det(linear))
        assert np.allclose(linear[:, 0, 0], linear[:, 1, 1], atol=1e-6)
        assert np.allclose(linear[:, 0, 1], -linear[:, 1, 0], atol=1e-6)
        assert (abs(np.log(scale)) <= np.log(1.05) + 1e-6).all()
        turn = np.degrees(np.arctan2(linear[:, 1, 0], linear[:, 0, 0]))
        assert (abs(turn) <= 5 + 1e-6).all()


def test_geometric_losses_vanish_at_the_truth_and_grow_beside_it(four):
    truth = objective.truth_of(four)
    points, there = objective.harris_points(four.sar, four.sar_valid)
    assert there.sum(dim=1).min() > 10
    beside = truth + torch.tensor([[0.0, 0.0, 3.0], [0.0, 0.0, 4.0]])
    for theta, px in ((truth, 0.0), (beside, 5.0)):
        assert torch.allclose(
            objective.rmse_px(theta, truth, SIDE), torch.tensor(px), atol=1e-3
        )
        affine = objective.affine_loss(theta, truth, SIDE)
        # Tens of px; of key points, sums of absolute differences.
        assert torch.allclose(affine, torch.tensor(px / 10), atol=0.011)
        found = objective.keypoint_loss(theta, truth, points, there)
        assert torch.allclose(found, torch.tensor(0.7 if px else 0.0), atol=1e-3)
    reference = [
        objective.structure_losses(theta, truth, four)[1] for theta in (truth, beside)
    ]
    assert float(reference[0].max()) < 1e-3 and (reference[1] > 0.1).all()


def test_harris_points_are_corners():
    image = torch.zeros(1, 1, 64, 64)
    image[..., 20:40, 24:50] = 1
    points, there = objective.harris_points(image, torch.ones_like(image))
    best = points[0][there[0] > 0][:4].numpy()
    corners = np.array([[24, 20], [50, 20], [24, 40], [50, 40]])
    nearest = np.linalg.norm(best[:, None] - corners, axis=2)
    assert (nearest.min(axis=0) < 3).all()


def test_weights_shift_from_geometry_to_structure():
    first, last = (objective.weights_at(share) for share in (0.0, 1.0))
    order = ("affine", "keypoints", "similarity", "reference")
    assert [last[name] for name in order] == pytest.approx([1.0, 0.1, 0.5, 1.0])
    assert [first[name] for name in order[:2]] == [1.0, 0.1]
    assert [first[name] for name in order[2:]] == pytest.approx([0.05, 0.1], abs=0.01)


def test_four_pairs_are_learned_by_heart_and_every_weight_is_reached(four):
    torch.manual_seed(0)
    net = trainer.new_network("osrnet-tiny")
    optimiser, reached, errors = torch.optim.Adam(net.parameters(), 3e-3), set(), []
    for _ in range(14):
        loss, _, rmse = objective.step_loss(net, four, 0.5)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(float(rmse.mean()))
        reached |= {
            name
            for name, parameter in net.named_parameters()
            if parameter.grad is not None and bool(parameter.grad.any())
        }
    # What begins at zero lets gradients through from the second step on.
    assert {name for name, _ in net.named_parameters()} == reached
    assert min(errors[-5:]) < 1.0 and errors[-1] < 0.5 * errors[0]


def test_the_paper_s_width_learns_too(packed, tmp_path):
    ranges = trainer.perturbations(config(packed, ""))
    two = PairSampler(load_pack(packed), ranges, Mix(0, 0, 0), 1).batch(0, 2, 64)
    torch.manual_seed(0)
    net, losses, reached = trainer.new_network("osrnet-full"), [], set()
    assert net.config == FULL
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(3):
        loss, *_ = objective.step_loss(net, two, 0.5)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
        reached |= {
            name
            for name, parameter in net.named_parameters()
            if parameter.grad is not None and bool(parameter.grad.any())
        }
    assert {name for name, _ in net.named_parameters()} == reached
    assert min(losses[1:]) < losses[0]
    with pytest.raises(BadInput, match="multiples of 64 px, got 96"):
        trainer.begin(config(packed, tmp_path, model="osrnet-full", crops=(96,)))


def test_a_run_goes_on_where_it_was_stopped(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "DEV_SIZE", 64)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert trainer.train(config(packed, whole)) == 6
    assert trainer.train(config(packed, broken), until=4) == 4
    assert trainer.train(config(packed, broken)) == 6
    one, other = (
        trainer.load(folder / "last.pt", CPU)["net"] for folder in (whole, broken)
    )
    for name, value in one.items():
        assert torch.allclose(value, other[name], atol=1e-6), name
    assert (whole / "best.pt").exists()
    with pytest.raises(BadInput, match="another model"):
        trainer.train(config(packed, whole, model="osrnet"))
    with pytest.raises(BadInput, match="model is one of"):
        trainer.new_network("sift")
    assert isinstance(trainer.new_network("osrnet"), OsrNet)


def test_only_a_network_that_has_learned_something_is_exported(
    packed, tmp_path, monkeypatch
):
    for module, name, value in (
        (calibration, "CALIBRATION_PX", 96), (trainer, "DEV_SIZE", 64),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    run = tmp_path / "run"
    trainer.train(config(packed, run, dev_every=100), until=1)
    out = tmp_path / "osrnet.safetensors"
    with pytest.raises(BadInput, match="no better than it was untrained"):
        state = trainer.load(run / "last.pt", CPU)
        torch.manual_seed(0)
        state["ema"] = trainer.new_network("osrnet-tiny").state_dict()
        trainer.save(tmp_path / "none.pt", state)
        exporter.export(tmp_path / "none.pt", out, packed, 4)
    assert not out.exists()
    monkeypatch.setattr(calibration, "require_gain", lambda *_: None)
    exporter.export(run / "last.pt", out, packed, 4)
    assert OsrMatcher.from_weights(out, "cpu").name == "osrnet"
    card = out.with_suffix(".md").read_text()
    assert "| untrained | trained |" in card and "1 steps of batch 2" in card
