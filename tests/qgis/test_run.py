"""``./run`` ends in QGIS: in its window, or without one through qgis_process."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.PyQt.QtGui import QImage

ROOT = Path(__file__).resolve().parents[2]
FILES = {"registered.tif", "report.html", "matches.gpkg", "transform.json"}


@pytest.fixture(scope="module")
def engine():
    """What the first call of ./run makes."""
    subprocess.run([ROOT / "scripts/setup.sh"], check=True, capture_output=True)


@pytest.fixture
def run(engine, tmp_path):
    """Return a function that calls ./run as a user would, in a folder of its own."""

    def call(*words, wrapper=(), **variables):
        hidden = ("QT_", "QGIS_", "DISPLAY", "WAYLAND_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        return subprocess.run(
            [*wrapper, ROOT / "run", *words],
            cwd=tmp_path,
            env={**kept, "SOMA_QGIS_HOME": str(tmp_path / "home"), **variables},
            capture_output=True,
            text=True,
            timeout=600,
        )

    return call


def test_with_a_display_qgis_shows_the_registered_pair(run, pair, tmp_path):
    report = tmp_path / "report.json"
    display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
    done = run(
        *pair,
        wrapper=display,
        PYQGIS_STARTUP=str(Path(__file__).parent / "in_run.py"),
        SOMA_TEST_REPORT=str(report),
    )
    log = (tmp_path / "home" / "log.txt").read_text()
    assert done.returncode == 0, done.stderr + log
    assert len(done.stderr.splitlines()) <= 3 and not done.stdout, done.stderr
    found = json.loads(report.read_text())
    assert found["shown"] and found["dock"], log
    assert "Registered to within" in found["verdict"]
    assert found["groups"] == ["SOMA: sar – optical"]
    assert {"sar, match points", "sar, registered"} <= set(found["in_group"])
    assert {"sar", "optical"} <= set(found["layers"])
    assert found["compared"] == ["optical", "sar, registered"]
    picture = QImage(f"{report}.png")
    assert picture.width() > 1000 and _is_drawn(picture)
    assert FILES <= {p.name for p in (tmp_path / "out/sar_registered_001").iterdir()}


def _is_drawn(picture):
    """Return whether the middle of the map shows more than a few colours."""
    middle = range(picture.width() // 3, picture.width() // 2)
    row = picture.height() // 2
    return len({picture.pixel(x, row) for x in middle}) > 30


def test_without_a_display_qgis_process_does_it(run, pair, tmp_path):
    done = run(*pair)
    assert done.returncode == 0, done.stderr
    assert "Registered: " in done.stderr and "are in out;" in done.stderr
    assert FILES <= {p.name for p in (tmp_path / "out").iterdir()}


def test_a_refusal_is_told_in_one_sentence(run, pair, tmp_path):
    """The optical image is upside down: it shows another place than it says."""
    other = str(tmp_path / "other.tif")
    copy = gdal.GetDriverByName("GTiff").CreateCopy(other, gdal.Open(pair[1]))
    copy.WriteArray(copy.ReadAsArray()[..., ::-1, ::-1].copy())
    del copy  # closes it, which writes it
    done = run(pair[0], other)
    assert done.returncode != 0
    assert "Refused: " in done.stderr.splitlines()[-1]
