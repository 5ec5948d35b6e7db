"""Stage one of the benchmark: write predictions to disk.

    python -m soma.benchmark.stages.run --set delhi --protocol near soma \\
        --method gradient

Finished pairs are kept, so an interrupted run goes on where it stopped. Every
row runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Iterator, get_args

import cv2
import numpy as np

from ...core.base.errors import BadInput, SomaError
from ..data.protocols import PROTOCOLS, Case, cases
from ..methods import registry
from ..methods.variants import ABLATIONS
from . import store
from .store import Run

THREADS = 2

#: The matrices of these methods are small: threads of BLAS only wait for each
#: other, and on a busy machine multiply the time. What waits does so asleep, see
#: ``core.base.threads``; torch gets its threads from the method.
ENVIRONMENT = {
    **os.environ,
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


def predict(run: Run, out: Path, overwrite: bool = False) -> int:
    """Make the predictions of one run that are missing; return how many.

    Raises BadInput when the folder holds those of another configuration.
    """
    cv2.setNumThreads(THREADS)
    method = registry.load(run.method)
    folder = run.folder(out)
    versions = registry.code_version(), registry.weights_version(method)
    store.claim(folder, run.config(*versions), overwrite)
    done, draws = 0, {}
    for case in spoilt_cases(run):
        draws[case.name] = asdict(case.draw)
        if not (folder / f"{case.name}.json").exists():
            _predict_one(method, case, folder)
            done += 1
    (folder / "draws.json.part").write_text(json.dumps(draws, indent=1))
    (folder / "draws.json.part").replace(folder / "draws.json")
    return done


def spoilt_cases(run: Run) -> Iterator[Case]:
    """Yield the cases of a run with the reference as its control wants it."""
    source = cases(
        run.set_name,
        run.protocol,
        run.limit or None,
        run.seed,
        parity=run.control == "parity",
    )
    if run.control == "blank":
        for case in source:
            yield replace(case, ref=np.full_like(case.ref, 128))
    elif run.control == "swapped":
        yield from _swapped(list(source))
    else:
        yield from source


def _swapped(everything: list[Case]) -> Iterator[Case]:
    """Yield every case with the reference of another place.

    Half way round, since images come sorted by place, and from there on to the first
    that shows none of the same ground: a set can hold a place at several dates.

    Raises BadInput where there is no such case.
    """
    half = len(everything) // 2
    for index, case in enumerate(everything):
        start = (index + half) % len(everything)
        order = everything[start:] + everything[:start]
        wrong = next((other for other in order if not case.overlaps(other)), None)
        if wrong is None:
            raise BadInput(
                f"{case.name} cannot be swapped: all {len(everything)} pairs show its "
                "place; give a larger --limit."
            )
        yield replace(case, ref=wrong.ref)


def _predict_one(method: registry.Method, case: Case, folder: Path) -> None:
    dense = case.truth_flow is not None
    wall, cpu = time.perf_counter(), time.process_time()
    estimate = method(case.ref, case.mov, case.search, dense)
    record = {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    store.write(folder, case.name, estimate, record)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", nargs="+", default=["delhi"], dest="sets")
    parser.add_argument("--protocol", nargs="+", default=list(PROTOCOLS))
    usual = [name for name in registry.METHODS if name not in ABLATIONS]
    parser.add_argument("--method", nargs="+", default=usual)
    parser.add_argument(
        "--control", nargs="+", default=["none"], choices=get_args(store.Control)
    )
    parser.add_argument("--limit", type=int, default=0, help="pairs per row")
    parser.add_argument("--seed", type=int, default=0, help="0: the stored draws")
    parser.add_argument("--out", type=Path, default=store.PREDICTIONS)
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--here", action="store_true", help="no process per row")
    return parser


def predict_apart(run: Run, out: Path, overwrite: bool = False) -> int:
    """Make one run's predictions in a process of its own; return its exit code."""
    command = [sys.executable, "-m", f"{__package__}.run", "--here"]
    command += ["--set", run.set_name, "--protocol", run.protocol]
    command += ["--method", run.method, "--control", run.control]
    command += ["--limit", str(run.limit), "--seed", str(run.seed)]
    command += ["--out", str(out)] + ["--overwrite"] * overwrite
    return subprocess.run(command, check=False, env=ENVIRONMENT).returncode


def main() -> int:
    """Make all asked-for predictions; exit code 0 when all rows could be made."""
    args = _parser().parse_args()
    failed = 0
    rows = itertools.product(args.sets, args.protocol, args.method, args.control)
    for set_name, protocol, method, control in rows:
        run = Run(set_name, protocol, method, control, args.limit, args.seed)
        if not args.here:
            failed += predict_apart(run, args.out, args.overwrite) != 0
            continue
        start = time.perf_counter()
        try:
            done = predict(run, args.out, args.overwrite)
        except SomaError as error:
            sys.stderr.write(f"{error}\n")
            return error.exit_code
        seconds = time.perf_counter() - start
        print(f"{run.folder(args.out)}: {done} pairs in {seconds:.0f} s", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
