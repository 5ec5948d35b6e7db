"""The headline never says more than the weakest figure below it."""

import pytest
from soma.core.base.words.message import Message
from soma.core.base.words.verdict import grade, movement_message, verdict, weakest_px


def result(expected, median, ce90, **more):
    quality = {
        "expected_error_px": expected,
        "median_px": median,
        "ce90_px": ce90,
        "n_matches": 300,
        "n_inliers": 281,
        "coverage_share": 1.0,
        "gsd_m": 10.0,
    }
    return {
        "status": "ok",
        "model": "soma",
        "quality": quality | more,
        "message": Message("asked", {"kind": "affine"}).to_dict(),
    }


@pytest.mark.parametrize(
    ("figures", "headline", "good"),
    [
        ((0.15, 0.4, 0.9), "Registered to within a pixel", "good"),
        ((0.15, 0.58, 1.55), "Registered to within 2 pixels", "good"),
        ((0.15, 0.58, 2.0), "Registered to within 2 pixels", "good"),
        ((2.6, 0.5, 0.9), "Registered to within 3 pixels", "fair"),
        ((0.2, 1.0, 4.2), "Registered to within 5 pixels", "fair"),
        ((0.2, 1.0, 5.2), "Registered, but look closely", "poor"),
        ((None, 0.0, 0.0), "Registered, but look closely", "poor"),
        ((0.2, None, 0.9), "Registered, but look closely", "poor"),
        ((float("nan"), 0.2, 0.9), "Registered, but look closely", "poor"),
    ],
)
def test_the_headline_is_that_of_the_weakest_figure(figures, headline, good):
    found = verdict(result(*figures))
    assert (str(found.headline), found.grade) == (headline, good)
    weakest = weakest_px(result(*figures)["quality"])
    if weakest is not None and "within" in headline:
        said = 1 if "a pixel" in headline else int(headline.split()[-2])
        assert weakest <= said
    assert grade(weakest) == good


def shifted(expected, **more):
    what = {
        "distance_px": 47.23,
        "reach_px": 500.0,
        "direction": "NW",
        "distance_m": 472.3,
        "rotation_deg": 0.0,
        "scale": 1.0,
        "bent_px": 0.0,
    }
    below = None if expected is None else 2 * expected
    quality = {"expected_error_px": below, "gsd_m": 10.0, "moved": what | more}
    return str(movement_message(quality, "soma")).replace("\u00a0", " ")


def test_what_was_done_is_said_as_finely_as_it_is_known():
    assert shifted(0.15) == (
        "The image was moved 472 m to the north-west; "
        "found by the model soma (network)."
    )
    assert "moved 470 m" in shifted(2.0)
    assert "moved 472.3 m" in shifted(0.03)
    assert "moved 472 m" in shifted(None)


def test_turn_scale_and_bend_are_told_where_they_make_a_difference():
    text = shifted(0.15, rotation_deg=1.2, scale=1.0062, bent_px=2.13)
    assert "turned 1.20° clockwise, scaled by 1.0062, bent by up to 2.1 px;" in text
    assert "turned 1.20° counter-clockwise" in shifted(0.15, rotation_deg=-1.2)
    # A turn of 0.01 degrees moves the corner, 500 px away, by 0.09 px.
    small = shifted(0.15, rotation_deg=0.01, scale=1.0002, bent_px=0.1)
    assert "turned" not in small and "scaled" not in small and "bent" not in small


def test_bare_images_are_moved_by_pixels_to_a_side():
    what = {
        "distance_px": 17.44,
        "reach_px": 300.0,
        "direction": "lower right",
        "rotation_deg": 0.0,
        "scale": 1.0,
        "bent_px": 0.0,
    }
    quality = {"expected_error_px": 0.3, "gsd_m": None, "moved": what}
    text = str(movement_message(quality, "gradient")).replace("\u00a0", " ")
    assert "moved 17.4 px to the right and down" in text
    assert movement_message({"expected_error_px": 0.1}, "soma") is None


def test_a_refusal_says_its_reason_and_no_figures():
    message = Message("like_unrelated", {"agreeing": 3.0, "places": 40})
    found = verdict({"status": "refused", "reason": "", "message": message.to_dict()})
    assert found.grade == "refused" and found.moved is None and found.matches is None
    assert str(found.errors) == str(message)
    plain = verdict({"status": "refused", "reason": "Only a text."})
    assert str(plain.errors) == "Only a text."
