"""Known motions through every helper, to 1e-4 px, on grids that are not square."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from soma.models.network.geometry import (
    apply_affine,
    centres,
    compose,
    fit_affine,
    identity,
    invert,
    resize,
    sample,
    shrink_mask,
)
from soma.models.network.glam_local import Motion

HEIGHT, WIDTH = 48, 80


def similarity(degrees, scale, shift):
    a = math.radians(degrees)
    c, s = scale * math.cos(a), scale * math.sin(a)
    return torch.tensor([[[c, -s, shift[0]], [s, c, shift[1]]]])


def ramp():
    """An image whose value tells its own position: channel 0 is x, 1 is y."""
    return centres(HEIGHT, WIDTH, 1, torch.device("cpu"))[None]


def test_centres_are_xy_with_the_corner_as_origin():
    grid = centres(3, 5, 4, torch.device("cpu"))
    assert grid[:, 0, 0].tolist() == [2.0, 2.0]
    assert grid[:, 2, 4].tolist() == [18.0, 10.0]


def test_zero_flow_returns_the_image_itself_not_its_transpose():
    image = torch.rand(1, 1, HEIGHT, WIDTH)
    there, inside = sample(image, ramp())
    assert torch.allclose(there, image, atol=1e-4)
    assert inside.min() == 1


@pytest.mark.parametrize("theta", [
    similarity(0, 1, (3.25, -2.5)),
    similarity(7, 1.08, (1.0, 4.0)),
])  # fmt: skip
def test_sampled_position_is_the_affine_position(theta):
    where = apply_affine(theta, ramp()[0])
    there, inside = sample(ramp(), where)
    # Edge values repeat in the outer half pixel, so only the inside is exact.
    inner = (where[:, 0] > 0.5) & (where[:, 0] < WIDTH - 0.5)
    inner &= (where[:, 1] > 0.5) & (where[:, 1] < HEIGHT - 0.5)
    assert inner.sum() > 1000
    error = (there - where).abs().amax(dim=1)[inner]
    assert error.max() < 1e-4
    assert (inside[:, 0][inner] == 1).all()


def test_sample_agrees_with_scipy():
    rng = np.random.default_rng(0)
    image = rng.random((HEIGHT, WIDTH)).astype(np.float32)
    xy = rng.uniform(1, 40, (2, 30, 30)).astype(np.float32)
    ours = sample(torch.from_numpy(image)[None, None], torch.from_numpy(xy)[None])[0]
    theirs = ndimage.map_coordinates(image, xy[::-1] - 0.5, order=1)
    assert np.abs(ours[0, 0].numpy() - theirs).max() < 1e-4


@pytest.mark.parametrize("stride", [2, 4, 8])
def test_features_at_a_stride_are_read_at_the_same_place(stride):
    pooled = torch.nn.functional.avg_pool2d(ramp(), stride)
    where = torch.tensor([20.25, 12.75]).view(1, 2, 1, 1)
    there, _ = sample(pooled, where, stride)
    assert torch.allclose(there, where, atol=1e-4)


def test_inside_ends_at_the_raster_edge():
    edge = torch.tensor([[0.01, WIDTH - 0.01, -0.01, WIDTH + 0.01], [5, 5, 5, 5]])
    _, inside = sample(ramp(), edge.view(1, 2, 1, 4))
    assert inside.flatten().tolist() == [1, 1, 0, 0]


def test_resampling_a_displacement_keeps_its_value():
    """A 20 px shift stays 20 px at every size (the release halves it)."""
    motion = Motion(identity(1, torch.device("cpu")), torch.full((1, 2, 6, 10), 20.0),
                    torch.zeros(1, 1, 6, 10), 8)  # fmt: skip
    for stride in (4, 2, 1):
        finer = motion.at(HEIGHT // stride, WIDTH // stride, stride)
        moved = finer.positions() - centres(HEIGHT // stride, WIDTH // stride, stride,
                                            torch.device("cpu"))  # fmt: skip
        assert torch.allclose(moved, torch.full_like(moved, 20.0), atol=1e-4)


def test_affine_motion_is_exact_up_to_the_corners_at_every_stride():
    """The release errs by half a pixel there."""
    theta = similarity(9, 1.1, (4.0, -7.0))
    motion = Motion(theta, torch.zeros(1, 2, 6, 10), torch.zeros(1, 1, 6, 10), 8)
    fine = motion.at(HEIGHT, WIDTH, 1).positions()
    for y, x in ((0, 0), (0, WIDTH - 1), (HEIGHT - 1, 0), (HEIGHT - 1, WIDTH - 1)):
        expected = theta[0, :, :2] @ torch.tensor([x + 0.5, y + 0.5]) + theta[0, :, 2]
        assert torch.allclose(fine[0, :, y, x], expected, atol=1e-4)


def test_resize_of_a_linear_field_is_linear_inside():
    coarse = torch.nn.functional.avg_pool2d(ramp(), 4)
    fine = resize(coarse, HEIGHT, WIDTH)
    inner = (slice(None), slice(None), slice(4, -4), slice(4, -4))
    assert torch.allclose(fine[inner], ramp()[inner], atol=1e-4)


def test_compose_applies_the_inner_affine_first():
    turn, shift = similarity(90, 1, (0, 0)), similarity(0, 1, (5, 0))
    point = torch.tensor([2.0, 0.0]).view(2, 1, 1)
    there = apply_affine(compose(turn, shift), point).flatten()
    assert torch.allclose(there, torch.tensor([0.0, 7.0]), atol=1e-4)


def test_inverse_undoes():
    theta = similarity(33, 1.3, (12.0, -40.0))
    both = compose(invert(theta), theta)
    assert torch.allclose(both, identity(1, theta.device), atol=1e-4)


def test_fit_recovers_an_affine_exactly_and_through_outliers():
    generator = torch.Generator().manual_seed(0)
    theta = torch.tensor([[[1.05, 0.08, -12.0], [-0.03, 0.96, 7.5]]])
    source = torch.rand(1, 300, 2, generator=generator) * 200
    target = source @ theta[0, :, :2].T + theta[0, :, 2]
    prior = identity(1, source.device)
    weight = torch.ones(1, 300)
    fitted = fit_affine(source, target, weight, prior, ridge=0.0)
    assert torch.allclose(fitted, theta, atol=1e-4)
    target[:, :60] += torch.randn(1, 60, 2, generator=generator) * 60
    fitted = fit_affine(source, target, weight, prior, rounds=12, ridge=0.0)
    assert (fitted - theta)[:, :, 2].abs().max() < 0.6


def test_fit_without_evidence_returns_the_prior():
    prior = similarity(10, 1.1, (3.0, 4.0))
    source = torch.rand(1, 20, 2) * 100
    fitted = fit_affine(source, source, torch.zeros(1, 20), prior)
    assert torch.allclose(fitted, prior, atol=1e-5)


def test_shrunk_mask_needs_every_pixel():
    valid = torch.ones(1, 1, 8, 8)
    valid[0, 0, 0, 0] = 0
    assert shrink_mask(valid, 4)[0, 0].tolist() == [[0, 1], [1, 1]]
