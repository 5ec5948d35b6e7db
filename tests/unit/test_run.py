"""``./run``: which way it goes, what it says, and how it links the plugin."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import ROOT, load_file

PLACE = Path("profiles/default/python/plugins/soma")


home = load_file("scripts/qgis_home.py")


@pytest.fixture
def start(tmp_path):
    """Return a function that starts what ./run starts, with no programs but fakes."""
    (tmp_path / "bin").mkdir()

    def call(*words, **variables):
        return subprocess.run(
            [sys.executable, ROOT / "scripts/start.py", *map(str, words)],
            cwd=tmp_path,
            env={
                "PATH": str(tmp_path / "bin"),
                "HOME": str(tmp_path),
                "SOMA_QGIS_HOME": str(tmp_path / "own"),
                **variables,
            },
            capture_output=True,
            text=True,
        )

    return call


@pytest.fixture
def fake(tmp_path):
    """Return a function that puts a program into the path, which notes its call."""

    def make(name, code=0, says=""):
        path = tmp_path / "bin" / name
        note = "{'words': sys.argv[1:], 'variables': dict(os.environ)}"
        path.write_text(
            f"#!{sys.executable}\nimport json, os, sys\n"
            f"json.dump({note}, open({str(tmp_path / name)!r}, 'w'))\n"
            f"print({says!r})\nprint({says!r}, file=sys.stderr)\nsys.exit({code})\n"
        )
        path.chmod(0o755)

    def called(name):
        path = tmp_path / name
        return json.loads(path.read_text()) if path.exists() else None

    make.called = called
    return make


@pytest.fixture
def pair(tmp_path):
    """Two names of files; what is in them matters to fakes only."""
    paths = [tmp_path / "a b.tif", tmp_path / "c.tif"]
    for path in paths:
        path.write_bytes(b"no raster")
    return paths


def test_help_is_shown_without_setting_anything_up(tmp_path):
    copy = tmp_path / "run"
    copy.write_bytes((ROOT / "run").read_bytes())
    done = subprocess.run(["bash", copy, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr
    for words in ("./run --install", "./run SAR OPTICAL", "QGIS", "display"):
        assert words in done.stdout
    assert "set -e" not in done.stdout and "#" not in done.stdout


def test_with_a_display_qgis_gets_plugin_script_and_pair(start, fake, pair, tmp_path):
    fake("qgis"), fake("qgis_process")
    done = start(pair[0].name, pair[1], DISPLAY=":9")
    assert done.returncode == 0, done.stderr
    found = fake.called("qgis")
    assert found["words"][-2:] == ["--code", str(ROOT / "scripts/show_pair.py")]
    own = Path(found["words"][found["words"].index("--profiles-path") + 1])
    assert own == tmp_path / "own" and (own / PLACE).resolve() == ROOT
    settings = (own / "profiles/default/QGIS/QGIS3.ini").read_text()
    assert "[PythonPlugins]\nsoma=true" in settings
    shown = json.loads(found["variables"]["SOMA_SHOW"])
    assert shown == {
        "sar": str(pair[0]),
        "optical": str(pair[1]),
        "out": str(tmp_path / "out"),
    }
    assert fake.called("qgis_process") is None


def test_what_the_user_changed_in_the_profile_stays(start, fake, pair, tmp_path):
    fake("qgis")
    start(*pair, WAYLAND_DISPLAY="wayland-0")
    settings = tmp_path / "own/profiles/default/QGIS/QGIS3.ini"
    settings.write_text("mine")
    assert start(*pair, WAYLAND_DISPLAY="wayland-0").returncode == 0
    assert settings.read_text() == "mine"


def test_a_qgis_that_breaks_down_is_told_with_its_log(start, fake, pair, tmp_path):
    fake("qgis", code=134, says="could not connect to display")
    done = start(*pair, DISPLAY=":9")
    assert done.returncode == 1 and "own/log.txt" in done.stderr
    assert "could not connect" in (tmp_path / "own/log.txt").read_text()


def test_without_a_display_qgis_process_is_taken(start, fake, pair, tmp_path):
    results = {"BEFORE_PX": 17.58, "AFTER_PX": 0.23, "EXPECTED_ERROR_PX": 0.37}
    fake("qgis")
    fake("qgis_process", says=json.dumps({"results": results}))
    done = start(*pair)
    assert done.returncode == 0, done.stderr
    found = fake.called("qgis_process")
    assert found["words"][-4:] == [
        "--",
        f"SAR={pair[0]}",
        f"OPTICAL={pair[1]}",
        f"OUTPUT={tmp_path / 'out'}",
    ]
    assert found["variables"]["QGIS_CUSTOM_CONFIG_PATH"] == str(tmp_path / "own")
    assert "17.6 px apart and are now 0.23 px" in done.stderr
    assert fake.called("qgis") is None


@pytest.mark.parametrize("code", (0, 1))
def test_no_result_of_qgis_process_is_an_error_with_its_reason(start, fake, pair, code):
    fake("qgis_process", code, says="Refused: sea\nQStandardPaths: noise")
    done = start(*pair)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Refused: sea"


def test_without_qgis_the_command_line_works_and_says_how_to_get_it(
    start, make_raster, tmp_path
):
    pair = [make_raster("s.tif", shape=(64, 64)), make_raster("o.tif", shape=(64, 64))]
    done = start(*pair, DISPLAY=":9")
    # Noise is refused, by the engine itself.
    assert done.returncode == 3, done.stderr
    assert (tmp_path / "out" / "report.html").exists()
    assert "QGIS was not found" in done.stderr and "apt install qgis" in done.stderr


def test_options_are_those_of_the_command_line(start, fake, make_raster, tmp_path):
    fake("qgis"), fake("qgis_process")
    pair = [make_raster("s.tif", shape=(64, 64)), make_raster("o.tif", shape=(64, 64))]
    assert start(*pair, "--out=there", "--quiet", DISPLAY=":9").returncode == 3
    assert (tmp_path / "there" / "report.html").exists()
    assert start(*pair, "--quiet", DISPLAY=":9").returncode == 3
    assert (tmp_path / "out" / "report.html").exists()
    assert fake.called("qgis") is None and fake.called("qgis_process") is None


def test_a_missing_file_is_told_before_qgis_opens(start, fake, pair):
    fake("qgis")
    done = start(pair[0], "nowhere.tif", DISPLAY=":9")
    assert done.returncode == 2 and "no file nowhere.tif" in done.stderr
    assert fake.called("qgis") is None


def test_install_links_the_plugin_once(start, tmp_path):
    place = tmp_path / ".local/share/QGIS/QGIS3" / PLACE
    done = start("--install")
    assert done.returncode == 0 and place.is_symlink() and place.resolve() == ROOT
    assert str(place) in done.stderr and "Restart QGIS" in done.stderr
    again = start("--install")
    assert again.returncode == 0 and "linked already" in again.stderr


def test_install_serves_qgis_4_as_well_where_it_is(start, tmp_path):
    for name in ("QGIS3", "QGIS4"):
        (tmp_path / "data/QGIS" / name).mkdir(parents=True)
    assert start("--install", XDG_DATA_HOME=str(tmp_path / "data")).returncode == 0
    for name in ("QGIS3", "QGIS4"):
        assert (tmp_path / "data/QGIS" / name / PLACE).resolve() == ROOT


@pytest.mark.parametrize("kind", ("folder", "link", "broken link"))
def test_install_leaves_another_soma_alone(start, tmp_path, kind):
    base = tmp_path / ".local/share/QGIS"
    (base / "QGIS3").mkdir(parents=True)
    place, other = base / "QGIS4" / PLACE, tmp_path / "other"
    place.parent.mkdir(parents=True)
    if kind == "folder":
        place.mkdir()
    else:
        other.mkdir()
        place.symlink_to(other)
    if kind == "broken link":
        other.rmdir()
    done = start("--install")
    assert done.returncode == 2 and str(place) in done.stderr
    assert "nothing was changed" in done.stderr
    assert place.is_dir() == (kind != "broken link")
    assert kind == "folder" or os.readlink(place) == str(other)
    assert not (base / "QGIS3" / PLACE).exists()


def test_folders_and_display_of_a_mac(monkeypatch, tmp_path):
    monkeypatch.setattr(home.sys, "platform", "darwin")
    monkeypatch.setattr(home.Path, "home", lambda: tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    base = tmp_path / "Library/Application Support/QGIS"
    assert home.user_folders() == [base / "QGIS3"]
    (base / "QGIS4").mkdir(parents=True)
    assert home.user_folders() == [base / "QGIS4"]
    assert home.has_display()


def test_no_display_is_noticed(monkeypatch):
    monkeypatch.setattr(home.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not home.has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert home.has_display()
