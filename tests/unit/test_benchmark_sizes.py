"""The images that large searches are timed on are what their names say."""

import numpy as np
import rasterio
from soma.benchmark.speed import sizes


def test_unrelated_images_are_of_different_ground(tmp_path):
    sizes.write_unrelated(tmp_path, 700)
    with (
        rasterio.open(tmp_path / "sar.tif") as sar,
        rasterio.open(tmp_path / "optical.tif") as optical,
    ):
        assert sar.shape == optical.shape == (700, 700)
        assert sar.crs is None
        both = np.corrcoef(sar.read(1).ravel(), optical.read(1).ravel())
    assert abs(both[0, 1]) < 0.2


def test_sparse_images_show_one_ground_displaced_as_told(tmp_path, monkeypatch):
    monkeypatch.setattr(sizes, "GROUND_PX", 600)
    sizes.write_sparse(tmp_path, 5000)
    ground = []
    for name in ("sar", "optical"):
        with rasterio.open(tmp_path / f"{name}.tif") as raster:
            assert raster.shape == (5000, 5000)
            data = raster.read(1)
            assert (data > 0).sum() == 600**2
            rows, cols = np.nonzero(data)
            ground.append(
                data[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
            )
            ground.append(np.array(raster.transform * (0, 0)))
    assert np.corrcoef(ground[0].ravel(), ground[2].ravel())[0, 1] > 0.6
    shift = (ground[1] - ground[3]) / sizes.GSD_M * (1, -1)
    assert tuple(shift) == sizes.SHIFT_PX
