"""A small archive: simulated pairs, plans of them, and the command in processes."""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from command import Done
from command import soma as soma_here
from soma.core import api

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--model", "gradient", "--threads", "1", "--quiet")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
PROGRAM = (sys.executable, "-m", "soma.core.commandline.main")


def make_pairs(folder, count=2, size=192):
    """Write simulated pairs; return (sar, optical) of each."""
    pairs = []
    for seed in range(count):
        place = folder / f"scene{seed}"
        misalign = "shift=5,-3;rotation=0.5;warp=0"
        api.simulate(str(place), size=size, seed=seed, misalign=misalign)
        pairs.append((place / "sar.tif", place / "optical.tif"))
    return pairs


def write_plan(path, rows):
    """Write dictionaries as CSV; return the path."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows_of(pairs, names=None):
    names = names or [f"pair{i}" for i in range(len(pairs))]
    return [
        {"name": name, "sar": sar, "optical": optical}
        for name, (sar, optical) in zip(names, pairs, strict=True)
    ]


def soma(*words, patch="", timeout=500):
    """Run the command to its end, in a process of its own where that is patched.

    ``patch`` is Python that runs in all its processes when they start.
    """
    if not patch:
        return soma_here(*words)
    with environment(patch) as env:
        done = subprocess.run(
            command(*words),
            capture_output=True,
            text=True,
            cwd=ROOT.parent,
            env=env,
            timeout=timeout,
        )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(*words, patch="", program=None):
    """Yield a process of the command, in a group that ends with the block."""
    with environment(patch) as env:
        process = subprocess.Popen(
            program or command(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT.parent,
            env=env,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def environment(patch):
    """Yield an environment in which Python runs some code whenever it starts."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(patch)
        yield {**ENVIRONMENT, "PYTHONPATH": folder}


def command(*words):
    return [*PROGRAM, *map(str, words)]


def at_pair(name, act):
    """Return a patch: what is done when a pair whose name ends so is begun."""
    return f"""
import os, signal, time
from soma.core import api
from soma.core.base.ending import ENDING
from soma.core.commandline.main import main
def patched(real):
    def register(job, *rest):
        if job.out.endswith({name!r}):
            {act}
        return real(job, *rest)
    return register
api.register = patched(api.register)
"""


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def folders(archive):
    """Return the names of the pairs' folders, sorted."""
    return sorted(p.name for p in archive.glob("[!.]*") if p.is_dir())


def record(archive, name):
    return json.loads((archive / name / "pair.json").read_text())


def stamps(archive):
    """Return what changes when a file of an archive's results is written again."""
    files = [p for p in archive.glob("[!.]*/*")]
    return {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in files}
