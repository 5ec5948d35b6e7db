"""LoFTR on frozen features: what it pairs untrained, and what it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from learning import learn
from soma.core.base.errors import BadInput
from soma.models.network.soma import TINY, Soma
from soma.training import frozen_train as trainer
from soma.training import keypoint_samples
from soma.training.config import TrainConfig

from .scenes import packed_pairs

pytest.importorskip("kornia")
from kornia.feature.loftr.loftr import default_cfg
from soma.models.loftr import dense, network
from soma.training import loftr_objective as objective
from soma.training import loftr_samples as samples

ARCHITECTURE = {"words": 12, "hints": 13, **trainer.TINY["loftr"]}


def view(seed=0, rows=12, columns=14, shift=(0, 0), count=2):
    """Features of one ground at random, seen from ``shift`` fine cells further on."""
    g = torch.Generator().manual_seed(seed)
    fine = torch.randn(count, 13, 4 * rows + 32, 4 * columns + 32, generator=g)
    fine = torch.nn.functional.avg_pool2d(fine, 3, 1, 1)
    dx, dy = shift
    fine = fine[:, :, 16 + dy : 16 + dy + 4 * rows, 16 + dx : 16 + dx + 4 * columns]
    fine = fine / fine.norm(dim=1, keepdim=True)
    coarse = torch.nn.functional.avg_pool2d(fine[:, :12], 4)
    seen = torch.ones(count, 1, rows, columns, dtype=torch.bool)
    return dense.Dense(coarse, fine, seen)


def untrained(sides):
    torch.manual_seed(0)
    net = network.build(**ARCHITECTURE)
    net.begin_at(samples.window_axes(sides, 32))
    return net.eval()


@pytest.mark.parametrize("cells", [(0, 0), (2, -1)])
def test_untrained_it_pairs_cells_by_their_windows(cells):
    """Moved by whole cells both images show the same windows but at their edges."""
    sides = view(), view(shift=(4 * cells[0], 4 * cells[1]))
    net = untrained(sides)
    found = net(*sides, network.within_reach(*sides, 60.0))
    moved = found.ref_xy - found.mov_xy + 8.0 * torch.tensor(cells)
    assert len(moved) > 0.6 * 2 * 12 * 14
    assert float((moved.norm(dim=1) < 2.0).float().mean()) > 0.9
    assert set(found.of.tolist()) == {0, 1} and (found.score <= 0).all()


def test_scores_are_a_dual_softmax_over_what_is_allowed():
    sides = view(1, 3, 4), view(2, 3, 4)
    net = untrained(sides)
    with torch.no_grad():
        tokens = net.tokens(*sides)
        near = network.within_reach(*sides, 17.0)
        found = net.scores(tokens, near).exp().numpy()
    products = 18.0 / 32 * (tokens[0] @ tokens[1].transpose(1, 2)).double().numpy()
    each = np.where(near.numpy(), np.exp(products), 0)
    expected = each / each.sum(1, keepdims=True) * each / each.sum(2, keepdims=True)
    assert np.allclose(found, expected, atol=1e-5)
    assert not found[~near.numpy()].any() and near.sum() < near.numel()


def test_cells_that_are_not_seen_are_not_paired():
    sides = view(), view()
    sides[0].seen[:, :, :5] = False
    found = untrained(sides)(*sides, network.within_reach(*sides, 60.0))
    assert len(found.mov_xy) and float(found.mov_xy[:, 1].min()) > 5 * 8


def test_batches_equal_singles():
    sides = view(3), view(4)
    net = untrained(sides)
    for parameter in net.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    near = network.within_reach(*sides, 60.0)
    together = net(*sides, near)
    for k in range(2):
        one = slice(k, k + 1)
        alone = net(sides[0].take(one), sides[1].take(one), near[one])
        part = together.of == k
        assert torch.allclose(together.mov_xy[part], alone.mov_xy)
        assert torch.allclose(together.ref_xy[part], alone.ref_xy, atol=1e-3)


def test_networks_share_no_configuration():
    before = repr(default_cfg)
    one, two = network.build(**ARCHITECTURE), network.build(**ARCHITECTURE)
    one.coarse.config["layer_names"].clear()
    one.matching.config["thr"] = 5
    assert two.coarse.config["layer_names"] == ["self", "cross"]
    assert two.matching.config["thr"] == 0.0 and repr(default_cfg) == before


def moved_pairs(shift_px=(0.0, 0.0)):
    """A batch whose truth is one shift in whole fine cells."""
    fine = [round(s / dense.FINE_PX) for s in shift_px]
    sides = view(5), view(5, shift=[-s for s in fine])
    place = network.anchors(12, 14).expand(2, -1, -1) + torch.tensor(shift_px)
    size = torch.tensor([14 * 8.0, 12 * 8.0])
    known = ((place > 0) & (place < size)).all(dim=2)
    return samples.Encoded(*sides, place, known)


def test_unmoved_cells_are_labelled_with_themselves():
    """Zero flow: the truth of an image and itself is that every cell stays."""
    batch = moved_pairs()
    near = network.within_reach(batch.mov, batch.ref, 60.0)
    b, i, j = objective.labels(batch, near)
    assert len(b) == 2 * 12 * 14 and torch.equal(i, j)
    assert not objective.fine_truth(batch, b, i, j).any()


def test_labels_are_where_the_truth_is():
    batch = moved_pairs((18.0, -10.0))
    near = network.within_reach(batch.mov, batch.ref, 60.0)
    b, i, j = objective.labels(batch, near)
    assert torch.equal(j, i + 2 - 14) and len(b) > 200
    truth = objective.fine_truth(batch, b, i, j)
    assert torch.allclose(truth, torch.tensor([2.0, -2.0]) / objective.HALF_PX)
    assert float(truth.abs().max()) < 1


def test_cells_that_fall_together_have_one_label():
    batch = moved_pairs()
    batch = replace(batch, place=0.5 * batch.place)
    near = network.within_reach(batch.mov, batch.ref, 200.0)
    b, _, j = objective.labels(batch, near)
    assert 30 < len(b) == len(set(zip(b.tolist(), j.tolist(), strict=True)))


def test_training_overfits_and_reaches_every_weight():
    batch = moved_pairs((18.0, -10.0))
    net = untrained((batch.mov, batch.ref))
    before = objective.evaluate(net, [batch])
    draw = torch.Generator().manual_seed(0)
    assert learn(net, lambda net: objective.step_loss(net, batch, draw)) == []
    after = objective.evaluate(net, [batch])
    assert after["loss"] < 0.6 * before["loss"]
    assert after["fine_px"] < min(before["fine_px"], 0.8)
    assert after["recall"] > 0.9 and after["precision"] > 0.9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight pairs of small scenes, as an encoder sees them that was never trained."""
    torch.manual_seed(0)
    soma, root = Soma(TINY).eval(), tmp_path_factory.mktemp("loftr")
    data = packed_pairs(root, 4, 128)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(samples, "CROPS", (64,))
        patch.setattr(keypoint_samples, "HELD_SHARE", 0.0)
        patch.setattr(samples.weights, "load_network", lambda path: (soma, None))
        for part in ("train", "held"):
            samples.write(root / "out" / part, data, 8, held=False)
        (file,) = (root / "out" / "train").iterdir()
        stamp = file.stat().st_mtime_ns
        samples.write(root / "out" / "train", data, 8, held=False)
        assert file.stat().st_mtime_ns == stamp
    return root / "out"


def test_samples_are_read_back_as_they_were_written(folder):
    (batch,) = samples.Folder(folder / "train")
    assert batch.mov.cells == (8, 8) and batch.place.shape == (8, 64, 2)
    assert batch.mov.coarse.shape == (8, 12, 8, 8)
    assert batch.ref.fine.shape == (8, 13, 32, 32) and batch.known.any()
    with pytest.raises(BadInput, match="holds no samples"):
        samples.Folder(folder)


def test_a_run_learns_and_goes_on_where_it_was_stopped(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(trainer.TINY, "loftr", ARCHITECTURE)
    axes = torch.from_numpy(np.load(folder / "axes.npy"))
    config = TrainConfig(
        model="loftr-tiny", out=str(tmp_path / "run"), data=str(folder), ema=0.5,
        steps=12, batch=8, dev_every=6, log_every=6, lr=5e-3, warmup=1,
    )  # fmt: skip
    assert trainer.train(config, axes) == 12
    whole = torch.load(tmp_path / "run" / "last.pt", weights_only=True)  # noqa: TID251
    other = replace(config, out=str(tmp_path / "two"))
    assert trainer.train(other, axes, until=6) == 6
    assert trainer.train(other, axes) == 12
    parts = torch.load(tmp_path / "two" / "last.pt", weights_only=True)  # noqa: TID251
    for name, value in whole["net"].items():
        assert torch.allclose(value, parts["net"][name], atol=1e-5), name
    rows = (tmp_path / "run" / "dev.csv").read_text().splitlines()
    column = rows[0].split(",").index("loss")
    losses = [float(row.split(",")[column]) for row in rows[1:]]
    assert losses[-1] < 0.9 * losses[0]


def test_of_every_square_the_most_likely_place_goes_on():
    """Windows that share their pixels are one measurement, however many there are."""
    sides = view(6, 12, 12), view(6, 12, 12)
    net = untrained(sides)
    found = net(*sides, network.within_reach(*sides, 60.0))
    one = found.of == 0
    best = network._most_likely(found.mov_xy[one], found.score[one])
    few = net(
        *(side.take(slice(1)) for side in sides),
        network.within_reach(*sides, 60.0)[:1],
        sparse=True,
    )
    assert torch.equal(few.mov_xy, found.mov_xy[one][best])
    assert torch.allclose(few.ref_xy, found.ref_xy[one][best], atol=1e-4)
    assert not len(network._most_likely(torch.zeros(0, 2), torch.zeros(0)))
    squares = (found.mov_xy[one] / network.SPACING_PX).long()
    assert len(best) == len(squares.unique(dim=0)) == 16
    score = found.score[one].detach()
    for index in best:
        same = (squares == squares[index]).all(dim=1)
        assert torch.equal(score[same].max(), score[index])
