"""Refusals point out, from the pixels, what could be the matter."""

import cv2
import numpy as np
import pytest
from soma.core.base.job import Job
from soma.core.commandline import main
from soma.core.matching.gradient import GradientMatcher
from soma.core.pipeline.register import register
from soma.core.products.report_words import Message

SIDE = 400


def ground(side=SIDE + 300):
    """Return an image of fields: structure that both sensors could show."""
    rng = np.random.default_rng(5)
    levels = cv2.resize(rng.uniform(40, 200, (45, 45)), (side, side), interpolation=0)
    turned = cv2.getRotationMatrix2D((side / 2, side / 2), 17, 1.3)
    return cv2.warpAffine(levels, turned, (side, side), flags=cv2.INTER_NEAREST)


def grain(shape, seed):
    return np.random.default_rng(seed).normal(0, 6, shape)


def byte(values):
    return np.clip(values, 1, 254).round().astype(np.uint8)


def crop(x=0, y=0):
    return ground()[100 + y : 100 + y + SIDE, 100 + x : 100 + x + SIDE]


@pytest.fixture
def refusal(make_raster, tmp_path):
    """Return a function that registers two arrays, is refused and gives the notes."""

    def refuse(sar, optical, **options):
        kinds, nodata = {"dtype": "uint8", "gsd": 10.0}, options.pop("nodata", None)
        files = {
            "sar": make_raster("sar.tif", sar, nodata=nodata, **kinds),
            "optical": make_raster("optical.tif", optical, **kinds),
        }
        job = Job(**files, out=str(tmp_path / "out"), **options)
        result = register(job, GradientMatcher(1))
        assert result.status == "refused", result.reason
        notes = [Message.from_dict(note) for note in result.notes]
        report = (tmp_path / "out" / "report.html").read_text("utf-8")
        assert all(str(note)[:30] in report for note in notes)
        return {note.code: note for note in notes}

    return refuse


def test_a_match_beyond_the_range_is_told_with_its_place(refusal):
    """The moving image shows what lies 150 px to the east of where it says."""
    sar = byte(crop(150, 0) + grain((SIDE, SIDE), 1))
    notes = refusal(sar, byte(crop() + grain((SIDE, SIDE), 2)), search="near")
    assert set(notes) == {"doubt_elsewhere"}
    (moved, *others) = notes["doubt_elsewhere"].values["parts"]
    assert moved.values["to"] == "E" and not others
    assert moved.values["distance"][0] == pytest.approx(1500, abs=15)
    assert "--search any" in str(notes["doubt_elsewhere"])


def test_a_mirrored_image_is_told(refusal):
    sar = byte(crop()[:, ::-1] + grain((SIDE, SIDE), 1))
    notes = refusal(sar, byte(crop() + grain((SIDE, SIDE), 2)), search="near")
    assert set(notes) == {"doubt_mirrored"}


def test_images_of_other_places_are_told_nothing(refusal):
    sar = byte(crop(-90, -90)[::-1].T[::-1] ** 1.01 + grain((SIDE, SIDE), 1))
    optical = byte(cv2.GaussianBlur(grain((SIDE, SIDE), 7), (0, 0), 9) * 60 + 120)
    assert refusal(sar, optical, search="near") == {}


@pytest.mark.parametrize("which", ["sar", "optical"])
def test_it_is_said_which_of_the_two_shows_nothing(refusal, which):
    images = {"sar": byte(crop()), "optical": byte(crop())}
    images[which] = byte(np.full((SIDE, SIDE), 77.0))
    note = refusal(**images)["doubt_flat"]
    assert note.values["name"] == f"{which}.tif"


def test_it_is_said_which_of_the_two_is_noise(refusal):
    sea = byte(120 + 8 * grain((SIDE, SIDE), 1))
    note = refusal(sea, byte(crop()), search="near")["doubt_noise"]
    assert note.values["name"] == "sar.tif"


@pytest.mark.parametrize(("value", "share"), [(255, 0.05), (0, 0.02)])
def test_a_fill_that_nobody_declared_is_named_with_its_option(refusal, value, share):
    sar = byte(crop(140, 140)[::-1] + grain((SIDE, SIDE), 1))
    side = int(share**0.5 * SIDE)
    sar[100 : 100 + side, 120 : 120 + side] = value
    note = refusal(sar, byte(crop()), search="near")["doubt_fill"]
    assert note.values["value"] == value
    assert note.values["share"] == pytest.approx(share, abs=0.005)
    assert f"--sar-nodata={value}" in str(note)


def test_little_that_can_be_compared_is_said(refusal):
    sar = byte(crop(140, 140)[::-1] + grain((SIDE, SIDE), 1))
    sar[:, :300] = 0
    notes = refusal(sar, byte(crop()), search="near", nodata=0)
    note = notes["doubt_masked"]
    assert note.values["share"] == pytest.approx(0.25, abs=0.01)
    assert note.values["names"] == ["sar.tif"]


def test_a_small_area_is_said_on_the_command_line(make_raster, tmp_path, capsys):
    sar = make_raster("sar.tif", byte(crop()[:100, :120]), dtype="uint8")
    optical = make_raster("optical.tif", byte(crop(140)[:100, :120]), dtype="uint8")
    words = ["--out", str(tmp_path / "o"), "--model", "gradient", "--quiet"]
    assert main.main(["register", sar, optical, *words]) == 3
    assert "Only 120 x 100 pixels are compared" in capsys.readouterr().out
