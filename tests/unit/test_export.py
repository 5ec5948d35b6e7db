"""Tie points in files: read back with pyogrio, csv and QGIS's rules."""

import csv
import math
from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import shapely
from affine import Affine
from pyproj import Transformer
from rasterio.crs import CRS
from soma.core.base.grid import apply_affine, matrix
from soma.core.base.types import Matches
from soma.core.products.tie_points import (
    FIELDS,
    LAST_LEVEL,
    PointFrames,
    layer_xy,
    spread,
    tie_point_table,
    write_csv,
    write_gpkg,
    write_points,
)

UTM = CRS.from_epsg(32643)
WORKING = Affine(10, 0, 700000, 0, -10, 3150000)
SOURCE = Affine(5, 0, 699000, 0, -5, 3151000)


def through(transform):
    return lambda xy: apply_affine(matrix(transform), xy)


def georeferenced(crs=UTM):
    return PointFrames(
        mov_to_map=through(WORKING),
        ref_to_map=through(WORKING),
        mov_to_source=through(~SOURCE * WORKING),
        source_transform=SOURCE,
        crs=crs,
        gsd_m=10.0,
    )


def bare():
    def flip(xy):
        return layer_xy(Affine.identity(), xy)

    return PointFrames(
        mov_to_map=flip,
        ref_to_map=flip,
        mov_to_source=lambda xy: xy,
        source_transform=Affine.identity(),
        crs=None,
        gsd_m=float("nan"),
    )


@pytest.fixture
def matches():
    rng = np.random.default_rng(5)
    mov = rng.uniform(0, 500, (40, 2))
    confidence = rng.uniform(0, 1, 40).astype(np.float32)
    return Matches(mov, mov + np.array([3.0, -2.0]), confidence)


def table_of(matches, frames):
    inlier = np.arange(len(matches)) % 4 != 0
    expected = matches.ref_xy - (3.0, -2.0) + (0.3, -0.4)
    return tie_point_table(
        matches, inlier, np.full(len(matches), 0.5), expected, frames
    )


def test_gpkg_layers_carry_fields_crs_and_map_coordinates(tmp_path, matches):
    path = tmp_path / "matches.gpkg"
    write_gpkg(table_of(matches, georeferenced()), path)
    assert sorted(pyogrio.list_layers(path)[:, 0]) == ["displacements", "matches"]
    for layer, kind in (("matches", "Point"), ("displacements", "LineString")):
        meta, _, wkb, values = pyogrio.raw.read(path, layer=layer)
        assert tuple(meta["fields"]) == FIELDS
        assert CRS.from_user_input(meta["crs"]) == UTM
        assert meta["geometry_type"] == kind
        assert len(wkb) == 40
        columns = dict(zip(meta["fields"], values, strict=True))
        np.testing.assert_allclose(columns["mov_x"], 700000 + 10 * matches.mov_xy[:, 0])
        np.testing.assert_allclose(
            columns["ref_y"], 3150000 - 10 * matches.ref_xy[:, 1]
        )
        # 36.06 m on the map are 36.06 m on the ground to 0.04 %, as UTM has it.
        moved = np.hypot(columns["east_m"], columns["north_m"])
        np.testing.assert_allclose(moved, np.hypot(30, 20), rtol=6e-4)
        # The zone's grid is turned by less than a degree from true north there.
        np.testing.assert_allclose(columns["east_m"], 30.0, atol=0.7)
        np.testing.assert_allclose(columns["north_m"], 20.0, atol=0.7)
        np.testing.assert_allclose(columns["residual_m"], 5.0)
        np.testing.assert_allclose(columns["residual_px"], 0.5)
        np.testing.assert_allclose(columns["confidence"], matches.confidence)
        assert columns["inlier"].dtype == bool
        assert columns["inlier"].sum() == 30
        assert columns["id"].tolist() == list(range(1, 41))


def test_gpkg_geometry_is_reference_point_and_line_from_old_to_new(tmp_path, matches):
    path = tmp_path / "matches.gpkg"
    write_gpkg(table_of(matches, georeferenced()), path)
    points = shapely.from_wkb(pyogrio.raw.read(path, layer="matches")[2])
    lines = shapely.from_wkb(pyogrio.raw.read(path, layer="displacements")[2])
    want = through(WORKING)(matches.ref_xy)
    np.testing.assert_allclose(shapely.get_coordinates(points), want)
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    np.testing.assert_allclose(ends[:, 0], through(WORKING)(matches.mov_xy))
    np.testing.assert_allclose(ends[:, 1], want)


def test_gpkg_of_bare_images_has_no_crs_and_no_metres(tmp_path, matches):
    path = tmp_path / "matches.gpkg"
    write_gpkg(table_of(matches, bare()), path)
    meta, _, wkb, values = pyogrio.raw.read(path, layer="matches")
    assert "Undefined Cartesian" in meta["crs"]
    columns = dict(zip(meta["fields"], values, strict=True))
    for name in ("residual_m", "east_m", "north_m"):
        assert np.isnan(columns[name]).all()
    np.testing.assert_allclose(columns["ref_y"], -matches.ref_xy[:, 1])
    assert len(wkb) == 40


@pytest.mark.parametrize("code", [4326, 3395, 2229])
def test_displacements_are_metres_on_the_ground_in_any_crs(code, matches):
    """Degrees, Mercator (a fifth too long there) and feet, in Los Angeles."""
    crs, lon, lat = CRS.from_epsg(code), -118.25, 34.05
    east, north = 40.0, -30.0
    # A degree on the ellipsoid of WGS 84 at this latitude, by its radii of curvature.
    e2, a, phi = 0.00669437999014, 6378137.0, np.radians(lat)
    w = np.sqrt(1 - e2 * np.sin(phi) ** 2)
    new = np.array(
        [
            lon + np.degrees(east / (a / w * np.cos(phi))),
            lat + np.degrees(north / (a * (1 - e2) / w**3)),
        ]
    )
    to_map = Transformer.from_crs(4326, crs.to_wkt(), always_xy=True).transform
    table = replace(
        table_of(matches, georeferenced(crs)),
        mov_map=np.tile(to_map(lon, lat), (len(matches), 1)),
        ref_map=np.tile(to_map(*new), (len(matches), 1)),
    )
    values = table.columns
    np.testing.assert_allclose(values["east_m"], east, atol=1e-3)
    np.testing.assert_allclose(values["north_m"], north, atol=1e-3)


def test_points_of_every_level_are_evenly_apart():
    grid = np.stack(np.meshgrid(np.arange(96), np.arange(64)), axis=-1).reshape(-1, 2)
    xy = 8.0 * grid + np.random.default_rng(3).uniform(-2, 2, grid.shape)
    first = np.random.default_rng(4).uniform(size=len(xy)) > 0.2
    levels = spread(xy, first)
    side = np.ptp(xy, axis=0).max()
    assert (levels == 0).sum() == 1 and levels.max() <= LAST_LEVEL
    for level in range(3, 6):
        shown = xy[levels <= level]
        cell = side / 2**level
        # One for each cell that has any: a third of the square is empty here.
        assert len(shown) == 2**level * math.ceil(2**level * 2 / 3)
        apart = np.hypot(*(shown[:, None] - shown[None]).transpose(2, 0, 1))
        np.fill_diagonal(apart, np.inf)
        assert np.median(apart.min(axis=1)) > 0.6 * cell
        # No place is left out: every match has a shown one in or beside its cell.
        far = np.abs(xy[:, None] - shown[None]).max(axis=2).min(axis=1)
        assert far.max() <= cell
    # An outlier stands for a cell only where it is alone.
    assert first[levels <= 3].all()


def test_gpkg_is_replaced_and_may_be_empty(tmp_path, matches):
    path = tmp_path / "matches.gpkg"
    write_gpkg(table_of(matches, georeferenced()), path)
    write_gpkg(table_of(Matches.empty(), georeferenced()), path)
    assert pyogrio.read_info(path, layer="matches")["features"] == 0
    assert pyogrio.read_info(path, layer="displacements")["features"] == 0


def test_csv_holds_what_the_geopackage_holds(tmp_path, matches):
    table = table_of(matches, georeferenced())
    write_gpkg(table, tmp_path / "m.gpkg")
    write_csv(table, tmp_path / "m.csv")
    with open(tmp_path / "m.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    meta, _, _, values = pyogrio.raw.read(tmp_path / "m.gpkg", layer="matches")
    assert tuple(rows[0]) == FIELDS
    for name, column in zip(meta["fields"], values, strict=True):
        got = np.array([float(row[name]) for row in rows])
        np.testing.assert_allclose(got, column.astype(float), rtol=1e-12, atol=1e-7)


def test_csv_leaves_unknown_metres_empty(tmp_path, matches):
    write_csv(table_of(matches, bare()), tmp_path / "m.csv")
    with open(tmp_path / "m.csv", newline="", encoding="utf-8") as file:
        assert {row["residual_m"] for row in csv.DictReader(file)} == {""}


def load_points(path):
    """Read a .points file by the rules of QGIS's loader."""
    lines = path.read_text(encoding="utf-8").splitlines()
    crs = None
    if lines[0].startswith("#CRS:"):
        crs = CRS.from_wkt(lines.pop(0)[5:].strip())
    assert lines.pop(0) == "mapX,mapY,sourceX,sourceY,enable,dX,dY,residual"
    rows = np.array([[float(v) for v in line.split(",")] for line in lines])
    return crs, rows


def test_points_of_a_georeferenced_source_use_its_own_map_coordinates(
    tmp_path, matches
):
    write_points(table_of(matches, georeferenced()), tmp_path / "m.points")
    crs, rows = load_points(tmp_path / "m.points")
    assert crs == UTM
    np.testing.assert_allclose(rows[:, :2], through(WORKING)(matches.ref_xy))
    np.testing.assert_allclose(rows[:, 2:4], through(WORKING)(matches.mov_xy))
    assert rows[:, 4].tolist() == (np.arange(40) % 4 != 0).tolist()


def test_points_residual_is_in_pixels_of_the_source(tmp_path, matches):
    write_points(table_of(matches, georeferenced()), tmp_path / "m.points")
    _, rows = load_points(tmp_path / "m.points")
    # The source has 5 m pixels, the working grid 10 m ones.
    np.testing.assert_allclose(rows[:, 5:7], [[0.6, -0.8]] * 40, atol=1e-6)
    np.testing.assert_allclose(rows[:, 7], 1.0, atol=1e-6)


def test_points_of_a_bare_source_are_column_and_minus_row(tmp_path, matches):
    write_points(table_of(matches, bare()), tmp_path / "m.points")
    crs, rows = load_points(tmp_path / "m.points")
    assert crs is None
    np.testing.assert_allclose(rows[:, 2], matches.mov_xy[:, 0])
    np.testing.assert_allclose(rows[:, 3], -matches.mov_xy[:, 1])


def test_points_in_a_geographic_crs_keep_centimetres(tmp_path, matches):
    wgs84 = CRS.from_epsg(4326)
    to_degrees = Transformer.from_crs(32643, 4326, always_xy=True).transform

    def to_map(xy):
        return np.stack(to_degrees(*through(WORKING)(xy).T), axis=1)

    frames = PointFrames(to_map, to_map, lambda xy: xy, WORKING, wgs84, 10.0)
    write_points(table_of(matches, frames), tmp_path / "m.points")
    crs, rows = load_points(tmp_path / "m.points")
    back = Transformer.from_crs(4326, 32643, always_xy=True).transform(*rows[:, :2].T)
    assert crs == wgs84
    want = through(WORKING)(matches.ref_xy)
    np.testing.assert_allclose(np.stack(back, axis=1), want, atol=0.01)


def test_points_header_line_of_the_crs_is_one_line(tmp_path, matches):
    write_points(table_of(matches, georeferenced()), tmp_path / "m.points")
    lines = (tmp_path / "m.points").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 42
