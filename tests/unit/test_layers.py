"""Imports run one way: ui -> core leaves, models -> core, core.api -> models."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_REACH = {"core": {"core"}, "models": {"models", "core"}, "ui": {"ui", "core"}}
FORBIDDEN = {
    "core": {"qgis", "PyQt5", "PyQt6", "torch"},
    "models": {"qgis", "PyQt5", "PyQt6", "rasterio"},
    "ui": {"torch", "rasterio", "cv2", "PyQt5", "PyQt6"},
}
ABSOLUTE = {"core", "models", "ui", "soma"}
LEAVES = {"types", "errors", "job", "feedback", "about", "words"}  # of core/base
JOINT = ("core/api.py", "models")


def _imports(path: Path):
    """Yield (package parts from the root or None, absolute root name or None)."""
    inside = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield None, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield None, node.module.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - (node.level - 1)]
            if node.module:
                yield (*base, *node.module.split(".")), None
            else:
                for alias in node.names:
                    yield (*base, alias.name), None


def _files():
    for ring in MAY_REACH:
        yield from sorted((ROOT / ring).rglob("*.py"))


@pytest.mark.parametrize("path", list(_files()), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path):
    ring = path.relative_to(ROOT).parts[0]
    for parts, absolute in _imports(path):
        if absolute is not None:
            assert absolute not in FORBIDDEN[ring] | ABSOLUTE, absolute
            continue
        if (path.relative_to(ROOT).as_posix(), parts[0]) == JOINT:
            continue
        assert parts[0] in MAY_REACH[ring], parts
        if ring == "ui" and parts[0] == "core":
            assert parts[1] == "base" and parts[2] in LEAVES, (
                f"ui may import only leaves of core: {parts}"
            )


def test_core_runs_without_torch_and_qgis():
    code = (
        "import sys; import soma.core.api, soma.core.commandline.main; "
        "bad = [m for m in sys.modules if m.split('.')[0] in "
        "('torch', 'qgis', 'PyQt5', 'PyQt6')]; sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("front", ["commandline.main", "engine.worker"])
def test_blas_is_told_its_threads_before_numpy_loads(front):
    code = (
        f"import sys; import soma.core.{front}; names = list(sys.modules); "
        "sys.exit(names.index('numpy') < names.index('soma.core.base.threads'))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd="/").returncode == 0


@pytest.mark.parametrize("front", ["commandline.main", "engine.worker"])
def test_threads_sleep_while_they_wait(front):
    """torch reads this when it loads, and no front end has loaded it by then."""
    code = (
        f"import os, sys; import soma.core.{front}; "
        "sys.exit('torch' in sys.modules or os.environ['OMP_WAIT_POLICY'] != 'PASSIVE')"
    )
    clean = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", code], cwd="/", env=clean)
    assert done.returncode == 0
