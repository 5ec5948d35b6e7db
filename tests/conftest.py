"""Import the repository root as the package ``soma``, whatever the folder is called."""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def import_root_as(name: str) -> None:
    """Make ``import soma`` work from a checkout that is not installed."""
    if importlib.util.find_spec(name):
        return
    spec = importlib.util.spec_from_file_location(
        name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


# See core/base/threads.py; it must be set before any test imports numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import_root_as("soma")
