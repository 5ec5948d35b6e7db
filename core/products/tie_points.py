"""Tie points to files: GeoPackage, CSV and the ``.points`` of QGIS's Georeferencer."""

from __future__ import annotations

import csv
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Callable

import numpy as np
import pyogrio
import shapely
from affine import Affine
from pyogrio.errors import DataSourceError
from pyproj import Geod
from rasterio.crs import CRS

from ..base.errors import BadInput
from ..base.grid import apply_affine, is_placed, lonlat_crs, matrix, reproject
from ..base.types import Matches

PointMap = Callable[[np.ndarray], np.ndarray]

#: Columns of the GeoPackage layers and of the CSV, in order: number; where the feature
#: was and where it belongs, map units of the reference; how far that is to the east
#: and to the north; what is left after registration, on the ground and in working
#: pixels; the share of such matches that is right; whether the transform agrees; and
#: how closely the map has to be looked at for it, see ``spread``.
FIELDS = (
    "id",
    "mov_x",
    "mov_y",
    "ref_x",
    "ref_y",
    "east_m",
    "north_m",
    "residual_m",
    "residual_px",
    "confidence",
    "inlier",
    "level",
)

#: Level of the points that no coarser one has room for.
LAST_LEVEL = 14

#: The newest version that GDAL 3.6 (QGIS 3.22 on Debian 12) reads without warning.
_GPKG_FILE = {"VERSION": "1.3"}
#: The format's own "undefined Cartesian": QGIS draws it without transforming.
_WITHOUT_CRS = {"SRID": "-1"}
_POINTS_HEADER = "mapX,mapY,sourceX,sourceY,enable,dX,dY,residual"


@dataclass(frozen=True)
class PointFrames:
    """Where pixels of the working grid lie in the files of the user.

    Args:
        mov_to_map: (n, 2) working pixels of the moving image to map coordinates
            of the reference, by the georeference as it was before; without one,
            as if its pixels were the reference's.
        ref_to_map: (n, 2) working pixels of the reference to its map coordinates.
        mov_to_source: (n, 2) working pixels of the moving image to pixels of the
            moving file.
        source_transform: geotransform of the moving file, ``BARE`` for none.
        crs: CRS of the reference, None where it has none.
        gsd_m: metres per working pixel, NaN where unknown.
    """

    mov_to_map: PointMap
    ref_to_map: PointMap
    mov_to_source: PointMap
    source_transform: Affine
    crs: CRS | None
    gsd_m: float


@dataclass(frozen=True)
class TiePointTable:
    """Tie points as they are written, one row per match.

    Args:
        mov_map: (n, 2) where the feature was, map units of the reference.
        ref_map: (n, 2) where it belongs, map units of the reference.
        source: (n, 2) layer coordinates of the moving file, see ``layer_xy``.
        source_error_px: (n, 2) place the transform expects minus place found, in
            pixels of the moving file, y down.
        residual_px: (n,) distance left after registration, working pixels.
        residual_m: (n,) the same in metres, NaN where unknown.
        confidence: (n,) in [0, 1].
        inlier: (n,) bool.
        crs: CRS of the map coordinates, None for bare images.
    """

    mov_map: np.ndarray
    ref_map: np.ndarray
    source: np.ndarray
    source_error_px: np.ndarray
    residual_px: np.ndarray
    residual_m: np.ndarray
    confidence: np.ndarray
    inlier: np.ndarray
    crs: CRS | None

    def __len__(self) -> int:
        return len(self.inlier)

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """Return the columns named by ``FIELDS``, each (n,)."""
        values = (
            np.arange(1, len(self) + 1, dtype=np.int32),
            *self.mov_map.T,
            *self.ref_map.T,
            *shift_m(self).T,
            self.residual_m,
            self.residual_px,
            self.confidence,
            self.inlier,
            spread(self.ref_map, self.inlier),
        )
        return dict(zip(FIELDS, values, strict=True))


def layer_xy(transform: Affine, xy: np.ndarray) -> np.ndarray:
    """Map (n, 2) file pixels to the coordinates in which QGIS shows the layer.

    QGIS shows a raster without geotransform with y pointing up, so that its
    pixel (col, row) lies at (col, -row).
    """
    if transform == Affine.identity():
        return xy * (1.0, -1.0)
    return apply_affine(matrix(transform), xy)


def tie_point_table(
    matches: Matches,
    inlier: np.ndarray,
    residual_px: np.ndarray,
    expected_mov_xy: np.ndarray,
    frames: PointFrames,
) -> TiePointTable:
    """Bring matches from the working grid into the coordinates of the files.

    Args:
        matches: n tie points in working pixels.
        inlier: (n,) bool.
        residual_px: (n,) working pixels.
        expected_mov_xy: (n, 2) working pixels of the moving image at which the
            transform expects ``matches.ref_xy``.
        frames: the way from working pixels to the files.
    """
    found = frames.mov_to_source(matches.mov_xy)
    expected = frames.mov_to_source(expected_mov_xy)
    residual = np.asarray(residual_px, np.float64)
    return TiePointTable(
        mov_map=frames.mov_to_map(matches.mov_xy),
        ref_map=frames.ref_to_map(matches.ref_xy),
        source=layer_xy(frames.source_transform, found),
        source_error_px=expected - found,
        residual_px=residual,
        residual_m=residual * frames.gsd_m,
        confidence=np.asarray(matches.confidence, np.float64),
        inlier=np.asarray(inlier, bool),
        crs=frames.crs,
    )


def shift_m(table: TiePointTable) -> np.ndarray:
    """Return (n, 2) metres to the east and to the north; NaN for bare images.

    True distances on the ground, whatever the map's units and projection.
    """
    if not is_placed(table.crs) or not len(table):
        return np.full((len(table), 2), np.nan)
    old, new = (
        reproject(table.crs, lonlat_crs(), xy) for xy in (table.mov_map, table.ref_map)
    )
    azimuth, _, length = Geod(ellps="WGS84").inv(*old.T, *new.T)
    turn = np.radians(azimuth)
    return np.stack([length * np.sin(turn), length * np.cos(turn)], axis=1)


def spread(xy: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return (n,) levels: points up to any level lie about evenly apart.

    The square around all points is halved again and again. Each cell of level k, with
    a side of 1 / 2^k of the square's, has one point of at most this level: that of a
    coarser level, else the one nearest to its middle.

    Args:
        xy: (n, 2) positions.
        first: (n,) bool, which ones come before others of their cell.
    """
    levels = np.full(len(xy), LAST_LEVEL, np.int32)
    if not len(xy):
        return levels
    side = max(float(np.ptp(xy, axis=0).max()), 1e-12)
    place = (xy - xy.min(axis=0)) / side
    for level in range(LAST_LEVEL):
        cell = np.minimum((place * 2**level).astype(np.int64), 2**level - 1)
        off = np.abs(place * 2**level - cell - 0.5).max(axis=1)
        order = np.lexsort((off, ~first, levels == LAST_LEVEL))
        number = cell[:, 0] * 2**level + cell[:, 1]
        _, begin = np.unique(number[order], return_index=True)
        chosen = order[begin]
        levels[chosen] = np.minimum(levels[chosen], level)
    return levels


def write_gpkg(table: TiePointTable, path: str | Path) -> None:
    """Write the layers ``matches`` (points) and ``displacements`` (lines).

    Points lie at the reference position; lines run from where a feature was to
    where it belongs. An existing file is replaced.
    """
    Path(path).unlink(missing_ok=True)
    points = shapely.points(table.ref_map)
    lines = shapely.linestrings(np.stack([table.mov_map, table.ref_map], axis=1))
    layers = (("matches", "Point", points), ("displacements", "LineString", lines))
    values = [np.ascontiguousarray(column) for column in table.columns.values()]
    # Filters of warnings are shared by threads: those of placed images are left alone.
    with nullcontext() if table.crs else warnings.catch_warnings():
        if not table.crs:
            # Bare images have no CRS, and that is as it should be.
            warnings.filterwarnings("ignore", "'crs' was not provided")
        for name, kind, shapes in layers:
            try:
                pyogrio.raw.write(
                    path,
                    geometry=shapely.to_wkb(np.atleast_1d(shapes)),
                    field_data=values,
                    fields=np.array(FIELDS, dtype=object),
                    layer=name,
                    driver="GPKG",
                    geometry_type=kind,
                    crs=table.crs.to_wkt() if table.crs else None,
                    dataset_options=_GPKG_FILE,
                    layer_options=None if table.crs else _WITHOUT_CRS,
                )
            except DataSourceError as error:
                raise BadInput.of(
                    "not_written", path=Path(path).name, why=error
                ) from error


def write_csv(table: TiePointTable, path: str | Path) -> None:
    """Write the columns of the GeoPackage as comma-separated text, UTF-8.

    Unknown values (metres of bare images) are empty; ``inlier`` is 1 or 0.
    """
    texts = [_texts(name, column) for name, column in table.columns.items()]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        writer.writerows(zip(*texts, strict=True))


def write_points(table: TiePointTable, path: str | Path) -> None:
    """Write tie points for QGIS's Georeferencer, opened with the moving file.

    Outliers are there but switched off. Like QGIS's own, residuals are in pixels
    of the moving file.
    """
    error = table.source_error_px
    rows = zip(
        *(_texts("x", column) for column in (*table.ref_map.T, *table.source.T)),
        _texts("inlier", table.inlier),
        *(_texts("x", column) for column in (*error.T, np.hypot(*error.T))),
        strict=True,
    )
    with open(path, "w", encoding="utf-8") as file:
        if table.crs:
            file.write(f"#CRS: {table.crs.to_wkt()}\n")
        file.write(_POINTS_HEADER + "\n")
        file.writelines(",".join(row) + "\n" for row in rows)


def _texts(name: str, column: np.ndarray) -> list[str]:
    """Format a column: whole numbers, or 13 digits (0.1 um in any UTM zone)."""
    # Python's own numbers are formatted in a third of the time of NumPy's.
    if name in ("id", "inlier", "level"):
        return [str(value) for value in column.astype(int).tolist()]
    # What is no number is not equal to itself.
    return [f"{v:.13g}" if v == v else "" for v in column.tolist()]
