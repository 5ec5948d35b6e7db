"""Control points and rational polynomials that cannot be right are noticed."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from soma.core.base.errors import BadInput
from soma.core.raster.control_points import from_gcps
from soma.core.raster.gcp_outliers import agreeing
from soma.core.raster.open import open_source

LONLAT = CRS.from_epsg(4326)
#: Where pixels of a scene of 400 x 300 pixels of 10 m lie in UTM zone 32.
AT = (
    Affine.translation(520_000, 5_300_000)
    * Affine.rotation(-11)
    * Affine.scale(10, -10)
)
SIZE = (400, 300)
TO_LONLAT = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)


def truth(column, row, bend_m=20.0):
    """Return the longitude and latitude of a pixel, bent as by a swath."""
    x, y = AT * (column, row)
    return TO_LONLAT.transform(x + bend_m * (column / 400) ** 2, y)


def grid_of_points(steps):
    found = []
    for row in np.linspace(0, SIZE[1], steps):
        for column in np.linspace(0, SIZE[0], steps):
            lon, lat = truth(column, row)
            found.append(GroundControlPoint(float(row), float(column), lon, lat))
    return found


def moved(point, east_m=0.0, to=None):
    x, y = to or (point.x + east_m / 74_000, point.y)
    return GroundControlPoint(point.row, point.col, x, y)


def error_px(placement):
    """Return how far off the scene's middle pixels are placed."""
    raw = np.array([[50.0, 40.0], [200.0, 150.0], [333.0, 250.0]])
    change = Transformer.from_crs("EPSG:4326", placement.grid.crs, always_xy=True)
    x, y = change.transform(*np.array([truth(*xy) for xy in raw]).T)
    frame = np.stack(~placement.grid.transform * np.stack([x, y]), axis=1)
    return np.abs(placement.frame_to_raw(frame) - raw).max()


@pytest.mark.parametrize("steps", [3, 4, 7, 11])
@pytest.mark.parametrize(
    "wrong",
    [
        {"to": (0.0, 0.0)},
        {"to": (48.0, 9.3)},
        {"east_m": 3000.0},
        {"east_m": -900.0},
    ],
)
def test_a_point_that_is_wrong_among_good_ones_is_left_out(steps, wrong):
    points = grid_of_points(steps)
    index = len(points) // 2 + 1
    points[index] = moved(points[index], **wrong)
    placed = from_gcps("scene.tif", points, LONLAT, *SIZE)
    # Nine points carry no bend: the trend of the others misses it.
    assert error_px(placed) < (0.25 if steps > 3 else 1.5)
    said = str(placed.warning)
    assert f"1 of {len(points)}" in said and "scene.tif" in said
    assert f"column {points[index].col:.0f}, row {points[index].row:.0f}" in said


@pytest.mark.parametrize("steps", [3, 4])
@pytest.mark.parametrize("index", [0, 1, 4, 8])
def test_a_point_a_little_off_among_few_is_left_out(steps, index):
    """A hundred metres are 2 % of the scene, which terrain may bend as much."""
    points = grid_of_points(steps)
    points[index] = moved(points[index], east_m=110.0)
    placed = from_gcps("scene.tif", points, LONLAT, *SIZE)
    assert f"1 of {len(points)}" in str(placed.warning)
    assert error_px(placed) < 1.5


@pytest.mark.parametrize("middle", [False, True])
@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_points_too_few_to_tell_which_is_wrong_say_so(index, middle):
    points = grid_of_points(2)
    if middle:
        points.append(GroundControlPoint(150.0, 200.0, *truth(200, 150)))
    points[index] = moved(points[index], east_m=200.0)
    placed = from_gcps("scene.tif", points, LONLAT, *SIZE)
    said = str(placed.warning)
    assert f"{len(points)} ground control points" in said and "which is wrong" in said
    # Nothing bends, so that an affine makes it right again.
    frame = np.stack(np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 5)))
    frame = frame.reshape(2, -1).T * (placed.grid.width, placed.grid.height)
    terms = np.column_stack([frame, np.ones(len(frame))])
    raw = placed.frame_to_raw(frame)
    assert np.abs(terms @ np.linalg.lstsq(terms, raw, rcond=None)[0] - raw).max() < 1e-6


@pytest.mark.parametrize("middle", [False, True])
def test_few_points_far_off_are_refused(middle):
    points = grid_of_points(2)
    if middle:
        points.append(GroundControlPoint(150.0, 200.0, *truth(200, 150)))
    points[1] = moved(points[1], east_m=3000.0)
    with pytest.raises(BadInput, match="contradict each other"):
        from_gcps("scene.tif", points, LONLAT, *SIZE)


@pytest.mark.parametrize("steps", [2, 3, 7, 11])
def test_good_points_are_all_kept(steps):
    placed = from_gcps("scene.tif", grid_of_points(steps), LONLAT, *SIZE)
    assert placed.warning is None
    assert error_px(placed) < (0.05 if steps > 3 else 1.5)


@pytest.mark.parametrize("turns", [[1], [-1], [-2], [-3], [7], [-1, 0, 1]])
@pytest.mark.parametrize("crs", [LONLAT, CRS.from_epsg(4258)])
def test_points_may_count_longitudes_by_any_turn(turns, crs):
    points = grid_of_points(4)
    for i, point in enumerate(points):
        point.x += 360.0 * turns[i % len(turns)]
    placed = from_gcps("scene.tif", points, crs, *SIZE)
    assert placed.warning is None
    assert error_px(placed) < 0.05


def test_a_swath_that_bends_keeps_its_points():
    """As of Sentinel-1: 250 km, longitudes bent by hundreds of metres, terrain."""
    rng = np.random.default_rng(4)
    u, v = (
        g.ravel() for g in np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 10))
    )
    raw = np.stack([25_000 * u, 17_000 * v], axis=1)
    east = 250_000 * u + 900 * u**2 - 400 * u**3 + 150 * u * v
    north = -170_000 * v + 700 * v**2 + rng.normal(0, 30, len(u))
    kept, _ = agreeing(raw, np.stack([east, north], axis=1))
    assert kept.all()


def test_many_points_that_disagree_are_told():
    points = grid_of_points(7)
    for i in range(0, len(points), 2):
        points[i] = moved(points[i], east_m=2000.0 * (1 + i % 5))
    with pytest.raises(BadInput, match="control points of scene"):
        from_gcps("scene.tif", points, LONLAT, *SIZE)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: moved(p, to=(9.0, 48.0)), "on one line"),
        (lambda p: moved(p, to=(p.x, 48.0)), "on one line"),
        (lambda p: moved(p, to=(float("nan"), 48.0)), "point 1 of scene"),
        (lambda p: moved(p, to=(520_000.0, 5_300_000.0)), "point 1 of scene"),
        (lambda p: moved(p, to=(p.x + 360_000.0, p.y)), "point 1 of scene"),
        (lambda p: GroundControlPoint(7.0, p.col, p.x, p.y), "on one line"),
    ],
)
def test_points_that_cannot_place_anything_are_told(change, says):
    with pytest.raises(BadInput, match=says):
        from_gcps("scene.tif", [change(p) for p in grid_of_points(4)], LONLAT, *SIZE)


RPC = {
    "LINE_OFF": "150", "SAMP_OFF": "200", "LAT_OFF": "48", "LONG_OFF": "9",
    "HEIGHT_OFF": "100", "LINE_SCALE": "150", "SAMP_SCALE": "200",
    "LAT_SCALE": "0.02", "LONG_SCALE": "0.03", "HEIGHT_SCALE": "500",
    "LINE_NUM_COEFF": "0 0 -1" + " 0" * 17, "LINE_DEN_COEFF": "1" + " 0" * 19,
    "SAMP_NUM_COEFF": "0 1 0" + " 0" * 17, "SAMP_DEN_COEFF": "1" + " 0" * 19,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"LINE_OFF": None},
        {"LINE_NUM_COEFF": None},
        {"LAT_OFF": "north"},
        {"LAT_OFF": "48,5"},
        {"LAT_OFF": "700"},
        {"LONG_SCALE": "0"},
        {"LONG_SCALE": "nan"},
        {"LINE_NUM_COEFF": "0 1 2"},
        {"SAMP_DEN_COEFF": "0" + " 0" * 19},
        {"SAMP_NUM_COEFF": "0" + " 0" * 19},
        {"LINE_NUM_COEFF": "0 0 -1e-9" + " 0" * 17},
        {"SAMP_NUM_COEFF": "one" + " 0" * 19},
    ],
)
def test_damaged_rational_polynomials_are_told(tmp_path, change):
    path = str(tmp_path / "scene.tif")
    values = {k: v for k, v in {**RPC, **change}.items() if v is not None}
    with rasterio.open(path, "w", "GTiff", *SIZE, 1, dtype="uint8") as file:
        file.write(np.ones((1, 300, 400), np.uint8))
    items = "".join(f'<MDI key="{k}">{v}</MDI>' for k, v in values.items())
    (tmp_path / "scene.tif.aux.xml").write_text(
        f'<PAMDataset><Metadata domain="RPC">{items}</Metadata></PAMDataset>'
    )
    try:
        with open_source(path) as source:
            # Incomplete ones GDAL does not even show: then it is a bare image.
            assert source.grid.crs is None
    except BadInput as error:
        assert "scene.tif" in str(error)
