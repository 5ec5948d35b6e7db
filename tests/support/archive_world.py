"""A small archive: simulated pairs, plans of them, and the command in processes."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from soma.core import api

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--model", "gradient", "--threads", "1", "--quiet")
ENVIRONMENT = {**os.environ, "SOMA_TORCH": "no", "OMP_NUM_THREADS": "1"}
PROGRAM = (sys.executable, "-m", "soma.core.commandline.main")
#: Stands before the program: what a test does to it, in Python.
AS_PROGRAM = "import sys; from soma.core.commandline.main import main; "


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
    """Run the command to its end; ``patch`` is Python that runs before it."""
    return subprocess.run(
        command(*words, patch=patch),
        capture_output=True,
        text=True,
        cwd=ROOT.parent,
        env=ENVIRONMENT,
        timeout=timeout,
    )


def start(*words, patch=""):
    """Start the command; return its process."""
    return subprocess.Popen(
        command(*words, patch=patch),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT.parent,
        env=ENVIRONMENT,
    )


def command(*words, patch=""):
    program = PROGRAM
    if patch:
        program = (sys.executable, "-c", f"{AS_PROGRAM}{patch}; sys.exit(main())")
    return [*program, *map(str, words)]


def record(archive, name):
    return json.loads((archive / name / "pair.json").read_text())


def stamps(archive):
    """Return what changes when a file of an archive's results is written again."""
    files = [p for p in archive.rglob("*") if ".soma-archive" not in p.parts]
    return {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in files}
