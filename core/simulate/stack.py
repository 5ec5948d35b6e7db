"""Images of one track in time beside one optical image, each with its exact truth."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ..base.errors import BadInput
from ..base.feedback import SILENT
from ..base.files import output_folder
from .noise import smooth, stream
from .optical import render_optical
from .pair import (
    encode_sar,
    form_on_grid,
    optical_grid,
    overhang,
    sar_grid,
    write_raster,
)
from .radar import render_mean_power
from .scene import check_size, default_look, edge_margin, place_reflectors, to_uint8
from .truth import Misalign, Truth, make_truth
from .world import make_world

#: First date of a stack and days between two: Sentinel-1 comes back after twelve.
_FIRST, _DAYS = date(2024, 1, 6), 12
#: Size of all pixels of a stack, metres: Sentinel-1's.
_GSD_M = 10.0
#: Most dates of a stack.
MOST_DATES = 500
_TRUTH = "truth.json"


@dataclass(frozen=True)
class Dates:
    """How the images of a stack differ.

    Args:
        count: of the images.
        shift_px: standard deviation of each image's own shift along an axis.
        rotation_deg: the same of its rotation.
        warp_px: largest displacement of a smooth warp that all have in common, as
            relief makes it in images of one track.
        change_db: standard deviation of what weather and crops change from one date
            to another, over patches of ``patch_px``.
        patch_px: size of these patches.
    """

    count: int = 20
    shift_px: float = 4.0
    rotation_deg: float = 0.1
    warp_px: float = 0.0
    change_db: float = 1.5
    patch_px: float = 24.0


def simulate_stack(
    out_dir: str | Path,
    dates: Dates = Dates(),
    size: int = 512,
    seed: int = 0,
) -> list[str]:
    """Write optical.tif, a SAR image for each date, and truth.json with all truths.

    The landscape and the radar's look are the same at all dates; speckle, the wrong
    georeference and what weather changes are of each date alone.

    Args:
        out_dir: folder, made when missing.
        dates: how the images differ.
        size: side of the optical raster in pixels.
        seed: which scene.

    Returns:
        The names of the SAR images in order of time. Raises BadInput, and leaves
        nothing behind then.
    """
    check_size(size, _GSD_M, seed)
    if not 1 <= dates.count <= MOST_DATES:
        raise BadInput.of("stack_dates", value=dates.count, most=MOST_DATES)
    look = default_look(_GSD_M, seed)
    ref = optical_grid(size, _GSD_M, seed)
    mov = sar_grid(ref, _GSD_M, None)
    truths = [make_truth(ref, mov, m, seed) for m in _misaligns(dates, seed)]
    pad = edge_margin(_GSD_M) + max(map(overhang, truths))
    names = [
        f"sar_{_FIRST + timedelta(_DAYS * i):%Y%m%d}.tif" for i in range(dates.count)
    ]
    with output_folder(out_dir, ("optical.tif", _TRUTH, *names)) as folder:
        side = size + 2 * pad
        world = make_world((side, side), _GSD_M, seed, SILENT)
        inner = slice(pad, pad + size)
        optical = to_uint8(render_optical(world, seed, None)[inner, inner])
        bands = np.moveaxis(optical, 2, 0)
        write_raster(folder / "optical.tif", ref, bands, None, ("red", "green", "blue"))
        mean = render_mean_power(world, look, seed)
        spots = place_reflectors(world, pad, size, 5, seed)
        for i, (name, truth) in enumerate(zip(names, truths, strict=True)):
            own = seed + 1_000_003 * (i + 1)
            changed = mean * _change(mean.shape, dates, own)
            truth = replace(truth, reflectors_xy=spots)
            sar = form_on_grid(changed, truth, look, pad, own, SILENT)
            values, nodata, band = encode_sar(sar, "uint16")
            write_raster(folder / name, mov, values[None], nodata, (band,))
        text = json.dumps({n: t.to_dict() for n, t in zip(names, truths, strict=True)})
        (folder / _TRUTH).write_text(text, encoding="utf-8")
    return [str(Path(out_dir) / name) for name in names]


def read_truths(folder: str | Path) -> dict[str, Truth]:
    """Return the truth of each image of a simulated stack by its file's name."""
    text = (Path(folder) / _TRUTH).read_text(encoding="utf-8")
    return {n: Truth.from_json(json.dumps(v)) for n, v in json.loads(text).items()}


def _misaligns(dates: Dates, seed: int) -> list[Misalign]:
    rng = stream(seed, "dates")
    shifts = rng.normal(0.0, dates.shift_px, (dates.count, 2))
    turns = rng.normal(0.0, dates.rotation_deg, dates.count)
    return [
        Misalign((float(x), float(y)), float(turn), 1.0, dates.warp_px)
        for (x, y), turn in zip(shifts, turns, strict=True)
    ]


def _change(shape: tuple[int, int], dates: Dates, seed: int) -> np.ndarray:
    """Return by which factor the power of each pixel differs at a date."""
    field = smooth(shape, dates.patch_px, stream(seed, "weather"))
    return (10.0 ** (dates.change_db / 10.0 * field)).astype(np.float32)
