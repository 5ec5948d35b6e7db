"""The stages of the benchmark: predictions, scores, tables; on made-up cases."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from soma.benchmark.data.protocols import PROTOCOLS, Case, Draw
from soma.benchmark.data.sets import Scene
from soma.benchmark.data.warping import pixel_centres, similarity
from soma.benchmark.methods import registry
from soma.benchmark.methods.estimate import Estimate
from soma.benchmark.stages import report, run, score, store, summary
from soma.benchmark.stages.score import Score, score_pair
from soma.benchmark.stages.store import Run
from soma.benchmark.studies import refusal
from soma.core.base.errors import BadInput

RECORD = {"seconds": 0.5, "cpu_seconds": 0.7, "peak_mib": 100.0}


def make_case(name="one", size=64, protocol="near256", flow=None, value=10, place=""):
    rule = PROTOCOLS[protocol]
    matrix = similarity(size, 2.0, 1.01, (3.0, -2.0))
    image = np.full((size, size), value, np.uint8)
    return Case(
        name,
        image,
        image + 1,
        matrix if flow is None else None,
        flow,
        rule.search,
        rule.evaluate,
        Draw((size / 2, size / 2), (3.0, -2.0), 2.0, 1.01, -1),
        place or name,
    )


@pytest.fixture
def made(monkeypatch):
    """Four made-up pairs in place of the real ones, and an exact method."""
    found = [make_case(f"pair{i}", value=10 + i) for i in range(4)]
    calls = []

    def exact(ref, mov, search, dense):
        calls.append(int(ref[0, 0]))
        return Estimate(found[0].mov_to_ref)

    def cases(set_name, protocol, limit=None, seed=0, parity=False):
        yield from found[:limit]

    monkeypatch.setattr(run, "cases", cases)
    monkeypatch.setitem(registry.METHODS, "exact", lambda: exact)
    return calls


def test_exact_estimates_score_zero():
    case = make_case()
    found = score_pair(case, Estimate(case.mov_to_ref), RECORD)
    assert found.error_px == pytest.approx(0, abs=1e-9)
    assert found.corner_px == pytest.approx(0, abs=1e-9)
    assert (found.seconds, found.peak_mib) == (0.5, 100.0)


def test_a_shifted_estimate_scores_its_shift():
    case = make_case()
    wrong = case.mov_to_ref.copy()
    wrong[:2, 2] += (3.0, 4.0)
    found = score_pair(case, Estimate(wrong), RECORD)
    assert found.error_px == pytest.approx(5.0)
    assert found.corner_px == pytest.approx(5.0)


def test_centre_and_full_errors_differ_for_a_rotation():
    case = make_case()
    turned = case.mov_to_ref @ similarity(64, 5.0, 1.0, (0.0, 0.0))
    full = score_pair(case, Estimate(turned), RECORD).error_px
    centre = score_pair(replace(case, evaluate="centre"), Estimate(turned), RECORD)
    assert centre.error_px == pytest.approx(0, abs=1e-9)
    # Chord of 5 degrees at the root mean square distance from the centre.
    radius = np.sqrt(np.mean(np.sum((pixel_centres(64) - 32) ** 2, axis=-1)))
    assert full == pytest.approx(1.01 * radius * 2 * np.sin(np.radians(2.5)), rel=1e-6)


def test_flows_are_scored_in_place_of_matrices():
    truth = (pixel_centres(64) + np.array([1.0, 2.0])).astype(np.float32)
    case = make_case(flow=truth)
    assert score_pair(case, Estimate(flow=truth + 0.5), RECORD).error_px == (
        pytest.approx(np.sqrt(0.5))
    )
    shift = np.eye(3)
    shift[:2, 2] = (1.0, 2.0)
    assert score_pair(case, Estimate(shift), RECORD).error_px < 1e-4


def test_refused_pairs_are_infinitely_wrong():
    found = score_pair(make_case(), Estimate(reason="unrelated"), RECORD)
    assert (found.status, found.error_px) == ("refused", np.inf)


def test_rows_count_refused_and_wrong_pairs():
    errors = [0.5, 1.5, 7.0, np.inf]
    scores = [
        Score("refused" if np.isinf(e) else "ok", e, 2 * e, 1.0, 1.0, 50.0)
        for e in errors
    ]
    row = summary.summarise(Run("any", "near", "exact"), "abc", scores)
    assert list(row.cmr.values()) == [0.25, 0.5, 0.5, 0.5]
    assert (row.refused, row.wrong, row.median_px) == (0.25, 0.25, 4.25)
    low, high = row.cmr1_ci
    assert low <= 0.25 <= high
    # Corner errors 1, 3, 14, inf: 1 - 1/5 and 1 - 3/5 of four pairs.
    assert row.auc["auc@5px"] == pytest.approx((0.8 + 0.4) / 4)
    assert "| exact | 4 | 0.25 | 0.50 |" in report.table([row])


def test_predictions_come_back_as_written(tmp_path):
    flow = np.random.default_rng(0).random((4, 4, 2), np.float32)
    estimate = Estimate(np.eye(3) * 2, flow, figures={"inliers": 7})
    store.write(tmp_path, "one", estimate, RECORD)
    found, record = store.read(tmp_path, "one")
    assert (found.mov_to_ref == estimate.mov_to_ref).all()
    assert (found.flow == flow).all()
    assert found.figures == {"inliers": 7}
    assert record == {"status": "ok", **RECORD}
    assert store.read(tmp_path, "two") is None


def test_runs_go_on_where_they_stopped(made, tmp_path):
    job = Run("any", "near256", "exact")
    assert run.predict(job, tmp_path) == 4
    (job.folder(tmp_path) / "pair2.json").unlink()
    assert run.predict(job, tmp_path) == 1
    assert made == [10, 11, 12, 13, 12]
    assert run.predict(job, tmp_path, overwrite=True) == 4


def test_other_settings_never_mix_with_stored_predictions(made, tmp_path):
    job = Run("any", "near256", "exact", limit=2)
    run.predict(job, tmp_path)
    with pytest.raises(BadInput, match="another limit"):
        run.predict(replace(job, limit=3), tmp_path)
    assert len(list(job.folder(tmp_path).glob("pair*.json"))) == 2
    assert run.predict(replace(job, limit=3), tmp_path, overwrite=True) == 3


def test_changed_code_never_mixes_with_stored_predictions(made, tmp_path, monkeypatch):
    job = Run("any", "near256", "exact")
    run.predict(job, tmp_path)
    monkeypatch.setattr(registry, "code_version", lambda: "other")
    with pytest.raises(BadInput, match="another code"):
        run.predict(job, tmp_path)


def test_controls_spoil_the_reference(made, tmp_path):
    run.predict(Run("any", "near256", "exact", "blank"), tmp_path)
    assert made == [128] * 4
    made.clear()
    run.predict(Run("any", "near256", "exact", "swapped"), tmp_path)
    assert made == [12, 13, 10, 11]


def partners(cases):
    """Return which case's reference each one is given when they are swapped."""
    return [
        next(i for i, other in enumerate(cases) if other.ref is case.ref)
        for case in run._swapped(cases)
    ]


def test_swapped_pairs_never_show_one_place_at_two_dates():
    """Half way round lies the same place, in a part of a set as in the whole."""
    names = [f"{date}_{n}" for date in ("before", "after") for n in (1, 2, 3)]
    scenes = [Scene(f"ev_{name}", None, None) for name in names]
    made = [make_case(s.name, place=s.place) for s in scenes]
    assert partners(made) == [4, 5, 0, 1, 2, 3]
    assert all(made[i].place != made[k].place for i, k in enumerate(partners(made)))
    with pytest.raises(BadInput, match="all 2 pairs show its place; give a larger"):
        list(run._swapped([made[0], made[3]]))


def test_swapped_windows_of_one_scene_do_not_overlap():
    rule = PROTOCOLS["near256"]
    made = [make_case(f"pair{i}", place="city") for i in range(4)]
    reach = 64 + rule.search.shift_px
    made = [
        replace(case, draw=replace(case.draw, centre_xy=(x, 32.0)))
        for case, x in zip(made, (0, 2 * reach, reach - 1, 3 * reach), strict=True)
    ]
    assert partners(made) == [3, 3, 1, 1]


def test_scores_and_report_from_disk(made, tmp_path):
    job = Run("any", "near256", "exact")
    run.predict(job, tmp_path)
    folder = job.folder(tmp_path)
    assert score.outdated(folder)
    assert score.score_folder(folder) == 4
    assert not score.outdated(folder)
    [(row, scores)] = summary.read_rows(tmp_path)
    assert (row.run, row.n, len(scores)) == (job, 4, 4)
    assert row.cmr["cmr@1px"] == 1.0
    draws = json.loads((folder / "draws.json").read_text())
    assert draws["pair3"]["shift_xy"] == [3.0, -2.0]
    text = report.markdown([[(row, scores)]])
    assert "--set any --protocol near256 --method exact" in text
    report.write_csv([[(row, scores)]], tmp_path / "rows.csv")
    assert "cmr@1px" in (tmp_path / "rows.csv").read_text().splitlines()[0]


def test_unknown_rows_are_refused():
    with pytest.raises(BadInput, match="method is one of identity"):
        registry.load("magic")
    with pytest.raises(BadInput, match="protocol"):
        Run("delhi", "nearly", "identity")


def test_refusals_are_counted_against_what_was_solved(monkeypatch, tmp_path, made):
    case = make_case()
    bad = similarity(64, 0.0, 1.0, (40.0, 0.0)).tolist()
    good = case.mov_to_ref.tolist()
    answers = {
        "none": [
            Estimate(case.mov_to_ref, figures={"unjudged_mov_to_ref": good}),
            Estimate(reason="x", figures={"unjudged_mov_to_ref": good}),
            Estimate(np.array(bad), figures={"unjudged_mov_to_ref": bad}),
            Estimate(reason="x", figures={"unjudged_mov_to_ref": bad}),
        ],
        "swapped": [Estimate(reason="x")] * 3 + [Estimate(case.mov_to_ref)],
    }
    queue = []
    monkeypatch.setitem(registry.METHODS, "exact", lambda: lambda *_: queue.pop(0))
    claim = store.claim

    def claimed(folder, config, overwrite):
        queue[:] = answers[config["control"]]
        claim(folder, config, overwrite)

    monkeypatch.setattr(store, "claim", claimed)
    found = refusal.count("any", "exact", tmp_path, overwrite=False)
    assert found == refusal.Counts(4, 2, 1, 2, 1, 0, 4, 3)
