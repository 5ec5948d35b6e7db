"""Matchers that other packages bring: listed, loaded, watched over, judged."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from matcher_package import HONEST, add
from scipy import ndimage
from soma.benchmark.methods.product import write_bare
from soma.core import api
from soma.core.base.errors import BadInput, Cancelled, ModelUnavailable
from soma.core.base.job import Job
from soma.core.base.types import Matches, Search, Tile, TileMatch, TilePair
from soma.core.commandline.main import main
from soma.models import registry
from soma.models.installed.guarded import Guarded

SUMMARY = "Summary: finds what it is told"
LICENCE = "License-Expression: MIT"


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def listed(name, check=False):
    return {info.name: info for info in registry.available(check)}[name]


def textured(seed=0, size=128):
    pixels = np.random.default_rng(seed).random((size, size)).astype(np.float32)
    return Tile(pixels, np.ones((size, size), bool), np.eye(3), "optical")


def pair():
    return TilePair(textured(), textured())


def test_a_package_is_listed_by_what_it_says_and_not_imported(site, monkeypatch):
    source = "raise RuntimeError('imported')"
    add(site, monkeypatch, "a-maker", source, {"mine": "make"}, [SUMMARY, LICENCE])
    info = listed("mine")
    assert info.state == "ready" and not info.automatic
    sentence = "From the package a-maker 1.0, licence MIT: finds what it is told"
    assert info.card == sentence and info.about["code"] == "about_installed"
    assert "mine" in [model["name"] for model in api.models()]
    assert "a_maker" not in sys.modules
    assert registry.best() != "mine"


def test_a_package_without_licence_is_said_to_have_none(site, monkeypatch):
    add(site, monkeypatch, "bare", HONEST, {"bare": "make"})
    assert "states no licence" in listed("bare").card


def test_a_broken_one_is_named_with_its_error_and_harms_nobody(
    site, monkeypatch, capsys
):
    add(site, monkeypatch, "bad", "import no_such_thing", {"broken": "make"})
    add(site, monkeypatch, "quits", "import sys; sys.exit(1)", {"quits": "make"})
    add(site, monkeypatch, "good", HONEST, {"fine": "make"})
    assert listed("broken").state == "ready"  # nobody has asked yet
    assert "ModuleNotFoundError: No module named 'no_such_thing'" in (
        listed("broken", check=True).state
    )
    assert listed("quits", check=True).state.startswith(
        "The model quits of the package"
    )
    assert listed("fine", check=True).state == "ready"
    assert main(["models", "--check"]) == 0
    assert "no_such_thing" in capsys.readouterr().out
    with pytest.raises(ModelUnavailable, match="broken of the package bad cannot"):
        api.load_matcher(Job("", "", model="broken"))
    assert api.load_matcher(Job("", "", model="gradient")).name == "gradient"


@pytest.mark.parametrize(
    "source", ["", "make = 3", "x = 1", HONEST.replace("batch", "b")]
)
def test_what_is_no_matcher_is_told(site, monkeypatch, source):
    add(site, monkeypatch, "odd", source, {"odd": "make"})
    with pytest.raises(ModelUnavailable, match="odd"):
        registry.load_matcher("odd")


def test_what_it_needs_is_told_before_it_is_imported(site, monkeypatch):
    needs = "Requires-Dist: no-such-library>=2 ; python_version > '3'"
    extra = "Requires-Dist: not-needed ; extra == 'more'"
    add(site, monkeypatch, "needy", HONEST, {"needy": "make"}, [extra, needs])
    assert listed("needy").state == "needs no-such-library"
    with pytest.raises(ModelUnavailable, match="needs no-such-library"):
        registry.load_matcher("needy")


def test_a_name_that_is_taken_gets_its_package_s_before_it(site, monkeypatch):
    add(site, monkeypatch, "first", HONEST, {"soma": "make", "same": "make"})
    add(site, monkeypatch, "second", HONEST, {"same": "make"})
    names = list(registry.others())
    assert names == ["first:same", "second:same", "first:soma"]
    assert registry.load_matcher("second:same").name == "second:same"
    with pytest.raises(BadInput, match="first:same"):
        registry.load_matcher("same")


class Scripted:
    tile_px, batch = 128, 1

    def __init__(self, answer):
        self.answer = answer

    def match(self, pairs, search, feedback=None):
        if isinstance(self.answer, Exception):
            raise self.answer
        return [self.answer for _ in pairs]


def answered(**changes):
    xy = np.full((3, 2), 60.0)
    values = {"mov": xy, "ref": xy, "confidence": np.ones(3), "matrix": None} | changes
    matches = Matches(values["mov"], values["ref"], values["confidence"])
    return TileMatch(matches, values["matrix"], 0.7)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        answered(confidence=np.array([0.1, 0.2, 7.0])),
        answered(matrix=np.eye(2)),
        answered(matrix=np.full((3, 3), np.nan)),
        ValueError("two\nlines"),
        ZeroDivisionError(),
    ],
)
def test_what_it_raises_and_wrong_answers_are_one_sentence(answer):
    with pytest.raises(
        ModelUnavailable, match="model m of the package p failed"
    ) as told:
        Guarded(Scripted(answer), "m", "p").match([pair()], Search(8))
    assert "\n" not in str(told.value)


def test_answers_of_another_number_are_told():
    matcher = Scripted(answered())
    matcher.match = lambda pairs, search, feedback: []
    with pytest.raises(ModelUnavailable, match="failed"):
        Guarded(matcher, "m", "p").match([pair()], Search(8))


def test_errors_for_the_user_and_cancels_pass():
    for error in (Cancelled("stop"), BadInput("this file"), MemoryError()):
        with pytest.raises(type(error)):
            Guarded(Scripted(error), "m", "p").match([pair()], Search(8))


def test_matches_outside_and_no_numbers_are_left_out():
    mov = np.array([[60.0, 60.0], [-5.0, 60.0], [np.nan, 60.0], [10.0, 10.0]])
    found = Matches(mov, mov, np.full(4, 0.5))
    tile = textured()
    tile.valid[:20, :20] = False
    matcher = Guarded(Scripted(TileMatch(found, distinctness=0.6)), "m", "p")
    (answer,) = matcher.match([TilePair(tile, tile)], Search(8))
    assert answer.matches.mov_xy.tolist() == [[60.0, 60.0]]
    assert answer.matches.confidence.dtype == np.float32


def test_flat_and_empty_tiles_are_not_asked_about():
    flat = Tile(
        np.zeros((64, 64), np.float32), np.ones((64, 64), bool), np.eye(3), "sar"
    )
    none = Tile(flat.pixels, np.zeros((64, 64), bool), np.eye(3), "sar")
    asked = [TilePair(textured(), side) for side in (flat, none)]
    found = Guarded(Scripted(ValueError("asked")), "m", "p").match(asked, Search(8))
    assert [one.reason for one in found] == ["no_structure"] * 2


def test_it_registers_as_any_other_and_prints_nothing_into_the_answer(
    site, monkeypatch, tmp_path, capsys
):
    add(site, monkeypatch, "teller", HONEST, {"told": "make"}, [SUMMARY])
    ground = ndimage.gaussian_filter(np.random.default_rng(5).random((140, 140)), 1.5)
    ground = (ground * 255 / ground.max()).astype(np.uint8)
    ref, mov = ground[5:133, 5:133], ground[3:131, 8:136]
    paths = [str(tmp_path / name) for name in ("sar.tif", "optical.tif")]
    for path, pixels in zip(paths, (mov, ref), strict=True):
        write_bare(Path(path), pixels)
    out = str(tmp_path / "pair.json")
    more = ("--search", "near", "--max-shift", "16", "--json", "--out", out)
    files = ("--mov", paths[0], "--ref", paths[1])
    assert main(["match", *files, "--model", "told", *more]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) and "a library that talks" in said.err
    report = json.loads(Path(out).read_text(encoding="utf-8"))
    assert report["model"] == "told"
    assert np.allclose(report["mov_to_ref"], [[1, 0, 3], [0, 1, -2], [0, 0, 1]])


def test_what_agrees_with_itself_on_unrelated_images_does_not_stand_out(
    site, monkeypatch
):
    add(site, monkeypatch, "liar", HONEST, {"liar": "make"})
    matcher = registry.load_matcher("liar")
    for seed in range(3):
        unrelated = TilePair(textured(seed), textured(seed + 100))
        (found,) = matcher.match([unrelated], Search(16))
        assert len(found.matches) and found.distinctness < 0.46
