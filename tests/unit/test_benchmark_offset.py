"""The offset that a scene's own alignment puts into every error."""

import json

import numpy as np
import pytest
from soma.benchmark.data import protocols
from soma.benchmark.methods.estimate import Estimate
from soma.benchmark.stages import store
from soma.benchmark.studies import common_offset
from soma.benchmark.studies.common_offset import Offsets
from soma.core.base.errors import BadInput

OFFSET = np.array([0.1, -0.3])


def test_an_offset_that_all_share_is_found_and_taken_off():
    rng = np.random.default_rng(0)
    own = rng.normal(0, 0.02, (40, 1, 2)) + rng.normal(0, 1e-3, (40, 9, 2))
    found = Offsets(40, own + OFFSET)
    assert found.means.mean(axis=0) == pytest.approx(OFFSET, abs=0.02)
    assert found.median_px(without=False) == pytest.approx(0.316, abs=0.02)
    # The median length of a normal vector of deviation 0.02 px per axis.
    assert found.median_px(without=True) == pytest.approx(0.0235, abs=0.008)


def test_offsets_of_either_sign_are_no_common_one():
    errors = np.zeros((40, 1, 2))
    errors[::2], errors[1::2] = OFFSET, -OFFSET
    found = Offsets(40, errors)
    assert found.median_px(without=True) >= found.median_px(without=False)


def test_refused_windows_count_as_lost():
    found = Offsets(9, np.tile(OFFSET, (4, 1, 1)))
    assert found.median_px(without=True) == np.inf


def test_predictions_are_compared_with_the_truth(tmp_path, monkeypatch):
    monkeypatch.setattr(common_offset, "sources", lambda name: [None])
    cases = [_case(index, angle) for index, angle in enumerate((0.0, 40.0, 200.0))]
    monkeypatch.setattr(common_offset, "spoilt_cases", lambda run: iter(cases))
    run = store.Run("delhi", "near", "gradient")
    folder = run.folder(tmp_path)
    store.claim(folder, json.loads(json.dumps(run.config("code"))), False)
    for case in cases:
        moved = np.eye(3)
        moved[:2, 2] = OFFSET
        store.write(folder, case.name, Estimate(moved @ case.mov_to_ref), {})
    found = common_offset.measure(run, tmp_path)
    assert found.total == 3
    assert found.means == pytest.approx(np.tile(OFFSET, (3, 1)))
    assert found.median_px(without=True) == pytest.approx(0, abs=1e-9)
    (folder / "case_1.json").unlink()
    with pytest.raises(BadInput, match="lacks case_1"):
        common_offset.measure(run, tmp_path)


def test_sets_of_several_scenes_share_no_offset(tmp_path):
    run = store.Run("simulated", "near", "gradient")
    with pytest.raises(BadInput, match="several scenes"):
        common_offset.measure(run, tmp_path)


def _case(index: int, angle: float) -> protocols.Case:
    pixels = np.zeros((64, 64), np.uint8)
    turn = np.radians(angle)
    matrix = np.array(
        [
            [np.cos(turn), -np.sin(turn), 5.0],
            [np.sin(turn), np.cos(turn), -3.0],
            [0.0, 0.0, 1.0],
        ]
    )
    search = protocols.PROTOCOLS["near"].search
    draw = protocols.Draw((32.0, 32.0), (0.0, 0.0), angle, 1.0, -1)
    return protocols.Case(
        f"case_{index}", pixels, pixels, matrix, None, search, "full", draw, "a"
    )
