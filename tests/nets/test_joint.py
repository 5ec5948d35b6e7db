"""What a radar image says of its ground with a photograph of the place in sight."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from soma.core.base.types import Search, Tile, TilePair
from soma.models.matcher import predictor
from soma.models.matcher.predictor import SomaMatcher
from soma.models.network.encoder import Features
from soma.models.network.geometry import identity
from soma.models.network.joint_head import JointHead
from soma.models.network.soma import TINY, Soma
from soma.training.data import REAL, Sample
from soma.training.ground import ASTRAY, FAR_PX, NEAR_PX, asked_again
from soma.training.losses import truth_of

from .scenes import smooth_image

CPU, WIDTH, SIDE = torch.device("cpu"), 16, 48
KINDS = "sar", "optical"
INNER = slice(14, -14)
#: Logits that only the recorder says.
TOLD = 1.5


def features(seed, hints=None):
    """Logits of 0 on a grid of ``SIDE`` cells of 2 px, and hints."""
    draws = torch.Generator().manual_seed(seed)
    if hints is None:
        hints = torch.randn(1, WIDTH, SIDE, SIDE, generator=draws)
    mask = torch.ones(1, 1, SIDE, SIDE)
    return Features((mask,), (mask,), torch.zeros(1, 1, SIDE, SIDE), hints)


def head(seed=0):
    torch.manual_seed(seed)
    found = JointHead(WIDTH)
    torch.nn.init.normal_(found.out.weight)
    return found.eval()


def by(dx, dy):
    return torch.tensor([[[1.0, 0.0, dx], [0.0, 1.0, dy]]])


@torch.no_grad()
def test_nothing_is_added_before_anything_is_learned():
    mov, ref = features(0), features(1)
    mov = replace(mov, ground=torch.randn_like(mov.ground))
    told = JointHead(WIDTH)(mov, ref, by(3, 5), KINDS)
    assert torch.equal(told[0].ground, mov.ground)


@torch.no_grad()
@pytest.mark.parametrize("sar_moves", [True, False])
def test_only_the_radar_image_is_told_anew(sar_moves):
    sides = features(0), features(1)
    kinds = KINDS if sar_moves else KINDS[::-1]
    told = head()(*sides, by(0, 0), kinds)
    changed = [was is not now for was, now in zip(sides, told, strict=True)]
    assert changed == [sar_moves, not sar_moves]
    for kind in KINDS:
        assert head()(*sides, by(0, 0), (kind, kind)) == sides


@torch.no_grad()
def test_the_photograph_is_read_where_it_shows_the_same_place():
    """A radar image cut 3 cells further left and 2 up is told the same, there."""
    net, radar, photo = head(), features(0), features(1)
    there = net(radar, photo, by(0, 0), KINDS)[0].ground
    shifted = replace(radar, hints=radar.hints.roll((2, 3), dims=(2, 3)))
    here = net(shifted, photo, by(-6, -4), KINDS)[0].ground
    turned = net(photo, shifted, by(6, 4), KINDS[::-1])[1].ground
    for found in (here, turned):
        moved = found.roll((-2, -3), dims=(2, 3))
        assert torch.allclose(
            moved[..., INNER, INNER], there[..., INNER, INNER], atol=1e-4
        )
    assert there[..., INNER, INNER].std() > 0.1
    # By another placement it is told something else.
    wrong = net(shifted, photo, by(0, 0), KINDS)[0].ground
    assert (here - wrong)[..., INNER, INNER].abs().mean() > 0.1


@torch.no_grad()
def test_where_the_photograph_ends_only_the_own_counts():
    net, radar = head(), features(0)
    found = [net(radar, features(s), by(SIDE, 0), KINDS)[0].ground for s in (1, 2)]
    reach = 9  # of the convolutions beyond the edge in the middle
    half = SIDE // 2
    assert torch.allclose(*(f[..., half + reach :] for f in found), atol=1e-5)
    assert not torch.allclose(*(f[..., : half - reach] for f in found), atol=1e-2)


@torch.no_grad()
def test_what_is_no_part_of_the_photograph_is_not_read():
    net, radar, photo = head(), features(0), features(1)
    cut = photo.masks[0].clone()
    cut[..., :20] = 0
    found = [
        net(radar, replace(seen, masks=(cut,)), by(0, 0), KINDS)[0].ground
        for seen in (photo, replace(photo, hints=photo.hints * (cut + 9 * (1 - cut))))
    ]
    assert torch.equal(*found)
    assert not torch.allclose(found[0], net(radar, photo, by(0, 0), KINDS)[0].ground)


def test_what_only_the_photograph_shows_is_learned():
    """Ground that the own hints know nothing of, seen from up to a cell off."""
    torch.manual_seed(0)
    net = JointHead(WIDTH)
    optimiser = torch.optim.Adam(net.parameters(), 5e-3)
    draws = torch.Generator().manual_seed(1)
    for step in range(120):
        field = torch.randn(1, 1, SIDE // 8, SIDE // 8, generator=draws)
        smooth = torch.nn.functional.interpolate(field, (SIDE, SIDE), mode="bicubic")
        noise = torch.randn(1, WIDTH - 1, SIDE, SIDE, generator=draws)
        told = torch.cat([smooth, noise], 1)
        off = 4 * torch.rand(2, generator=draws) - 2
        found = net(features(step), features(0, told), by(*off.tolist()), KINDS)[0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            found.ground, (smooth > 0).float()
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    # Whoever sees the own image alone stays at log 2.
    assert float(loss.detach()) < 0.5


class Recorder(torch.nn.Module):
    """Stands for the head and keeps what it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def forward(self, mov, ref, theta, kinds):
        self.asked.append((theta, kinds))
        return replace(mov, ground=torch.full_like(mov.ground, TOLD)), ref


@pytest.mark.parametrize("sar_moves", [True, False])
def test_training_asks_from_about_the_right_place(sar_moves):
    recorder, count = Recorder(), 2000
    ones = torch.ones(count, 1, 8, 8)
    motion = by(5, -7).expand(count, 2, 3)
    flow = torch.zeros(count, 2, 8, 8)
    kind, unknown = torch.full((count,), REAL), -ones
    sample = Sample(
        ones, ones, ones, ones, flow, motion, kind, sar_moves, unknown, unknown
    )
    truth = truth_of(flow, ones, ones, motion, torch.ones(count))
    asked_again(recorder, features(0), features(1), sample, truth, torch.Generator())
    [(theta, kinds)] = recorder.asked
    assert kinds == (KINDS if sar_moves else KINDS[::-1])
    off = (theta - motion)[:, :, 2]
    assert torch.equal(theta[:, :, :2], motion[:, :, :2])
    astray = off.abs().amax(dim=1) > NEAR_PX
    # Some that are drawn from far fall near: one in 64.
    assert float(astray.float().mean()) == pytest.approx(ASTRAY, rel=0.2)
    assert 0.9 * FAR_PX < off[astray].abs().max() <= FAR_PX
    near = off[~astray].abs()
    assert 0.9 * NEAR_PX < near.max() and near.min() < 1


@pytest.mark.parametrize("turn", [False, True])
def test_the_product_asks_from_where_the_gradients_place_the_tile(turn, monkeypatch):
    image = smooth_image(0, 192).astype(np.float32) / 255
    mov, ref = image[20:148, 30:158], image[32:160, 32:160]
    truth = np.array([[1.0, 0, -2], [0, 1, -12]])
    if turn:  # The moving tile lies on its side; the network sees it upright.
        mov = np.ascontiguousarray(np.rot90(mov))
    valid = np.ones(mov.shape, bool)
    pair = TilePair(
        Tile(ref, valid, np.eye(3), "optical"), Tile(mov, valid, np.eye(3), "sar")
    )
    torch.manual_seed(0)
    net = Soma(TINY)
    net.ground = Recorder()
    matcher, heard = SomaMatcher(net, "cpu"), []
    monkeypatch.setattr(
        predictor, "with_ground", lambda tiles, mov, *rest: heard.append(mov) or tiles
    )
    matcher.match([pair], Search(20, 180.0 if turn else 3.0, 1.02))
    [(theta, kinds)] = net.ground.asked
    assert kinds == KINDS
    expected = identity(1, CPU)[0].numpy() if turn else truth
    assert np.abs(theta[0].numpy() @ [64, 64, 1] - expected @ [64, 64, 1]).max() < 3
    [logits] = heard
    assert (logits == TOLD).all()
