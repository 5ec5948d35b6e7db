"""Files that change, and files that come, while a command works."""

import json
import os

import numpy as np
import pytest
import rasterio
from soma.core import api
from soma.core.base.errors import BadInput
from soma.core.base.feedback import Silent
from soma.core.base.job import Job


class Meanwhile(Silent):
    """Does something once, when the first progress is reported."""

    def __init__(self, act):
        self.act = act

    def setProgressText(self, text):
        act, self.act = self.act, None
        if act is not None:
            act()

    def setProgress(self, percent):
        self.setProgressText("")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    api.simulate(str(folder), size=192, seed=3, misalign="shift=4,-3")
    return folder


@pytest.fixture
def pair(example, tmp_path):
    for name in ("sar.tif", "optical.tif"):
        (tmp_path / name).write_bytes((example / name).read_bytes())
    sar, optical = (str(tmp_path / name) for name in ("sar.tif", "optical.tif"))
    return Job(sar, optical, model="gradient")


def in_other_pixels(path):
    with rasterio.open(path, "r+") as file:
        file.write(np.flip(file.read(), axis=2))


@pytest.mark.parametrize("ask", [api.match, api.assess])
def test_an_answer_is_of_the_images_as_they_are(pair, ask):
    changing = Meanwhile(lambda: in_other_pixels(pair.sar))
    with pytest.raises(BadInput, match=r"sar\.tif was changed while"):
        ask(pair, changing)


def test_a_picture_that_others_put_there_meanwhile_is_kept(pair, tmp_path):
    out = tmp_path / "c.tif"
    coming = Meanwhile(lambda: out.write_text("mine"))
    with pytest.raises(BadInput, match=r"c\.tif exists and was not written"):
        api.compare(pair.sar, pair.optical, str(out), feedback=coming)
    assert out.read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["c.tif", "optical.tif", "sar.tif"]


def test_a_report_that_others_put_there_meanwhile_is_kept(pair, tmp_path):
    out = tmp_path / "m.json"
    found = api.match(pair, Meanwhile(lambda: out.write_text("{}")))
    with pytest.raises(BadInput, match=r"m\.json exists and was not written"):
        api.write_match(found, out)
    assert out.read_text() == "{}"
    api.write_match(found, out, overwrite=True)
    assert json.loads(out.read_text())["status"] == found.report["status"]


def test_a_warped_raster_does_not_replace_what_came_meanwhile(pair, tmp_path):
    found = api.register(
        Job(pair.sar, pair.optical, out=str(tmp_path / "out"), model="gradient")
    )
    assert found.status == "ok"
    out = tmp_path / "sar_registered.tif"
    coming = Meanwhile(lambda: out.write_text("mine"))
    with pytest.raises(BadInput, match=r"sar_registered\.tif exists and was not"):
        api.apply(found.files["transform"], [pair.sar], feedback=coming)
    assert out.read_text() == "mine"
