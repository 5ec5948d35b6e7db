"""Small rasters with known content, placement and quirks."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import settings

# The same examples every time: a change is judged by what it changes.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

UTM = "EPSG:32632"
ORIGIN = (500_000.0, 5_000_000.0)


def north_up(gsd=10.0, origin=ORIGIN):
    return Affine(gsd, 0, origin[0], 0, -gsd, origin[1])


def centres(transform, height, width):
    """Return map x and y of all pixel centres, (h, w) each."""
    col, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x = transform.a * col + transform.b * row + transform.c
    y = transform.d * col + transform.e * row + transform.f
    return x, y


@pytest.fixture
def make_raster(tmp_path):
    """Return a function that writes a raster and returns its path.

    ``data`` is an array (h, w) or (bands, h, w), or a function of the map
    coordinates of the pixel centres; noise without it.
    """

    def make(
        name="raster.tif",
        data=None,
        shape=(96, 128),
        crs=UTM,
        gsd=10.0,
        origin=ORIGIN,
        transform=None,
        dtype="float32",
        nodata=None,
        descriptions=(),
        colorinterp=None,
        colormap=None,
        mask=None,
        **profile,
    ):
        transform = transform or north_up(gsd, origin)
        if callable(data):
            data = data(*centres(transform, *shape))
        if data is None:
            data = np.random.default_rng(1).uniform(1, 200, shape)
        data = np.asarray(data).reshape(-1, *np.shape(data)[-2:])
        bare = profile.get("gcps") is not None or profile.get("rpcs") is not None
        if crs is not None and not bare:
            profile.update(transform=transform)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(
            path,
            "w",
            driver=profile.pop("driver", "GTiff"),
            width=data.shape[2],
            height=data.shape[1],
            count=data.shape[0],
            dtype=dtype,
            crs=crs,
            nodata=nodata,
            **profile,
        ) as target:
            if colormap is not None:
                target.write_colormap(1, colormap)
            target.write(data.astype(dtype))
            for band, text in enumerate(descriptions, 1):
                target.set_band_description(band, text)
            if colorinterp is not None:
                target.colorinterp = colorinterp
            if mask is not None:
                target.write_mask(mask)
        return str(path)

    return make


@pytest.fixture
def scenes():
    """Return the folder of real scenes, or skip."""
    folder = DATA / "scenes"
    if not folder.is_dir():
        pytest.skip(f"no real scenes in {folder}")
    return folder
