"""Which of two placements fits two images, where the images' true place is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from soma.benchmark.data.protocols import PROTOCOLS, Case, Draw
from soma.benchmark.data.warping import pixel_centres, sample, similarity
from soma.benchmark.methods.estimate import Estimate
from soma.benchmark.studies import refusal
from soma.benchmark.studies.mutual_information import information
from soma.core.base.grid import apply_affine

SIZE = 96
TRUE = similarity(SIZE, 2.0, 1.01, (3.0, -2.0))


def off(dx, dy):
    shift = np.eye(3)
    shift[:2, 2] = dx, dy
    return shift @ TRUE


@pytest.fixture(scope="module")
def images():
    """A colour picture and its inverted, noisy copy under ``TRUE``."""
    rng = np.random.default_rng(4)
    noise = ndimage.gaussian_filter(rng.standard_normal((160, 160)), 3)
    ground = np.clip(128 + 50 * noise / noise.std(), 0, 255).astype(np.uint8)
    margin = (160 - SIZE) // 2
    centres = pixel_centres(SIZE).reshape(-1, 2)
    where = apply_affine(TRUE, centres).reshape(SIZE, SIZE, 2) + margin
    mov = 255.0 - sample(ground, where) + rng.normal(0, 10, (SIZE, SIZE))
    inner = slice(margin, margin + SIZE)
    ref = np.repeat(ground[inner, inner, None], 3, axis=2)
    return ref, np.clip(mov, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shift", [(3, 0), (-3, 0), (0, 3), (0, -3), (2, 2)])
def test_the_true_place_fits_better_than_its_neighbours(images, shift):
    true, beside = information(*images, (TRUE, off(*shift)))
    assert true > 1.1 * beside


def test_nothing_is_shared_where_no_pixel_lies_on_the_reference(images):
    assert information(*images, (TRUE, off(500, 0))) == [0.0, 0.0]


def test_unrelated_images_share_next_to_nothing(images):
    noise = np.random.default_rng(8).integers(0, 255, images[1].shape, np.uint8)
    assert information(images[0], noise, (TRUE,))[0] < 0.5
    assert information(*images, (TRUE,))[0] > 1.0


@pytest.mark.parametrize(
    ("said", "answer", "fitter"),
    [(off(5, 1), TRUE, 1), (TRUE, off(5, 1), 0), (TRUE, None, 0)],
)
def test_an_answer_that_fits_better_than_a_wrong_truth_is_counted(
    monkeypatch, tmp_path, images, said, answer, fitter
):
    rule = PROTOCOLS["near256"]
    draw = Draw((SIZE / 2, SIZE / 2), (3.0, -2.0), 2.0, 1.01, -1)
    case = Case("one", *images, said, None, rule.search, rule.evaluate, draw, "a")
    estimate = Estimate(answer, figures={"unjudged_mov_to_ref": TRUE.tolist()})
    record = {"seconds": 0.1, "cpu_seconds": 0.1, "peak_mib": 1.0}
    made = [(case, estimate, record)]
    monkeypatch.setattr(refusal, "predict", lambda *_: 1)
    monkeypatch.setattr(refusal, "_predictions", lambda run, out: iter(made))
    found = refusal.count("any", "exact", tmp_path, overwrite=False)
    answered = int(answer is not None)
    assert (found.accepted, found.wrong) == (answered, answered)
    assert found.fitter == fitter
