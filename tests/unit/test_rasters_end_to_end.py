"""Any raster a user has, registered from end to end; pixels say where they belong.

The moving raster's bands hold the true easting and northing of every pixel while
its georeference is wrong by a known amount. Wherever a registered pixel lies, its
value must be the place it lies at: no other program is needed to judge it.
"""

import json
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from fakes import FakeMatcher
from pyproj import Transformer
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.transform import RPCTransformer
from scipy import ndimage
from soma.core.base.grid import Grid, apply_affine, between
from soma.core.base.job import Job
from soma.core.commandline import main
from soma.core.pipeline.register import register
from soma.core.raster.pair import open_pair
from true_places import (
    EAST,
    GCP_OFFSET,
    NORTH,
    OFF_M,
    SHAPE,
    UTM,
    centres,
    in_crs,
    linear_rpc,
    misplaced_m,
    north_up,
    places,
)


@pytest.fixture
def moving(make_raster):
    """Return a function that writes a raster of places; ``step`` is metres a unit."""

    def make(name="mov.tif", transform=None, shape=SHAPE, crs=UTM, step=1.0, **options):
        transform = transform or north_up()
        x, y = centres(transform, *shape)
        data = places(x, y, crs) / step
        if np.dtype(options.get("dtype", "float32")).kind in "iu":
            data = np.round(data)
        edit = options.pop("edit", lambda a: a)
        return make_raster(
            name, edit(data), shape=shape, crs=crs, transform=transform, **options
        )

    return make


@pytest.fixture
def reference(make_raster):
    """Return a function that writes a reference; its pixels do not matter."""

    def make(name="ref.tif", **options):
        return make_raster(name, **{"shape": SHAPE, "dtype": "uint8", **options})

    return make


def run(mov, ref, out, **options):
    """Register with a matcher that knows the truth; return the registered file."""
    roles = {"sar": mov, "optical": ref}
    if options.get("moving") == "optical":
        roles = {"sar": ref, "optical": mov}
    job = Job(out=str(out), **roles, **options)
    with open_pair(job) as pair:
        working = pair.grid
    metres = Grid(rasterio.crs.CRS.from_string(UTM), Affine.identity(), 1, 1)

    def truth(xy):
        return between(metres, working, between(working, metres, xy) + OFF_M)

    matcher = FakeMatcher(truth, noise_px=0.03, outliers=0.1, spacing_px=6)
    result = register(job, matcher)
    assert result.status == "ok", result.reason
    return Path(out) / "registered.tif"


@pytest.mark.parametrize(
    ("dtype", "step"),
    [("uint8", 8), ("int16", 1), ("uint16", 1), ("float32", 1), ("float64", 1)],
)
def test_every_type_lands_where_it_belongs(dtype, step, moving, reference, tmp_path):
    mov = moving(dtype=dtype, step=step)
    done = run(mov, reference(), tmp_path / "out")
    off = misplaced_m(done, step)
    assert np.median(off) < 1.0 + 0.4 * step
    assert off.max() < 2.0 + 0.8 * step
    with rasterio.open(done) as src:
        assert src.dtypes == (dtype, dtype)


TURNED = Affine.translation(EAST, NORTH) * Affine.rotation(-20) * Affine.scale(10, -10)
SOUTH_UP = Affine(10, 0, EAST, 0, 10, NORTH - 10 * SHAPE[0])
LAYOUTS = {
    "degrees": {"crs": "EPSG:4326", "transform": in_crs("EPSG:4326")},
    "web mercator": {"crs": "EPSG:3857", "transform": in_crs("EPSG:3857")},
    "other zone": {"crs": "EPSG:32631", "transform": in_crs("EPSG:32631")},
    "rotated": {"transform": TURNED},
    "south-up": {"transform": SOUTH_UP},
    "shifted": {"transform": north_up(10, (EAST + 400, NORTH - 350))},
    "20 times finer": {"transform": north_up(0.5), "shape": (1500, 1600)},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_lands_where_it_belongs(layout, moving, reference, tmp_path):
    done = run(moving(**LAYOUTS[layout]), reference(), tmp_path / "out")
    assert misplaced_m(done).max() < 3.0


REFERENCES = {
    "degrees": {"crs": "EPSG:4326", "transform": in_crs("EPSG:4326")},
    "other zone": {"crs": "EPSG:32631", "transform": in_crs("EPSG:32631")},
    "rotated": {"transform": TURNED},
    "south-up": {"transform": SOUTH_UP},
    "20 times finer": {"transform": north_up(0.5), "shape": (2000, 2200)},
}


@pytest.mark.parametrize("layout", REFERENCES)
def test_every_reference_will_do(layout, moving, reference, tmp_path):
    ref = reference(**REFERENCES[layout])
    done = run(moving(), ref, tmp_path / "out", grid="own")
    assert misplaced_m(done).max() < 3.0


def test_a_twenty_times_coarser_moving_raster(moving, reference, tmp_path):
    mov = moving(transform=north_up(200), shape=(80, 80))
    ref = reference(transform=north_up(10), shape=(1600, 1600))
    done = run(mov, ref, tmp_path / "out", grid="own")
    assert misplaced_m(done).max() < 30.0


def _points(shape, columns=21, rows=10):
    """Return 210 points of a bent track, and the track: pixels to UTM."""
    height, width = shape

    def track(xy):
        u, v = xy[:, 0] / width, xy[:, 1] / height
        east = 10 * (xy[:, 0] + 3.0 * v + 1.5 * u * u - 2.0 * u * v + 0.8 * v**3)
        north = -10 * (xy[:, 1] - 4.0 * u + 1.2 * v * v + 0.6 * u**3)
        return np.stack([EAST + east, NORTH + north], axis=1)

    grid = np.meshgrid(np.linspace(0, width, columns), np.linspace(0, height, rows))
    raw = np.stack(grid, axis=-1).reshape(-1, 2)
    points = [
        GroundControlPoint(row=r, col=c, x=x, y=y, z=0)
        for (c, r), (x, y) in zip(raw, track(raw), strict=True)
    ]
    return points, track


def _raw_centres(shape):
    grid = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    return np.stack(grid, axis=-1).reshape(-1, 2)


@pytest.mark.parametrize("grid", ["reference", "own", "8"])
def test_control_points_land_right_with_one_resampling(
    grid, make_raster, reference, tmp_path
):
    points, track = _points(SHAPE)
    at = track(_raw_centres(SHAPE)).T.reshape(2, *SHAPE)
    mov = make_raster("grd.tif", places(*at), shape=SHAPE, crs=UTM, gcps=points)
    done = run(mov, reference(), tmp_path / "out", grid=grid)
    assert misplaced_m(done).max() < 3.0
    # Every pixel has a number of its own: nearest must hand on exactly the one that
    # lies there, which two steps of resampling cannot do.
    raw = _raw_centres(SHAPE).T.reshape(2, *SHAPE)
    mov = make_raster("id.tif", raw, shape=SHAPE, crs=UTM, gcps=points)
    done = run(mov, reference(), tmp_path / "ids", grid=grid, resampling="nearest")
    with rasterio.open(done) as src:
        seen = src.read()
        x, y = centres(src.transform, src.height, src.width)
    known = np.isfinite(seen).all(axis=0)
    home = track(seen.reshape(2, -1).T) + OFF_M
    off = np.abs(home - np.stack([x.ravel(), y.ravel()], axis=1))[known.ravel()]
    assert off.max() < 5.0 + 1.5
    assert known.sum() > 5000


def test_rational_polynomials_land_right(make_raster, reference, tmp_path):
    lon, lat = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform(
        EAST + 550, NORTH - 500
    )
    rpc = linear_rpc(SHAPE, (lon, lat), (0.007, 0.0045), skew=(0.01, 0.02))
    raw = _raw_centres(SHAPE)
    with RPCTransformer(rpc) as placed:
        at = placed.xy(raw[:, 1] - 0.5, raw[:, 0] - 0.5, offset="center")
    x, y = (np.reshape(v, SHAPE) for v in at)
    data = places(x, y, "EPSG:4326")
    mov = make_raster("rpc.tif", data, shape=SHAPE, crs=None, rpcs=rpc)
    done = run(mov, reference(), tmp_path / "out")
    assert misplaced_m(done).max() < 5.0


@pytest.mark.parametrize("value", [float("nan"), -9999.0, -3.4e38])
def test_nodata_stays_nodata(value, moving, reference, tmp_path):
    def hole(data):
        data[:, 40:60, 40:60] = value
        return data

    mov = moving(nodata=value, edit=hole)
    done = run(mov, reference(), tmp_path / "out")
    assert misplaced_m(done).max() < 3.0
    with rasterio.open(done) as src:
        np.testing.assert_equal(src.nodata, float(np.float32(value)))
        column, row = ~src.transform * (EAST + 500 + 43, NORTH - 500 - 31)
        assert src.read_masks(1)[int(row), int(column)] == 0


def test_unset_nodata_and_zero_borders(moving, reference, tmp_path):
    def frame(data):
        data[:, :20] = data[:, :, :20] = 0
        return data

    mov = moving(dtype="uint16", edit=frame)
    done = run(mov, reference(), tmp_path / "out")
    with rasterio.open(done) as src:
        values = src.read()
    off_ok = ndimage.binary_erosion((values > 0).all(axis=0), iterations=4)
    assert off_ok.mean() > 0.3
    with rasterio.open(done) as src:
        x, y = centres(src.transform, src.height, src.width)
    said = values - GCP_OFFSET
    assert np.abs(said - np.stack([x - EAST, NORTH - y]))[:, off_ok].max() < 3.0


def test_thirteen_bands_keep_their_names_and_scales(moving, reference, tmp_path):
    names = tuple(f"B{i:02d}" for i in range(1, 14))
    mov = moving(
        edit=lambda a: np.concatenate([a, np.repeat(a[:1], 11, axis=0)]),
        descriptions=names,
        dtype="uint16",
    )
    done = run(mov, reference(), tmp_path / "out", moving="optical")
    assert misplaced_m(done).max() < 3.0
    with rasterio.open(done) as src:
        assert src.descriptions == names


def test_alpha_says_what_is_there(moving, reference, tmp_path):
    def with_alpha(data):
        alpha = np.full(data.shape[1:], 65535.0)
        alpha[:, :25] = 0
        return np.concatenate([data, data[:1], alpha[None]])

    colours = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    mov = moving(edit=with_alpha, colorinterp=colours, dtype="uint16")
    done = run(mov, reference(), tmp_path / "out", moving="optical")
    assert misplaced_m(done).max() < 3.0
    with rasterio.open(done) as src:
        assert src.colorinterp[3] == ColorInterp.alpha
        assert (src.read(4)[:, 10] == 0).all()


def test_palettes_keep_their_indices(make_raster, reference, tmp_path):
    index = np.random.default_rng(0).integers(0, 7, SHAPE)
    palette = {i: (30 * i, 20 * i, 255 - 30 * i, 255) for i in range(7)}
    mov = make_raster("map.tif", index, dtype="uint8", colormap=palette)
    done = run(mov, reference(), tmp_path / "out", moving="optical")
    with rasterio.open(done) as src:
        assert src.colormap(1)[3] == palette[3]
        assert set(np.unique(src.read(1, masked=True).compressed())) <= set(range(7))


def test_names_with_spaces_and_other_letters(moving, reference, tmp_path):
    mov = moving(name="Prüfung 1 %41/моё SAR.tif")
    done = run(mov, reference(name="été/ref 2.tif"), tmp_path / "Ergebnis ä b")
    assert misplaced_m(done).max() < 3.0


def test_zipped_and_virtual_rasters(moving, reference, tmp_path):
    mov = Path(moving())
    archive = tmp_path / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(mov, "in/mov.tif")
    done = run(f"/vsizip/{archive}/in/mov.tif", reference(), tmp_path / "zip")
    assert misplaced_m(done).max() < 3.0
    rasterio.shutil.copy(mov, tmp_path / "copy.vrt", driver="VRT")
    done = run(str(tmp_path / "copy.vrt"), reference(), tmp_path / "vrt")
    assert misplaced_m(done).max() < 3.0


@pytest.mark.parametrize("grid", ["own", "reference", "25"])
def test_grids_are_as_asked(grid, moving, reference, tmp_path):
    ref = reference(transform=north_up(15, (EAST + 7, NORTH - 2)))
    done = run(moving(), ref, tmp_path / "out", grid=grid)
    assert misplaced_m(done).max() < 3.0
    with rasterio.open(done) as src:
        size = {"own": 10, "reference": 15, "25": 25}[grid]
        assert src.res == (size, size)
        if grid == "reference":
            corner = src.bounds.left, src.bounds.top
            x, y = ~north_up(15, (EAST + 7, NORTH - 2)) * corner
            np.testing.assert_allclose([x, y], np.round([x, y]), atol=1e-6)


@pytest.mark.parametrize(
    "kind", ["shift", "similarity", "affine", "poly2", "poly3", "tps", "flow"]
)
def test_every_kind_of_transform_can_be_asked_for(kind, moving, reference, tmp_path):
    out = tmp_path / "out"
    done = run(moving(), reference(), out, transform=kind)
    assert json.loads((out / "transform.json").read_text())["kind"] == kind
    off = misplaced_m(done)
    assert np.median(off) < 3.0
    assert np.quantile(off, 0.95) < 5.0


def test_masks_and_areas_in_other_systems(moving, reference, make_raster, tmp_path):
    bad = np.zeros(SHAPE)
    bad[:30] = 1
    raster = make_raster("mask.tif", bad, dtype="uint8")
    vector = tmp_path / "mask.geojson"
    x, y = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform(
        [EAST, EAST + 300, EAST + 300, EAST], [NORTH, NORTH, NORTH - 900, NORTH - 900]
    )
    ring = [list(p) for p in zip([*x, x[0]], [*y, y[0]], strict=True)]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    features = {"type": "FeatureCollection", "features": [feature]}
    vector.write_text(json.dumps(features))
    left, bottom, right, top = x[1] - 0.002, y[2], x[1] + 0.007, y[0] - 0.001
    done = run(
        moving(),
        reference(),
        tmp_path / "out",
        sar_mask=raster,
        optical_mask=str(vector),
        aoi=(left, bottom, right, top),
        aoi_crs="EPSG:4326",
    )
    assert misplaced_m(done).max() < 3.0


def test_a_picture_without_georeference_gets_that_of_the_reference(
    make_raster, reference, tmp_path
):
    turn = np.array([[0, -1.1, 105.0], [1.05, 0, -4.0], [0, 0, 1.0]])
    x, y = north_up() * apply_affine(turn, _raw_centres(SHAPE)).T
    data = np.stack([x - EAST, NORTH - y]).reshape(2, *SHAPE) + GCP_OFFSET
    mov = make_raster("scan.tif", data, crs=None)
    out = tmp_path / "out"
    matcher = FakeMatcher(lambda xy: apply_affine(turn, xy), noise_px=0.03)
    result = register(Job(sar=mov, optical=reference(), out=str(out)), matcher)
    assert result.status == "ok", result.reason
    with rasterio.open(out / "registered.tif") as src:
        assert src.crs == UTM
    assert misplaced_m(out / "registered.tif").max() < 3.0
    words = ["apply", str(out / "transform.json"), mov, "--out", str(tmp_path)]
    assert main.main([*words, "--quiet"]) == 0
    assert misplaced_m(tmp_path / "scan_registered.tif").max() < 3.0
    assert (out / "matches.points").read_text().startswith("#CRS: ")
    table = np.genfromtxt(out / "matches.csv", delimiter=",", names=True)
    # Before, its pixels are taken for the reference's: no arrow leaves the scene.
    moved = np.hypot(table["east_m"], table["north_m"])
    assert moved.max() < 10.0 * 2 * max(SHAPE)
    for layer in ("matches", "displacements"):
        info = pyogrio.read_info(out / "matches.gpkg", layer=layer)
        assert info["crs"] == UTM
