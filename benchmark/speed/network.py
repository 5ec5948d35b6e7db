"""Time and peak memory of the matchers on a pair of 512 px, and pairs/s on a GPU.

    python -m soma.benchmark.speed.network

Every row runs in a process of its own on two cores, through the whole of what
``soma match`` does; times are the best of some. "hypotheses" is the protocol
``wide``, in which any rotation is possible; the other rows are ``near``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import time
from typing import Any

import cv2
import numpy as np

from ...core.base import threads  # noqa: F401 - read by torch when it loads
from ...core.base.errors import BadInput
from ...core.base.types import Search, Tile, TilePair
from ..data.protocols import PROTOCOLS, cases
from ..methods import registry
from ..stages.command import run_command
from ..stages.tables import markdown_table, run_measured

CORES = 2
SIDE_PX = 512

#: Goals of a pair by method and protocol: seconds and MiB.
GOALS = {
    ("gradient", "near"): (0.2, None),
    ("auto", "near"): (0.25, None),
    ("soma", "near"): (0.9, 1024),
}
#: Goal of batches on a data-centre GPU, pairs per second.
GPU_GOAL = 100

HEADER = ("pair of 512 x 512 px", "s", "goal s", "CPU s", "MiB", "goal MiB")
GPU_HEADER = ("on the GPU", "network alone, pairs/s", "matcher, pairs/s", "goal", "MiB")


def time_pair(method: str, protocol: str, repeats: int) -> dict[str, float]:
    """Return the least wall and processor time of one pair in this process."""
    cv2.setNumThreads(CORES)
    align = registry.load(method)
    case = next(cases("delhi", protocol, limit=1))
    wall, cpu = [], []
    for _ in range(repeats + 1):
        start = time.perf_counter(), time.process_time()
        align(case.ref, case.mov, case.search, False)
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    # The first one warms caches and plans of transforms.
    return {"s": min(wall[1:]), "cpu_s": min(cpu[1:])}


def batch_rate(device: str, batch: int, repeats: int) -> dict[str, float]:
    """Return pairs per second, arrays in and out, and the GPU's memory.

    Of the matcher, whose gradient stages run on the CPU pair by pair, and of the
    network alone: encoders, global and local stages, dense flow.
    """
    import torch

    from ...models.registry import load_matcher

    matcher = load_matcher("soma", device)
    matcher.batch = batch
    pairs = [_noise_pair(seed) for seed in range(batch)]
    rule = PROTOCOLS["near"].search
    search = Search(rule.shift_px, rule.rotation_deg, rule.scale)
    found = {}
    for name, work in (
        ("alone_per_s", lambda: matcher.flows(pairs, search)),
        ("pairs_per_s", lambda: matcher.match(pairs, search)),
    ):
        work()
        rates = []
        for _ in range(repeats):
            start = time.perf_counter()
            work()
            rates.append(len(pairs) / (time.perf_counter() - start))
        found[name] = max(rates)
    used = torch.cuda.max_memory_allocated() if device == "cuda" else 0
    return {**found, "gpu_mib": used / 2**20}


def _noise_pair(seed: int) -> TilePair:
    """Return a pair of smooth noise: the network's time does not hang on content."""
    noise = np.random.default_rng(seed).random((SIDE_PX, SIDE_PX), np.float32)
    pixels = cv2.normalize(cv2.GaussianBlur(noise, None, 3.0), None, 0, 1, 32)
    valid = np.ones(pixels.shape, bool)
    sar, optical = (Tile(pixels, valid, np.eye(3), m) for m in ("sar", "optical"))
    return TilePair(optical, sar)


def _child(*options: str) -> tuple[dict[str, float], float]:
    """Run one job in a process of its own; return what it found and its peak MiB."""
    found = run_measured([sys.executable, "-m", __spec__.name, *options])
    if found.returncode:
        raise BadInput(
            f"{' '.join(options)} did not run: {found.stderr.strip()[-300:]}"
        )
    return json.loads(found.stdout.splitlines()[-1]), found.peak_mib


def pair_row(method: str, protocol: str, repeats: int) -> list[str]:
    """Measure one method under one protocol; raises BadInput where it cannot run."""
    best, peak = _child("--pair", method, protocol, "--repeats", str(repeats))
    seconds, memory = GOALS.get((method, protocol), (None, None))
    name = f"{method}, hypotheses" if protocol == "wide" else method
    cells = [name, f"{best['s']:.2f}", _goal(seconds), f"{best['cpu_s']:.2f}"]
    return [*cells, f"{peak:.0f}", _goal(memory)]


def _goal(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def gpu_lines(batches: list[int], repeats: int) -> str:
    """Return the table of the GPU, or that there is none."""
    if importlib.util.find_spec("torch") is None:
        return "No torch here, so no pairs/s on a GPU."
    import torch

    if not torch.cuda.is_available():
        return "No GPU here, so no pairs/s on one."
    rows = []
    for batch in batches:
        found, _ = _child("--batch-rate", str(batch), "--repeats", str(repeats))
        rates = [f"{found[name]:.1f}" for name in ("alone_per_s", "pairs_per_s")]
        used = f"{found['gpu_mib']:.0f}"
        rows.append([f"batches of {batch}", *rates, str(GPU_GOAL), used])
    return f"{torch.cuda.get_device_name()}\n\n{markdown_table(GPU_HEADER, rows)}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", nargs="+", default=["gradient", "auto", "soma"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 16, 64])
    parser.add_argument("--pair", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--batch-rate", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Print the tables; 0 when all jobs ran."""
    args = _options()
    found: dict[str, Any] | None = None
    if args.pair:
        found = time_pair(*args.pair, args.repeats)
    elif args.batch_rate:
        found = batch_rate("cuda", args.batch_rate, args.repeats)
    if found is not None:
        print(json.dumps(found))
        return 0
    available = os.sched_getaffinity(0)
    gpu = gpu_lines(args.batch, args.repeats)
    os.sched_setaffinity(0, sorted(available)[:CORES])
    rows = [
        pair_row(method, protocol, args.repeats)
        for method in args.method
        for protocol in ("near", "wide")
    ]
    print(f"{markdown_table(HEADER, rows)}\n\n{gpu}")
    return 0


if __name__ == "__main__":
    run_command(main)
