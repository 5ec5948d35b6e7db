"""What README and model card show: complete, and made by the present weights."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from soma.benchmark.data.protocols import PROTOCOLS
from soma.benchmark.data.sets import DEVELOPMENT
from soma.benchmark.methods import registry
from soma.benchmark.stages import (
    comparison,
    network_cards,
    publish,
    readme_table,
    report,
)
from soma.benchmark.stages.score import Score
from soma.benchmark.stages.store import Run
from soma.benchmark.stages.summary import summarise
from soma.benchmark.studies import ablation_table
from soma.core.base.errors import BadInput

README = f"""# Title

Made by `{readme_table.COMMAND}`:

| old | table |
|---|---|
| 1 | 2 |

After it.
"""


def scored(run, errors, weights=""):
    scores = [Score("ok", e, e, 0.5, 0.4, 50.0, "", e + 1, np.inf) for e in errors]
    return summarise(run, "abc", scores, weights), scores


@functools.cache
def all_rows():
    """One scored row for every table and method; only SOMA is right."""
    found = []
    for run in publish.runs(publish.ROWS):
        right = run.method == "soma" and run.control == "none"
        used = "now" if run.method == "soma" else ""
        found.append(scored(run, [0.5, 0.5] if right else [2.5, 7.0], used))
    return tuple(found)


@pytest.fixture
def stored(monkeypatch):
    """Stand-in for the scores on disk; a list that tests may change."""
    found = list(all_rows())
    monkeypatch.setattr(readme_table, "read_rows", lambda root: found)
    monkeypatch.setattr(readme_table, "present_weights", lambda: "now")
    monkeypatch.setattr(readme_table, "RESULTS", Path("no such file"))
    return found


def test_every_row_of_a_table_gets_the_same_pairs():
    found = list(publish.runs(publish.ROWS))
    assert len(found) == len(set(found))
    for place, limit in publish.TABLES.items():
        rows = [r for r in found if (r.set_name, r.protocol) == place]
        plain = [r.method for r in rows if r.control == "none"]
        developed = place[0] in DEVELOPMENT
        assert plain == list(publish.DEVELOPED_ROWS if developed else publish.ROWS)
        assert {r.limit for r in rows} == {limit}
        assert place[1] in PROTOCOLS
    assert all(name in registry.METHODS for name in publish.ROWS)


def test_sets_to_develop_on_are_shown_as_such_and_prove_nothing(stored):
    places = set(publish.TABLES)
    assert {name for name, _ in places} >= set(DEVELOPMENT)
    text = report.markdown([[item] for item in stored])
    heads = [part.split("|")[0] for part in text.split("\n## ")[1:]]
    assert all(
        ("tests nothing" in head) == (head.split(",")[0] in DEVELOPMENT)
        for head in heads
    )
    assert not {name for name, *_ in readme_table.usable(None)} & set(DEVELOPMENT)
    rows = [row for row, _ in stored]
    assert set(comparison.shown(rows)) == {p for p in places if p[0] not in DEVELOPMENT}


def test_controls_are_rows_of_the_matchers_that_can_refuse():
    found = [r for r in publish.runs(["sift", "soma"]) if r.control != "none"]
    assert {r.method for r in found} == {"soma"}
    assert {r.control for r in found} == {"blank", "swapped", "parity"}


def test_pictures_and_readme_ask_for_rows_that_are_made():
    made = set(publish.runs(publish.ROWS))
    assert set(publish.pictures(publish.ROWS)) <= made
    assert {line[:2] for line in readme_table.LINES} <= set(publish.TABLES)
    assert set(ablation_table.PLACES) <= set(publish.TABLES)


def test_tables_show_shares_medians_and_the_best(stored):
    table = readme_table.readme_table(readme_table.usable(None))
    [line] = [x for x in table.splitlines() if x.startswith("| delhi | `near` |")]
    second = "0.00, 4.75 px, 0.40 s"
    assert f"| 1 px | {second} | **1.00**, 0.50 px, 0.40 s | {second} |" in line
    [line] = [x for x in table.splitlines() if x.startswith("| sen12 | `near256` |")]
    second = "0.50, 4.75 px, 0.40 s"
    assert f"| 3 px | {second} | **1.00**, 0.50 px, 0.40 s | {second} |" in line
    card = readme_table.card_table(readme_table.usable(None))
    [line] = [x for x in card.splitlines() if x.startswith("| delhi near | gradient")]
    assert "| 2 | 0.00/0.00/0.50/0.50 |" in line
    assert "| 0.00/0.00/0.00/0.50 | 5.75 | 0.40 |" in line
    assert "arosics" not in card


def test_rows_of_other_weights_are_not_shown(stored, monkeypatch):
    monkeypatch.setattr(readme_table, "present_weights", lambda: "newer")
    with pytest.raises(BadInput, match="--method soma --overwrite"):
        readme_table.usable(None)


def test_rows_of_unlike_length_are_not_compared(stored):
    run = Run("delhi", "near", "arosics")
    row = next(k for k, (row, _) in enumerate(stored) if row.run == run)
    stored[row] = scored(replace(run, limit=1), [2.5])
    with pytest.raises(BadInput, match="delhi near: rows of unlike length"):
        readme_table.usable(None)


def test_a_missing_row_is_a_dash(stored):
    stored[:] = [item for item in stored if item[0].run.method != "sift"]
    table = readme_table.readme_table(readme_table.usable(None))
    [line] = [x for x in table.splitlines() if x.startswith("| delhi | `near` |")]
    assert line.endswith("| 0.00 | 0.00 | - | 0.00 |")


def test_a_peer_without_scores_stands_as_the_results_have_it(
    stored, tmp_path, monkeypatch
):
    before = readme_table.readme_table(readme_table.usable(None))
    rows = [(row, []) for row, _ in stored]
    report.write_csv([rows], tmp_path / "results.csv")
    monkeypatch.setattr(readme_table, "RESULTS", tmp_path / "results.csv")
    stored[:] = [x for x in stored if x[0].run.method not in readme_table.PEERS]
    found = readme_table.usable(None)
    assert readme_table.readme_table(found) == before
    # The product's own are never taken from there.
    stored[:] = [item for item in stored if item[0].run.method != "soma"]
    assert ("delhi", "near", "soma") not in readme_table.usable(None)


def test_only_the_table_below_the_command_changes():
    text = readme_table.put_below(README, "| new |\n|---|")
    old = "| old | table |\n|---|---|\n| 1 | 2 |"
    assert text == README.replace(old, "| new |\n|---|")
    assert readme_table.put_below(text, "| new |\n|---|") == text
    bare = f"A card.\n\n{readme_table.COMMAND}\n"
    assert readme_table.put_below(bare, "| a |").endswith("readme_table\n\n| a |\n")
    wrapped = README.replace(
        readme_table.COMMAND, f"{readme_table.COMMAND}\nand so on:"
    )
    assert readme_table.put_below(wrapped, "| new |\n|---|") == wrapped.replace(
        old, "| new |\n|---|"
    )
    for wrong in ("no command", README + README):
        with pytest.raises(BadInput, match="lines name"):
            readme_table.put_below(wrong, "| a |")


def test_readme_and_card_have_a_place_for_their_tables():
    for path in (readme_table.README, readme_table.CARD):
        text = path.read_text("utf-8")
        replaced = readme_table.put_below(text, "| a |")
        assert replaced.count("\n| a |\n") == 1
        assert "| delhi" in text and "| delhi" not in replaced


def test_networks_to_compare_with_are_in_every_table_and_asked_about_swapped_pairs():
    runs = list(publish.runs(publish.NETWORKS))
    assert runs and len(runs) == len(set(runs))
    true = {(r.set_name, r.protocol) for r in runs if r.control == "none"}
    assert true == set(publish.TABLES)
    swapped = {(r.set_name, r.protocol) for r in runs if r.control == "swapped"}
    assert swapped == set(publish.CONTROLS)
    assert {r.control for r in runs} == {"none", "swapped"}
    assert not set(publish.NETWORKS) & set(publish.ROWS)


def test_rows_come_back_from_their_file_and_those_without_predictions_stay(tmp_path):
    gone = Run("delhi", "near", "soma", "swapped", 3)
    kept, _ = scored(gone, [0.5, np.inf, 7.0], "w")
    old, _ = scored(Run("delhi", "near", "sift"), [9.0])
    ended, _ = scored(Run("delhi", "near", "no such row"), [1.0])
    groups = [[(row, []) for row in (kept, old, ended)]]
    report.write_csv(groups, tmp_path / "results.csv")
    assert report.stored(tmp_path / "results.csv") == [kept, old, ended]
    new = scored(replace(old.run, limit=2), [2.0, 3.0])
    found = report.with_stored([new], tmp_path / "results.csv")
    assert found == [(kept, []), new] or found == [new, (kept, [])]


def placed(**rows):
    """One set under one protocol: name to errors."""
    run = Run("sen12", "near256", "soma")
    return {
        name: scored(replace(run, method=name), errors)[0]
        for name, errors in rows.items()
    }


def test_the_quickest_of_the_best_is_to_be_taken():
    equal = placed(gradient=[0.5] * 4, soma=[0.5] * 4)
    quick = {**equal, "gradient": replace(equal["gradient"], cpu_seconds=0.1)}
    assert comparison.choice(quick) == "gradient"
    assert comparison.choice(placed(gradient=[0.5, 9.0], soma=[0.5, 0.5])) == "soma"
    # One that answers wrongly is not taken, however many it solves.
    wrong = placed(gradient=[1.0, np.inf, np.inf], soma=[1.0, 1.0, 9.0])
    wrong["gradient"] = replace(wrong["gradient"], wrong=0.0)
    assert comparison.choice(wrong) == "gradient"
    assert comparison.choice(placed(soma=[9.0, 9.0])) == ""
    # Nor do a few pairs outweigh all of them.
    few = {**placed(gradient=[0.5, 5.0, 5.0]), **placed(lightglue=[0.5])}
    assert comparison.choice(few) == "gradient"


def test_the_page_of_comparison_shows_every_model(tmp_path):
    pytest.importorskip("matplotlib")
    rows = [row for row, _ in all_rows()]
    report.write_csv([[(row, []) for row in rows]], tmp_path / "results.csv")
    text = comparison.write(tmp_path).read_text()
    assert (tmp_path / "plots" / "comparison.png").stat().st_size > 10_000
    [line] = [x for x in text.splitlines() if x.startswith("| delhi | `near` |")]
    assert line.endswith("| 0.00, 0.40 s | 1.00, 0.40 s | 0.00, 0.40 s | `soma` |")
    assert "- sen12: `soma` for `near256`" in text and "3 px on sen12" in text


def test_cards_of_networks_show_rows_of_their_own_weights_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(network_cards, "NAMES", ("loftr",))
    (tmp_path / "loftr.safetensors").write_bytes(b"weights")
    made = hashlib.sha256(b"weights").hexdigest()[:12]
    card = f"# loftr\n\nWritten by\n`{network_cards.COMMAND}`.\n\n| old |\n|---|\n"
    (tmp_path / "loftr.md").write_text(card)
    [row] = [
        row
        for row, _ in all_rows()
        if (row.run.set_name, row.run.protocol, row.run.method)
        == ("delhi", "near", "soma")
    ]
    run = replace(row.run, method="loftr")
    swapped = replace(run, protocol="near256", control="swapped")
    rows = [
        replace(row, run=run, weights=made),
        replace(row, run=replace(run, protocol="wide"), weights="0" * 12),
        replace(row, run=swapped, weights=made, median_px=np.inf, refused=1.0),
    ]
    report.write_csv([[(one, []) for one in rows]], tmp_path / "results.csv")
    [path] = network_cards.write(tmp_path / "results.csv", tmp_path)
    lines = [line for line in path.read_text().splitlines() if "delhi" in line]
    assert len(lines) == 2 and lines[0].startswith("| delhi `near` (")
    assert "`near256`, swapped (" in lines[1] and "| - |" in lines[1]
    assert "| old |" not in path.read_text()


def test_without_all_rows_readme_and_card_stay(stored, monkeypatch):
    monkeypatch.setattr(readme_table, "README", None)
    stored[:] = [item for item in stored if item[0].run.method != "soma"]
    assert readme_table.write(None) == []
