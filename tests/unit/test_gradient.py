from __future__ import annotations

import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest
from fakes import CountingFeedback
from soma.core.base.errors import Cancelled
from soma.core.base.grid import apply_affine
from soma.core.base.types import Search, Tile, TilePair
from soma.core.estimation.acceptance import ACCEPTANCE
from soma.core.matching.gradient import GradientMatcher

SIZE = 256


def scene(seed=0, side=512):
    """Polygons of random grey: edges that both sensors see."""
    rng = np.random.default_rng(seed)
    image = np.full((side, side), 0.5, np.float32)
    for _ in range(side * side // 1800):
        centre = rng.uniform(0, side, 2)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 4))
        radius = rng.uniform(8, 36)
        points = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        fixed = np.rint(points * 16).astype(np.int32)
        cv2.fillPoly(image, [fixed], float(rng.uniform(0, 1)), cv2.LINE_AA, 4)
    return cv2.GaussianBlur(image, (0, 0), 1.0)


def similarity(rotation_deg=0.0, scale=1.0, shift=(0.0, 0.0), size=SIZE):
    a = np.deg2rad(rotation_deg)
    turn = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    out = np.eye(3)
    out[:2, :2] = turn
    out[:2, 2] = size / 2 + np.array(shift) - turn @ [size / 2, size / 2]
    return out


def cut(image, to_scene, size=SIZE):
    centre = to_scene[:2].copy()
    centre[:, 2] += centre[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, centre, (size, size), flags=flags)


def speckled(image, seed=1, looks=4):
    rng = np.random.default_rng(seed)
    noise = rng.gamma(looks, 1 / looks, image.shape)
    return np.clip(0.5 + 0.4 * np.log((0.05 + image) * noise) / 3, 0, 1)


def tile(pixels, modality="optical", valid=None):
    valid = np.ones(pixels.shape, bool) if valid is None else valid
    return Tile(
        np.where(valid, pixels, 0).astype(np.float32), valid, np.eye(3), modality
    )


def make_pair(truth, seed=0, size=SIZE):
    """Optical reference; contrast turned round and speckle on the moving side."""
    image = scene(seed)
    window = np.eye(3)
    window[:2, 2] = 256 - size / 2
    ref = cut(image, window, size)
    mov = speckled(1 - cut(image, window @ truth, size))
    return TilePair(tile(ref), tile(mov, "sar"))


def rmse(found, truth, size=SIZE):
    line = np.linspace(0.5, size - 0.5, 9)
    xy = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    left = apply_affine(found, xy) - apply_affine(truth, xy)
    return float(np.sqrt((left**2).sum(axis=1).mean()))


@pytest.fixture(scope="module")
def matcher():
    return GradientMatcher(threads=1)


@pytest.mark.parametrize(
    ("truth", "search"),
    [
        (similarity(shift=(11.3, -7.6)), Search(16, 3, 1.02)),
        (similarity(2.5, 1.015, (-9.0, 12.0)), Search(16, 3, 1.02)),
        (similarity(-17.0, 1.0, (20.0, 5.0)), Search(30, 20, 1.0)),
        (similarity(143.0, 0.86, (6.0, -14.0)), Search(24, 180, 1.25)),
        (similarity(-92.0, 1.2, (-18.0, 3.0)), Search(24, 180, 1.25)),
    ],
)
def test_finds_known_truth_in_speckle_and_inverted_contrast(matcher, truth, search):
    found = matcher.match([make_pair(truth)], search)[0]
    assert rmse(found.mov_to_ref, truth) < 0.6
    error = apply_affine(truth, found.matches.mov_xy) - found.matches.ref_xy
    near = np.linalg.norm(error, axis=1) < 1.5
    assert near.sum() > 60
    assert near[found.matches.confidence > 0.8].mean() > 0.9
    assert found.distinctness > 0.6


def test_either_side_may_be_the_sar(matcher):
    truth = similarity(1.0, 1.0, (5.0, 4.0))
    pair = make_pair(truth)
    found = matcher.match([TilePair(pair.mov, pair.ref)], Search(16, 3, 1.02))[0]
    assert rmse(found.mov_to_ref, np.linalg.inv(truth)) < 0.6


def test_shapes_may_differ(matcher):
    pair = make_pair(similarity(1.0, 1.0, (5.0, 4.0)))
    part = tile(np.ascontiguousarray(pair.mov.pixels[:200, :230]), "sar")
    found = matcher.match([TilePair(pair.ref, part)], Search(16, 3, 1.02))[0]
    assert rmse(found.mov_to_ref, similarity(1.0, 1.0, (5.0, 4.0)), 200) < 0.7


def test_sub_pixel_shifts_are_not_drawn_to_whole_pixels(matcher):
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((SIZE + 64, SIZE + 64))
    low = np.fft.rfft2(noise)
    fy, fx = np.fft.fftfreq(len(noise))[:, None], np.fft.rfftfreq(len(noise))[None]
    low *= np.exp(-0.5 * (np.hypot(fx, fy) / 0.06) ** 2)
    errors = []
    for step in range(11):
        shift = np.array([step / 10, 1 - step / 10])
        # The Fourier shift is exact for a band-limited, periodic image.
        ramp = np.exp(2j * np.pi * (fx * shift[0] + fy * shift[1]))
        images = [
            np.fft.irfft2(s, noise.shape)[32:-32, 32:-32] for s in (low, low * ramp)
        ]
        ref, mov = (tile(0.5 + 0.1 * i / i.std()) for i in images)
        found = matcher.match([TilePair(ref, mov)], Search(4))[0]
        matched = found.matches.ref_xy - found.matches.mov_xy
        inner = np.all(np.abs(found.matches.mov_xy - SIZE / 2) < 96, axis=1)
        errors.append(matched[inner].mean(axis=0) - shift)
        assert np.abs(found.mov_to_ref[:2, 2] - shift).max() < 0.08
    assert np.abs(errors).max() < 0.05


def test_masked_ground_gives_no_matches_and_its_border_no_gradient(matcher):
    truth = similarity(shift=(6.0, -3.0))
    pair = make_pair(truth)
    valid = np.ones((SIZE, SIZE), bool)
    valid[:, :70] = False
    valid[180:] = False
    masked = TilePair(
        tile(pair.ref.pixels, "optical", valid), tile(pair.mov.pixels, "sar", valid)
    )
    found = matcher.match([masked], Search(16, 3, 1.02))[0]
    # Both masks agree at a shift of zero; only the ground tells the truth.
    assert rmse(found.mov_to_ref, truth) < 0.7
    x, y = found.matches.mov_xy.T
    assert (x > 40).all() and (y < 210).all()


def test_values_under_the_mask_do_not_matter(matcher):
    pair = make_pair(similarity(shift=(6.0, -3.0)))
    valid = np.ones((SIZE, SIZE), bool)
    valid[40:120, 90:200] = False
    noise = np.random.default_rng(0).random((SIZE, SIZE)).astype(np.float32)
    junk = np.where(valid, pair.mov.pixels, noise)
    results = [
        matcher.match(
            [TilePair(pair.ref, Tile(p, valid, np.eye(3), "sar"))], Search(16, 3, 1.02)
        )[0]
        for p in (np.where(valid, pair.mov.pixels, 0), junk)
    ]
    np.testing.assert_allclose(results[0].mov_to_ref, results[1].mov_to_ref, atol=1e-6)


@pytest.mark.parametrize("flat", ["ref", "mov", "no_data"])
def test_no_structure_is_said(matcher, flat):
    pair = make_pair(np.eye(3))
    empty = tile(np.full((SIZE, SIZE), 0.4))
    if flat == "no_data":
        empty = tile(np.zeros((SIZE, SIZE)), valid=np.zeros((SIZE, SIZE), bool))
    pair = TilePair(empty, pair.mov) if flat == "ref" else TilePair(pair.ref, empty)
    found = matcher.match([pair], Search(16, 3, 1.02))[0]
    assert found.reason == "no_structure"
    assert len(found.matches) == 0 and found.mov_to_ref is None


def test_unrelated_images_do_not_stand_out(matcher):
    search = Search(16, 3, 1.02)
    unrelated = [
        TilePair(make_pair(np.eye(3), seed).ref, make_pair(np.eye(3), seed + 1).mov)
        for seed in range(0, 8, 2)
    ]
    found = matcher.match(unrelated, search)
    assert max(f.distinctness for f in found) < 0.45
    # A related pair of this size gives more than 200 with a sum above 180.
    assert np.mean([f.matches.confidence.sum() for f in found]) < 30


@pytest.mark.parametrize("period_px", [32, 48, 64])
def test_what_repeats_itself_does_not_stand_out(matcher, period_px):
    cell = scene(seed=3, side=64)[:period_px, :period_px]
    image = np.tile(cell, (1 + SIZE // period_px,) * 2)[:SIZE, :SIZE]
    pair = TilePair(tile(image), tile(speckled(image), "sar"))
    found = matcher.match([pair], Search(60, 3, 1.02))[0]
    # It agrees as well as any related pair, one period further as much as here.
    seen = matcher.examine(pair, Search(60, 3, 1.02))
    assert seen.standing.strength > 6.0
    assert found.distinctness < ACCEPTANCE.least_distinctness


def test_a_batch_equals_single_calls_and_runs_repeat(matcher):
    truths = [similarity(1.0, 1.0, (4.0, 2.0)), similarity(-2.0, 1.0, (0.0, 8.0))]
    pairs = [make_pair(t, seed) for seed, t in enumerate(truths)]
    search = Search(16, 3, 1.02)
    together = matcher.match(pairs, search)
    for pair, batched in zip(pairs, together, strict=True):
        single = matcher.match([pair], search)[0]
        # Where arrays lie in memory decides the last bits of vectorised sums.
        np.testing.assert_allclose(
            single.matches.ref_xy, batched.matches.ref_xy, atol=1e-5
        )
        np.testing.assert_allclose(single.mov_to_ref, batched.mov_to_ref, atol=1e-6)


def test_threads_do_not_change_the_result(matcher):
    pair, search = make_pair(similarity(1.0, 1.0, (4.0, 2.0))), Search(16, 3, 1.02)
    one = matcher.match([pair], search)[0]
    for two in GradientMatcher(threads=2).match([pair, pair, pair], search):
        np.testing.assert_allclose(one.mov_to_ref, two.mov_to_ref, atol=1e-6)


def test_tiles_are_matched_side_by_side_and_cancelled_together():
    """Each of two waits for the other before it goes on, and then both are told."""
    met = threading.Barrier(2, timeout=30.0)

    class Meeting(CountingFeedback):
        def isCanceled(self):
            met.wait()
            return True

    pair, search = make_pair(similarity(1.0, 1.0, (4.0, 2.0))), Search(16, 3, 1.02)
    with pytest.raises(Cancelled):
        GradientMatcher(threads=2).match([pair, pair], search, Meeting())


@pytest.mark.parametrize("size", [24, 40, 65, 128])
def test_small_tiles_are_handled(matcher, size):
    truth = similarity(shift=(1.5, -1.0), size=size)
    found = matcher.match([make_pair(truth, size=size)], Search(3, 1, 1.0))[0]
    assert found.mov_to_ref is None or np.isfinite(found.mov_to_ref).all()
    if size == 128:
        assert rmse(found.mov_to_ref, truth, size) < 0.5


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("shape", [(10, 3), (3, 3)])
def test_a_tile_without_room_for_a_window_has_no_structure(matcher, shape):
    rng = np.random.default_rng(0)
    ref, mov = rng.random((85, 54)), rng.random(shape)
    found = matcher.match([TilePair(tile(ref), tile(mov, "sar"))], Search(8.0, 2.0))[0]
    assert found.reason == "no_structure" and not len(found.matches)


@pytest.mark.parametrize("question", [1, 3])
def test_cancel_is_raised(matcher, question):
    stop = CountingFeedback(stop_at=question)
    with pytest.raises(Cancelled):
        matcher.match([make_pair(np.eye(3))], Search(16, 180, 1.25), stop)


@pytest.mark.parametrize("moves", ["mov", "ref"])
def test_what_leans_over_the_ground_counts_less(moves):
    """Blocks that stand in a third of both images have moved by 3 px together."""
    image = scene(5)
    leaning = cut(image, similarity(shift=(3.0, 0.0), size=SIZE))
    tiles = {"ref": cut(image, np.eye(3)), "mov": cut(image, np.eye(3))}
    bare = np.ones((SIZE, SIZE), bool)
    for top, left in np.random.default_rng(2).integers(0, SIZE - 24, (60, 2)):
        bare[top : top + 24, left : left + 24] = False
    tiles[moves] = np.where(bare, tiles[moves], leaning)
    clear = cv2.erode(bare.astype(np.uint8), np.ones((9, 9), np.uint8))
    ground = np.maximum(clear, 0.05).astype(np.float32)
    errors = []
    for told in (None, ground):
        ref, mov = (replace(tile(tiles[name]), ground=told) for name in ("ref", "mov"))
        found = GradientMatcher(1).examine(TilePair(ref, mov), Search(8.0))
        xy = np.array([[60.0, 60.0], [200.0, 60.0], [128.0, 200.0]])
        off = apply_affine(found.mov_to_ref, xy) - xy
        errors.append(float(np.hypot(*off.T).mean()))
    assert errors[0] > 0.5 and errors[1] < 0.15
    assert bare.mean() < 0.65


def test_whether_a_placement_stands_out_is_asked_of_everything():
    pair = make_pair(similarity(shift=(4.0, -3.0)))
    found = GradientMatcher(1).examine(pair, Search(10.0))
    half = np.ones((SIZE, SIZE), np.float32)
    half[:, : SIZE // 2] = 0.05
    told = TilePair(replace(pair.ref, ground=half), replace(pair.mov, ground=half))
    again = GradientMatcher(1).examine(told, Search(10.0))
    # Half of the tile would stand out by about a third less.
    assert again.standing.lead == pytest.approx(found.standing.lead, rel=0.08)
    assert again.standing.strength == pytest.approx(found.standing.strength, rel=0.08)
