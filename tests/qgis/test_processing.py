"""The algorithms: usable without a window, and their files equal to the command's."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from checkout import SOMA
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsRasterLayer,
    QgsVectorLayer,
)
from soma.ui.engine.engine import Engine
from soma.ui.processing.provider import SomaProvider

#: These say when and where they were written, so they cannot be equal in bytes.
DATED = {"report.html", "matches.gpkg", ".soma-outputs.json"}


@pytest.fixture
def run(qapp, project):
    """Return a function that runs an algorithm of the provider."""
    engine = Engine()
    provider = SomaProvider(engine)
    QgsApplication.processingRegistry().addProvider(provider)

    def run(name, **parameters):
        algorithm = provider.algorithm(name).create()
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        context.setProject(project)
        good, why = algorithm.checkParameterValues(parameters, context)
        assert good, why
        return algorithm.processAlgorithm(parameters, context, feedback)

    yield run
    QgsApplication.processingRegistry().removeProvider(provider)
    engine.close()


def cli(*words, code=0):
    done = subprocess.run([SOMA, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_register_gives_the_files_of_the_command(run, pair, tmp_path):
    # QGIS itself stores statistics beside a raster that it shows.
    out = run(
        "register",
        SAR=pair[0],
        OPTICAL=pair[1],
        OUTPUT=str(tmp_path / "a"),
        LOAD=False,
    )
    cli("register", *pair, "--out", tmp_path / "b", "--quiet")
    names = {p.name for p in (tmp_path / "a").iterdir()}
    assert names == {p.name for p in (tmp_path / "b").iterdir()}
    for name in names - DATED:
        assert (tmp_path / "a" / name).read_bytes() == (
            tmp_path / "b" / name
        ).read_bytes(), name
    assert out["AFTER_PX"] < 1 < out["BEFORE_PX"]
    assert Path(out["REPORT"]).exists()


def test_options_reach_the_engine(run, pair, tmp_path):
    layer = QgsRasterLayer(pair[1], "o")
    box = layer.extent()
    area = f"{box.xMinimum()},{box.center().x()},{box.yMinimum()},{box.yMaximum()}"
    run(
        "register",
        SAR=pair[0],
        OPTICAL=pair[1],
        OUTPUT=str(tmp_path / "a"),
        TRANSFORM="affine",
        AREA=f"{area} [{layer.crs().authid()}]",
        GRID="20",
        RESAMPLING="bilinear",
        MODEL="gradient",
        EFFORT="thorough",
    )
    found = json.loads((tmp_path / "a" / "transform.json").read_text())
    assert ">thorough</td>" in (tmp_path / "a" / "report.html").read_text()
    assert found["kind"] == "affine" and found["model"] == "gradient"
    assert found["working"]["width"] < 0.6 * layer.width()
    assert gdal.Open(str(tmp_path / "a" / "registered.tif")).GetGeoTransform()[1] == 20


def test_match_points_equal_those_of_the_command(run, pair, tmp_path):
    out = run(
        "matchpoints", SAR=pair[0], OPTICAL=pair[1], OUTPUT=str(tmp_path / "m.json")
    )
    own = json.loads((tmp_path / "m.json").read_text())
    cli("match", "--mov", pair[0], "--ref", pair[1], "--out", tmp_path / "c.json")
    other = json.loads((tmp_path / "c.json").read_text())
    own.pop("seconds"), other.pop("seconds")
    assert own == other and out["MATCHES"] == len(own["matches"]["confidence"])


def test_match_points_give_a_layer_at_the_places_of_the_json(run, pair, tmp_path):
    wanted = {"OUTPUT": str(tmp_path / "m.json"), "POINTS": str(tmp_path / "m.gpkg")}
    out = run("matchpoints", SAR=pair[0], OPTICAL=pair[1], **wanted)
    layer = QgsVectorLayer(wanted["POINTS"], "points", "ogr")
    matches = json.loads((tmp_path / "m.json").read_text())["matches"]
    points = [feature.geometry().asPoint() for feature in layer.getFeatures()]
    assert len(points) == out["MATCHES"] == len(matches["ref_xy"]) > 20
    optical = QgsRasterLayer(pair[1], "optical")
    assert layer.crs() == optical.crs()
    box, step = optical.extent(), optical.rasterUnitsPerPixelX()
    for point, (x, y) in zip(points, matches["ref_xy"], strict=True):
        assert point.x() == pytest.approx(box.xMinimum() + x * step, abs=1e-3 * step)
        assert point.y() == pytest.approx(box.yMaximum() - y * step, abs=1e-3 * step)
    inlier = [bool(feature["inlier"]) for feature in layer.getFeatures()]
    assert inlier == matches["inlier"]


def test_match_points_write_what_is_asked_for(run, pair, tmp_path):
    out = run("matchpoints", SAR=pair[0], OPTICAL=pair[1])
    assert set(out) == {"MATCHES"}
    shape = str(tmp_path / "m.shp")
    out = run("matchpoints", SAR=pair[0], OPTICAL=pair[1], POINTS=shape)
    assert QgsVectorLayer(shape, "", "ogr").featureCount() == out["MATCHES"]


def test_checkerboard_and_apply_equal_those_of_the_command(run, pair, tmp_path):
    run("checkerboard", A=pair[0], B=pair[1], CELL=32, OUTPUT=str(tmp_path / "a.tif"))
    cli("checkerboard", *pair, "--cell", 32, "--out", tmp_path / "b.tif")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    cli("register", *pair, "--out", tmp_path / "r", "--quiet")
    transform = tmp_path / "r" / "transform.json"
    out = run(
        "applytransform",
        TRANSFORM=str(transform),
        RASTERS=[pair[0]],
        OUTPUT=str(tmp_path / "p"),
    )
    cli("apply", transform, pair[0], "--out", tmp_path / "q", "--quiet")
    other = tmp_path / "q" / "sar_registered.tif"
    assert Path(out["LAYERS"][0]).read_bytes() == other.read_bytes()


def test_assess_tells_a_shift(run, pair):
    out = run("assessalignment", SAR=pair[0], OPTICAL=pair[1])
    assert out["STATUS"] == "shifted" and "shifted by" in out["VERDICT"]
    # Scripts look for plain blanks.
    assert "\u00a0" not in "".join(map(str, out.values()))


def test_bad_option_is_one_sentence(run, pair, tmp_path):
    with pytest.raises(QgsProcessingException, match="grid is"):
        run(
            "register",
            SAR=pair[0],
            OPTICAL=pair[1],
            OUTPUT=str(tmp_path / "a"),
            GRID="much",
        )


@pytest.fixture
def bare_profile(tmp_path):
    """The environment of somebody with the plugin's folder and nothing else."""
    if shutil.which("qgis_process") is None:
        pytest.skip("needs qgis_process")
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "soma").symlink_to(Path(__file__).resolve().parents[2])
    return {
        **os.environ,
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
    }


@pytest.fixture
def qgis_process(bare_profile):
    """Return a function that runs ``qgis_process`` with the plugin enabled."""
    # Debian's wrapper adds options that the program itself refuses.
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")

    def run(*words):
        return subprocess.run(
            [program, *words],
            env=bare_profile,
            capture_output=True,
            text=True,
            timeout=600,
        )

    assert run("plugins", "enable", "soma").returncode == 0
    return run


def test_qgis_process_says_how_to_set_the_engine_up(qgis_process, bare_profile, pair):
    """There is no menu on a command line."""
    plugins = Path(bare_profile["HOME"]) / "profiles/default/python/plugins"
    (plugins / "soma").unlink()
    left_out = shutil.ignore_patterns(".*", "tests", "runs", "out", "example")
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root, plugins / "soma", ignore=left_out)
    words = [
        "run",
        "soma:assessalignment",
        "--",
        f"SAR={pair[0]}",
        f"OPTICAL={pair[1]}",
    ]
    done = qgis_process(*words)
    assert done.returncode != 0
    told = done.stdout + done.stderr
    line = re.search(r'(python3 -m venv ".*?") && ".*?" .* -r "(.*?)"', told)
    assert line, told
    make, lock = line.groups()
    assert Path(lock).is_file()
    subprocess.run(make, shell=True, check=True)
    # There is a Python now; the engine says itself which packages it lacks.
    assert "not set up" not in qgis_process(*words).stderr


def test_qgis_process_registers(qgis_process, pair, tmp_path):
    sar, optical = f"SAR={pair[0]}", f"OPTICAL={pair[1]}"
    out = tmp_path / "with space"
    done = qgis_process("run", "soma:register", "--", sar, optical, f"OUTPUT={out}")
    assert done.returncode == 0, done.stderr
    assert (out / "registered.tif").exists() and "Warping" in done.stdout


def readme_commands():
    """Return the lines of the README for work without a window."""
    text = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    return re.findall(r"^qgis_process\.bin .*$", text, re.MULTILINE)


def test_qgis_process_works_as_the_readme_spells_it(bare_profile, pair, tmp_path):
    """Spelled for Debian, whose QGIS these tests are for; without a display."""
    environment, work = bare_profile, tmp_path / "work"
    work.mkdir()
    for path in pair:
        shutil.copy(path, work)
    commands = readme_commands()
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(
            command.split(),
            env=environment,
            cwd=work,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (work / "out" / "registered.tif").exists()


def test_choices_may_be_numbers_as_qgis_process_asks_for(run, pair, tmp_path):
    values = {"SAR": pair[0], "OPTICAL": pair[1], "OUTPUT": str(tmp_path / "m.json")}
    run("matchpoints", **values, TRANSFORM="3", MOVING=1)
    found = json.loads((tmp_path / "m.json").read_text())
    assert found["transform"] == "affine"
    shift = [np.subtract(*places) for places in zip(*two_sides(found), strict=True)]
    run("matchpoints", **values, TRANSFORM="affine", MOVING="sar")
    other = json.loads((tmp_path / "m.json").read_text())
    back = [np.subtract(*places) for places in zip(*two_sides(other), strict=True)]
    assert np.allclose(np.median(shift, axis=0), -np.median(back, axis=0), atol=1)


def two_sides(found):
    return found["matches"]["mov_xy"], found["matches"]["ref_xy"]


def test_qgis_process_fails_when_refused(qgis_process, pair, sea, tmp_path):
    done = qgis_process(
        "run",
        "soma:register",
        "--",
        f"SAR={pair[0]}",
        f"OPTICAL={sea}",
        f"OUTPUT={tmp_path / 'out'}",
    )
    assert done.returncode != 0 and "Refused" in done.stdout + done.stderr
