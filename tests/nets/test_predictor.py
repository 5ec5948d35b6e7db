from dataclasses import replace

import numpy as np
import pytest
import torch
from fakes import CountingFeedback
from scipy import ndimage
from soma.core.base.errors import BadInput, Cancelled, ModelUnavailable
from soma.core.base.types import Search, Tile, TilePair
from soma.core.matching.gradient import GradientMatcher
from soma.models.matcher import predictor
from soma.models.matcher.devices import pick_device
from soma.models.matcher.predictor import SomaMatcher
from soma.models.network.soma import TINY, Soma


@pytest.fixture(scope="module")
def matcher():
    torch.manual_seed(0)
    matcher = SomaMatcher(Soma(TINY), "cpu")
    matcher.dense = True
    return matcher


def ground(seed=0, size=320):
    noise = np.random.default_rng(seed).normal(size=(size, size))
    image = ndimage.gaussian_filter(noise, 2.5)
    return ((image - image.min()) / np.ptp(image)).astype(np.float32)


def tile(pixels, modality="optical", valid=None):
    valid = np.ones(pixels.shape, bool) if valid is None else valid
    return Tile(pixels * valid, valid, np.eye(3), modality)


def pair_by(matrix, size=128, ref_size=None, seed=0):
    """Cut a pair from one image: moving pixel p shows reference pixel matrix p."""
    image, origin = ground(seed), 96.0
    grid = np.stack(np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5), axis=-1)
    where = grid @ matrix[:2, :2].T + matrix[:2, 2] + origin
    mov = ndimage.map_coordinates(image, where.transpose(2, 0, 1)[::-1] - 0.5, order=3)
    far = ref_size or size
    ref = image[96 : 96 + far, 96 : 96 + far]
    return TilePair(tile(ref), tile(mov.astype(np.float32)))


def about_centre(degrees, scale, shift, size=128):
    a, half = np.radians(degrees), size / 2
    linear = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = half - linear @ [half, half] + shift
    return matrix


def rmse_inside(flow, matrix):
    size = len(flow)
    inner = slice(24, size - 24)
    axis = np.arange(size) + 0.5
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    truth = grid @ matrix[:2, :2].T + matrix[:2, 2]
    error = (flow - truth)[inner, inner]
    return float(np.sqrt((error**2).sum(axis=-1).mean()))


@pytest.mark.parametrize("truth", [
    about_centre(0, 1, (0, 0)),
    about_centre(0, 1, (9.4, -6.7)),
    about_centre(2.0, 1.01, (-5.0, 3.0)),
])  # fmt: skip
def test_known_motion_of_one_image_is_found_without_training(matcher, truth):
    found = matcher.match([pair_by(truth)], Search(16, 3, 1.02))[0]
    assert found.reason == ""
    assert found.flow.shape == (128, 128, 2) and found.flow.dtype == np.float32
    assert found.certainty.shape == (128, 128)
    assert 0 <= found.certainty.min() and found.certainty.max() <= 1
    # Half a cell of the finest stage: training removes the pull to whole cells.
    assert rmse_inside(found.flow, truth) < 1.0
    error = found.matches.mov_xy @ truth[:2, :2].T + truth[:2, 2] - found.matches.ref_xy
    assert len(error) > 40
    assert np.median(np.linalg.norm(error, axis=1)) < 1.0
    assert np.allclose(found.mov_to_ref[2], [0, 0, 1])


def test_a_turned_image_is_found_by_hypotheses(matcher):
    truth = about_centre(71.0, 1.0, (4.0, -6.0))
    found = matcher.match([pair_by(truth)], Search(16, 180, 1.0))[0]
    centre = found.mov_to_ref @ [64, 64, 1]
    assert np.hypot(*(centre - truth @ [64, 64, 1])[:2]) < 2
    turn = np.degrees(np.arctan2(found.mov_to_ref[1, 0], found.mov_to_ref[0, 0]))
    assert turn == pytest.approx(71, abs=2)
    assert 0 <= found.distinctness <= 1


def test_a_search_that_was_made_is_not_made_again(matcher, monkeypatch):
    pair = pair_by(about_centre(1.0, 1.0, (6.0, -4.0)))
    search = Search(16, 3, 1.02)
    start = GradientMatcher(1).match([pair], search)[0].start
    alone = matcher.match([pair], search)[0]
    monkeypatch.setattr(matcher._gradient, "locate", None)
    told = matcher.match([replace(pair, start=start)], search)[0]
    assert np.array_equal(told.matches.ref_xy, alone.matches.ref_xy)
    assert told.distinctness == alone.distinctness


def test_order_and_batches(matcher):
    truths = [about_centre(0, 1, (4.0 * k, 0)) for k in range(3)]
    pairs = [pair_by(t, seed=k) for k, t in enumerate(truths)]
    blank = np.zeros((128, 128), np.float32)
    pairs.insert(1, TilePair(tile(blank), pairs[0].mov))
    together = matcher.match(pairs, Search(16))
    assert together[1].reason == "no_structure" and not len(together[1].matches)
    for index in (0, 2, 3):
        alone = matcher.match([pairs[index]], Search(16))[0]
        assert np.allclose(alone.flow, together[index].flow, atol=1e-2)


def test_shapes_that_differ_and_need_padding(matcher):
    truth = about_centre(0, 1, (11, 7), size=100)
    found = matcher.match([pair_by(truth, size=100, ref_size=150)], Search(16))[0]
    assert found.flow.shape == (100, 100, 2)
    assert rmse_inside(found.flow, truth) < 1.0


def test_nothing_is_matched_where_invalid(matcher):
    pair = pair_by(np.eye(3))
    valid = np.ones((128, 128), bool)
    valid[:, :50] = False
    pair = TilePair(pair.ref, tile(pair.mov.pixels, valid=valid))
    found = matcher.match([pair], Search(8))[0]
    assert found.matches.mov_xy[:, 0].min() >= 50
    assert (found.certainty[:, :50] == 0).all()


def test_mostly_invalid_tiles_have_no_structure(matcher):
    pair = pair_by(np.eye(3))
    valid = np.zeros((128, 128), bool)
    valid[:5, :5] = True
    found = matcher.match(
        [TilePair(pair.ref, tile(pair.mov.pixels, valid=valid))], Search(8)
    )
    assert found[0].reason == "no_structure"


def test_modalities_may_be_swapped(matcher):
    pair = pair_by(np.eye(3))
    sar = tile(pair.mov.pixels, "sar")
    for swapped in (TilePair(pair.ref, sar), TilePair(sar, pair.ref)):
        found = matcher.match([swapped], Search(8))[0]
        assert np.isfinite(found.flow).all()


def test_same_pair_same_answer(matcher):
    pair = pair_by(about_centre(1, 1, (3, 4)))
    first, second = (matcher.match([pair], Search(16))[0] for _ in range(2))
    assert np.array_equal(first.flow, second.flow)
    assert np.array_equal(first.matches.ref_xy, second.matches.ref_xy)


def test_cancel(matcher):
    with pytest.raises(Cancelled):
        matcher.match([pair_by(np.eye(3))], Search(8), CountingFeedback(stop_at=1))


def test_smaller_batches_when_memory_runs_out(matcher, monkeypatch):
    truth = [about_centre(0, 1, (2.0 * k, 0)) for k in range(4)]
    pairs = [pair_by(t) for t in truth]
    monkeypatch.setattr(matcher, "batch", 4)
    # Both tiles are one image, parts of which look drawn and are examined again.
    monkeypatch.setattr(predictor, "overlay_share", lambda *_: 0.0)
    expected = matcher.match(pairs, Search(16))
    run, sizes = matcher.examine, []

    def greedy(part, search, feedback):
        sizes.append(len(part))
        if len(part) > 1:
            raise torch.OutOfMemoryError("too large")
        return run(part, search, feedback)

    monkeypatch.setattr(matcher, "examine", greedy)
    monkeypatch.setattr(matcher, "_can_shrink", lambda: True)
    found = matcher.match(pairs, Search(16))
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    for one, other in zip(expected, found, strict=True):
        assert np.allclose(one.flow, other.flow, atol=1e-2)


@pytest.mark.parametrize("cards, mps, auto", [
    (0, False, "cpu"), (0, True, "mps"), (2, False, "cuda"), (1, True, "cuda"),
])  # fmt: skip
def test_devices_are_taken_where_they_are(monkeypatch, cards, mps, auto):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cards > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device("auto").type == auto
    there = {"cpu": True, "cuda": cards > 0, "cuda:1": cards > 1, "mps": mps}
    for name, present in there.items():
        if present:
            assert pick_device(name) == torch.device(name)
        else:
            with pytest.raises(ModelUnavailable, match=f"no device {name}"):
                pick_device(name)


def test_what_is_no_device_is_refused():
    for name in ("warp drive", "tpu3000"):
        with pytest.raises(BadInput, match="device is auto, cpu"):
            pick_device(name)
    with pytest.raises(ModelUnavailable, match="no device xpu"):
        pick_device("xpu")
