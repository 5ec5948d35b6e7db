"""Rasters to be warped: where they lie, how they are written, and GDAL's own warp."""

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import Resampling as GdalResampling
from rasterio.warp import reproject
from scipy.ndimage import gaussian_filter

CRS32 = CRS.from_epsg(32632)
PLACE = Affine(10, 0, 500000, 0, -10, 4000000)
TILT = Affine.translation(20.3, -15.7) * Affine.rotation(7.0) * Affine.scale(1.02)


def as_map(transform):
    def mapping(xy):
        return np.stack(transform * xy.T, axis=1)

    return mapping


def texture(shape, dtype, seed=0):
    """Speckle without zeros, over a good part of the type's range."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.gamma(2.0, 1.0, shape), 0.8)
    info = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else None
    if info is None:
        return noise.astype(dtype)
    scaled = noise * min(info.max, 60000) / 8 + 1
    return np.clip(scaled, 1, info.max).astype(dtype)


def write(path, data, crs=CRS32, transform=PLACE, **options):
    data = data if data.ndim == 3 else data[None]
    count, height, width = data.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=count,
        dtype=data.dtype,
        crs=crs,
        transform=transform,
        **options,
    ) as out:
        out.write(data)
    return path


def read(path):
    with rasterio.open(path) as src:
        return src.read(), src.read_masks(), src.profile


def gdal(data, grid, kernel, transform=PLACE, crs=CRS32, nodata=0):
    out = np.full((grid.height, grid.width), nodata, data.dtype)
    reproject(
        data,
        out,
        src_transform=transform,
        src_crs=crs,
        dst_transform=grid.transform,
        dst_crs=grid.crs,
        src_nodata=nodata,
        dst_nodata=nodata,
        resampling=GdalResampling[kernel],
        tolerance=0,
    )
    return out
