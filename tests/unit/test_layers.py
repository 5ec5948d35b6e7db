"""The house is the one that docs/house.toml draws, and the front ends load lightly."""

import os
import subprocess
import sys

import pytest
from checkout import ROOT, load_file

house = load_file("scripts/house.py")

TABLE = """
[core]
knows_not = ["torch"]
base = []
warp = ["base"]
api = ["warp", "base"]
[ui]
all = ["core/base/types"]
"""
#: A small house without faults.
FILES = {
    "docs/house.toml": TABLE,
    "core/__init__.py": '"""The core."""\n',
    "core/base/__init__.py": '"""What all stand on."""\n',
    "core/base/types.py": "import numpy\n",
    "core/base/grid.py": "from .types import Tile\n",
    "core/warp/lattice.py": "from ..base.grid import Grid\n",
    "core/api.py": "from .base import types\nfrom .warp.lattice import Lattice\n",
    "ui/dock.py": "from ..core.base.types import Tile\nfrom . import form\n",
    "ui/form.py": "\n",
}


@pytest.fixture
def small(tmp_path):
    """Write the small house, with other files; return what is wrong with it."""

    def write(**others):
        changed = {name.replace("__", "/"): text for name, text in others.items()}
        for name, text in {**FILES, **changed}.items():
            path = tmp_path / (name if "." in name else f"{name}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return house.faults(house.read_house(tmp_path))

    return write


def test_every_import_is_one_that_the_table_allows():
    assert house.faults(house.read_house()) == []


def test_the_page_shows_this_house():
    text = (ROOT / house.PAGE).read_text(encoding="utf-8")
    assert house.page_with(text, house.read_house()) == text


def test_a_house_without_faults_has_none(small):
    assert small() == []


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("core__base__job", "from ..warp import lattice", "core/base may not import"),
        (
            "core__base__job",
            "def f():\n    import torch.nn",
            "core may not import torch",
        ),
        ("core__base__job", "from soma.core import api", "core may not import soma"),
        ("ui__form", "from ..core.base.grid import Grid", "ui may not import"),
        ("ui__form", "from ..core import api", "ui may not import core/api"),
        ("core__new", "from .base import grid", "core/new is no wing"),
        ("core__base__types", "from .grid import Grid", "circle: core/base/"),
    ],
)
def test_what_the_table_does_not_allow_is_noticed(small, file, text, said):
    assert any(said in fault for fault in small(**{file: text + "\n"}))


def test_what_nothing_does_is_not_allowed_either(small):
    (fault,) = small(core__api="from .warp.lattice import Lattice\n")
    assert fault == "docs/house.toml lets core/api import core/base, which it does not"


def test_wings_that_are_not_there_are_noticed(small, tmp_path):
    small()
    table = tmp_path / "docs/house.toml"
    table.write_text(TABLE.replace("base = []", "base = []\nroof = []"))
    (fault,) = house.faults(house.read_house(tmp_path))
    assert fault == "docs/house.toml names core/roof, which is not there"


def test_floors_count_from_the_ground():
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert house.floors(graph) == [["c"], ["b"], ["a"]]
    assert house.circles(graph) == []
    assert house.circles({**graph, "c": {"a"}}) != []


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
