"""Time and peak memory of matching by the size of the images, not of the answer.

    python -m soma.benchmark.speed.sizes --unrelated 8000 16000 --sparse 60000
    python -m soma.benchmark.speed.sizes --folder DIR... --effort normal thorough

Unrelated: two bare images of different ground, searched everywhere and mirrored, which
is the longest search there is. Sparse: a georeferenced pair that holds pixels in one
part alone. A folder holds ``sar.tif`` and ``optical.tif`` or ``opt.tif``; by the
factors of an enlarged scene, or by the sizes of simulated ones, the columns tell how
time, memory and error grow. Each job is one process on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Callable, Iterator

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

from ...core.base.errors import BadInput
from ..stages.tables import CLI, markdown_table, run_measured

CORES = 2
#: What any search of any size may take, MiB.
GOAL_MIB = 1024
#: Side of the blocks of fields in unrelated images, and of the ground in sparse ones.
FIELD_PX, GROUND_PX = 40, 3000
#: How far the sparse radar is displaced, px.
SHIFT_PX = (37, -21)
GSD_M = 10.0
_BLOCK = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate"}
HEADER = ("job", "s", "CPU s", "MiB", "goal MiB", "answer", "at m", "held-out m")


def fields(side: int, seed: int) -> np.ndarray:
    """Return (side, side) uint8 of fields with straight borders, one texture each."""
    rng = np.random.default_rng(seed)
    count = side // FIELD_PX + 2
    levels = rng.integers(40, 200, (count, count)).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((count / 2, count / 2), rng.uniform(10, 80), 1.0)
    turned = cv2.warpAffine(
        levels,
        turn,
        (count, count),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REFLECT,
    )
    return cv2.resize(turned, (side, side), interpolation=cv2.INTER_NEAREST)


def speckled(image: np.ndarray, seed: int) -> np.ndarray:
    """Return (h, w) uint8 with the speckle of four looks, a strip at a time."""
    rng, out = np.random.default_rng(seed), np.empty_like(image)
    for row in range(0, len(image), 512):
        part = image[row : row + 512]
        grain = np.sqrt(rng.standard_gamma(4.0, part.shape, np.float32) / 4)
        out[row : row + 512] = np.clip(part * grain, 1, 255)
    return out


def write_unrelated(folder: Path, side: int) -> None:
    """Write two bare images of different ground."""
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, **_BLOCK}
    for name, seed in (("sar", 1), ("optical", 2)):
        image = fields(side, seed)
        image = speckled(image, seed) if name == "sar" else image
        path = folder / f"{name}.tif"
        with rasterio.open(path, "w", width=side, height=side, **profile) as out:
            out.write(image, 1)


def write_sparse(folder: Path, side: int) -> None:
    """Write a georeferenced pair of ``side`` that holds pixels in its middle alone."""
    ground = np.maximum(fields(GROUND_PX, 3), 1)
    first = (side - GROUND_PX) // 2 // 512 * 512
    for name in ("sar", "optical"):
        image = speckled(ground, 4) if name == "sar" else ground
        dx, dy = SHIFT_PX if name == "sar" else (0, 0)
        origin = 500_000.0 + dx * GSD_M, 5_000_000.0 - dy * GSD_M
        profile = {
            "driver": "GTiff",
            "dtype": "uint8",
            "count": 1,
            "width": side,
            "height": side,
            "crs": "EPSG:32632",
            "transform": from_origin(*origin, GSD_M, GSD_M),
            "nodata": 0,
            "sparse_ok": True,
            "bigtiff": "yes",
            **_BLOCK,
        }
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as out:
            out.write(image, 1, window=Window(first, first, GROUND_PX, GROUND_PX))


def _in_own_process(
    write: Callable[[Path, int], None], folder: Path, side: int
) -> None:
    """Write a pair; the peak of a command counts that of the process it is from."""
    process = get_context("spawn").Process(target=write, args=(folder, side))
    process.start()
    process.join()
    if process.exitcode:
        raise BadInput(f"images of {side} px were not written")


def measured(name: str, folder: Path, options: list[str]) -> list[str]:
    """Match a folder's pair by the command line; return its row."""
    sar, optical = folder / "sar.tif", folder / "optical.tif"
    if not optical.exists():
        optical = folder / "opt.tif"
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "match.json"
        command = [*CLI, "match", "--ref", str(optical), "--mov", str(sar)]
        command += ["--mov-is", "sar", "--out", str(out), "--quiet"]
        command += ["--threads", str(CORES), *options]
        cost = run_measured(command)
        if not out.exists():
            raise BadInput(f"{name} (exit {cost.returncode}): {cost.stderr[-300:]}")
        report: dict[str, Any] = json.loads(out.read_text())
    quality = report["quality"]
    return [
        name,
        f"{cost.seconds:.0f}",
        f"{cost.cpu_seconds:.0f}",
        f"{cost.peak_mib:.0f}",
        f"{GOAL_MIB}",
        report["transform"] or report["code"],
        _metres(quality.get("gsd_m")),
        _metres(quality.get("rmse_m")),
    ]


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def rows(args: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the rows that are asked for."""
    model = ["--model", args.model]
    for side in args.unrelated:
        with tempfile.TemporaryDirectory() as scratch:
            _in_own_process(write_unrelated, Path(scratch), side)
            yield measured(f"unrelated, {side} px", Path(scratch), model)
    for side in args.sparse:
        with tempfile.TemporaryDirectory() as scratch:
            _in_own_process(write_sparse, Path(scratch), side)
            yield measured(f"sparse, {side} px", Path(scratch), model)
    for folder in args.folder:
        for effort in args.effort:
            options = [*model, "--effort", effort]
            yield measured(f"{folder.name}, {effort}", folder, options)


def main() -> int:
    """Print the table; 0 when all jobs ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unrelated", nargs="*", type=int, default=[])
    parser.add_argument("--sparse", nargs="*", type=int, default=[])
    parser.add_argument("--folder", nargs="*", type=Path, default=[])
    parser.add_argument("--effort", nargs="+", default=["normal"])
    parser.add_argument("--model", default="gradient")
    args = parser.parse_args()
    try:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        found = []
        for row in rows(args):
            found.append(row)
            sys.stderr.write(" | ".join(row) + "\n")
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    print(markdown_table(HEADER, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
