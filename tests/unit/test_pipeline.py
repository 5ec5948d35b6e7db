"""The whole pipeline with a matcher that knows the truth, so no network is needed."""

import json
import sqlite3
from contextlib import ExitStack

import numpy as np
import pytest
import rasterio
from fakes import CountingFeedback, FakeMatcher
from scipy import ndimage
from soma.core.base.errors import Cancelled
from soma.core.base.feedback import SILENT
from soma.core.base.grid import BARE, apply_affine
from soma.core.base.job import Job
from soma.core.base.types import Result
from soma.core.matching.gradient import GradientMatcher
from soma.core.pipeline.coarse_to_fine import align
from soma.core.pipeline.register import register, registration_of
from soma.core.products.write_all import FILES, write_outputs
from soma.core.raster.pair import open_pair
from soma.core.transform import transform_reader
from soma.core.warp import cog_writer

SHAPE = (300, 340)
#: Working pixels of the moving image to those of the reference.
TRUTH = np.array([[1.002, 0.012, 4.3], [-0.012, 0.998, -6.2], [0, 0, 1.0]])


def _texture(seed, shape=SHAPE, sigma=3.0):
    noise = np.random.default_rng(seed).normal(size=shape)
    smooth = ndimage.gaussian_filter(noise, sigma)
    return (60 + 40 * (smooth - smooth.min()) / np.ptp(smooth)).astype("float32")


@pytest.fixture
def pair(make_raster):
    """An optical raster, and a SAR raster that shows it through the inverse truth."""
    scene = _texture(0)
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    mov = np.stack([cols.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
    ref = apply_affine(TRUTH, mov) - 0.5
    sar = ndimage.map_coordinates(scene, ref.T[::-1], order=3, mode="reflect")
    optical = make_raster("optical.tif", scene)
    return str(make_raster("sar.tif", sar.reshape(SHAPE))), str(optical)


def _names(folder):
    """Return the file names; the hidden list of what the program wrote left out."""
    return {p.name for p in folder.iterdir() if not p.name.startswith(".")}


def _job(pair, out, **options):
    return Job(sar=pair[0], optical=pair[1], out=str(out), **options)


def _matcher(**options):
    return FakeMatcher(lambda xy: apply_affine(TRUTH, xy), **options)


def test_known_affine_is_recovered_and_every_file_is_written(pair, tmp_path):
    out = tmp_path / "out"
    result = register(_job(pair, out), _matcher(), SILENT)
    assert result.status == "ok", result.reason
    assert _names(out) == set(FILES.values())
    assert set(result.files) == set(FILES)
    found = transform_reader.read(out / "transform.json")
    corners = np.array([[0, 0], [340, 0], [0, 300], [340, 300.0]])
    error = apply_affine(found.mov_to_ref_pixels(), corners)
    error -= apply_affine(TRUTH, corners)
    assert np.abs(error).max() < 0.15
    with sqlite3.connect(out / "matches.gpkg") as db:
        rows = db.execute("select count(*) from matches where inlier").fetchone()[0]
    assert rows == result.quality["n_inliers"]


def test_registered_pixels_agree_with_the_reference(pair, tmp_path):
    register(_job(pair, tmp_path / "out"), _matcher(), SILENT)
    with rasterio.open(tmp_path / "out" / "registered.tif") as warped:
        with rasterio.open(pair[1]) as ref:
            window = warped.window(*ref.bounds)
            seen = warped.read(1, window=window, boundless=True, masked=True)
            before = rasterio.open(pair[0]).read(1)
            inner = np.s_[30:-30, 30:-30]
            truth = ref.read(1)[inner]
    off = np.abs(seen[inner] - truth)
    assert off.mask.sum() == 0
    assert off.mean() < 0.1 * np.abs(before[inner] - truth).mean()


@pytest.mark.parametrize("crs", ["EPSG:32632", None])
def test_outputs_lie_alike_at_any_working_pixel(make_raster, pair, tmp_path, crs):
    """Twice as large working pixels: all files still lie where the images do."""
    out = tmp_path / "out"
    out.mkdir()
    paths = []
    for path in pair:
        with rasterio.open(path) as raster:
            name = f"again_{path.rpartition('/')[2]}"
            paths.append(str(make_raster(name, raster.read(1), crs=crs)))
    job = _job(paths, out)
    half = np.diag([0.5, 0.5, 1.0])
    truth = half @ TRUTH @ np.linalg.inv(half)
    matcher = FakeMatcher(lambda xy: apply_affine(truth, xy))
    with ExitStack() as stack:
        opened = stack.enter_context(open_pair(job, coarser=2.0))
        found_in, found = align(job, opened, matcher, stack)
        answer = registration_of(found_in, found, "fake")
        result = Result(
            "ok", "", "", "fake", found.fit.kind, answer.quality, seconds={"total": 0}
        )
        write_outputs(out, job, found_in, found, answer, result, SILENT)
    assert _names(out) == set(FILES.values())
    stored = transform_reader.read(out / "transform.json")
    error = stored.mov_to_ref_pixels() - TRUTH
    assert np.abs(error @ [[340], [300], [1]]).max() < 0.3
    with rasterio.open(out / "registered.tif") as warped:
        with rasterio.open(job.optical) as ref:
            # Where its first pixel lies on the reference, in whole pixels.
            frame = ref.transform if crs else BARE
            col, row = (round(v) for v in ~frame * (warped.transform * (0, 0)))
            seen = warped.read(1)
            inner = ref.read(1)[40:-40, 40:-40]
        seen = seen[40 - row : 40 - row + len(inner), 40 - col :][:, : inner.shape[1]]
        assert np.abs(seen - inner).mean() < 0.5


def test_a_refusal_writes_the_report_alone(pair, tmp_path):
    matcher = _matcher(reason="no_structure")
    result = register(_job(pair, tmp_path / "out"), matcher, SILENT)
    assert (result.status, result.code) == ("refused", "no_structure")
    assert _names(tmp_path / "out") == {"report.html"}


def test_random_matches_are_refused(pair, tmp_path):
    matcher = _matcher(outliers=1.0)
    result = register(_job(pair, tmp_path / "out"), matcher, SILENT)
    assert result.status == "refused"
    assert not (tmp_path / "out" / "registered.tif").exists()


def test_an_aligned_pair_is_left_alone_unless_forced(make_raster, tmp_path):
    scene = _texture(0)
    pair = [str(make_raster(name, scene)) for name in ("s.tif", "o.tif")]
    matcher = FakeMatcher(lambda xy: xy)
    result = register(_job(pair, tmp_path / "a"), matcher, SILENT)
    assert (result.status, result.code) == ("refused", "already_aligned")
    result = register(_job(pair, tmp_path / "b", force=True), matcher, SILENT)
    assert result.status == "ok"


def test_a_second_run_replaces_the_first_and_nothing_else(pair, tmp_path):
    out = tmp_path / "out"
    register(_job(pair, out), _matcher(), SILENT)
    (out / "notes.txt").write_text("mine")
    register(_job(pair, out), _matcher(reason="no_structure"), SILENT)
    assert _names(out) == {"report.html", "notes.txt"}


def test_cancel_at_any_question_leaves_nothing(pair, tmp_path, monkeypatch):
    # How often the copy of a raster asks depends on how long it takes.
    monkeypatch.setattr(cog_writer, "POLL_S", 60.0)
    everything = CountingFeedback()
    register(_job(pair, tmp_path / "whole"), _matcher(), everything)
    assert everything.percents[-1] <= 100.0
    assert everything.percents == sorted(everything.percents)
    asked = everything.asked
    assert asked > 10
    for stop_at in np.unique(np.linspace(1, asked, 12).astype(int)):
        out = tmp_path / f"stopped{stop_at}"
        with pytest.raises(Cancelled):
            register(_job(pair, out), _matcher(), CountingFeedback(int(stop_at)))
        assert not out.exists()
        assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_inputs_are_never_touched(pair, tmp_path):
    before = [open(path, "rb").read() for path in pair]
    register(_job(pair, tmp_path / "out"), _matcher(), SILENT)
    assert [open(path, "rb").read() for path in pair] == before


def test_the_result_survives_json(pair, tmp_path):
    result = register(_job(pair, tmp_path / "out"), _matcher(), SILENT)
    text = json.dumps(result.to_dict())
    assert type(result).from_dict(json.loads(text)) == result


def test_bare_images_are_registered_in_pixels(make_raster, tmp_path):
    turn = np.array([[0, -1.1, 320.0], [1.1, 0, -20.0], [0, 0, 1.0]])
    pair = [
        str(make_raster("s.png", _texture(1), crs=None, dtype="uint8", driver="PNG")),
        str(make_raster("o.png", _texture(0), crs=None, dtype="uint8", driver="PNG")),
    ]
    matcher = FakeMatcher(lambda xy: apply_affine(turn, xy))
    result = register(_job(pair, tmp_path / "out"), matcher, SILENT)
    assert result.status == "ok", result.reason
    stored = transform_reader.read(tmp_path / "out" / "transform.json")
    found = stored.mov_to_ref_pixels()
    assert np.abs(found - turn)[:2, :2].max() < 1e-3
    assert np.abs(found - turn)[:2, 2].max() < 0.2


def test_unrelated_images_are_said_to_be_unrelated(make_raster, tmp_path):
    names = "sar.tif", "optical.tif"
    pair = [str(make_raster(name, _texture(i))) for i, name in enumerate(names)]
    result = register(_job(pair, tmp_path), GradientMatcher(1), SILENT)
    # Not: that too few matches agree, which is what follows from it.
    assert (result.status, result.code) == ("refused", "unrelated")
