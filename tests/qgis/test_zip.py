"""The zip passes the site's gate, and works in a clean profile of a real QGIS."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from checkout import ROOT, load_file
from soma.ui.engine import environment

pack = load_file("scripts/package.py")


@pytest.fixture(scope="module")
def soma_zip(tmp_path_factory):
    out = tmp_path_factory.mktemp("zip") / "soma.zip"
    pack.write_zip(out)
    return out


def test_gate_finds_nothing(soma_zip):
    assert pack.gate(soma_zip) == []


def test_zip_holds_the_plugin_and_nothing_else(soma_zip):
    names = zipfile.ZipFile(soma_zip).namelist()
    folders = {name.split("/")[1] for name in names if name.count("/") > 1}
    assert folders <= {"core", "models", "ui", "i18n", "requirements", "help"}
    assert "soma/requirements/engine.lock" in names
    assert "soma/core/products/templates/report.html.j2" in names
    assert "soma/core/products/templates/report.css.j2" in names
    assert soma_zip.stat().st_size < 25_000_000


BAD = {
    "core/bad.py": ("import subprocess\nassert 1\n", "bandit B101"),
    "core/secret.py": ("KEY = 'AKIA" + "IOSFODNN7EXAMPLZ'\n", "detect-secrets"),
    "core/untidy.py": ("import os\n", "flake8"),
    ".hidden": ("", "does not belong"),
    "tests/test_a.py": ("", "does not belong"),
    "a.pyc": ("", "does not belong"),
    "core/lib.bin": ("\x7fELF....", "program or a pickle"),
}


def test_gate_catches_what_does_not_belong(tmp_path):
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.write(ROOT / "metadata.txt", "soma/metadata.txt")
        for name, (content, _) in BAD.items():
            archive.writestr(f"soma/{name}", content)
    found = pack.gate(bad)
    for name, (_, words) in BAD.items():
        assert any(words in line and name in line for line in found), (name, found)


def test_gate_catches_metadata(soma_zip, tmp_path):
    with zipfile.ZipFile(soma_zip) as archive:
        archive.extractall(tmp_path)
    path = tmp_path / "soma" / "metadata.txt"
    path.write_text(path.read_text().replace("version=", "version=v"))
    assert any("like 1.2.3" in line for line in pack.metadata_problems(path.parent))


def test_neutral_publisher_fields_are_told():
    assert set(pack.neutral_fields(ROOT)) <= set(pack.PUBLISHER)


def clean_profile(tmp_path):
    ini = tmp_path / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    ini.parent.mkdir(parents=True)
    python = environment.venv_python(ROOT / ".venv")
    ini.write_text(
        f"[soma]\nengine_python={python}\n[qgis]\ncheckVersion=false\n"
        "[news-feed]\nhttpsfeedqgisorg\\disabled=true\n"
    )
    return ini


@pytest.fixture
def start_qgis(soma_zip, pair, tmp_path):
    """Return a function that starts QGIS with the profile, for one step."""
    script = str(Path(__file__).parent / "in_window.py")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "QGIS_"))}

    def start(step):
        report = tmp_path / f"{step}.json"
        display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
        qgis = ["qgis", "--nologo", "--noversioncheck", "--profiles-path", tmp_path]
        done = subprocess.run(
            [*display, *qgis, "--code", script],
            env={
                **kept,
                "SOMA_TEST_STEP": step,
                "SOMA_TEST_ZIP": str(soma_zip),
                "SOMA_TEST_PAIR": json.dumps(pair),
                "SOMA_TEST_OUT": str(tmp_path / "out"),
                "SOMA_TEST_REPORT": str(report),
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert report.exists(), done.stderr[-3000:]
        found = json.loads(report.read_text())
        assert "error" not in found, found["error"]
        assert done.returncode == 0, done.stderr[-3000:]
        return found

    return start


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run")
def test_zip_installs_registers_and_uninstalls(start_qgis, tmp_path):
    profile = clean_profile(tmp_path).parents[1]
    folder = profile / "python" / "plugins" / "soma"
    found = start_qgis("install")
    assert not any(found["before"].values())
    assert all(found["installed"].values()), found["installed"]
    assert (folder / "metadata.txt").exists() and not (folder / "tests").exists()

    found = start_qgis("use")
    assert all(found["started"].values()), found["started"]
    assert found["result"]["status"] == "ok" and found["layers"] == 7
    assert all(Path(path).exists() for path in found["result"]["files"].values())
    # The engine is the Python that was named, and runs the code of the zip.
    assert found["command"][0] == str(environment.venv_python(ROOT / ".venv"))
    assert str(folder / "core" / "engine" / "bootstrap.py") in found["command"]
    assert not any(found["uninstalled"].values()), found["uninstalled"]
    assert not folder.exists()
    assert found["worker"] and not Path(f"/proc/{found['worker']}").exists()
