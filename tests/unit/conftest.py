"""Small rasters with known content, placement and quirks."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import settings
from soma.core.archive import process
from true_places import EAST, NORTH, UTM, centres, north_up

# The same examples every time: a change is judged by what it changes.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


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
        origin=(EAST, NORTH),
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


@pytest.fixture(scope="module")
def forked():
    """Runs of archives in this process fork theirs off one that has loaded all.

    To load it anew takes longer than a small pair. Runs that are started as a user
    starts them do so still; what a test sets in this process is not set there.
    """
    multiprocessing.set_forkserver_preload(["soma.core.api", process.__name__])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "_START", "forkserver")
        yield
