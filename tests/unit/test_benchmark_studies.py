"""Every study says what it asks, how it is run and where its answer stands."""

import ast
import importlib
import sys
from pathlib import Path

import pytest
from soma.benchmark.stages.command import run_command

ROOT = Path(__file__).parents[2]
STUDIES = sorted(
    path
    for path in (ROOT / "benchmark/studies").glob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_study_begins_with_question_command_and_answer(path):
    told = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert told.splitlines()[0].endswith("?")
    assert "Answer" in told
    if "__main__" in path.read_text():
        command = f"python -m soma.benchmark.studies.{path.stem}"
        assert command in told
        assert command in (ROOT / "benchmark/README.md").read_text()
        assert path.read_text().endswith("    run_command(main)\n")


@pytest.mark.parametrize(
    ("study", "asked", "choice"),
    [
        ("rules", "method", "gradient"),
        ("acceptance", "method", "gradient"),
        ("expected_error", "method", "gradient"),
        ("refusal", "method", "gradient"),
        ("rules", "search", "near"),
        ("acceptance", "search", "near"),
    ],
)
def test_a_name_that_is_none_is_told_in_a_sentence(
    study, asked, choice, monkeypatch, capsys
):
    module = importlib.import_module(f"soma.benchmark.studies.{study}")
    monkeypatch.setattr(sys, "argv", [study, f"--{asked}", "nonsense"])
    with pytest.raises(SystemExit) as end:
        run_command(module.main)
    assert end.value.code == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert "nonsense" in told and choice in told
