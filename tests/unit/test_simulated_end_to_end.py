"""Simulated pairs in every form that radar and pictures come in, matched."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from soma.core.base.grid import apply_affine
from soma.core.commandline import main
from soma.core.simulate import Truth

FORMATS = {
    "decibels": ("--sar-format", "db"),
    "linear": ("--sar-format", "linear"),
    "bytes": ("--sar-format", "uint8", "--optical-format", "uint16"),
    "degrees": ("--sar-crs", "EPSG:4326"),
    "finer": ("--sar-gsd", "5"),
}


def simulated(folder, *options, misalign="shift=7,-5;rotation=0.8;scale=1.004;warp=0"):
    words = ["--size", "256", "--seed", "3", "--misalign", misalign, "--quiet"]
    assert main.main(["simulate", "--out", str(folder), *words, *options]) == 0
    truth = Truth.from_json((folder / "truth.json").read_text())
    return folder / "sar.tif", folder / "optical.tif", truth


def matched_px(mov, ref, truth, out, *options):
    """Run ``soma match``; return the median error of the transform, pixels."""
    words = ["--ref", str(ref), "--mov", str(mov), "--out", str(out), "--quiet"]
    assert main.main(["match", *words, "--model", "gradient", *options]) == 0
    found = np.array(json.loads(Path(out).read_text())["mov_to_ref"])
    xy = np.random.default_rng(0).uniform(0.2, 0.8, (50, 2)) * [
        truth.mov.width, truth.mov.height,
    ]  # fmt: skip
    off = apply_affine(found, xy) - truth.mov_to_ref(xy)
    return float(np.median(np.hypot(*off.T)))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_kind_of_radar_values_is_matched(kind, tmp_path):
    pair = simulated(tmp_path / "ex", *FORMATS[kind])
    assert matched_px(*pair, tmp_path / "found.json") < 1.0


def test_complex_pixels_are_matched_by_amplitude(tmp_path):
    sar, optical, truth = simulated(tmp_path / "ex")
    with rasterio.open(sar) as src:
        profile, values = src.profile, src.read()
    phase = np.random.default_rng(0).uniform(0, 2 * np.pi, values.shape)
    slc = tmp_path / "slc.tif"
    profile.update(dtype="complex64", nodata=None)
    with rasterio.open(slc, "w", **profile) as file:
        file.write((values * np.exp(1j * phase)).astype("complex64"))
    assert matched_px(slc, optical, truth, tmp_path / "found.json") < 1.0


@pytest.mark.parametrize("both", [True, False])
def test_turned_pictures_without_georeference(both, tmp_path):
    sar, optical, truth = simulated(tmp_path / "ex")
    turned = tmp_path / "turned.png"
    with rasterio.open(sar) as src:
        values = np.rot90(src.read(1))
    stretched = np.clip(values / np.percentile(values, 99) * 255, 1, 255)
    shape = {"width": values.shape[1], "height": values.shape[0], "count": 1}
    with rasterio.open(turned, "w", driver="PNG", dtype="uint8", **shape) as file:
        file.write(stretched.astype("uint8"), 1)
    if both:
        with rasterio.open(optical) as src:
            shape = {"width": src.width, "height": src.height, "count": 3}
            optical = tmp_path / "optical.png"
            with rasterio.open(
                optical, "w", driver="PNG", dtype="uint8", **shape
            ) as file:
                file.write(src.read())
    out = tmp_path / "found.json"
    words = ["--ref", str(optical), "--mov", str(turned), "--out", str(out), "--quiet"]
    assert main.main(["match", *words, "--search", "any", "--model", "gradient"]) == 0
    found = np.array(json.loads(out.read_text())["mov_to_ref"])
    xy = np.random.default_rng(0).uniform(50, 200, (50, 2))
    seen = np.stack([xy[:, 1], values.shape[0] - xy[:, 0]], axis=1)
    off = apply_affine(found, seen) - truth.mov_to_ref(xy)
    assert np.median(np.hypot(*off.T)) < 1.5
