"""Tables beside the protocols: reliability, speed, ablations, pictures of failures."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from soma.benchmark.data.protocols import PROTOCOLS, Case, Draw
from soma.benchmark.data.warping import similarity
from soma.benchmark.methods import registry
from soma.benchmark.methods.estimate import Estimate
from soma.benchmark.speed import network
from soma.benchmark.stages import gallery, report, run, score, store
from soma.benchmark.stages.score import Score, score_pair
from soma.benchmark.stages.store import Run
from soma.benchmark.stages.summary import summarise
from soma.benchmark.studies import ablation_table, reliability
from soma.core.base.errors import BadInput
from soma.core.base.types import Matches

RECORD = {"seconds": 0.5, "cpu_seconds": 0.7, "peak_mib": 100.0}
TRUTH = similarity(96, 2.0, 1.01, (3.0, -2.0))


def make_case(name, protocol="near256"):
    rule = PROTOCOLS[protocol]
    noise = np.random.default_rng(0).integers(0, 255, (96, 96), np.uint8)
    draw = Draw((48, 48), (3.0, -2.0), 2.0, 1.01, -1)
    return Case(
        name, noise, noise, TRUTH, None, rule.search, rule.evaluate, draw, name
    )  # fmt: skip


@pytest.fixture
def made(monkeypatch):
    found = [make_case(f"pair{i}") for i in range(4)]
    monkeypatch.setattr(run, "cases", lambda *_, **__: iter(found))
    return found


class Stated:
    """A method that states a confidence of 0.75, or 0.25, and is right as told."""

    def __init__(self, share):
        self.share = share

    def __call__(self, ref, mov, search, dense):
        return Estimate(reason="refused pairs count as well")

    def matches(self):
        mov = np.random.default_rng(1).uniform(0, 96, (200, 2))
        there = mov @ TRUTH[:2, :2].T + TRUTH[:2, 2]
        # 2 px is right, 4 px is not.
        there[:, 0] += np.where(np.arange(200) % 100 < 100 * self.share, 2.0, 4.0)
        return Matches(mov, there, np.repeat([0.75, 0.25], 100).astype(np.float32))


@pytest.mark.parametrize("share, gap", [(0.75, 0.5), (0.5, 0.25), (0.25, 0.5)])
def test_reliability_finds_the_gap_between_word_and_truth(
    made, monkeypatch, share, gap
):
    monkeypatch.setitem(registry.METHODS, "stated", lambda: Stated(share))
    confidence, right = reliability.measure(Run("any", "near256", "stated"))
    assert len(confidence) == 800
    assert reliability.largest_gap(confidence, right) == pytest.approx(gap)
    rows = reliability.bins(confidence, right)
    assert [row[:3] for row in rows] == [
        ["0.2 to 0.3", "400", "0.25"],
        ["0.7 to 0.8", "400", "0.75"],
    ]
    assert rows[1][3] == f"{share:.2f}"


def test_few_matches_are_shown_but_not_judged():
    confidence, right = np.full(99, 0.95), np.zeros(99, bool)
    assert np.isnan(reliability.largest_gap(confidence, right))
    text = reliability.report("any", confidence, right)
    assert "| 0.9 to 1.0 | 99 | 0.95 | 0.00 | -0.95 |" in text
    assert "no bin has that many" in text
    certain = np.ones(100)
    assert reliability.largest_gap(certain, certain > 0) == 0


def test_no_match_of_another_place_is_right(made, monkeypatch):
    monkeypatch.setitem(registry.METHODS, "stated", lambda: Stated(1.0))
    _, right = reliability.measure(Run("any", "near256", "stated", "swapped"))
    assert len(right) == 800 and not right.any()


def test_methods_without_a_confidence_are_refused(made):
    with pytest.raises(BadInput, match="states no confidence"):
        reliability.measure(Run("any", "near256", "identity"))


def test_own_affine_and_flow_are_scored_apart():
    case = make_case("one")
    mov = np.random.default_rng(2).uniform(0, 96, (256, 2))
    there = mov @ TRUTH[:2, :2].T + TRUTH[:2, 2] + (0.0, 2.0)
    shifted = TRUTH.copy()
    shifted[:2, 2] += (3.0, 4.0)
    figures = {
        "unjudged_mov_to_ref": shifted.tolist(),
        "own_flow": np.concatenate([mov, there], axis=1).tolist(),
    }
    found = score_pair(case, Estimate(reason="unrelated", figures=figures), RECORD)
    assert found.error_px == np.inf
    assert found.own_affine_px == pytest.approx(5.0)
    assert found.own_flow_px == pytest.approx(2.0)
    found = score_pair(case, Estimate(TRUTH), RECORD)
    assert (found.own_affine_px, found.own_flow_px) == (np.inf, np.inf)


def rows_of(name, own):
    scores = [Score("ok", 0.5, 1.0, 1.0, 1.0, 50.0, "", own, np.inf)] * 4
    return summarise(Run("delhi", "near256", name), "abc", scores), scores


def test_ablations_stand_in_a_report_of_their_own(monkeypatch, tmp_path):
    found = [rows_of("soma", 0.5), rows_of("soma-untied", 2.0)]
    monkeypatch.setattr(report, "read_rows", lambda _: found)
    assert [row.run.method for row, _ in report.read(None)] == ["soma"]
    monkeypatch.setattr(ablation_table, "read_rows", lambda _: found)
    monkeypatch.setattr(ablation_table, "PLACES", [("delhi", "near256")])
    for name in ("check_alike", "predict", "outdated"):
        monkeypatch.setattr(ablation_table, name, lambda *_: 0)
    call = ["ablation_table", "--only", "soma-untied", "--to", str(tmp_path / "to")]
    monkeypatch.setattr(sys, "argv", call)
    assert ablation_table.main() == 0
    text = (tmp_path / "to" / "ABLATIONS.md").read_text("utf-8")
    assert "| delhi near256 | soma-untied | no consistency loss | 4 | 1.00" in text
    assert "| 0.00 | 1.00 | 2.00 | 0.00 | 0.00 | - |" in text
    assert f"{ablation_table.COMMAND} --only soma-untied --to benchmark\n" in text
    assert "- `soma-untied`: affine and flow" in text and "soma-full" not in text


def test_pictures_of_the_worst_pairs_are_small_and_linked(made, tmp_path, monkeypatch):
    job = Run("any", "near256", "wrong")
    wrong = similarity(96, 2.0, 1.01, (9.0, -2.0))
    monkeypatch.setitem(registry.METHODS, "wrong", lambda: lambda *_: Estimate(wrong))
    run.predict(job, tmp_path)
    score.score_folder(job.folder(tmp_path))
    call = ["gallery", "--set", "any", "--protocol", "near256", "--method", "wrong"]
    call += ["--count", "3", "--out", str(tmp_path), "--to", str(tmp_path / "to")]
    monkeypatch.setattr(sys, "argv", call)
    assert gallery.main() == 0
    [path] = (tmp_path / "to").iterdir()
    assert path.suffix == ".jpg" and path.stat().st_size < 100_000
    picture = cv2.imread(str(path))
    assert picture.shape[1] == 4 * gallery.PANEL_PX
    assert picture.shape[0] == 3 * (gallery.PANEL_PX + gallery.BAR_PX)
    text = report.worst_pairs([Run("any", "near256", "wrong")], tmp_path / "to")
    assert f"[wrong, any, `near256`]({tmp_path.name}" not in text
    assert f"[wrong, any, `near256`](to/{path.name})" in text
    assert "--set any --protocol near256 --method wrong" in text
    assert report.worst_pairs([Run("any", "near", "wrong")], tmp_path / "to") == ""


def test_no_gpu_is_said():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert network.gpu_lines([1], 1).startswith("No GPU here")


def test_stored_predictions_tell_weights_apart(tmp_path):
    job = Run("any", "near256", "soma")
    store.claim(tmp_path, job.config("code", "one"), False)
    store.claim(tmp_path, job.config("code", "one"), False)
    with pytest.raises(BadInput, match="another weights"):
        store.claim(tmp_path, job.config("code", "two"), False)
