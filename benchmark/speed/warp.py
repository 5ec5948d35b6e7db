"""Time and memory of the warp beside gdalwarp: python -m soma.benchmark.speed.warp.

Every job runs in a process of its own on the same raster, grid, interpolation,
compression, tile size and number of threads, and ends in a Cloud-optimised
GeoTIFF with averaged overviews. For the thin plate, gdalwarp gets the same
control points. It has no dense flow: that job is held against its affine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.windows import Window

from ...core.base.grid import Grid, matrix
from ...core.transform.bspline import flow_from_lattice
from ...core.transform.kinds import Transform
from ...core.transform.linear import Affine2D
from ...core.transform.thin_plate import fit_thin_plate
from ...core.warp.warp import warp_raster

JOBS = ("affine", "tps", "flow")
CONTROL_POINTS = 300

_CRS = "EPSG:32632"
_PLACE = Affine(10, 0, 400000, 0, -10, 5200000)
_TO_SOURCE = Affine.translation(21.3, -17.6) * Affine.rotation(1.5)


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def main() -> None:
    """Print a table of time and peak memory, ours beside gdalwarp's."""
    options = _options()
    if options.run:
        _warp_here(options)
        return
    if shutil.which("gdalwarp") is None:
        sys.exit("gdalwarp is not installed; the Debian package is gdal-bin.")
    with tempfile.TemporaryDirectory(prefix="warp-speed-") as folder:
        source, out = Path(folder, "source.tif"), Path(folder, "out.tif")
        _make_source(source, options.size)
        print(f"{options.size} x {options.size} uint16, {options.resampling}, ", end="")
        print(f"{options.threads} threads, fastest of {options.repeat}\n")
        print("| job | by | wall, s | ratio | CPU, s | ratio | peak, MiB |")
        print("|---|---|---:|---:|---:|---:|---:|")
        theirs: dict[str, Cost] = {}
        for job in options.jobs:
            rival = "affine" if job == "flow" else job
            if rival not in theirs:
                command = _gdalwarp(source, out, rival, options)
                theirs[rival] = _fastest(command, out, options.repeat)
                _row(f"{rival} | gdalwarp", theirs[rival], theirs[rival])
            _place(source, "affine", options.size)
            ours = _fastest(_own(source, out, job, options), out, options.repeat)
            _row(f"{job} | soma", ours, theirs[rival])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=20000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resampling", default="cubic")
    parser.add_argument("--jobs", nargs="+", default=list(JOBS), choices=JOBS)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument(
        "--run",
        nargs=3,
        metavar=("JOB", "SOURCE", "OUT"),
        help="only run one job of ours",
    )
    return parser.parse_args()


def _row(what: str, cost: Cost, base: Cost) -> None:
    print(
        f"| {what} | {cost.wall_s:.1f} | {cost.wall_s / base.wall_s:.2f} "
        f"| {cost.cpu_s:.1f} | {cost.cpu_s / base.cpu_s:.2f} | {cost.peak_mib:.0f} |",
        flush=True,
    )


def _fastest(command: list[str], out: Path, repeat: int) -> Cost:
    costs = []
    for _ in range(repeat):
        out.unlink(missing_ok=True)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command[0]} failed with {process.returncode}")
        cpu = usage.ru_utime + usage.ru_stime
        costs.append(Cost(wall, cpu, usage.ru_maxrss / 1024))
    return min(costs, key=lambda cost: cost.wall_s)


def _own(source: Path, out: Path, job: str, options: argparse.Namespace) -> list[str]:
    return [
        *(sys.executable, "-m", "soma.benchmark.speed.warp"),
        *("--run", job, str(source), str(out), "--size", str(options.size)),
        *("--threads", str(options.threads), "--resampling", options.resampling),
    ]


def _warp_here(options: argparse.Namespace) -> None:
    job, source, out = options.run
    grid = Grid(CRS.from_string(_CRS), _PLACE, options.size, options.size)
    mapping = _to_source(job, options.size)
    warp_raster(
        source,
        grid,
        mapping,
        out,
        resampling=options.resampling,
        threads=options.threads,
    )


def _gdalwarp(
    source: Path, out: Path, job: str, options: argparse.Namespace
) -> list[str]:
    _place(source, job, options.size)
    size = options.size
    left, top = _PLACE * (0, 0)
    right, bottom = _PLACE * (size, size)
    return [
        *("gdalwarp", "-q", "-overwrite", "-t_srs", _CRS, "-r", options.resampling),
        *("-te", str(left), str(bottom), str(right), str(top)),
        *("-ts", str(size), str(size), "-multi"),
        *("-wo", f"NUM_THREADS={options.threads}", "-of", "COG"),
        *("-co", "COMPRESS=DEFLATE", "-co", "LEVEL=1", "-co", "PREDICTOR=YES"),
        *("-co", "OVERVIEW_RESAMPLING=AVERAGE", "-co", "BIGTIFF=IF_SAFER"),
        *("-co", f"NUM_THREADS={options.threads}"),
        *(("-tps",) if job == "tps" else ()),
        *(str(source), str(out)),
    ]


def _make_source(path: Path, size: int) -> None:
    """Write speckle in uncompressed strips, as radar products come."""
    rng = np.random.default_rng(1)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=size,
        height=size,
        count=1,
        dtype="uint16",
        crs=_CRS,
        transform=_PLACE,
        bigtiff="YES",
    ) as out:
        for row in range(0, size, 500):
            height = min(500, size - row)
            noise = rng.standard_gamma(4.0, (height, size), np.float32)
            noise = cv2.GaussianBlur(noise, None, 0.7) * 60 + 1
            out.write(noise.astype(np.uint16), 1, window=Window(0, row, size, height))


def _place(path: Path, job: str, size: int) -> None:
    """Give the source the georeference that makes gdalwarp do the same job."""
    crs = CRS.from_string(_CRS)
    with rasterio.open(path, "r+") as src:
        if job == "affine":
            src.gcps = ([], crs)
            src.crs, src.transform = crs, _PLACE * ~_TO_SOURCE
            return
        target, pixel = _control_points(size)
        points = []
        for (x, y), (col, row) in zip(target, pixel, strict=True):
            east, north = _PLACE * (x, y)
            points.append(GroundControlPoint(row, col, east, north))
        src.gcps = (points, crs)


def _to_source(job: str, size: int) -> Transform:
    if job == "affine":
        return Affine2D(matrix(_TO_SOURCE))
    if job == "tps":
        target, pixel = _control_points(size)
        return fit_thin_plate(target, pixel, 0.0)
    waves = np.linspace(0, 6 * np.pi, 64)
    bumps = 4 * np.sin(waves)[:, None] * np.cos(waves)
    flow = np.stack([bumps, bumps.T], axis=-1)
    return flow_from_lattice(matrix(_TO_SOURCE), (0.0, 0.0), size / 63, flow)


def _control_points(size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    target = rng.uniform(0, size, (CONTROL_POINTS, 2))
    pixel = np.stack(_TO_SOURCE * target.T, axis=1)
    bend = 5 * np.sin(target / size * 4 * np.pi)
    return target, pixel + bend[:, ::-1]


if __name__ == "__main__":
    main()
