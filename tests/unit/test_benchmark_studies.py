"""Every study says what it asks, how it is run and where its answer stands."""

import ast
from pathlib import Path

import pytest

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
