"""Start the worker from a plugin folder of any name, in any place.

Run as a script: ``python -P core/engine/bootstrap.py``. The folder above ``core``
is imported as the package ``soma``, so that neither an installation nor a search
path is needed. ``-P`` keeps this folder off the path.
"""

import importlib.util
import sys
from pathlib import Path

PACKAGE = "soma"


def import_package(root: Path) -> None:
    """Make the folder ``root`` importable as ``soma``, before any installed one."""
    spec = importlib.util.spec_from_file_location(
        PACKAGE, root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} is no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> int:
    """Run the worker of this very copy of the package."""
    import_package(Path(__file__).resolve().parents[2])
    worker = importlib.import_module(f"{PACKAGE}.core.engine.worker")
    return int(worker.main())


if __name__ == "__mp_main__":
    # A process that multiprocessing starts beside the worker has to find it as well.
    import_package(Path(__file__).resolve().parents[2])

if __name__ == "__main__":
    sys.exit(main())
