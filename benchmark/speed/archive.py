"""What an archive costs beside its registrations: time, memory, and gain of workers.

    python -m soma.benchmark.speed.archive --pairs 100
    python -m soma.benchmark.speed.archive --pairs 1000 --folder DIR

With a folder, what was measured is kept there: the same command goes on after the last
run that came to its end, and one that was broken off begins anew.

Simulated pairs of 512 px and the model gradient, all in one run. Overhead is told in
processor time, which other work on the machine changes least; the gain of two workers
in pairs per second between the first pair that is done and the last.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Sequence

from ...core import api
from ..stages.tables import CLI, Measured, markdown_table, run_measured

#: Different scenes among the pairs, and their side in pixels.
SCENES, SIZE_PX = 8, 512
QUICK = ("--model", "gradient", "--threads", "1", "--quiet")
#: Planned pairs of the large archive, and those of them that are still to do.
MANY, LEFT = 10_000, 4
#: What is measured, in this order.
PARTS = ("overhead", "workers", "many")
MISALIGN = "shift=9,-6;rotation=0.6;warp=0"


def make_scenes(folder: Path) -> list[tuple[str, str]]:
    """Write the simulated pairs; return (sar, optical) of each."""
    pairs = []
    for seed in range(SCENES):
        place = folder / f"scene{seed}"
        api.simulate(str(place), size=SIZE_PX, seed=seed, misalign=MISALIGN)
        pairs.append((str(place / "sar.tif"), str(place / "optical.tif")))
    return pairs


def write_table(
    path: Path, columns: Sequence[str], pairs: list[tuple[str, str]], n: int
) -> str:
    """Write a table of n pairs, the scenes in turn under names of their own."""
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows((f"pair{i:05d}", *pairs[i % len(pairs)]) for i in range(n))
    return str(path)


@dataclass
class Bench:
    """Where runs are measured, and what they took, kept in a file.

    Args:
        folder: of scenes, tables and archives.
    """

    folder: Path

    def measured(self, title: str, out: Path, *words: str) -> Measured:
        """Run a command of the program unless it was; ends this one where it fails.

        Args:
            title: under which it is kept.
            out: folder that it writes; what a broken-off run left there is removed.
            words: of the command.
        """
        kept = self.folder / "measured.json"
        known = json.loads(kept.read_text()) if kept.exists() else {}
        if title in known:
            return Measured(**known[title])
        shutil.rmtree(out, ignore_errors=True)
        done = soma(*words, "--out", str(out), *QUICK)
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(known | {title: asdict(done)}))
        part.replace(kept)
        return done


def soma(*words: str) -> Measured:
    """Run a command of the program; ends this one where it fails."""
    done = run_measured([*CLI, *words])
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")
    return done


def overhead_rows(
    bench: Bench, pairs: list[tuple[str, str]], n: int
) -> list[list[str]]:
    """Return what a pair costs by ``match`` and in an archive.

    Between one pair and n: programs and processes are started once for all.
    """
    turned = [(optical, sar) for sar, optical in pairs]
    ways = {
        "match --pairs": ("match", "--pairs"),
        "archive run --only transform": ("archive", "run"),
        "archive run, all files": ("archive", "run"),
    }
    rows, each = [], []
    for title, words in ways.items():
        if words[0] == "match":
            about = (bench.folder / "match.csv", ("name", "ref", "mov"), turned)
        else:
            about = (bench.folder / "plan.csv", ("name", "sar", "optical"), pairs)
        part = ("--only", "transform") if "--only" in title else ()
        costs = []
        for number in (1, n):
            name = f"{title} {number}"
            table = write_table(*about, number)
            out = bench.folder / name
            costs.append(bench.measured(name, out, *words, table, *part))
        each.append((costs[1].cpu_seconds - costs[0].cpu_seconds) / (n - 1))
        more = 100.0 * (each[-1] / each[0] - 1.0)
        told = f"{each[-1]:.3f} CPU s a pair, {more:+.0f} %"
        rows.append(_row(f"{title}, {n} pairs", costs[1], told))
    return rows


def worker_rows(bench: Bench, pairs: list[tuple[str, str]], n: int) -> list[list[str]]:
    """Return the pairs per second of one and of two workers."""
    table = bench.folder / "workers.csv"
    plan = write_table(table, ("name", "sar", "optical"), pairs, n)
    rows, rates = [], []
    for workers in (1, 2):
        name = f"workers {workers} {n}"
        out = bench.folder / name
        words = ("archive", "run", plan, "--workers", str(workers))
        done = bench.measured(name, out, *words)
        ends = sorted(p.stat().st_mtime for p in out.glob("pair*/pair.json"))
        rates.append((len(ends) - 1) / (ends[-1] - ends[0]))
        gain = f"{rates[-1]:.2f} pairs/s, {rates[-1] / rates[0]:.2f} times"
        rows.append(_row(f"archive run --workers {workers}", done, gain))
    return rows


def many_rows(bench: Bench, pairs: list[tuple[str, str]]) -> list[list[str]]:
    """Return time and the client's memory where most of many pairs are done."""
    rows, folder = [], bench.folder
    for n in (MANY // 100, MANY):
        out = folder / f"many{n}"
        shutil.rmtree(out, ignore_errors=True)
        plan = write_table(
            folder / f"many{n}.csv", ("name", "sar", "optical"), pairs[:1], n
        )
        first = write_table(
            folder / "first.csv", ("name", "sar", "optical"), pairs[:1], 1
        )
        soma("archive", "run", first, "--out", str(out), *QUICK)
        for i in range(1, n - LEFT):
            (out / f"pair{i:05d}").mkdir()
            shutil.copy(out / "pair00000" / "pair.json", out / f"pair{i:05d}")
        words = ("archive", "run", plan, "--out", str(out), "--workers", "1", *QUICK)
        seconds, mib = client_of([*CLI, *words])
        told = soma("archive", "status", str(out))
        title = f"archive run, {n} planned, {LEFT} left"
        rows.append([title, f"{seconds:.1f}", "", f"client {mib:.0f} MiB"])
        rows.append(_row(f"archive status, {n} pairs", told, ""))
    return rows


def client_of(command: list[str]) -> tuple[float, float]:
    """Return seconds and peak MiB of a process, its children left out."""
    start, peak_kib = time.perf_counter(), 0
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        about = Path(f"/proc/{process.pid}/status").read_text()
        lines = [line for line in about.splitlines() if line.startswith("VmHWM")]
        peak_kib = max([peak_kib, *(int(line.split()[1]) for line in lines)])
        time.sleep(0.05)
    return time.perf_counter() - start, peak_kib / 1024


def _row(title: str, done: Measured, told: str) -> list[str]:
    return [title, f"{done.seconds:.1f}", f"{done.cpu_seconds:.1f}", told]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where to keep what was measured")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured"
    )
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = args.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        bench, pairs, rows = Bench(folder.resolve()), make_scenes(folder.resolve()), []
        if "overhead" in args.parts:
            rows += overhead_rows(bench, pairs, args.pairs)
        if "workers" in args.parts:
            rows += worker_rows(bench, pairs, args.pairs)
        if "many" in args.parts:
            rows += many_rows(bench, pairs)
    print(markdown_table(("what", "s", "CPU s", "told"), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
