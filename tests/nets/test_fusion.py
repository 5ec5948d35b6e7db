"""Whether a placement stands out among learned descriptors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from soma.core.base.types import Search, Tile, TilePair
from soma.core.matching.gradient.distinctness import rivals_of
from soma.core.matching.gradient.inspection import Standing
from soma.models.matcher.learned_evidence import LearnedEvidence
from soma.models.network.encoder import Features
from soma.models.network.geometry import identity
from soma.models.network.glam_global import cross_correlate
from soma.models.network.ground_head import LEAST

SIDE = 96  # cells of 2 px


def features(seed, mask=None):
    generator = torch.Generator().manual_seed(seed)
    level = torch.randn(1, 6, SIDE, SIDE, generator=generator)
    mask = torch.ones(1, 1, SIDE, SIDE) if mask is None else mask
    return Features((level * mask,), (mask,))


def standing(mov, ref, shift_px=(0.0, 0.0), factor=1, reach_px=40.0, apart_px=8.0):
    placed = np.eye(3)
    placed[:2, 2] = shift_px
    evidence = LearnedEvidence(mov, ref, identity(1, torch.device("cpu")), 0, LEAST)
    return evidence.standing(placed, reach_px, apart_px, factor)


def lead(*args, **options):
    return standing(*args, **options).lead


@pytest.mark.parametrize("shape", [(7, 9), (12, 5), (4, 4)])
def test_correlation_is_the_sum_of_products_at_every_shift(shape):
    rng = np.random.default_rng(0)
    mov, ref = rng.normal(size=(2, 3, *shape))
    stacks = [torch.from_numpy(x)[None] for x in (mov, ref)]
    found = cross_correlate(*stacks, [side + 3 for side in shape])[0]
    wide = np.pad(ref, ((0, 0), (3, 3), (3, 3)))
    for dy in range(7):
        for dx in range(7):
            there = wide[:, dy : dy + shape[0], dx : dx + shape[1]]
            at = shape[0] - 4 + dy, shape[1] - 4 + dx
            assert float(found[at]) == pytest.approx((mov * there).sum(), rel=1e-4)


@pytest.mark.parametrize("factor", [1, 2])
def test_a_right_placement_stands_out_and_no_other_does(factor):
    same, other = features(0), features(1)
    assert lead(same, same, factor=factor) > 20
    assert lead(same, same, shift_px=(16.0, 0.0), factor=factor) < -20
    assert abs(lead(same, other, factor=factor)) < 4


def test_a_placement_is_undone_before_comparing():
    mov = features(0)
    moved = mov.levels[0].roll((5, -8), dims=(2, 3))  # 5 cells down, 8 to the left
    ref = Features((moved,), mov.masks)
    assert lead(mov, ref, shift_px=(-16.0, 10.0)) > 15
    assert lead(mov, ref) < -15


def best_shift(mov, ref):
    """Return the shift in px at which all windows together score highest."""
    evidence = LearnedEvidence(mov, ref, identity(1, torch.device("cpu")), 0, LEAST)
    blocks = 2 * SIDE // 16
    total = evidence(np.eye(3), (blocks, blocks), 7).sum(axis=0)
    row, col = np.unravel_index(int(total.argmax()), total.shape)
    return col - 7, row - 7


def test_descriptors_of_what_leans_count_less():
    """Every other patch of six cells leans by two of them."""
    mov = features(0)
    level, patch = mov.levels[0], 6
    row, col = torch.meshgrid(*[torch.arange(SIDE) // patch] * 2, indexing="ij")
    leans = ((row + col) % 2 == 0) | (row % 4 == 1)
    assert leans.float().mean() > 0.6
    ref = Features((torch.where(leans, level.roll(2, dims=3), level),), mov.masks)
    assert best_shift(mov, ref) == (4, 0)
    logits = torch.where(leans, -9.0, 9.0)[None, None]
    told = [replace(side, ground=logits) for side in (mov, ref)]
    assert best_shift(*told) == (0, 0)
    assert standing(*told) == standing(mov, ref)


def test_a_search_beyond_the_tile_finds_no_more_rivals():
    same, other = features(0), features(1)
    near = [lead(same, ref, reach_px=90.0) for ref in (same, other)]
    far = [lead(same, ref, reach_px=2000.0) for ref in (same, other)]
    assert far[0] == pytest.approx(near[0], rel=0.1)
    assert far[1] == pytest.approx(near[1], abs=0.5)


def test_nothing_to_compare_with_is_no_evidence():
    same = features(0)
    nothing_known = Standing(0.0, 0.0)
    assert standing(same, same, apart_px=1000.0) == nothing_known
    assert standing(same, same, shift_px=(500.0, 0.0)) == nothing_known
    nothing = features(0, torch.zeros(1, 1, SIDE, SIDE))
    assert standing(same, nothing) == nothing_known


def test_what_is_masked_alike_does_not_stand_out():
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., :40, 20:] = 1
    for seed in range(4):
        assert lead(features(2 * seed, mask), features(2 * seed + 1, mask)) < 3


@pytest.mark.parametrize(
    ("side", "shift_px", "expected"),
    [(128, 10, (32, 6, 1)), (256, 100, (100, 7.68, 1)), (512, 30, (128, 15.36, 2))],
)
def test_rivals_are_looked_for_as_far_as_the_search_goes(side, shift_px, expected):
    pixels, valid = np.zeros((side, side), np.float32), np.ones((side, side), bool)
    tiles = [Tile(pixels, valid, np.eye(3), kind) for kind in ("optical", "sar")]
    rivals = rivals_of(TilePair(*tiles), Search(shift_px))
    found = rivals.shift_px, rivals.apart_px, rivals.factor
    assert found == pytest.approx(expected)
