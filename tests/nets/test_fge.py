import math

import pytest
import torch
import torch.nn.functional as F
from soma.models.network.fge import FGE, GradientBank, RatioOfAverages
from soma.models.network.hand_made import PLANES, GradientPrior


def wave(degrees, size=64, period=9.0):
    """Stripes whose gradient points along ``degrees``."""
    axis = torch.arange(size, dtype=torch.float32) - size / 2
    a = math.radians(degrees)
    phase = math.cos(a) * axis[None, :] + math.sin(a) * axis[:, None]
    return torch.sin(2 * math.pi * phase / period)[None, None]


def energies(image):
    bank = GradientBank(1)
    return bank(image)[0, :, 16:-16, 16:-16].mean(dim=(1, 2)).view(2, 8)


def test_eight_directions_are_distinct_and_each_prefers_its_own():
    """Rounding leaves the release with five distinct kernels of eight."""
    for direction in range(8):
        strength = energies(wave(22.5 * direction))
        assert (strength.argmax(dim=1) == direction).all()
        best_two = strength[0].sort(descending=True).values[:2]
        assert best_two[1] < 0.95 * best_two[0]


def test_responses_do_not_depend_on_the_sign_of_contrast():
    image = torch.rand(1, 1, 32, 32)
    bank = GradientBank(1)
    assert torch.allclose(bank(image), bank(1 - image), atol=1e-5)


def test_steered_filter_equals_the_filter_of_a_turned_image():
    image = torch.rand(1, 1, 33, 33)
    turned = torch.rot90(image, -1, (2, 3))  # x axis becomes y axis
    straight, quarter = (
        GradientBank(1)(i).view(1, 2, 8, 33, 33) for i in (image, turned)
    )
    back = torch.rot90(quarter, 1, (3, 4))
    inner = slice(6, -6)
    expected = straight[:, :, 0, inner, inner]
    assert torch.allclose(back[:, :, 4, inner, inner], expected, atol=1e-5)


def test_derivative_of_a_ramp_is_its_slope():
    ramp = torch.arange(32.0).expand(1, 1, 32, 32)
    response = GradientBank(1)(ramp)[0, :, 16, 16].view(2, 8)
    expected = [abs(math.cos(math.radians(22.5 * k))) for k in range(8)]
    for scale in response:
        assert scale.tolist() == pytest.approx(expected, abs=1e-4)


def test_ratio_of_averages_does_not_depend_on_brightness():
    """In log intensity brightness is an offset."""
    image = torch.rand(1, 1, 64, 64) * 0.5
    ratio = RatioOfAverages()
    assert torch.allclose(ratio(image), ratio(image + 0.3), atol=1e-3)
    step = torch.zeros(1, 1, 64, 64)
    step[..., 32:] = 0.4
    edge = ratio(step)[0, :, 16, 15:17].mean(dim=1)
    assert edge.argmax() == 0 and edge[4] < 0.1 * edge[0]


def test_fge_keeps_shape_and_lets_gradients_through():
    x = torch.randn(2, 16, 24, 20, requires_grad=True)
    mask = torch.ones(2, 1, 24, 20)
    mask[:, :, :, :4] = 0
    y = FGE(16, reduced=2)(x, mask)
    assert y.shape == x.shape
    assert (y[..., :4] == 0).all()
    y.square().sum().backward()
    assert x.grad.abs().sum() > 0


def test_halving_is_a_mean_of_nine_then_of_four():
    x = torch.randn(2, PLANES, 12, 16)
    halving = GradientPrior().halving
    found = F.conv2d(x, halving, stride=2, padding=1, groups=PLANES)
    pooled = F.avg_pool2d(F.avg_pool2d(x, 3, 1, 1), 2)
    assert torch.allclose(found, pooled, atol=1e-6)


def test_prior_is_blind_to_contrast_and_does_not_see_the_edge_of_validity():
    image = torch.rand(1, 1, 64, 64)
    valid = torch.ones(1, 1, 64, 64)
    valid[..., 40:] = 0
    masks = tuple(
        torch.nn.functional.avg_pool2d(valid, s).floor() for s in (2, 4, 8, 16)
    )
    prior = GradientPrior()
    direct = prior(image * valid, valid, masks)
    inverse = prior((1 - image) * valid, valid, masks)
    for a, b in zip(direct, inverse, strict=True):
        assert (a - b).abs().max() < 2e-3  # the outermost tap reaches the edge
    flat = prior(0.5 * valid, valid, masks)
    # Replicated planes of a flat image are zero up to rounding, edge or not.
    assert float(direct[0].abs().mean()) > 0.1
    assert max(float(level.abs().max()) for level in flat) < 1e-2
