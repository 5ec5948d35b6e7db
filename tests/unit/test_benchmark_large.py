"""The large simulated pair is what its truth says."""

import numpy as np
import rasterio
from soma.benchmark.data import large
from soma.benchmark.data.sets import Scene
from soma.core.simulate import Truth


def smooth_scene(number):
    """A scene whose grey values tell where a pixel lies in it, the same in both."""
    y, x = np.mgrid[:1100, :1100] + 0.5
    grey = 120 + 50 * np.sin(x / 40 + number) + 50 * np.cos(y / 50 - number)
    grey = np.rint(grey).astype(np.uint8)
    return Scene(f"scene{number}", np.dstack([grey] * 3), grey)


def test_radar_pixels_show_the_ground_where_the_truth_says(tmp_path, monkeypatch):
    scenes = [lambda n=n: smooth_scene(n) for n in range(8)]
    monkeypatch.setitem(large.SIMULATED, "simulated", lambda: scenes)
    large.write_large(tmp_path, 1400)
    with rasterio.open(tmp_path / "sar.tif") as sar:
        radar = sar.read(1).astype(float)
    with rasterio.open(tmp_path / "optical.tif") as optical:
        photograph = optical.read(1).astype(float)
    truth = Truth.from_json((tmp_path / "truth.json").read_text())
    rng = np.random.default_rng(0)
    mov = rng.integers(60, 1340, (400, 2)) + 0.5
    ref = truth.mov_to_ref(mov)
    # Blocks end at 1024 px, where neighbours do not fit each other.
    inside = (np.abs(ref - 1024) > 2).all(axis=1)
    here = radar[mov[:, 1].astype(int), mov[:, 0].astype(int)]
    near = np.clip(np.floor(ref).astype(int), 0, 1399)
    there = photograph[near[:, 1], near[:, 0]]
    assert np.abs(here - there)[inside].max() < 3
    moved = np.linalg.norm(ref - mov, axis=1)
    assert moved.min() > 30 and np.ptp(moved) > 2
