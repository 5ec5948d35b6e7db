"""This checkout: its package by the name ``soma``, and its scripts as modules."""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The command, as it is installed for the tests.
SOMA = ROOT / ".venv" / "bin" / "soma"


def simulated(folder, size):
    """Simulate a pair with the command; return its SAR and its optical file."""
    make = [SOMA, "simulate", "--out", folder, "--size", str(size), "--seed", "7"]
    subprocess.run([*make, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return folder / "sar.tif", folder / "optical.tif"


def load_file(path):
    """Return the module of a file of this checkout that no package holds."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def import_root():
    """Make ``import soma`` work from a checkout that is not installed."""
    if importlib.util.find_spec("soma") is None:
        load_file("core/engine/bootstrap.py").import_package(ROOT)
