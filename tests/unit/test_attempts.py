"""Images that do not fit where they say are looked for elsewhere, and mirrored."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from soma.core import api
from soma.core.base.job import Job
from soma.core.base.words.verdict import movement_message

SIDE = 320


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A simulated pair that is aligned: values of both images, and their profile."""
    folder = str(tmp_path_factory.mktemp("scene"))
    none = "shift=0,0;rotation=0;scale=1;warp=0"
    names = api.simulate(folder, size=SIDE, seed=5, misalign=none)
    found = {}
    for name in names:
        if name.endswith(".tif"):
            with rasterio.open(name) as file:
                found["sar" if "sar" in name else "optical"] = file.read()
                profile = file.profile
    return found["sar"], found["optical"], profile


@pytest.fixture
def save(tmp_path, scene):
    def write(name, values, transform):
        path = str(tmp_path / f"{name}.tif")
        kind = {"driver": "GTiff", "count": len(values), "dtype": values.dtype.name}
        if transform is not None:
            kind |= {"transform": transform, "crs": scene[2]["crs"]}
        with rasterio.open(path, "w", width=SIDE, height=SIDE, **kind) as file:
            file.write(values)
        return path

    return write


def corner_errors(report, true):
    """Return how far corners of the moving image lie from where they belong.

    Relief moves radar images by a pixel or two, wrong answers lie 100 px off.
    """
    corners = np.array([[0, SIDE, 0, SIDE], [0, 0, SIDE, SIDE], [1, 1, 1, 1]])
    return np.abs((np.array(report["mov_to_ref"]) - true) @ corners).max()


def test_a_mirrored_image_is_found_and_said(save, scene):
    sar = save("sar", np.ascontiguousarray(scene[0][:, ::-1]), None)
    optical = save("optical", scene[1], None)
    report = api.match(Job(sar, optical, model="gradient")).report
    assert report["status"] == "ok", report["reason"]
    upside_down = np.array([[1, 0, 0], [0, -1, SIDE], [0, 0, 1]])
    assert corner_errors(report, upside_down) < 4.0
    assert "mirrored" in str(movement_message(report["quality"], "gradient"))


def test_an_image_that_is_not_mirrored_is_not_said_to_be(save, scene):
    sar, optical = save("sar", scene[0], None), save("optical", scene[1], None)
    report = api.match(Job(sar, optical, model="gradient")).report
    assert corner_errors(report, np.eye(3)) < 4.0
    assert "mirrored" not in str(movement_message(report["quality"], "gradient"))


@pytest.mark.parametrize("search", ["any", "auto"])
def test_a_wrong_placement_that_overlaps_is_ignored_when_asked(save, scene, search):
    at = scene[2]["transform"]
    sar = save("sar", scene[0], Affine.translation(0.55 * SIDE * at.a, 0) * at)
    optical = save("optical", scene[1], at)
    report = api.match(Job(sar, optical, model="gradient", search=search)).report
    if search == "auto":
        assert report["status"] == "refused"
        return
    assert report["status"] == "ok", report["reason"]
    assert corner_errors(report, np.eye(3)) < 4.0


def test_a_mirrored_image_is_warped_the_right_way_round(save, scene, tmp_path):
    sar = save("sar", np.ascontiguousarray(scene[0][:, :, ::-1]), None)
    job = Job(sar, save("optical", scene[1], None), str(tmp_path / "out"), "sar")
    result = api.register(Job(**{**job.__dict__, "model": "gradient"}))
    assert "mirrored" in str(movement_message(result.quality, "gradient"))
    with rasterio.open(result.files["registered"]) as file:
        column, row = map(round, ~file.transform * (0, 0))
        made = file.read(1)[row:, column:].astype(float)
    size = min(made.shape[0], SIDE), min(made.shape[1], SIDE)
    inner = np.s_[20 : size[0] - 20, 20 : size[1] - 20]
    pairs = made[inner].ravel(), scene[0][0][inner].ravel()
    assert np.corrcoef(*map(np.log1p, pairs))[0, 1] > 0.7
