import base64
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from soma.core.base.errors import BadInput, Refused
from soma.core.base.feedback import SILENT
from soma.core.base.job import Job
from soma.core.engine import pair_cache, requests
from soma.core.engine.click_window import place_window
from soma.core.engine.map_frame import map_frame
from soma.core.engine.pair_cache import OpenPairs
from soma.core.engine.requests import CLICK_CALLS
from soma.core.raster.pair import open_pair
from soma.core.simulate import simulate_pair
from soma.core.transform.transform_reader import read as read_registration

SIZE = 384


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Return a simulated pair with a known misalignment, as file names."""
    folder = tmp_path_factory.mktemp("pair")
    simulate_pair(str(folder), size=SIZE, seed=7)
    yield folder
    requests.release()


@pytest.fixture
def job(pair, tmp_path):
    return {
        "sar": str(pair / "sar.tif"),
        "optical": str(pair / "optical.tif"),
        "model": "gradient",
        "out": str(tmp_path / "out"),
    }


def placement(path):
    with rasterio.open(path) as source:
        return source.transform, source.crs.to_string()


def ask(call, **values):
    return CLICK_CALLS[call](values, SILENT)


def truth_of(pair):
    """Return the affine closest to the truth, (3, 3), moving to reference pixels."""
    ties = json.loads((pair / "truth.json").read_text())["tie_points"]
    mov, ref = np.array(ties["mov_xy"]), np.array(ties["ref_xy"])
    found = np.linalg.lstsq(np.column_stack([mov, np.ones(len(mov))]), ref, rcond=None)
    return np.vstack([found[0].T, [0, 0, 1]])


def off_truth(pair, answer):
    """Return how far an answer is from the truth, in pixels."""
    to_map, _ = placement(pair / "optical.tif")
    truth = truth_of(pair)
    x, y = ~to_map * answer["mov"]
    expected = truth @ (x, y, 1)
    return np.hypot(*(expected[:2] - np.array(~to_map * answer["ref"])))


def click_at(pair, job, px, **more):
    to_map, crs = placement(pair / "optical.tif")
    x, y = to_map * px
    return ask("click", **{"job": job, "x": x, "y": y, "crs": crs, **more})


def as_point(answer):
    return {name: answer[name] for name in ("mov", "ref", "confidence")}


def test_a_click_finds_the_known_displacement(pair, job):
    answer = click_at(pair, job, (190, 200))
    assert off_truth(pair, answer) < 2.5
    assert answer["confidence"] > 0.9
    assert answer["n_inliers"] > 50
    assert answer["model"] == "gradient"
    assert answer["residual_px"] < 2
    shift = np.array(answer["ref"]) - answer["mov"]
    assert shift == pytest.approx([answer["dx_m"], answer["dy_m"]], rel=2e-3)
    assert answer["dx_m"] == pytest.approx(10 * answer["dx_px"], rel=2e-3)
    assert answer["dy_m"] == pytest.approx(-10 * answer["dy_px"], rel=2e-3)


def test_the_checkerboard_shows_the_window(pair, job):
    answer = click_at(pair, job, (190, 200), window_px=128)
    data = np.frombuffer(base64.b64decode(answer["png"]), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture.shape == (128, 128, 3)
    # Cells of the coloured photograph and of the grey radar image take turns.
    colour = np.ptp(picture.astype(int), axis=2).reshape(128, 128)
    side = -(-128 // 6)
    assert colour[:side, :side].mean() > 3
    assert colour[:side, side : 2 * side].max() == 0
    assert np.ptp(np.array(answer["window"]), axis=0) == pytest.approx([1280, 1280])


def picture_of(answer):
    data = np.frombuffer(base64.b64decode(answer["png"]), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGR2RGB)


def test_the_checkerboard_looks_like_the_layers(pair, job):
    # The map shows the optical image with red and blue swapped, the radar image
    # from white to black between two values.
    looks = {
        "optical": {"bands": [3, 2, 1], "low": [10, 20, 30], "high": [200, 210, 220]},
        "sar": {"bands": [1], "low": [900.0], "high": [0.0]},
    }
    shown = picture_of(click_at(pair, job, (190, 200), window_px=128, looks=looks))
    side = -(-128 // 6)
    with rasterio.open(pair / "optical.tif") as source:
        window = rasterio.windows.Window(190 - 64, 200 - 64, side, side)
        true = source.read([3, 2, 1], window=window).astype(float)
    low, high = np.array([[10, 20, 30], [200, 210, 220]])[..., None, None]
    true = np.clip(255 * (true - low) / (high - low), 0, 255).transpose(1, 2, 0)
    assert np.abs(shown[:side, :side] - true).max() <= 1
    plain = picture_of(click_at(pair, job, (190, 200), window_px=128))
    radar = (slice(0, side), slice(side, 2 * side))
    assert np.ptp(shown[radar], axis=-1).max() == 0
    logs = [p[radar][..., 0].ravel().astype(float) for p in (plain, shown)]
    assert np.corrcoef(*logs)[0, 1] < -0.8


@pytest.mark.parametrize(
    "look",
    [
        {"bands": [9], "low": [0], "high": [1]},
        {"bands": [1], "low": [5], "high": [5]},
        {"bands": [1, 2], "low": [0, 0], "high": [1, 1]},
        {"low": [0], "high": [1]},
    ],
)
def test_a_look_that_a_layer_cannot_have_is_told(pair, job, look):
    with pytest.raises(BadInput, match=r"look|shown like"):
        click_at(pair, job, (190, 200), looks={"optical": look})


def test_clicks_in_windows_that_overlap_are_no_independent_evidence(pair, job):
    places = [(150, 150), (230, 150), (150, 230), (230, 230)]
    answers = [click_at(pair, job, at) for at in places]
    crs = placement(pair / "optical.tif")[1]
    points = [as_point(answer) for answer in answers]
    alone = ask("fit_points", job=job, crs=crs, points=points)
    # Set by hand, they are four measurements that agree very well.
    assert alone["independent"] == pytest.approx(4)
    assert alone["expected_px"] < 3
    points = [{**point, "window_px": 256} for point in points]
    fit = ask("fit_points", job=job, crs=crs, points=points)
    assert 1 < fit["independent"] < 2
    assert fit["kind"] == "similarity" and "share pixels" in fit["why"]
    assert fit["expected_px"] is None
    assert all(row["left_px"] is None for row in fit["points"])


def test_a_click_in_another_crs_means_the_same_place(pair, job):
    _, crs = placement(pair / "optical.tif")
    here = click_at(pair, job, (190, 200))
    lon, lat = rasterio.warp.transform(crs, "EPSG:4326", *[[v] for v in here["ref"]])
    there = ask("click", job=job, x=lon[0], y=lat[0], crs="EPSG:4326")
    x, y = rasterio.warp.transform("EPSG:4326", crs, *[[v] for v in there["mov"]])
    assert (x[0], y[0]) == pytest.approx(here["mov"], abs=0.05)
    assert there["dx_px"] == pytest.approx(here["dx_px"], abs=0.01)


def test_points_guide_where_to_look(pair, job):
    first = click_at(pair, job, (190, 200))
    second = click_at(pair, job, (120, 270), points=[as_point(first)])
    assert off_truth(pair, second) < 2.5
    # A wrong point must not lead astray for good.
    astray = dict(as_point(first), mov=[first["mov"][0] + 900, first["mov"][1]])
    again = click_at(pair, job, (120, 270), points=[astray])
    assert off_truth(pair, again) < 2.5


def test_a_window_of_its_own_stands_for_a_map_without_pixels(pair, job, tmp_path):
    whole = click_at(pair, job, (190, 200))
    with rasterio.open(pair / "optical.tif") as source:
        profile = source.profile
        window = rasterio.windows.Window(190 - 128, 200 - 128, 256, 256)
        pixels = source.read(window=window)
        place = source.window_transform(window)
    with rasterio.open(tmp_path / "blank.tif", "w", **profile) as target:
        target.write(np.ones((profile["count"], SIZE, SIZE), np.uint8))
    size = {"width": 256, "height": 256, "transform": place}
    with rasterio.open(tmp_path / "window.tif", "w", **{**profile, **size}) as target:
        target.write(pixels)
    blank = {**job, "optical": str(tmp_path / "blank.tif")}
    drawn = {**job, "optical": str(tmp_path / "window.tif")}
    with pytest.raises(Refused):
        click_at(pair, blank, (190, 200))
    answer = click_at(pair, blank, (190, 200), window_job=drawn)
    assert answer["mov"] == pytest.approx(whole["mov"], abs=5.0)
    assert answer["ref"] == pytest.approx(whole["ref"], abs=1e-6)
    fit = ask(
        "fit_points",
        job=blank,
        crs=placement(pair / "optical.tif")[1],
        points=[as_point(answer)],
    )
    assert fit["kind"] == "shift" and fit["gsd_m"] == pytest.approx(10, rel=1e-2)


def test_places_without_both_images_are_refused(pair, job):
    with pytest.raises(Refused, match="outside the area") as refused:
        click_at(pair, job, (-200, 50))
    assert refused.value.code == "no_overlap"
    with pytest.raises(BadInput, match="64 to 1024"):
        click_at(pair, job, (190, 200), window_px=8)
    with pytest.raises(BadInput, match="CRS 'nonsense'"):
        ask("click", job=job, x=0, y=0, crs="nonsense")


def test_a_prepared_pair_stays_open_until_it_is_released(pair, job, monkeypatch):
    opened = []
    ask("release_pairs")
    assert ask("prepare_pair", job=job)
    assert len(requests._PAIRS) == 1
    monkeypatch.setattr(pair_cache, "open_pair", lambda *a: opened.append(a))
    click_at(pair, job, (190, 200))
    assert not opened
    ask("release_pairs")
    assert len(requests._PAIRS) == 0


def test_flat_ground_is_refused(pair, job, tmp_path):
    with rasterio.open(pair / "sar.tif") as source:
        profile = source.profile
    flat = tmp_path / "flat.tif"
    with rasterio.open(flat, "w", **profile) as target:
        speckle = np.random.default_rng(3).exponential(100, (SIZE, SIZE))
        target.write(speckle.astype(profile["dtype"]), 1)
    with pytest.raises(Refused):
        click_at(pair, dict(job, sar=str(flat)), (190, 200))


def test_windows_stay_on_the_grid(pair, job):
    with open_pair(Job.from_json(json.dumps(job))) as opened:
        assert place_window(opened, np.array([3.0, 380.0]), 256) == (0, 128, 256, 256)
        assert place_window(opened, np.array([190.0, 190.0]), 1024)[2:] == (SIZE, SIZE)


def test_files_stay_open_and_are_opened_again_when_they_change(pair, job, tmp_path):
    pairs = OpenPairs(most=2)
    jobs = [Job.from_json(json.dumps(job | {"aoi": a})) for a in (None, *aois(pair))]
    try:
        first = pairs.get(jobs[0])
        assert pairs.get(Job.from_json(json.dumps(job | {"out": "other"}))) is first
        pairs.get(jobs[1])
        pairs.get(jobs[2])
        assert len(pairs) == 2
        assert pairs.get(jobs[0]) is not first
        assert pairs.get(jobs[2]).tile(0, 0, 64, 64).ref.valid.any()
    finally:
        pairs.close()
    assert len(pairs) == 0


def aois(pair):
    to_map, _ = placement(pair / "optical.tif")
    left, top = to_map * (0, 0)
    for side in (1000, 2000):
        yield [left, top - side, left + side, top]


@pytest.fixture
def points(pair):
    to_map, _ = placement(pair / "optical.tif")
    ties = json.loads((pair / "truth.json").read_text())["tie_points"]
    chosen = slice(0, None, max(1, len(ties["mov_xy"]) // 12))
    mov, ref = (np.array(ties[name])[chosen] for name in ("mov_xy", "ref_xy"))
    return [
        {"mov": list(to_map * m), "ref": list(to_map * r)}
        for m, r in zip(mov, ref, strict=True)
    ]


def test_residuals_come_back_per_point(pair, job, points):
    _, crs = placement(pair / "optical.tif")
    points[1]["enabled"] = False
    answer = ask("fit_points", job=job, crs=crs, points=points, kind="affine")
    assert answer["kind"] == "affine"
    assert len(answer["points"]) == len(points)
    for point, row in zip(points, answer["points"], strict=True):
        off = np.subtract(row["expected"], point["ref"])
        assert np.hypot(*off) == pytest.approx(10 * row["residual_px"], rel=1e-3)
    assert answer["points"][1]["left_px"] is None


def test_the_preview_is_what_apply_writes(pair, job, points):
    _, crs = placement(pair / "optical.tif")
    done = ask("apply_points", job=job, crs=crs, points=points, kind="affine")
    assert done["status"] == "ok"
    names = {"registered", "transform", "matches", "points", "report", "checkerboard"}
    assert names <= set(done["files"])
    assert read_registration(Path(done["files"]["transform"])).kind == "affine"
    with rasterio.open(done["files"]["registered"]) as source:
        shape, at = source.shape, source.transform
        pixels, valid = source.read(1), source.read_masks(1) > 0
    answer = ask(
        "preview_points",
        job=job,
        crs=crs,
        points=points,
        kind="affine",
        pixels_to_map=list(at)[:6],
        width=shape[1],
        height=shape[0],
    )
    data = np.frombuffer(base64.b64decode(answer["png"]), np.uint8)
    shown = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    assert shown.shape == (*shape, 4)
    both = valid & (shown[..., 3] > 0)
    assert both.mean() > 0.8 * valid.mean()
    logs = np.log(np.maximum(pixels[both].astype(float), 1))
    assert np.corrcoef(logs, shown[..., 0][both])[0, 1] > 0.9


def test_bare_images_are_placed_as_qgis_shows_them(pair, tmp_path):
    paths = {}
    for name in ("sar", "optical"):
        with rasterio.open(pair / f"{name}.tif") as source:
            data = source.read()
        paths[name] = str(tmp_path / f"{name}.tif")
        with rasterio.open(
            paths[name],
            "w",
            driver="GTiff",
            width=SIZE,
            height=SIZE,
            count=len(data),
            dtype=data.dtype,
        ) as target:
            target.write(data)
    with open_pair(Job(**paths)) as opened:
        frame = map_frame(opened, "")
        for which in ("ref", "mov"):
            assert frame.to_working(which, [[5, -7]]).tolist() == [[5, 7]]
            assert frame.to_map(which, np.array([[5.0, 7.0]])).tolist() == [[5, -7]]


@pytest.mark.parametrize("kind", ("auto", "affine", "tps"))
def test_the_fewest_points_can_be_applied(pair, job, points, kind):
    _, crs = placement(pair / "optical.tif")
    few = points[:: len(points) // 3][:3] if kind != "tps" else points[:6]
    done = ask("apply_points", job=job, crs=crs, points=few, kind=kind)
    assert done["status"] == "ok"
    assert done["quality"]["expected_error_px"] > 0
    with pytest.raises(BadInput, match="needs 3 control points"):
        ask("apply_points", job=job, crs=crs, points=few[:2])
