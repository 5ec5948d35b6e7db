"""The algorithms: usable without a window, and their files equal to the command's."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsRasterLayer,
)
from soma.ui.engine import Engine
from soma.ui.processing.provider import SomaProvider

SOMA = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "soma"

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
    )
    found = json.loads((tmp_path / "a" / "transform.json").read_text())
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
def qgis_process(tmp_path):
    """Return a function that runs ``qgis_process`` with the plugin enabled."""
    # Debian's wrapper adds options that the program itself refuses.
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if program is None:
        pytest.skip("needs qgis_process")
    plugins = tmp_path / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "soma").symlink_to(Path(__file__).resolve().parents[2])
    env = {
        **os.environ,
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
    }

    def run(*words):
        return subprocess.run(
            [program, *words], env=env, capture_output=True, text=True, timeout=600
        )

    assert run("plugins", "enable", "soma").returncode == 0
    return run


def test_qgis_process_registers(qgis_process, pair, tmp_path):
    sar, optical = f"SAR={pair[0]}", f"OPTICAL={pair[1]}"
    out = tmp_path / "with space"
    done = qgis_process("run", "soma:register", "--", sar, optical, f"OUTPUT={out}")
    assert done.returncode == 0, done.stderr
    assert (out / "registered.tif").exists() and "Warping" in done.stdout


def test_qgis_process_fails_when_refused(qgis_process, pair, tmp_path):
    flat = str(tmp_path / "flat.tif")
    source = gdal.Open(pair[1])
    dataset = gdal.GetDriverByName("GTiff").Create(flat, 384, 384, 1, gdal.GDT_Byte)
    dataset.SetGeoTransform(source.GetGeoTransform())
    dataset.SetProjection(source.GetProjection())
    dataset.GetRasterBand(1).Fill(90)
    del dataset
    done = qgis_process(
        "run",
        "soma:register",
        "--",
        f"SAR={pair[0]}",
        f"OPTICAL={flat}",
        f"OUTPUT={tmp_path / 'out'}",
    )
    assert done.returncode != 0 and "Refused" in done.stdout + done.stderr
