"""Bands without a valid pixel: the others are used, and it is said which."""

import json

import numpy as np
import pytest
import rasterio
from soma.core.base.errors import BadInput
from soma.core.base.job import Job
from soma.core.commandline import main
from soma.core.products.compare import compare_rasters
from soma.core.raster.band_choice import holds_data
from soma.core.raster.open import open_source
from soma.core.raster.pair import open_pair

NAN = float("nan")
SHAPE = (96, 128)


def stack(*levels):
    """Return bands of noise around levels; 0 and NaN stay what they are."""
    noise = np.random.default_rng(3).uniform(0.5, 1.5, SHAPE)
    return np.stack([np.full(SHAPE, level) * noise for level in levels])


#: Kind: bands, declared nodata, what shows them, those seen, those left out.
KINDS = {
    "no blue": ((90, 120, 0), 0, "optical", (1, 2), ["3"]),
    "no red": ((0, 120, 90), 0, "optical", (2, 3), ["1"]),
    "no green": ((90, NAN, 120), NAN, "optical", (1, 3), ["2"]),
    "one of twelve": ((90, 100, 0, *[110] * 9), 0, "optical", (4, 2), ["3"]),
    "first polarisation": ((0, 40, 60), 0, "sar", (2,), ["1"]),
    "all usual ones": ((0, 0, 0, 70, 80), 0, "optical", (4,), ["1", "2", "3"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_bands_that_hold_data_are_used_and_said(make_raster, kind):
    levels, nodata, modality, used, empty = KINDS[kind]
    path = make_raster("a.tif", stack(*levels), nodata=nodata)
    other = make_raster("b.tif", stack(50))
    roles = {"sar": other, "optical": path}
    job = Job(**roles) if modality == "optical" else Job(sar=path, optical=other)
    with open_pair(job) as pair:
        view = pair.mov if modality == "sar" else pair.ref
        seen = pair.views[modality == "sar"]
        assert view.path == path and seen.bands == used
        (note,) = pair.notes
        assert note.values["empty"] == empty and "a.tif" in str(note)
        assert seen.tile(np.eye(3), 64, 64).valid.all()


def test_they_are_told_by_every_command(make_raster, tmp_path, capsys):
    optical = make_raster("a.tif", stack(0, 120, 90), nodata=0)
    sar = make_raster("b.tif", stack(50))
    assert main.main(["info", optical, "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["empty_bands"] == [1] and about["matching_bands"] == [2, 3]
    assert about["valid_share"] == 1.0
    words = ["--model", "gradient", "--quiet"]
    main.main(["register", sar, optical, "--out", str(tmp_path / "o"), *words])
    assert "holds no data in some of its bands (1)" in capsys.readouterr().out
    assert "bands (1)" in (tmp_path / "o/report.html").read_text()
    table = ["--ref", optical, "--mov", sar, "--out", str(tmp_path / "m.json")]
    main.main(["match", *table, *words])
    assert "bands (1)" in capsys.readouterr().out
    main.main(["assess", sar, optical, *words])
    assert "bands (1)" in capsys.readouterr().out
    compare_rasters(optical, sar, tmp_path / "board.tif")
    with rasterio.open(tmp_path / "board.tif") as board:
        assert (board.read(4) == 255).all() and board.read(1).std() > 20


@pytest.mark.parametrize("bands", [(0, 0), (0, 0, 0)])
def test_a_file_without_data_is_told(make_raster, bands):
    path = make_raster("a.tif", stack(*bands), nodata=0)
    job = Job(sar=make_raster("b.tif", stack(50)), optical=path)
    with pytest.raises(BadInput, match=r"a\.tif has no valid pixels in any"):
        with open_pair(job):
            pass


def test_an_empty_band_that_is_asked_for_is_told(make_raster):
    path = make_raster("a.tif", stack(90, 0), nodata=0)
    other = make_raster("b.tif", stack(50))
    with pytest.raises(BadInput, match="in band 2"):
        with open_pair(Job(sar=path, optical=other, sar_bands=(2,))):
            pass


def test_one_valid_pixel_between_the_places_looked_at_counts(make_raster):
    holes = np.zeros((2, 900, 1000))
    holes[0, 437, 811] = 7
    with open_source(make_raster("a.tif", holes, nodata=0)) as source:
        assert holds_data(source, 1) and not holds_data(source, 2)
