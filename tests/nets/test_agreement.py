import pytest
import torch
from soma.models.network.geometry import apply_affine, centres, identity
from soma.models.network.layers import shifts, soft_argmax, soften
from soma.models.network.surface_fit import agree, evidence

RADIUS, STEP = 4, 4


def bells(place, deviation, height=1.0, radius=RADIUS):
    """Logits (B, K, h, w) of Gaussian bells at ``place`` (B, 2, h, w), in cells."""
    away = shifts(radius, place.device)[:, :, None, None] - place[:, None]
    return -height * away.square().sum(dim=2) / (2 * deviation**2)


def grid(height=12, width=16):
    return centres(height, width, 8, torch.device("cpu"))


def fitted(scores, here, start, theta=None):
    weight = torch.ones(1, 1, *here.shape[-2:])
    theta = identity(1, here.device) if theta is None else theta
    every = torch.tensor([float(weight.numel())])
    return agree(scores, weight, here[None], start[None], theta, RADIUS, STEP, every)


# Descriptors that are sampled finely enough have no narrower peaks.
@pytest.mark.parametrize("deviation", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("begin", [(0.0, 0.0), (3.0, -2.0)])
def test_windows_agree_on_the_affine_they_were_made_from(deviation, begin):
    here = grid()
    truth = torch.tensor([[[1.02, -0.03, 2.5], [0.02, 0.99, -1.5]]])
    start = here + torch.tensor(begin)[:, None, None]
    place = (apply_affine(truth, here) - start) / STEP
    found, _ = fitted(8 * bells(place, deviation).exp(), here, start)
    gap = apply_affine(found, here) - apply_affine(truth, here)
    assert gap.norm(dim=1).max() < 0.1 * STEP  # a tenth of a cell


def test_windows_that_say_nothing_leave_the_affine_alone():
    here = grid()
    theta = torch.tensor([[[1.01, -0.02, 1.0], [0.02, 1.01, 2.0]]])
    flat = torch.zeros(1, (2 * RADIUS + 1) ** 2, *here.shape[-2:])
    found, value = fitted(flat, here, apply_affine(theta, here)[0], theta)
    assert (apply_affine(found, here) - apply_affine(theta, here)).abs().max() < 1e-2
    assert float(value) == 0


def test_wrong_windows_are_outvoted():
    here = grid()
    truth = torch.tensor([[[1.0, 0.0, 3.0], [0.0, 1.0, -2.0]]])
    place = (apply_affine(truth, here) - here) / STEP
    generator = torch.Generator().manual_seed(0)
    astray = torch.rand(1, 1, *here.shape[-2:], generator=generator) < 0.35
    noise = 3 * torch.randn(place.shape, generator=generator)
    scores = 6 * bells(torch.where(astray, noise, place), 0.8).exp()
    found, _ = fitted(scores, here, here)
    gap = apply_affine(found, here) - apply_affine(truth, here)
    assert gap.norm(dim=1).mean() < 0.3


def test_the_affine_leaves_a_similarity_only_as_far_as_windows_can_tell():
    here = grid()
    generator = torch.Generator().manual_seed(0)
    place = torch.randn(1, 2, *here.shape[-2:], generator=generator) * 0.4
    found, _ = fitted(8 * bells(place, 0.8).exp(), here, here)
    linear = found[0, :, :2]
    shear = torch.stack([linear[0, 0] - linear[1, 1], linear[0, 1] + linear[1, 0]])
    source = here.flatten(1).T.double()
    target = source + STEP * place[0].flatten(1).T
    design = torch.cat([source, torch.ones(len(source), 1)], dim=1)
    free = torch.linalg.lstsq(design, target).solution[:2].T
    loose = torch.stack([free[0, 0] - free[1, 1], free[0, 1] + free[1, 0]])
    assert shear.norm() < 0.5 * loose.norm()


def test_evidence_does_not_count_the_prediction():
    place = torch.tensor([1.3, -0.7]).view(1, 2, 1, 1)
    for guess in ((0.0, 0.0), (2.0, -2.0)):
        predicted = torch.tensor(guess).view(1, 2, 1, 1)
        own, precision = evidence(bells(place, 0.8), predicted, 1.5, RADIUS)
        assert own.flatten().tolist() == pytest.approx([1.3, -0.7], abs=0.05)
        assert float(precision) == pytest.approx(1 / 0.8**2, rel=0.15)


@pytest.mark.parametrize("deviation", [0.15, 0.3, 0.6])
def test_softened_peaks_do_not_lock_onto_cells(deviation):
    for where in (0.0, 0.2, 0.5, 0.8):
        place = torch.tensor([where, -where]).view(1, 2, 1, 1)
        logits = soften(bells(place, deviation), RADIUS)
        peak = soft_argmax(logits, RADIUS, 2)[0].flatten().tolist()
        assert peak == pytest.approx([where, -where], abs=0.03)
