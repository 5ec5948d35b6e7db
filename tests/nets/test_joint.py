"""What two images say of their ground once each knows of the other."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from soma.core.types import Search, Tile, TilePair
from soma.models.encoder import Features
from soma.models.joint import JointGround
from soma.models.predictor import SomaMatcher
from soma.models.soma import TINY, Soma
from soma.models.warping import identity
from soma.training.data import REAL, Sample
from soma.training.ground import NEAR_PX, asked_again
from soma.training.losses import truth_of

from .scenes import smooth_image

CPU, WIDTH, SIDE = torch.device("cpu"), 4, 48
KINDS = "sar", "optical"


def features(seed, hints=None):
    """Logits of 0 on a grid of ``SIDE`` cells of 2 px, and hints."""
    draws = torch.Generator().manual_seed(seed)
    if hints is None:
        hints = torch.randn(1, WIDTH, SIDE, SIDE, generator=draws)
    mask = torch.ones(1, 1, SIDE, SIDE)
    return Features((mask,), (mask,), torch.zeros(1, 1, SIDE, SIDE), hints)


def heads(seed=0):
    torch.manual_seed(seed)
    found = JointGround(WIDTH)
    for head in found.heads.values():
        torch.nn.init.normal_(head.out.weight)
    return found.eval()


def by(dx, dy):
    return torch.tensor([[[1.0, 0.0, dx], [0.0, 1.0, dy]]])


@torch.no_grad()
def test_nothing_is_added_before_anything_is_learned():
    mov, ref = features(0), features(1)
    mov = replace(mov, ground=torch.randn_like(mov.ground))
    for was, now in zip(
        (mov, ref), JointGround(WIDTH)(mov, ref, by(3, 5), KINDS), strict=True
    ):
        assert torch.equal(was.ground, now.ground)


@torch.no_grad()
def test_images_of_one_kind_are_left_as_they_are():
    mov, ref = features(0), features(1)
    for kind in KINDS:
        assert heads()(mov, ref, by(0, 0), (kind, kind)) == (mov, ref)


@torch.no_grad()
@pytest.mark.parametrize("kinds", [KINDS, KINDS[::-1]])
def test_the_other_image_is_read_where_it_shows_the_same_place(kinds):
    """A moving image cut 3 cells further left and 2 up is told the same, there."""
    net, mov, ref = heads(), features(0), features(1)
    there = net(mov, ref, by(0, 0), kinds)
    shifted = replace(mov, hints=mov.hints.roll((2, 3), dims=(2, 3)))
    here = net(shifted, ref, by(-6, -4), kinds)
    inner = slice(14, -14)
    moved = here[0].ground.roll((-2, -3), dims=(2, 3))
    for a, b in ((moved, there[0].ground), (here[1].ground, there[1].ground)):
        assert torch.allclose(a[..., inner, inner], b[..., inner, inner], atol=1e-4)
        assert a[..., inner, inner].std() > 0.1
    # By another placement both are told something else.
    wrong = net(shifted, ref, by(0, 0), kinds)
    for a, b in zip(here, wrong, strict=True):
        assert (a.ground - b.ground)[..., inner, inner].abs().mean() > 0.1


@torch.no_grad()
def test_where_the_other_image_ends_only_the_own_counts():
    net, mov = heads(), features(0)
    found = [net(mov, features(s), by(SIDE, 0), KINDS)[0].ground for s in (1, 2)]
    reach = 9  # of the convolutions beyond the edge in the middle
    half = SIDE // 2
    assert torch.allclose(*(f[..., half + reach :] for f in found), atol=1e-5)
    assert not torch.allclose(*(f[..., : half - reach] for f in found), atol=1e-2)


def test_what_only_the_other_image_shows_is_learned():
    """Ground that the own hints know nothing of, seen from up to a cell off."""
    torch.manual_seed(0)
    net = JointGround(WIDTH)
    optimiser = torch.optim.Adam(net.parameters(), 5e-3)
    draws = torch.Generator().manual_seed(1)
    for step in range(120):
        field = torch.randn(1, 1, SIDE // 8, SIDE // 8, generator=draws)
        smooth = torch.nn.functional.interpolate(field, (SIDE, SIDE), mode="bicubic")
        told = torch.cat([smooth, torch.randn(1, 3, SIDE, SIDE, generator=draws)], 1)
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
    """Stands for the heads and keeps what they were asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def forward(self, mov, ref, theta, kinds):
        self.asked.append((theta, kinds))
        return mov, ref


@pytest.mark.parametrize("sar_moves", [True, False])
def test_training_asks_from_about_the_right_place(sar_moves):
    net, count = Soma(TINY), 64
    net.ground = Recorder()
    ones = torch.ones(count, 1, 8, 8)
    motion = by(5, -7).expand(count, 2, 3)
    flow = torch.zeros(count, 2, 8, 8)
    kind, unknown = torch.full((count,), REAL), -ones
    sample = Sample(
        ones, ones, ones, ones, flow, motion, kind, sar_moves, unknown, unknown
    )
    truth = truth_of(flow, ones, ones, motion, torch.ones(count))
    asked_again(net, features(0), features(1), sample, truth, torch.Generator())
    [(theta, kinds)] = net.ground.asked
    assert kinds == (KINDS if sar_moves else KINDS[::-1])
    off = (theta - motion)[:, :, 2]
    assert torch.equal(theta[:, :, :2], motion[:, :, :2])
    assert 0.9 * NEAR_PX < off.abs().max() <= NEAR_PX and off.abs().min() < 1


@pytest.mark.parametrize("turn", [False, True])
def test_the_product_asks_from_where_the_gradients_place_the_tile(turn):
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
    matcher = SomaMatcher(net, "cpu")
    matcher.match([pair], Search(20, 180.0 if turn else 3.0, 1.02))
    [(theta, kinds)] = net.ground.asked
    assert kinds == KINDS
    expected = identity(1, CPU)[0].numpy() if turn else truth
    assert np.abs(theta[0].numpy() @ [64, 64, 1] - expected @ [64, 64, 1]).max() < 3
