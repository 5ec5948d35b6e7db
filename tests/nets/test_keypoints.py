"""Keypoints of both sensors, the networks that pair them, and how they learn."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from learning import learn
from safetensors.torch import save_file
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from soma.core.base.errors import BadInput
from soma.models.keypoints import detector, exact
from soma.models.keypoints.describe import keypoints_of
from soma.models.keypoints.types import Keypoints, assigned, reduced, within_reach
from soma.models.lightglue import network as lightglue
from soma.models.network.soma import TINY, Soma
from soma.models.superglue.network import transport
from soma.training import frozen_train as trainer
from soma.training import keypoint_objective as objective
from soma.training import keypoint_samples as samples
from soma.training.config import TrainConfig

from .scenes import packed_pairs

pytest.importorskip("kornia")
KINDS = ["lightglue-tiny", "superglue-tiny"]


@pytest.fixture(scope="module")
def soma():
    torch.manual_seed(0)
    return Soma(TINY).eval()


def noise(seed=0, size=128, sigma=2.0):
    image = ndimage.gaussian_filter(
        np.random.default_rng(seed).normal(size=(size + 32, size + 32)), sigma
    )
    return ((image - image.min()) / np.ptp(image)).astype(np.float32)


def features(soma, image, valid=None):
    image = torch.from_numpy(np.ascontiguousarray(image))[None, None]
    valid = torch.ones_like(image) if valid is None else valid
    with torch.no_grad():
        return soma.encode(image * valid, valid, "optical")


def keypoints(count=20, width=32, seed=0, size=128.0):
    g = torch.Generator().manual_seed(seed)
    words = torch.randn(1, count, width, generator=g)
    return Keypoints(
        torch.rand(1, count, 2, generator=g) * size,
        words / words.norm(dim=2, keepdim=True),
        torch.rand(1, count, generator=g),
        torch.ones(1, count, dtype=torch.bool),
        torch.full((1, 2), size),
    )


def shuffled(side, order):
    values = {f.name: getattr(side, f.name) for f in fields(Keypoints)}
    moved = {n: v if n == "size" else v[:, order] for n, v in values.items()}
    return Keypoints(**moved)


def padded(side, count):
    """The same keypoints among places where there is none."""
    more = count - side.xy.shape[1]
    return Keypoints(
        torch.cat([side.xy, torch.zeros(1, more, 2)], 1),
        torch.cat([side.words, torch.zeros(1, more, side.words.shape[2])], 1),
        torch.cat([side.strength, torch.zeros(1, more)], 1),
        torch.cat([side.there, torch.zeros(1, more, dtype=torch.bool)], 1),
        side.size,
    )


def test_keypoints_are_spread_and_only_where_the_ground_is_seen(soma):
    image = noise()[:128, :128]
    valid = torch.ones(1, 1, 128, 128)
    valid[..., :48] = 0
    xy, strength = detector.detect(features(soma, image, valid))
    xy = xy[strength.isfinite()]
    assert len(xy) >= 20 and float(xy[:, 0].min()) >= 48
    cells = {tuple(c) for c in (xy // detector.CELL_PX).long().tolist()}
    assert len(cells) >= len(xy) - 2  # a summit may lie over the edge of its cell
    assert len(cells) > 0.6 * 40


def test_keypoints_move_with_the_ground(soma):
    image = noise(1)
    xy = []
    for dx, dy in ((0, 0), (6, -4)):
        found, strength = detector.detect(
            features(soma, image[8 + dy : 136 + dy, 8 + dx : 136 + dx])
        )
        xy.append(found[strength.isfinite()] + torch.tensor([dx, dy]))
    apart = torch.cdist(*xy)
    inner = ((xy[0] > 24) & (xy[0] < 104)).all(dim=1)
    # Cells lie elsewhere, so some keypoints change; those that stay are the same.
    assert float((apart.amin(dim=1)[inner] < 0.7).float().mean()) > 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_untrained_networks_pair_descriptors_by_their_products(kind):
    torch.manual_seed(0)
    net = trainer.new_network(kind).eval()
    mov = keypoints()
    order = torch.randperm(20, generator=torch.Generator().manual_seed(3))
    ref = shuffled(mov, order)
    scores = net(mov, ref, torch.ones(1, 20, 20, dtype=torch.bool))[-1][0]
    i, j, _ = assigned(scores)
    assert len(i) == 20 and torch.equal(order[j], i)
    assert (scores[:-1, :-1].exp().amax(dim=1) > 0.5).all()


def test_untrained_lightglue_is_a_dual_softmax():
    net = trainer.new_network("lightglue-tiny").eval()
    mov, ref = keypoints(12, seed=1), keypoints(15, seed=2)
    scores = net(mov, ref, torch.ones(1, 12, 15, dtype=torch.bool))[-1][0, :-1, :-1]
    products = 18.0 * (mov.words[0] @ ref.words[0].T).double().numpy()
    one, two = np.exp(products), np.exp(products)
    expected = one / one.sum(1, keepdims=True) * two / two.sum(0)
    both = 1 / (1 + np.exp(-2.0)) ** 2
    assert np.allclose(scores.exp().detach().numpy(), expected * both, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_with_absent_keypoints_equal_singles(kind):
    torch.manual_seed(1)
    net = trainer.new_network(kind).eval()
    for parameter in net.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    pairs = [(keypoints(9, seed=1), keypoints(14, seed=2)),
             (keypoints(17, seed=3), keypoints(6, seed=4))]  # fmt: skip
    names = [f.name for f in fields(Keypoints)]
    sides = [
        Keypoints(
            *(torch.cat([getattr(padded(p[k], 18), n) for p in pairs]) for n in names)
        )
        for k in (0, 1)
    ]
    together = net(*sides, within_reach(*sides, 90.0))[-1]
    for k, (mov, ref) in enumerate(pairs):
        alone = net(mov, ref, within_reach(mov, ref, 90.0))[-1][0]
        m, n = len(mov.xy[0]), len(ref.xy[0])
        part = together[k, :m, :n]
        assert torch.allclose(part.exp(), alone[:-1, :-1].exp(), atol=2e-3)


def test_no_keypoints_give_no_pairs():
    scores = torch.zeros(1, 5)
    assert [len(part) for part in assigned(scores)] == [0, 0, 0]
    none, some = keypoints(4), keypoints(5)
    none = replace(none, there=torch.zeros(1, 4, dtype=torch.bool))
    assert not within_reach(none, some, 1e9).any()
    for kind in KINDS:
        net = trainer.new_network(kind).eval()
        found = net(none, some, within_reach(none, some, 1e9))[-1]
        assert not found[:, :-1, :-1].exp().gt(1e-3).any()


def test_transport_gives_each_its_mass_and_the_best_assignment():
    g = torch.Generator().manual_seed(0)
    inner = torch.rand(1, 12, 12, generator=g) * 10
    scores = torch.nn.functional.pad(10 * inner, (0, 1, 0, 1), value=0.0)
    there = torch.ones(1, 12, dtype=torch.bool)
    plan = transport(scores, there, there, 500).exp()[0]
    assert torch.allclose(plan[:, :-1].sum(0), torch.ones(12), atol=1e-3)
    assert torch.allclose(plan[:-1].sum(1), torch.ones(12), atol=1e-2)
    best = linear_sum_assignment(-inner[0].numpy())[1]
    assert (plan[:-1, :-1].argmax(1).numpy() == best).mean() > 0.9


@pytest.mark.parametrize("shift", [(0.0, 0.0), (2.6, -1.7)])
def test_pairs_are_made_exact_to_a_share_of_a_pixel(soma, shift):
    image = noise(2, 160).astype(np.float64)
    grid = np.stack(np.meshgrid(np.arange(128) + 0.0, np.arange(128) + 0.0), -1) + 24
    mov = ndimage.map_coordinates(
        image, (grid + shift).transpose(2, 0, 1)[::-1], order=3
    )
    ref = image[24:152, 24:152].astype(np.float32)
    sides = features(soma, mov.astype(np.float32)), features(soma, ref)
    xy = torch.tensor([[40.0, 52.0], [64.0, 64.0], [85.5, 70.25]])
    about = xy + torch.tensor([[3.0, -2.0], [-2.0, 1.0], [30.0, 0.0]])
    theta = torch.tensor([[[1.0, 0, 1.0], [0, 1.0, -1.0]]])
    found = exact.made_exact(sides, soma.planes, theta, xy, about)
    assert found.good.tolist() == [True, True, False]
    assert torch.equal(found.ref_xy[2], about[2])
    assert torch.allclose(found.ref_xy[:2], xy[:2] + torch.tensor(shift), atol=0.35)


@pytest.fixture(scope="module")
def described(tmp_path_factory, soma):
    """Eight described pairs of one image each, at sides of 96 px."""
    root = tmp_path_factory.mktemp("keypoints")
    data = packed_pairs(root, 4, 160)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "CROPS", (96,))
        patch.setattr(samples, "MIX", replace(samples.MIX, unrelated=0.0, wedge=0.0))
        patch.setattr(samples, "HELD_SHARE", 0.0)
        sampler = samples.sampler_of(data, held=False)
        batch = samples.described(soma, sampler, 0, 8)
    axes = samples.principal_axes([batch.mov.words, batch.ref.words], 32)
    sides = (
        replace(side, words=reduced(side.words, axes) / 32**0.5)
        for side in (batch.mov, batch.ref)
    )
    return samples.Described(*sides, batch.place, batch.known, batch.related)


def test_labels_are_where_the_truth_is(described):
    same, none0, none1 = objective.labels(described)
    counts = [part.flatten(1).sum(1) for part in (same, none0, none1)]
    for part, count in zip(
        objective.labels(objective.packed(described)), counts, strict=True
    ):
        assert torch.equal(part.flatten(1).sum(1), count)
    b, i, j = torch.nonzero(same, as_tuple=True)
    assert len(b) > 30
    off = (described.place[b, i] - described.ref.xy[b, j]).norm(dim=1)
    assert float(off.max()) < objective.SAME_PX
    assert not (same.any(dim=2) & none0).any() and not (same.any(dim=1) & none1).any()


def test_unmoved_pairs_are_labelled_with_themselves(described):
    """Zero flow: the truth of an image and itself is that every keypoint stays."""
    mov = described.mov
    still = samples.Described(
        mov, mov, mov.xy, mov.there, torch.ones(8, dtype=torch.bool)
    )
    same, none0, none1 = objective.labels(still)
    assert torch.equal(same.diagonal(dim1=1, dim2=2), mov.there)
    assert not none0.any() and not none1.any()


def test_thinned_pairs_keep_their_truth(described):
    same = objective.labels(described)[0].flatten(1).sum(1)
    few = objective.thinned(described, torch.Generator().manual_seed(0))
    assert few.mov.xy.shape[1] < described.mov.xy.shape[1]
    fewer = objective.labels(few)[0]
    b, i, j = torch.nonzero(fewer, as_tuple=True)
    off = (few.place[b, i] - few.ref.xy[b, j]).norm(dim=1)
    assert len(b) and float(off.max()) < objective.SAME_PX
    # A nearest counterpart may have gone, and the next one be near enough.
    assert (fewer.flatten(1).sum(1) <= same + 2).all()


@pytest.mark.parametrize("kind", KINDS)
def test_training_overfits_eight_pairs_and_reaches_every_weight(described, kind):
    torch.manual_seed(0)
    net = trainer.new_network(kind)
    before = objective.evaluate(net, [described])
    missed = learn(net, lambda net: objective.step_loss(net, described, 0.5))
    later = {"confidence"}  # learns in a stage of its own, and is held to that below
    assert [name for name in missed if name.split(".")[0] not in later] == []
    after = objective.evaluate(net, [described])
    assert after["loss"] < 0.6 * before["loss"]
    assert after["recall"] > max(before["recall"], 0.8)


def sizes_of(net):
    """Return a list that fills with how many keypoints each layer is given."""
    given = []
    for layer in net.layers:
        layer.register_forward_pre_hook(
            lambda _, x: given.append((x[0].shape[1], x[1].shape[1]))
        )
    return given


def varied(kind="lightglue-tiny", seed=0):
    """Return an untrained network whose layers do something."""
    torch.manual_seed(seed)
    net = trainer.new_network(kind)
    for name, parameter in net.named_parameters():
        if not name.startswith("confidence."):
            parameter.data.add_(0.05 * torch.randn_like(parameter))
    return net


@torch.no_grad()
def test_layers_end_where_keypoints_are_sure():
    net, (mov, ref) = varied(), (keypoints(12, seed=1), keypoints(15, seed=2))
    near = torch.ones(1, 12, 15, dtype=torch.bool)
    first, last = net.train()(mov, ref, near)
    given = sizes_of(net.eval())
    assert torch.allclose(net(mov, ref, near)[-1], last) and len(given) == 2
    net.confidence[0].token[0].bias.fill_(9.0)
    assert torch.allclose(net(mov, ref, near)[-1], first) and len(given) == 3
    net.adaptive = False
    assert torch.allclose(net(mov, ref, near)[-1], last) and len(given) == 5


@torch.no_grad()
def test_sure_keypoints_without_a_counterpart_are_left_out(monkeypatch):
    monkeypatch.setattr(lightglue, "ENOUGH", 1.0)
    net, (mov, ref) = varied().eval(), (keypoints(12, seed=1), keypoints(15, seed=2))
    near, given = torch.ones(1, 12, 15, dtype=torch.bool), sizes_of(net)
    net.confidence[0].token[0].bias.fill_(9.0)
    net.assign[0].matchability.weight.normal_(0, 20.0)
    scores = net(mov, ref, near)[-1][0]
    (_, (m, n)), some = given, scores[:-1, :-1].exp() > 0
    assert 0 < m < 12 and 0 < n < 15
    gone = scores[:-1, -1] == 0
    assert int(gone.sum()) == 12 - m and not some[gone].any()
    gone = scores[-1, :-1] == 0
    assert int(gone.sum()) == 15 - n and not some[:, gone].any()
    net.assign[0].matchability.bias.fill_(-1e4)
    assert not net(mov, ref, near)[-1][:, :-1, :-1].exp().any()


def test_classifiers_learn_when_a_match_is_settled_and_all_else_rests(
    tmp_path, described, monkeypatch
):
    monkeypatch.setattr(samples, "read", lambda folder: [described])
    config = TrainConfig(
        model="lightglue-tiny", out=str(tmp_path / "run"), data=str(tmp_path),
        steps=60, batch=8, dev_every=60, log_every=20, lr=0.1, warmup=1,
        decay=0.0, ema=0.5, only="confidence",
    )  # fmt: skip
    start = tmp_path / "first.safetensors"
    old = {k: v for k, v in varied().state_dict().items() if "confidence" not in k}
    save_file(old, str(start), metadata={"format": trainer.FORMAT})
    trainer.train(config, torch.eye(800, 32), init=start)
    state = torch.load(tmp_path / "run" / "last.pt", weights_only=True)  # noqa: TID251
    net = trainer.new_network("lightglue-tiny")
    net.load_state_dict(state["ema"])
    for name, value in net.state_dict().items():
        assert ("confidence" in name) or torch.equal(value, old[name]), name
    near = objective._near(described, 0.5)
    told = [
        net.sureness(described.mov.take(k), described.ref.take(k), near[k : k + 1])
        for k in range(8)
    ]
    odds, settled = (
        torch.cat([pair[0][part].detach() for pair in told]) for part in (0, 1)
    )
    assert 0.05 < float(settled.float().mean()) < 0.95
    assert float(odds[settled].mean()) > float(odds[~settled].mean()) + 0.5
    with pytest.raises(BadInput, match="superglue-tiny has no confidence"):
        trainer.lesson_of("superglue").loss_of(replace(config, model="superglue-tiny"))


def test_a_run_goes_on_where_it_was_stopped(tmp_path, described, monkeypatch):
    monkeypatch.setattr(samples, "read", lambda folder: [described])
    axes = torch.eye(800, 32)
    config = TrainConfig(
        model="superglue-tiny", out=str(tmp_path / "run"), data=str(tmp_path),
        steps=6, batch=8, dev_every=3, log_every=2, lr=1e-3, warmup=1,
    )  # fmt: skip
    assert trainer.train(config, axes) == 6
    whole = torch.load(tmp_path / "run" / "last.pt", weights_only=True)  # noqa: TID251
    other = replace(config, out=str(tmp_path / "two"))
    assert trainer.train(other, axes, until=3) == 3
    assert trainer.train(other, axes) == 6
    parts = torch.load(tmp_path / "two" / "last.pt", weights_only=True)  # noqa: TID251
    for name, value in whole["net"].items():
        assert torch.allclose(value, parts["net"][name], atol=1e-6), name
    with pytest.raises(BadInput, match="model is one of"):
        trainer.new_network("sift")


def test_described_samples_are_written_once_and_read_back(tmp_path, soma, monkeypatch):
    data = packed_pairs(tmp_path, 4, 128)
    for name, value in (("CROPS", (64,)), ("PER_FILE", 8), ("FOR_AXES", 8)):
        monkeypatch.setattr(samples, name, value)
    monkeypatch.setattr(samples.weights, "load_network", lambda path: (soma, None))
    folder = tmp_path / "out" / "train"
    samples.write(folder, data, 8, 16, False)
    (file,) = folder.iterdir()
    stamp = file.stat().st_mtime_ns
    samples.write(folder, data, 8, 16, False)
    assert file.stat().st_mtime_ns == stamp
    (batch,) = samples.read(folder)
    assert batch.mov.words.shape[2] == 16 and batch.place.shape == batch.mov.xy.shape
    with pytest.raises(BadInput, match="holds no samples"):
        samples.read(tmp_path)


def test_descriptors_turn_with_nothing_but_the_image(soma):
    size = torch.tensor([[128.0, 128.0]])
    found = keypoints_of(features(soma, noise(4)[:128, :128]), soma.planes, size)
    there = found.there[0]
    assert torch.allclose(found.words[0, there].norm(dim=1), torch.ones(1), atol=1e-3)
    assert found.unit()[0].abs().max() <= 0.5
