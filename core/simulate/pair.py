"""A georeferenced pair of files with a known misalignment, and the exact truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
import rasterio
from affine import Affine
from pyproj import Geod
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform, transform_bounds

from ..base.errors import BadInput
from ..base.feedback import SILENT, Feedback, Steps, check
from ..base.files import output_folder, write_errors
from ..base.grid import Grid, is_placed
from .noise import stream
from .optical import render_optical
from .radar import Look, render_mean_power
from .scene import (
    MAX_SIZE,
    REFLECTOR_POWER,
    check_size,
    default_look,
    edge_margin,
    place_reflectors,
    to_uint8,
)
from .speckle import form_image
from .truth import Misalign, Truth, make_truth
from .world import make_world

SarFormat = Literal["uint16", "uint8", "db", "linear"]
OpticalFormat = Literal["uint8", "uint16"]

_ROWS = 256
_MAX_SAR = 16384
_NAMES = {"optical": "optical.tif", "sar": "sar.tif", "truth": "truth.json"}


def simulate_pair(
    out_dir: str | Path,
    size: int = 1024,
    seed: int = 0,
    gsd: float = 10.0,
    misalign: str | Misalign = "shift=12,-8;rotation=1.2;scale=1.01;warp=3",
    sar_gsd: float | None = None,
    sar_crs: str | None = None,
    sar_format: SarFormat = "uint16",
    optical_format: OpticalFormat = "uint8",
    look: Look | None = None,
    reflectors: int = 5,
    haze: float | None = None,
    feedback: Feedback = SILENT,
) -> dict[str, str]:
    """Write optical.tif, sar.tif and truth.json; same arguments, same files.

    The optical raster is right; the georeference of the SAR raster is wrong by
    ``misalign``. The truth holds for flat ground: buildings and trees lay over
    towards the radar in the SAR image as they do in reality, and so does relief
    when ``look.terrain_corrected`` is False.

    Args:
        out_dir: folder, made when missing; files of an earlier run are replaced,
            all at once and only when everything is done.
        size: side of the optical raster in pixels, 64 to 8192.
        seed: which scene, 0 to 2147483647.
        gsd: pixel size of the optical raster in metres, 0.5 to 40.
        misalign: what is wrong, see ``Misalign``; "" for nothing.
        sar_gsd: pixel size of the SAR raster in metres, None for ``gsd``.
        sar_crs: CRS of the SAR raster, None for that of the optical one (UTM).
        sar_format: "uint16" or "uint8" amplitude (nodata 0), "db" or "linear"
            float32 intensity (nodata NaN).
        optical_format: "uint8" (0-255) or "uint16" (0-10000).
        look: radar geometry and quality, None for ``default_look``.
        reflectors: number of corner reflectors.
        haze: 0 for clear air to 1 for murky, None to draw it.
        feedback: progress and cancel.

    Returns:
        Paths by role: "optical", "sar", "truth".

    Memory is about 250 bytes per pixel of the optical raster and 60 per pixel of
    the SAR raster. Raises BadInput and Cancelled, and leaves nothing behind then.
    """
    check_size(size, gsd, seed)
    _check_choice("sar_format", sar_format, get_args(SarFormat))
    _check_choice("optical_format", optical_format, get_args(OpticalFormat))
    if haze is not None and not 0 <= haze <= 1:
        raise BadInput.of("haze_range", value=haze)
    if isinstance(misalign, str):
        misalign = Misalign.parse(misalign)
    look = look or default_look(gsd, seed)
    ref = optical_grid(size, gsd, seed)
    mov = sar_grid(ref, gsd if sar_gsd is None else sar_gsd, sar_crs)
    truth = make_truth(ref, mov, misalign, seed)

    pad = edge_margin(gsd) + overhang(truth)
    if size + 2 * pad > MAX_SIZE:
        raise BadInput.of("scene_too_large", size=size + 2 * pad, most=MAX_SIZE)
    with output_folder(out_dir, tuple(_NAMES.values())) as folder:
        steps = Steps(feedback, [6, 2, 2, 4, 1])
        side = size + 2 * pad
        world = make_world((side, side), gsd, seed, steps.next("Making the landscape"))
        steps.next("Taking the photograph")
        inner = slice(pad, pad + size)
        optical = render_optical(world, seed, haze)[inner, inner]
        steps.next("Looking from the side")
        mean = render_mean_power(world, look, seed)
        spots = place_reflectors(world, pad, size, reflectors, seed)
        truth = replace(truth, reflectors_xy=spots)
        part = steps.next("Forming the radar image")
        sar = form_on_grid(mean, truth, look, pad, seed, part)
        steps.next("Writing the files")
        with write_errors(Path(out_dir)):
            _write(folder, optical, sar, truth, sar_format, optical_format)
    return {role: str(Path(out_dir) / name) for role, name in _NAMES.items()}


def optical_grid(size: int, gsd: float, seed: int) -> Grid:
    """Return the north-up UTM grid of a seed's optical raster."""
    rng = stream(seed, "place")
    zone = int(rng.integers(29, 37))
    left = 10.0 * round(float(rng.uniform(35e4, 60e4)) / 10.0)
    top = 10.0 * round(float(rng.uniform(40e5, 56e5)) / 10.0)
    crs = CRS.from_epsg(32600 + zone)
    return Grid(crs, Affine(gsd, 0, left, 0, -gsd, top), size, size)


def sar_grid(ref: Grid, sar_gsd: float, sar_crs: str | None) -> Grid:
    """Return a north-up grid over the bounds of ``ref`` with another pixel size.

    Args:
        ref: grid of the optical raster.
        sar_gsd: pixel size in metres on the ground.
        sar_crs: any CRS that rasterio reads, None for that of ``ref``.

    Raises BadInput for an unknown CRS and an unreasonable pixel size.
    """
    if not 0.05 <= sar_gsd / ref.gsd <= 20:
        raise BadInput.of("sar_gsd_range", gsd=ref.gsd, value=sar_gsd)
    try:
        crs = CRS.from_user_input(sar_crs) if sar_crs else ref.crs
    except (CRSError, ValueError) as error:
        raise BadInput.of("sar_crs", value=(sar_crs or "")[:60]) from error
    if not is_placed(crs):
        raise BadInput.of("sar_crs", value=(sar_crs or "")[:60])
    left, bottom, right, top = ref.bounds
    if crs != ref.crs:
        middle = [(left + right) / 2], [(bottom + top) / 2]
        (x,), (y,) = transform(ref.crs, crs, *middle)
        left, bottom, right, top = transform_bounds(ref.crs, crs, *ref.bounds)
        step_x, step_y = _metres_per_unit(crs, x, y)
    else:
        step_x = step_y = 1.0
    dx, dy = sar_gsd / step_x, sar_gsd / step_y
    width, height = round((right - left) / dx), round((top - bottom) / dy)
    if max(width, height) > _MAX_SAR:
        raise BadInput.of(
            "sar_too_large", value=sar_gsd, width=width, height=height, most=_MAX_SAR
        )
    # half a pixel off, so that the two grids never coincide by chance
    where = Affine(dx, 0, left + 0.37 * dx, 0, -dy, top - 0.21 * dy)
    return Grid(crs, where, max(width, 1), max(height, 1))


def _metres_per_unit(crs: CRS, x: float, y: float) -> tuple[float, float]:
    """Return the ground length of one CRS unit to the east and to the north."""
    step = 1e-3 if crs.is_geographic else 100.0
    xs, ys = [x, x + step, x], [y, y, y + step]
    lon, lat = transform(crs, CRS.from_epsg(4326), xs, ys)
    geod = Geod(ellps="WGS84")
    _, _, east = geod.inv(lon[0], lat[0], lon[1], lat[1])
    _, _, north = geod.inv(lon[0], lat[0], lon[2], lat[2])
    return east / step, north / step


def overhang(truth: Truth) -> int:
    """Return by how many pixels the SAR image looks beyond the optical one."""
    w, h = truth.mov.width, truth.mov.height
    t = np.linspace(0, 1, 65)
    o = np.zeros_like(t)
    edges = np.concatenate(
        [np.column_stack(p) for p in ((t, o), (t, o + 1), (o, t), (o + 1, t))]
    )
    seen = truth.mov_to_ref(edges * [w, h])
    beyond = max(-seen.min(), (seen - [truth.ref.width, truth.ref.height]).max(), 0)
    # in coarse steps, so that like misalignments show the same landscape
    step = max(truth.ref.width // 16, 8)
    return int(np.ceil((beyond + 4) / step)) * step


def form_on_grid(
    mean: np.ndarray,
    truth: Truth,
    look: Look,
    pad: int,
    seed: int,
    feedback: Feedback = SILENT,
) -> np.ndarray:
    """Sample the mean power once on the SAR grid and draw speckle there."""
    mov = truth.mov
    middle = truth.ref_to_mov(np.array([[truth.ref.width, truth.ref.height]]) / 2)
    home = truth.mov_to_ref(np.add(middle, [[0, 0], [1, 0], [0, 1]]))
    jacobian = np.column_stack([home[1] - home[0], home[2] - home[0]])
    ratio = float(np.sqrt(abs(np.linalg.det(jacobian))))
    if ratio > 1.2:
        mean = cv2.GaussianBlur(mean, (0, 0), 0.4 * np.sqrt(ratio**2 - 1))
    power = np.empty((mov.height, mov.width), np.float32)
    for top in range(0, mov.height, _ROWS):
        check(feedback)
        rows = min(_ROWS, mov.height - top)
        at = (truth.dense(top, rows) + pad - 0.5).astype(np.float32)
        power[top : top + rows] = cv2.remap(
            mean, at[..., 0], at[..., 1], cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )  # fmt: skip
    angle = np.radians(look.look_azimuth_deg)
    away = np.linalg.solve(jacobian, [np.sin(angle), -np.cos(angle)])
    axis_deg = float(np.degrees(np.arctan2(away[0], -away[1])))
    spots = truth.ref_to_mov(truth.reflectors_xy)
    targets = np.column_stack([spots, np.full(len(spots), REFLECTOR_POWER)])
    rng = stream(seed, "speckle")
    return form_image(
        power, look.looks, look.resolution_px, axis_deg, targets, rng, feedback
    )


def _write(
    folder: Path,
    optical: np.ndarray,
    sar: np.ndarray,
    truth: Truth,
    sar_format: SarFormat,
    optical_format: OpticalFormat,
) -> None:
    if optical_format == "uint8":
        bands = to_uint8(optical)
    else:
        bands = np.round(optical * 10000).astype(np.uint16)
    bands = np.moveaxis(bands, 2, 0)
    names = ("red", "green", "blue")
    write_raster(folder / _NAMES["optical"], truth.ref, bands, None, names)
    values, nodata, name = encode_sar(sar, sar_format)
    write_raster(folder / _NAMES["sar"], truth.mov, values[None], nodata, (name,))
    (folder / _NAMES["truth"]).write_text(truth.to_json(), encoding="utf-8")


def encode_sar(intensity: np.ndarray, kind: SarFormat) -> tuple[np.ndarray, float, str]:
    """Return intensity as products store it: values, nodata and band name."""
    if kind == "linear":
        return intensity, float("nan"), "SAR intensity (linear)"
    if kind == "db":
        decibel = 10 * np.log10(np.maximum(intensity, 1e-6))
        return decibel.astype(np.float32), float("nan"), "SAR intensity (dB)"
    amplitude = np.sqrt(intensity)
    if kind == "uint16":
        digital = np.clip(np.round(amplitude * 400), 1, 65535).astype(np.uint16)
    else:
        top = float(np.quantile(amplitude[::5, ::5], 0.985))
        digital = np.clip(np.round(amplitude / top * 255), 1, 255).astype(np.uint8)
    return digital, 0.0, "SAR amplitude"


def write_raster(
    path: Path,
    grid: Grid,
    bands: np.ndarray,
    nodata: float | None,
    names: tuple[str, ...],
) -> None:
    """Write (bands, height, width) values with the names of their bands."""
    profile = {
        "driver": "GTiff",
        "dtype": bands.dtype,
        "count": len(bands),
        "width": grid.width,
        "height": grid.height,
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": nodata,
        "tiled": True,
        "compress": "deflate",
        "photometric": "RGB" if len(bands) == 3 else "MINISBLACK",
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(bands)
        target.descriptions = names


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BadInput.of("one_of", name=name, choices=list(choices), value=value)
