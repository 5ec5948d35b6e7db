import pytest
import torch
from soma.models.network.layers import (
    box_mean,
    highest,
    local_correlation,
    shifts,
    soft_argmax,
)


def test_correlation_equals_the_definition_and_its_gradient():
    generator = torch.Generator().manual_seed(0)
    f0, f1 = (
        torch.randn(2, 3, 5, 6, generator=generator, dtype=torch.float64)
        .requires_grad_() for _ in range(2)
    )  # fmt: skip
    out = local_correlation(f0, f1, 2)
    dx, dy = 2, -1
    channel = (dy + 2) * 5 + dx + 2
    assert shifts(2, f0.device)[channel].tolist() == [dx, dy]
    expected = (f0[:, :, 3, 2] * f1[:, :, 3 + dy, 2 + dx]).sum(dim=1)
    assert torch.allclose(out[:, channel, 3, 2], expected)
    assert torch.autograd.gradcheck(lambda a, b: local_correlation(a, b, 1), (f0, f1))


@pytest.mark.parametrize("block", [1, 2, 4])
def test_correlation_of_blocks_over_many_strips(block):
    f0, f1 = torch.randn(2, 2, 3, 44, 12, dtype=torch.float64)
    out = local_correlation(f0, f1, 3, block)
    for dx, dy in ((0, 0), (-3, 3), (2, -1)):
        there = torch.zeros_like(f1)
        rows, columns = (
            slice(max(-d, 0), n - max(d, 0)) for d, n in ((dy, 44), (dx, 12))
        )
        moved = torch.roll(f1, (-dy, -dx), (2, 3))
        there[:, :, rows, columns] = moved[:, :, rows, columns]
        expected = (f0 * there).sum(dim=1)
        expected = expected.unflatten(2, (-1, block)).unflatten(1, (-1, block))
        assert torch.allclose(out[:, (dy + 3) * 7 + dx + 3], expected.mean(dim=(2, 4)))


@pytest.mark.parametrize("block", [2, 4])
def test_gradient_of_blocks_for_inputs_that_are_views(block):
    generator = torch.Generator().manual_seed(0)
    whole = torch.randn(2, 2, 4, 8, 4, generator=generator, dtype=torch.float64)
    f0, f1 = whole.requires_grad_()

    def correlated(a, b):
        return local_correlation(a[:, 1:3], b[:, 1:3].transpose(2, 3), 1, block)

    assert torch.autograd.gradcheck(correlated, (f0, f1.transpose(2, 3)))


def test_highest_is_the_first_of_the_highest():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 49, 5, 6, generator=generator, requires_grad=True)
    assert torch.equal(highest(x), x.argmax(dim=1, keepdim=True))
    # Many ties; and neighbours that a float just tells apart.
    coarse = torch.randint(0, 3, (2, 49, 5, 6), generator=generator).float()
    first = (coarse == coarse.amax(dim=1, keepdim=True)).int().argmax(1, keepdim=True)
    assert torch.equal(highest(coarse), first)
    close = torch.full((1, 9, 1, 1), 1000.0)
    close[0, 7] = torch.nextafter(torch.tensor(1000.0), torch.tensor(2000.0))
    assert highest(close).item() == 7


def test_box_mean_gradient():
    x = torch.randn(1, 2, 6, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: box_mean(v, 3), (x,))
    ones = box_mean(torch.ones(1, 1, 9, 9), 5)
    assert ones[0, 0, 4, 4] == pytest.approx(1.0)
    assert ones[0, 0, 0, 0] == pytest.approx(9 / 25)


@pytest.mark.parametrize("dx, dy", [(0.0, 0.0), (1.5, -2.25), (-3.75, 3.6), (4, -4)])
def test_soft_argmax_reads_a_bilinear_peak(dx, dy):
    radius = 4
    cells = shifts(radius, torch.device("cpu"))
    weight = (1 - (cells - torch.tensor([dx, dy])).abs()).clamp_min(0).prod(dim=1)
    logits = weight.clamp_min(1e-9).log()[None, :, None, None]
    peak, mass, around = soft_argmax(logits, radius, 2)
    assert peak.flatten().tolist() == pytest.approx([dx, dy], abs=1e-4)
    assert float(mass) == pytest.approx(1.0, abs=1e-4)
    assert around.shape == (1, 25, 1, 1)
