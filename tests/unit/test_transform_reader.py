"""Transforms that nobody can have meant are told as damaged, and never applied."""

import copy
import json
import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from soma.core.base.errors import BadInput
from soma.core.base.grid import Grid, is_sound
from soma.core.transform.linear import Affine2D
from soma.core.transform.transform_file import Registration
from soma.core.transform.transform_reader import read

UTM = CRS.from_epsg(32632)
TURN = np.array([[1.002, 0.01, 7.0], [-0.01, 1.002, -5.0], [0.0, 0.0, 1.0]])


def stored():
    """Return what is stored of a small turn between two rasters in one zone."""
    ref = Grid(UTM, Affine(10, 0, 5e5, 0, -10, 5e6), 256, 256)
    mov = Grid(UTM, Affine(10, 0, 500_040, 0, -10, 5e6), 240, 250)
    return Registration(ref, Affine2D(TURN), mov, ref, "gradient").to_dict()


def moved(at):
    """Return where pixels of the moving raster, 4 px into the frame, belong."""
    return np.add(at, (4, 0)) @ TURN[:2, :2].T + TURN[:2, 2]


def matrix(rows):
    return lambda v: v["mov_to_ref"].update(matrix=rows)


def placed(key, *transform):
    return lambda v: v[key].update(transform=list(transform))


def sized(key, width):
    return lambda v: v[key].update(width=width)


def nested(values):
    for _ in range(3):
        values["mov_to_ref"] = {"kind": "inverse", "forward": values["mov_to_ref"]}


DAMAGES = {
    "singular": matrix([[1, 1, 0], [1, 1, 0], [0, 0, 1]]),
    "tiny": matrix([[1e-5, 0, 0], [0, 1e-5, 0], [0, 0, 1]]),
    "huge": matrix([[1e200, 0, 0], [0, 1e200, 0], [0, 0, 1]]),
    "far away": matrix([[1, 0, 1e20], [0, 1, 0], [0, 0, 1]]),
    "not a number": matrix([[math.nan, 0, 0], [0, 1, 0], [0, 0, 1]]),
    "projective": matrix([[1, 0, 0], [0, 1, 0], [1e-4, 0, 1]]),
    "no last row": matrix([[1, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "of 30 digits": matrix([[10**30, 0, 0], [0, 1, 0], [0, 0, 1]]),
    "of 400 digits": matrix([[10**400, 0, 0], [0, 1, 0], [0, 0, 1]]),
    "another matrix": matrix([[1, 0, 90], [0, 1, 0], [0, 0, 1]]),
    "inverse of an inverse": nested,
    "tiny pixels": placed("ref_grid", 1e-300, 0, 0, 0, -1e-300, 0),
    "huge pixels": placed("working", 1e300, 0, 0, 0, -1e300, 0),
    "nine numbers": placed("mov_grid", 10, 0, 5e5, 0, -10, 5e6, 0, 0, 1),
    "a frame elsewhere": placed("working", 10, 0, 9e5, 0, -10, 5e6),
    "width of 30 digits": sized("ref_grid", 10**30),
    "width as text": sized("mov_grid", "256"),
    "half a column": sized("working", 12.5),
    "no width": sized("working", 0),
}


def given_as(value, *keys):
    def change(values):
        for key in keys:
            values[key] = value

    return change


#: What no registration says of itself: texts that are none, a kind that is not that of
#: the numbers, frames that are none.
CLAIMS = {
    "unknown kind": given_as("homography", "kind"),
    "kind as a number": given_as(5, "kind"),
    "no kind": lambda v: v.pop("kind"),
    "another kind": given_as("poly2", "kind"),
    "another kind of affine": given_as("shift", "kind"),
    "a shift that turns": lambda v: (
        v.update(kind="shift"),
        v["mov_to_ref"].update(kind="shift"),
    ),
    "a similarity that shears": lambda v: (
        v.update(kind="similarity"),
        v["mov_to_ref"].update(
            kind="similarity", matrix=[[1, 0.2, 7], [0, 1, -5], [0, 0, 1]]
        ),
        v.pop("mov_to_ref_pixels"),
    ),
    "unknown kind of numbers": lambda v: v["mov_to_ref"].update(kind="homography"),
    "model as a list": given_as(["gradient"], "model"),
    "no model": given_as("", "model"),
    "no word for a model": given_as(None, "model"),
    "reason as an object": given_as({"text": "because"}, "why"),
    "no reason": given_as(None, "why"),
    "file as a number": given_as(7, "mov_file"),
    "file that no name is": given_as("a\0b", "mov_file"),
    "files as a list": given_as(["a.tif"], "ref_file"),
    "fingerprint as a number": given_as(12345, "mov_fingerprint"),
    "frame as a number": given_as(0, "mov_working"),
    "frame as a word": given_as("", "mov_working"),
    "version as a truth": given_as(True, "version"),
}


def write(tmp_path, text):
    path = tmp_path / "transform.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", DAMAGES)
def test_what_cannot_be_a_transform_is_damaged(tmp_path, name):
    values = stored()
    DAMAGES[name](values)
    with pytest.raises(BadInput, match="is damaged"):
        read(write(tmp_path, json.dumps(values)))


@pytest.mark.parametrize("name", CLAIMS)
def test_what_no_registration_says_is_refused_in_one_sentence(tmp_path, name):
    values = stored()
    CLAIMS[name](values)
    with pytest.raises(BadInput) as told:
        read(write(tmp_path, json.dumps(values)))
    assert "transform.json" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("value", ["of later versions", 7, None, {"a": [1]}])
def test_more_than_is_known_is_allowed(tmp_path, value):
    values = stored()
    values["note"] = values["quality"]["note"] = value
    values["mov_to_ref"]["note"] = values["working"]["note"] = value
    assert read(write(tmp_path, json.dumps(values))).kind == "affine"


@pytest.mark.parametrize("key", ["mov_file", "ref_file", "mov_fingerprint"])
def test_files_of_former_versions_name_no_files(tmp_path, key):
    values = stored()
    del values[key]
    assert getattr(read(write(tmp_path, json.dumps(values))), key) == ""


def test_what_is_sound_is_read_as_it_was_written(tmp_path):
    found = read(write(tmp_path, "\ufeff" + json.dumps(stored())))
    at = np.array([[0.0, 0.0], [240.0, 250.0], [17.5, 99.25]])
    truth = moved(at)
    np.testing.assert_allclose(
        found.source_to_target(found.mov_grid, found.ref_grid)(at), truth, atol=1e-6
    )


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 5000])
def test_json_without_end_is_told(tmp_path, text):
    with pytest.raises(BadInput, match=r"not valid JSON|no transform"):
        read(write(tmp_path, text))


def test_folders_and_devices_are_no_files(tmp_path):
    for path in (tmp_path, tmp_path / ("n" * 300)):
        with pytest.raises(BadInput, match="read"):
            read(path)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.floats(), max_size=9),
    st.just({}),
)


def places(value, way=()):
    """Return the way to every value within nested objects and lists."""
    found = [way] if way else []
    keys = value if isinstance(value, dict) else range(len(value))
    if isinstance(value, (dict, list)):
        for key in keys:
            if isinstance(value[key], (dict, list)):
                found += places(value[key], (*way, key))
            else:
                found.append((*way, key))
    return found


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_value_anywhere_is_read_or_told(tmp_path, data):
    values = copy.deepcopy(stored())
    *way, last = data.draw(st.sampled_from(places(values)))
    inner = values
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(ODD)
    try:
        found = read(write(tmp_path, json.dumps(values)))
    except BadInput:
        return
    corners = np.array([[0.0, 0.0], [240.0, 250.0]])
    there = found.source_to_target(found.mov_grid, found.ref_grid)(corners)
    assert np.abs(there - moved(corners)).max() < 3.0


@pytest.mark.parametrize(
    ("transform", "sound"),
    [
        (Affine(10, 0, 5e5, 0, -10, 5e6), True),
        (Affine(9e-6, 0, 179.99, 0, -9e-6, -89.0), True),
        (Affine(7, 7, 5e5, 7, -7, 5e6), True),
        (Affine(10, 10, 5e5, 10, 10, 5e6), False),
        (Affine(10, 0, 5e5, 0, 0, 5e6), False),
        (Affine(10, 0, math.nan, 0, -10, 5e6), False),
        (Affine(10, 0, math.inf, 0, -10, 5e6), False),
        (Affine(1e-12, 0, 5e5, 0, -1e-12, 5e6), False),
        (Affine(10, 0, 1e15, 0, -10, 5e6), False),
    ],
)
def test_geotransforms_that_can_be_are_told_from_others(transform, sound):
    assert is_sound(transform) is sound
