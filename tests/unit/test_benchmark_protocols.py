"""Benchmark windows: truth against analytic images, determinism, borders."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from soma.benchmark.data import protocols, sets
from soma.benchmark.data.protocols import PROTOCOLS, Draw, cases, cut
from soma.benchmark.data.sets import Scene
from soma.benchmark.data.warping import pixel_centres, similarity, smooth_warp
from soma.core.base.errors import BadInput

SIDE = 700
HAS_DATA = (sets.DATA / "val" / "pairs.csv").is_file()
needs_data = pytest.mark.skipif(
    not HAS_DATA,
    reason=f"{sets.DATA} is absent: real pairs are not part of the project",
)


def pattern(xy):
    """A smooth image as a function of corner-origin positions, 0 to 255."""
    x, y = xy[..., 0], xy[..., 1]
    waves = np.sin(x / 9 + 0.3 * np.sin(y / 31)) + np.cos(y / 11 + x / 47)
    return 127.5 + 60 * waves


def scene(offset_xy=(0.0, 0.0)):
    centres = pixel_centres(SIDE)
    grey = np.rint(pattern(centres)).astype(np.uint8)
    rgb = np.repeat(grey[..., None], 3, axis=-1)
    moved = np.rint(pattern(centres + offset_xy)).astype(np.uint8)
    return Scene("pattern", rgb, moved, offset_xy)


def draw_for(protocol, numbers, **changes):
    rule = PROTOCOLS[protocol]
    centre = (SIDE / 2 + 3, SIDE / 2 - 2)
    drawn = protocols._draw(rule, centre, numbers, parity=False)
    return replace(drawn, **changes)


@pytest.mark.parametrize("protocol", ["near256", "click128", "osrnet"])
@pytest.mark.parametrize("parity", [(0.0, 0.0), (0.31, -0.44)])
@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.4, 0.2)])
def test_truth_of_matrices(protocol, parity, offset):
    draw = draw_for(protocol, np.random.default_rng(5), parity_xy=parity)
    case = cut(scene(offset), PROTOCOLS[protocol], draw, "one")
    check_truth(case, draw, parity)


def test_truth_of_flow():
    draw = Draw((350.0, 350.0), (7.3, -4.1), 2.0, 1.01, warp_seed=3)
    rule = replace(PROTOCOLS["flow"], size_px=256)
    case = cut(scene(), replace(rule, warp_px=4), draw, "one")
    assert case.mov_to_ref is None
    check_truth(case, draw, (0.0, 0.0))


def check_truth(case, draw, parity):
    """Both windows must show the pattern that the truth says they show."""
    size = case.mov.shape[0]
    origin = np.array(draw.centre_xy) - size / 2 + parity
    centres = pixel_centres(size)
    in_scene = case.truth(centres.reshape(-1, 2)).reshape(centres.shape) + origin
    off = case.mov - pattern(in_scene)
    assert np.abs(off).mean() < 0.5
    assert np.abs(off).max() < 3
    assert np.abs(case.ref[..., 0] - pattern(centres + origin)).max() < 3
    # A fifth of a pixel more would show.
    shifted = case.mov - pattern(in_scene + np.array([0.2, 0.0]))
    assert np.abs(shifted).mean() > 2 * np.abs(off).mean()


def test_similarity_moves_the_centre_by_the_shift_alone():
    matrix = similarity(256, 33.0, 1.2, (5.0, -7.0))
    assert matrix @ [128, 128, 1] == pytest.approx([133, 121, 1])
    assert np.linalg.det(matrix[:2, :2]) == pytest.approx(1.44)
    # x runs right and y down, so a positive angle takes x towards y.
    assert matrix[1, 0] > 0


def test_smooth_warp_has_its_length_and_is_smooth():
    field = smooth_warp(200, 4.0, seed=1)
    assert np.linalg.norm(field, axis=-1).max() == pytest.approx(4.0)
    steps = np.abs(np.diff(field, axis=0)).max(), np.abs(np.diff(field, axis=1)).max()
    assert max(steps) < 0.2
    assert not np.allclose(field, smooth_warp(200, 4.0, seed=2))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_window_reaches_beyond_its_scene(protocol, monkeypatch):
    size = int(2 * PROTOCOLS[protocol].reach_px(PROTOCOLS[protocol].size_px)) + 40
    blank = np.full((size, size), 200, np.uint8)
    made = Scene("blank", np.repeat(blank[..., None], 3, -1), blank, least_grid=2)
    monkeypatch.setattr(protocols, "sources", lambda _: [lambda: made])
    reads = []

    def watch(image, xy):
        reads.append((xy.min(), xy.max()))
        return np.zeros(xy.shape[:2], np.uint8)

    monkeypatch.setattr(protocols, "sample", watch)
    found = [*cases("any", protocol), *cases("any", protocol, seed=7)]
    assert len(found) >= 8
    assert min(low for low, _ in reads) >= 2.5
    assert max(high for _, high in reads) <= size - 2.5


def test_unknown_names_are_refused():
    with pytest.raises(BadInput, match="protocol is one of near, soma"):
        next(cases("delhi", "nearly"))


@needs_data
def test_unknown_sets_are_refused():
    with pytest.raises(BadInput, match="'paris'"):
        next(cases("paris", "near"))


def test_absent_data_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(sets, "DATA", tmp_path)
    with pytest.raises(BadInput, match=r"pairs\.csv is absent"):
        next(cases("delhi", "near"))


@needs_data
def test_small_images_have_no_large_windows():
    with pytest.raises(BadInput, match="near256, osrnet and click128"):
        next(cases("sen12", "near"))


@needs_data
def test_the_same_cases_every_time():
    first = list(cases("sen12", "near256", limit=3))
    again = list(cases("sen12", "near256", limit=3))
    other = list(cases("sen12", "near256", limit=3, seed=1))
    assert [c.draw for c in first] == [c.draw for c in again]
    assert all((a.mov == b.mov).all() for a, b in zip(first, again, strict=True))
    assert [c.draw for c in first] != [c.draw for c in other]
    # The stored draws: a change here makes all published figures incomparable.
    assert first[0].draw.shift_xy == pytest.approx((11.618622335, 6.440470072))
    assert first[0].draw.rotation_deg == pytest.approx(1.289975545850)


@needs_data
def test_a_limit_takes_cases_of_the_whole_set():
    everything = {c.name: c.draw for c in cases("delhi", "near256")}
    some = {c.name: c.draw for c in cases("delhi", "near256", limit=5)}
    assert len(everything) == 54
    assert len(some) == 5
    assert some.items() <= everything.items()


@needs_data
def test_ombria_carries_its_common_offset():
    assert sets.sources("ombria2021")[0]().offset_xy == (0.4, 0.2)
    assert sets.sources("train:ombria_cross")[0]().offset_xy == (0.4, 0.2)
    assert sets.sources("delhi")[0]().offset_xy == (0.0, 0.0)


def test_sets_to_develop_on_are_seen_as_they_say(monkeypatch, tmp_path):
    seen = []

    def simulated(size, seed, gsd_m, look):
        seen.append((seed, gsd_m, look))
        return np.zeros((size, size, 3), np.uint8), 1.0 + np.eye(size), None

    monkeypatch.setattr(sets.simulate, "simulate_arrays", simulated)
    monkeypatch.setattr(sets, "SIMULATED_CACHE", tmp_path)
    monkeypatch.setattr(sets, "SIMULATED_SIZE_PX", 8)
    names = [load().name for name in sets.SIMULATED for load in sets.sources(name)]
    assert len(set(names)) == len(seen) == len({seed for seed, *_ in seen}) == 32
    speckled, metre = seen[16:24], seen[24:]
    assert {(gsd, look.looks) for _, gsd, look in speckled} == {(10.0, 1.0)}
    assert {gsd for _, gsd, _ in metre} == {1.0}
    angles = [look.incidence_deg for *_, look in metre]
    assert min(angles) == 20 and max(angles) == 50
    assert sets.data_version("metre") and not sets.data_version("delhi")


def test_tiles_of_los_angeles_are_put_together_from_their_chips(monkeypatch, tmp_path):
    whole = np.random.default_rng(3).integers(0, 255, (40, 40, 3), np.uint8)
    corners = [(x, y) for y in (10, 20, 28, 36) for x in (10, 20, 28, 36)]
    paths = []
    for kind in ("sar", "opt"):
        (tmp_path / kind).mkdir()
    for tile, kept in (("014", corners), ("015", corners[1:])):
        for x, y in kept:
            part = whole[y - 10 : y + 4, x - 10 : x + 4]
            both = [
                tmp_path / kind / f"volkov_{tile}_{x}_{y}.png"
                for kind in ("sar", "opt")
            ]
            cv2.imwrite(str(both[0]), part[..., 1])
            cv2.imwrite(str(both[1]), part[..., ::-1])
            paths.append(tuple(both))
    monkeypatch.setattr(sets, "scene_paths", lambda _: paths)
    [load] = sets.sources("los-angeles")
    scene = load()
    assert (scene.sar == whole[..., 1]).all()
    assert (scene.optical == whole).all()
