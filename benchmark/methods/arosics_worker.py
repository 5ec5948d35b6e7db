"""Run AROSICS in its own environment: requests and answers are lines of JSON.

A request is {"file": an .npz with "ref" and "mov", "max_shift_px": n}, an answer
{"mov_xy", "ref_xy", "reason", "cpu_seconds", "peak_mib"}. This file imports nothing of
the package, since that is not installed beside AROSICS.
"""

import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from arosics import COREG, COREG_LOCAL
from geoarray import GeoArray
from osgeo import gdal, osr

GSD_M = 10.0
ORIGIN_M = (500000.0, 3000000.0)


@contextmanager
def config_options(
    options: dict[str, str], thread_local: bool = True
) -> Iterator[None]:
    """Set GDAL options for a while, as gdal.config_options does since GDAL 3.7."""
    before = {key: gdal.GetConfigOption(key) for key in options}
    for key, value in options.items():
        gdal.SetConfigOption(key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            gdal.SetConfigOption(key, value)


def georeferenced(pixels: np.ndarray) -> GeoArray:
    """Return (h, w) pixels on a UTM grid of 10 m; AROSICS wants a map."""
    system = osr.SpatialReference()
    system.ImportFromEPSG(32643)
    placement = (ORIGIN_M[0], GSD_M, 0, ORIGIN_M[1], 0, -GSD_M)
    return GeoArray(pixels, geotransform=placement, projection=system.ExportToWkt())


def local_points(
    ref: np.ndarray, mov: np.ndarray, max_shift_px: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return tie points of AROSICS' local mode after its own three filters."""
    window = 128 if min(mov.shape) >= 512 else 64
    job = COREG_LOCAL(
        georeferenced(ref),
        georeferenced(mov),
        grid_res=mov.shape[0] // 10,
        window_size=(window, window),
        max_shift=max_shift_px,
        nodata=(None, None),
        calc_corners=False,
        CPUs=1,
        progress=False,
        q=True,
    )
    table = job.CoRegPoints_table
    if "OUTLIER" not in table:
        return np.zeros((0, 2)), np.zeros((0, 2))
    table = table[table["OUTLIER"].eq(False)]
    # AROSICS counts from the corner of the first pixel.
    mov_xy = table[["X_IM", "Y_IM"]].to_numpy(float)
    return mov_xy, mov_xy + table[["X_SHIFT_PX", "Y_SHIFT_PX"]].to_numpy(float)


def global_points(
    ref: np.ndarray, mov: np.ndarray, max_shift_px: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre and its place from AROSICS' global mode: one shift."""
    window = 256 if min(mov.shape) >= 512 else 64
    job = COREG(
        georeferenced(ref),
        georeferenced(mov),
        ws=(window, window),
        max_shift=max_shift_px,
        calc_corners=False,
        CPUs=1,
        progress=False,
        q=True,
        ignore_errors=True,
    )
    job.calculate_spatial_shifts()
    if not job.success:
        return np.zeros((0, 2)), np.zeros((0, 2))
    centre = np.array([[mov.shape[1] / 2, mov.shape[0] / 2]])
    return centre, centre + np.array([[job.x_shift_px, job.y_shift_px]])


def answer(request: dict) -> dict:
    """Match one pair: local mode, else the global shift, else the reason."""
    with np.load(request["file"]) as arrays:
        ref, mov = arrays["ref"], arrays["mov"]
    reasons = []
    for mode, least in ((local_points, 4), (global_points, 1)):
        try:
            mov_xy, ref_xy = mode(ref, mov, request["max_shift_px"])
        # AROSICS reports failure by many classes, AssertionError among them.
        except Exception as error:  # noqa: BLE001
            reasons.append(f"{type(error).__name__}: {error}")
            continue
        if len(mov_xy) >= least:
            points = {"mov_xy": mov_xy.tolist(), "ref_xy": ref_xy.tolist()}
            return {**points, "reason": ""}
        reasons.append(f"{mode.__name__}: {len(mov_xy)}")
    return {"mov_xy": [], "ref_xy": [], "reason": "; ".join(reasons)}


def main() -> None:
    """Answer every line of standard input until it ends."""
    # AROSICS prints; only answers may reach the pipe.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    if not hasattr(gdal, "config_options"):
        gdal.config_options = config_options
    for line in sys.stdin:
        start = time.process_time()
        result = answer(json.loads(line))
        result["cpu_seconds"] = time.process_time() - start
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        result["peak_mib"] = peak_kib / 1024
        answers.write(json.dumps(result) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
