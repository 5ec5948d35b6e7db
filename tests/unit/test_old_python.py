"""The plugin's own code runs in QGIS's Python: 3.9 with QGIS 3.22 on Windows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Keywords of calls, and names, that came with Python 3.10 or later.
KEYWORDS = {"strict", "slots", "kw_only", "ignore_cleanup_errors", "root_dir"}
NAMES = {"pairwise", "batched", "TypeAlias", "ParamSpec", "Self", "StrEnum", "UTC"}
NAMES |= {"tomllib", "NoneType", "UnionType", "ExceptionGroup", "bit_count", "aiter"}


def plugin_files():
    """Return what QGIS imports: plugin, window, and what of the core these import."""
    files = [ROOT / "plugin.py", *sorted((ROOT / "ui").rglob("*.py"))]
    files += sorted((ROOT / "core/base/words").glob("*.py"))
    for path in files:
        own = "core" in path.parts
        pattern = r"from \.(\w+) import" if own else r"from \.+core\.base\.(\w+) import"
        for name in re.findall(pattern, path.read_text(encoding="utf-8")):
            needed = (
                path.parent / f"{name}.py" if own else ROOT / f"core/base/{name}.py"
            )
            if needed not in files and needed.is_file():
                files.append(needed)
    return files


def annotations(tree):
    """Return the ids of all nodes that are never evaluated."""
    roots = [
        getattr(node, field)
        for node in ast.walk(tree)
        for field in ("annotation", "returns")
        if isinstance(getattr(node, field, None), ast.AST)
    ]
    return {id(node) for root in roots for node in ast.walk(root)}


def too_new(tree):
    """Yield what Python 3.9 does not know."""
    silent = annotations(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Call):
            yield from (key.arg for key in node.keywords if key.arg in KEYWORDS)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.Constant) and not side.value for side in sides):
                yield ast.unparse(node)
        elif isinstance(node, (ast.Name, ast.Attribute, ast.alias)):
            names = {getattr(node, f, None) for f in ("id", "attr", "name")}
            yield from names & NAMES


def test_what_is_too_new_is_noticed():
    lines = (
        "zip(a, b, strict=True)",
        "X = int | None",
        "from itertools import pairwise",
    )
    assert all(list(too_new(ast.parse(line))) for line in lines)
    assert not list(too_new(ast.parse("def f(x: int | None) -> str | None: pass")))


@pytest.mark.parametrize("path", plugin_files(), ids=lambda path: path.name)
def test_the_plugin_runs_in_python_3_9(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    assert not list(too_new(tree))
    assert "|" not in text or "from __future__ import annotations" in text
