"""Radar and optical images in each other's place are told from those in their own."""

import csv
from pathlib import Path

import numpy as np
import pytest
from soma.core import api
from soma.core.base.job import Job
from soma.core.raster.pair import open_pair

DATA = Path(__file__).parents[3] / "shared" / "data"
SHAPE = (96, 128)
RNG = np.random.default_rng(4)
GREY = RNG.uniform(40, 200, SHAPE)
SPECKLE = 90 * np.sqrt(RNG.gamma(1.0, 1.0, SHAPE))


def colours(count=3):
    """Return bands that differ as vegetation, soil and water make them."""
    tint = RNG.uniform(-15, 15, (count, *SHAPE))
    return np.clip(GREY + tint, 1, 254)


def told(**files):
    codes = ("exchanged", "given_in_decibels")
    with open_pair(Job(**files)) as pair:
        return [note for note in pair.notes if note.code in codes]


RADAR = {
    "one band": {"data": SPECKLE, "dtype": "uint8"},
    "power": {"data": np.stack([SPECKLE, SPECKLE[::-1]]) ** 2 / 1e5},
    "named": {
        "data": np.stack([SPECKLE, GREY, GREY - SPECKLE]),
        "descriptions": ("Sigma0_VV_db", "Sigma0_VH_db", "ratio"),
    },
    "complex": {"data": SPECKLE + 1j * GREY, "dtype": "complex64"},
    "kept as colours": {"data": np.stack([SPECKLE] * 3), "dtype": "uint8"},
}
OPTICAL = {
    "three bands": {"data": colours(), "dtype": "uint8"},
    "thirteen bands": {"data": 12 * colours(13), "dtype": "uint16"},
    "named": {"data": colours(2), "descriptions": ("red", "green")},
}


@pytest.mark.parametrize("optical", OPTICAL)
@pytest.mark.parametrize("radar", RADAR)
def test_they_are_told_in_each_other_s_place_alone(make_raster, radar, optical):
    sar = make_raster("radar.tif", **RADAR[radar])
    seen = make_raster("seen.tif", **OPTICAL[optical])
    assert told(sar=sar, optical=seen) == []
    for moving in ("sar", "optical"):
        (note,) = told(sar=seen, optical=sar, moving=moving)
        assert str(note).startswith("seen.tif was given as the radar image but looks")
        assert "radar.tif" in str(note) and "exchanged?" in str(note)


@pytest.mark.parametrize(
    ("first", "second"),
    [("one band", "one band"), ("kept as colours", "power"), ("named", "one band")],
)
def test_two_images_of_few_bands_may_be_either(make_raster, first, second):
    sar = make_raster("a.tif", **RADAR[first])
    assert told(sar=sar, optical=make_raster("b.tif", **RADAR[second])) == []


def test_decibels_are_no_optical_image(make_raster):
    """Single bands both: near infrared where radar is expected, and the other way."""
    radar = make_raster("radar.tif", data=20 * np.log10(SPECKLE / 700))
    infrared = make_raster("nir.tif", data=12 * GREY, dtype="int16")
    assert told(sar=radar, optical=infrared) == []
    (note,) = told(sar=infrared, optical=radar)
    assert str(note).startswith(
        "radar.tif was given as the optical image but holds dec"
    )
    assert told(sar=infrared, optical=radar, optical_is="sar") == []


@pytest.mark.parametrize("middle", [0.0, -0.4, -900.0])
def test_other_negative_values_are_no_decibels(make_raster, middle):
    """Scores about their mean, an index over water, what lies below a datum."""
    values = middle + (GREY - GREY.mean()) / GREY.std() * abs(middle or 3.0) / 3.0
    sar = make_raster("radar.tif", data=SPECKLE, dtype="uint8")
    assert told(sar=sar, optical=make_raster("other.tif", data=values)) == []


def test_two_radar_images_are_not_exchanged(make_raster):
    sar = make_raster("a.tif", **OPTICAL["three bands"])
    other = make_raster("b.tif", **RADAR["one band"])
    assert told(sar=sar, optical=other, optical_is="sar") == []
    assert len(told(sar=sar, optical=other)) == 1


def test_an_answer_says_so_as_well(make_raster, tmp_path):
    files = {
        "sar": make_raster("a.tif", **OPTICAL["three bands"]),
        "optical": make_raster("b.tif", **RADAR["one band"]),
    }
    found = api.match(Job(**files, model="gradient", search="near")).report
    assert "exchanged" in [note["code"] for note in found["notes"]]


@pytest.mark.skipif(not DATA.exists(), reason="needs shared/data")
def test_real_pairs_are_told_when_exchanged_and_only_then():
    pairs = [
        (str(path), str(path).replace("_sar.tif", "_opt.tif"))
        for path in sorted((DATA / "scenes").glob("*_sar.tif"))
    ]
    for part in ("train", "val"):
        with (DATA / part / "pairs.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))[:: 200 if part == "train" else 60]
        pairs += [(str(DATA / r["sar"]), str(DATA / r["optical"])) for r in rows]
    assert len(pairs) > 25
    for sar, optical in pairs:
        assert told(sar=sar, optical=optical) == []
        assert len(told(sar=optical, optical=sar)) == 1, optical
