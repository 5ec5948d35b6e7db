import numpy as np
import pytest
import torch
from soma.models.matcher.learned_evidence import WEIGHT, LearnedEvidence
from soma.models.network.geometry import centres, identity
from soma.models.network.layers import box_mean, shifts
from soma.models.network.soma import TINY, Soma
from soma.models.network.template_matching import (
    GRID_PX,
    coefficients,
    overlay,
    windowed,
)

from .test_predictor import about_centre, pair_by


def random_features(seed=0, height=32, width=48, channels=3):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, height, width, generator=generator)


@pytest.mark.parametrize("side", [3, 9, 21])
def test_a_window_is_two_boxes_also_where_it_is_wider_than_the_tile(side):
    x = random_features(height=7, width=12)
    pooled = box_mean(box_mean(x, side), side)
    assert torch.allclose(windowed(x, side), pooled, atol=1e-6)


def window_weights(side, stride):
    """The window's weights over cells, made apart: two boxes over blocks."""
    box = np.convolve(np.ones(side), np.ones(side)) / side**2
    return np.repeat(box, GRID_PX // stride)


@pytest.mark.parametrize("stride", [2, 4])
def test_a_coefficient_is_that_of_its_window(stride):
    """Against numpy: products over the root of energies, under the window's weights."""
    side, radius = 3, 2
    mov, ref = random_features(0), random_features(1)
    mask = torch.ones(1, 1, *mov.shape[-2:])
    found = coefficients(mov, ref, mask, mask, radius, stride, (side,))[0]
    weights = np.outer(*[window_weights(side, stride)] * 2)
    block = GRID_PX // stride
    row, column = 4, 5
    reach = len(weights) // 2
    middle_y, middle_x = row * block + block // 2, column * block + block // 2
    rows = slice(middle_y - reach, middle_y + reach)
    columns = slice(middle_x - reach, middle_x + reach)
    for k, (dx, dy) in enumerate(shifts(radius, mov.device).int().tolist()):
        a = mov[0, :, rows, columns].numpy()
        shifted = torch.roll(ref, (-dy, -dx), (2, 3))
        b = shifted[0, :, rows, columns].numpy()
        product = (weights * (a * b).sum(0)).sum()
        energy = (weights * (a**2).sum(0)).sum() * (weights * (b**2).sum(0)).sum()
        assert float(found[0, k, row, column]) == pytest.approx(
            product / energy**0.5, abs=1e-4
        )


def test_an_image_agrees_fully_with_itself_up_to_the_rim():
    """What lies outside costs nothing: 1 at shift zero, no pull toward the middle."""
    mov = random_features()
    mask = torch.ones(1, 1, *mov.shape[-2:])
    for votes in coefficients(mov, mov, mask, mask, 2, 4, (3, 5)):
        assert torch.allclose(votes[:, 12], torch.ones(()), atol=1e-4)
        assert (votes <= 1 + 1e-4).all()


def test_invalid_cells_have_no_say():
    mov, ref = random_features(0), random_features(1)
    mask = torch.ones(1, 1, *mov.shape[-2:])
    mask[..., 20:30] = 0
    seen = torch.ones_like(mask)
    plain = coefficients(mov * mask, ref, mask, seen, 2, 4, (3,))[0]
    other = ref.clone()
    other[..., 23:27] = 9.0  # further than the radius from any valid moving cell
    assert torch.allclose(
        plain, coefficients(mov * mask, other, mask, seen, 2, 4, (3,))[0]
    )


def test_overlay_reads_where_it_is_told():
    ref = random_features()
    mask = torch.ones(1, 1, *ref.shape[-2:])
    where = centres(*ref.shape[-2:], 4, ref.device)[None] + 8.0
    there, seen = overlay(ref, mask, where, 4)
    assert torch.allclose(there[..., :-2, :-2], ref[..., 2:, 2:], atol=1e-5)
    assert (seen[..., -2:, :] == 0).all() and (seen[..., :-2, :-2] == 1).all()


def test_learned_evidence_peaks_at_what_a_placement_misses():
    torch.manual_seed(0)
    net = Soma(TINY).eval()
    truth = about_centre(0, 1, (6.0, -4.0))
    pair = pair_by(truth)
    features = []
    with torch.inference_mode():
        for part in (pair.mov, pair.ref):
            image = torch.from_numpy(part.pixels)[None, None]
            features.append(net.encode(image, torch.ones_like(image), "optical"))
        evidence = LearnedEvidence(
            *features, identity(1, image.device), net.planes, 1.0
        )
        scores = evidence(np.eye(3), (8, 8), 7)
    assert scores.shape == (64, 15, 15) and scores.dtype == np.float32
    assert scores.std() == pytest.approx(WEIGHT, rel=0.03)
    inner = scores.reshape(8, 8, 15, 15)[2:6, 2:6].mean(axis=(0, 1))
    row, column = np.unravel_index(inner.argmax(), inner.shape)
    assert (column - 7, row - 7) == (6, -4)
