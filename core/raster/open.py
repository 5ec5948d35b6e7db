"""Open a raster of any kind: find its frame, its bands and what is missing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.rpc import RPC

from ..base.errors import BadInput
from ..base.files import is_virtual
from ..base.gdal_errors import GDAL_ERRORS, cause_of
from ..base.grid import BARE, Grid, is_placed, is_sound
from ..base.types import DRAWN_DOMAIN, holds
from .control_points import as_drawn, from_gcps
from .georeference import Placement, check_frame, plain, unwound
from .hints import files_meant, nothing_in, placed_name
from .rational import from_rpcs
from .reader import Reader
from .source import Source
from .validity import palette_of

#: Block cache of GDAL in bytes; its own default is a share of all memory.
CACHE_BYTES = 128 << 20


@contextmanager
def open_source(path: str, nodata: float | None = None) -> Iterator[Source]:
    """Open a raster of any kind for windowed reading.

    Args:
        path: a file, or any name GDAL opens (``/vsizip/`` too).
        nodata: value to treat as missing, None for what the file says.

    Memory: one read window plus 128 MiB of GDAL's block cache. Raises
    ``BadInput`` when the file is missing, no raster, or cannot be placed, or when
    no pixel of it could have the value ``nodata``.
    """
    reader = Reader(path, nodata)
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES):
        try:
            yield _described(path, reader, nodata)
        finally:
            reader.close()


def _described(path: str, reader: Reader, nodata: float | None) -> Source:
    """Return what a raster is; whatever GDAL cannot make of it is ``BadInput``."""
    try:
        return _source_of(path, reader, nodata)
    except GDAL_ERRORS as error:
        name = Path(path).name or path
        raise BadInput.of("not_a_raster", name=name, why=cause_of(error)) from error


def _source_of(path: str, reader: Reader, nodata: float | None) -> Source:
    if not path or "\0" in path:
        raise BadInput.of("no_raster_name", path=path)
    name = Path(path).name or path
    dataset = _opened(path, name, reader)
    alpha = [c == ColorInterp.alpha for c in dataset.colorinterp]
    bands = tuple(b for b in dataset.indexes if not alpha[b - 1])
    if not bands:
        raise BadInput.of("no_band_with_data", name=name)
    if nodata is not None and not any(holds(t, nodata) for t in dataset.dtypes):
        raise BadInput.of(
            "nodata_value", value=nodata, dtype=dataset.dtypes[0], name=name
        )
    placement, reason = _placement(dataset, name)
    other = placed_name(path) if placement.grid.crs is None else ""
    if other:
        raise BadInput.of("placed_as_netcdf", name=name, other=other)
    dtype = dataset.dtypes[0]
    return Source(
        path=path,
        name=name,
        width=dataset.width,
        height=dataset.height,
        bands=bands,
        dtype=dtype,
        nodata=dataset.nodatavals[bands[0] - 1] if nodata is None else nodata,
        is_complex=dtype.startswith("complex"),
        has_georeference=placement.grid.crs is not None,
        placement=replace(placement, layer=_unplaced(dataset.transform)),
        needs_normalising=reason,
        descriptions=tuple(text or "" for text in dataset.descriptions),
        overviews=tuple(dataset.overviews(bands[0])),
        grey_levels=_grey_levels(dataset, bands[0]),
        reader=reader,
    )


def _opened(path: str, name: str, reader: Reader) -> Any:
    try:
        dataset = reader.dataset
    except (*GDAL_ERRORS, OSError) as error:
        if not is_virtual(path) and not _exists(path):
            raise BadInput.of("not_found", name=name, path=path) from error
        files = files_meant(path)
        if files:
            raise BadInput.of("pixels_elsewhere", name=name, files=files) from error
        if code := nothing_in(path):
            raise BadInput.of(code, name=name) from error
        if Path(path).is_dir():
            raise BadInput.of("is_folder", path=path) from error
        raise BadInput.of("not_a_raster", name=name, why=cause_of(error)) from error
    if dataset.count == 0:
        parts = list(dataset.subdatasets[:3])
        if parts:
            raise BadInput.of("no_bands_but_parts", name=name, parts=parts)
        raise BadInput.of("no_bands", name=name)
    return dataset


def _exists(path: str) -> bool:
    """Return whether a file is there; names too long and links in a circle are not."""
    try:
        return Path(path).exists()
    except (OSError, RuntimeError):
        return False


def _placement(dataset: Any, name: str) -> tuple[Placement, str]:
    """Return the placement and why a plain reader would get it wrong."""
    transform, size = dataset.transform, (dataset.width, dataset.height)
    if is_placed(dataset.crs) and transform != Affine.identity():
        grid = Grid(dataset.crs, transform, *size)
        check_frame(name, grid)
        return plain(unwound(grid)), _unusual(transform)
    gcps, gcp_crs = dataset.gcps
    if gcps and is_placed(gcp_crs) and dataset.tags(ns=DRAWN_DOMAIN):
        return as_drawn(gcps, gcp_crs, *size), "control points"
    if gcps and is_placed(gcp_crs):
        return from_gcps(name, gcps, gcp_crs, *size), "control points"
    rpcs = _rpcs(dataset, name)
    if rpcs is not None:
        return from_rpcs(name, rpcs, *size), "rational polynomials"
    # A CRS of the Earth without a geotransform says nothing of the pixels.
    site = None if is_placed(dataset.crs) else dataset.crs
    return plain(Grid(None, _unplaced(transform), *size, site=site)), ""


def _rpcs(dataset: Any, name: str) -> RPC | None:
    try:
        return dataset.rpcs
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        why = " ".join(str(error).split())[:80]
        raise BadInput.of("rpc_malformed", name=name, why=why) from error


def _unplaced(transform: Affine) -> Affine:
    """Return a raster's own geotransform, ``BARE`` where that says nothing."""
    usable = is_sound(transform) and transform != Affine.identity()
    return transform if usable else BARE


def _unusual(transform: Affine) -> str:
    if transform.b or transform.d:
        return "rotated"
    if transform.e > 0:
        return "south-up"
    return "mirrored" if transform.a < 0 else ""


def _grey_levels(dataset: Any, band: int) -> np.ndarray | None:
    entries = palette_of(dataset, band)
    if entries is None:
        return None
    levels = np.zeros((max(entries, default=0) + 1, 2))
    for index, (red, green, blue, opacity) in entries.items():
        levels[index] = 0.299 * red + 0.587 * green + 0.114 * blue, opacity
    return levels.astype(np.float32)
