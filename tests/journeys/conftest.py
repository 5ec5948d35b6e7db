"""Journeys: a person installs the zip and works with the plugin in a real QGIS.

SOMA_JOURNEY_PICTURES names a folder where pictures of all steps are kept.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import screen
from checkout import ROOT, simulated
from person import Person
from program import Home, Program
from screen import SIZE
from setting_up import install_zip, take_existing_python

#: The engine that a person who has one names in the set-up.
PYTHON = ROOT / ".venv" / "bin" / "python"
#: The user wants no news of the network here.
SETTINGS = {
    "qgis": {"checkVersion": "false"},
    "news-feed": {"httpsfeedqgisorg\\disabled": "true"},
}


def pytest_collection_modifyitems(items):
    missing = [
        name
        for name, there in (("qgis", shutil.which("qgis")), ("Xvfb", screen.is_there()))
        if not there
    ]
    if missing:
        why = f"journeys need {' and '.join(missing)}, not found on this machine"
        for item in items:
            item.add_marker(pytest.mark.skip(reason=why))


class Stage:
    """Starts QGIS for people of one journey, and keeps their diaries.

    Args:
        folder: for homes and logs.
        diary: for pictures and steps.
    """

    def __init__(self, folder: Path, diary: Path):
        self.folder, self.diary = folder, diary

    @contextlib.contextmanager
    def qgis(self, home, name="", files=(), words=None, variables=None, size=SIZE):
        """Start QGIS, leave it by its menu at the end; fails for all faults noted.

        Args:
            home: whose QGIS it is.
            name: for log and diary, when there is more than one in a journey.
            files: that it opens.
            words: how texts read in its language, by the English ones.
            variables: further environment variables.
            size: of the display.
        """
        __tracebackhide__ = True
        log = self.folder / f"{name or 'qgis'}.log"
        program = Program(home, log, variables, map(str, files), size)
        try:
            me = Person(program, self.diary / name, words)
            trouble = None
            try:
                yield me
                if program.process.poll() is None:
                    with me.step("leaves QGIS"):
                        me.quit()
            except AssertionError as error:
                trouble = str(error)
            problems = me.problems + ([trouble] if trouble else [])
            if problems:
                shown = "\n".join(f"- {p}" for p in problems)
                raise AssertionError(
                    f"pictures in {me.diary.folder}\n{shown}"
                ) from None
        finally:
            program.end()


def _diary(name: str, folder: Path) -> Path:
    kept = os.environ.get("SOMA_JOURNEY_PICTURES", "")
    place = Path(kept) if kept else folder / "pictures"
    return place / re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")


@pytest.fixture
def stage(request, tmp_path):
    """Where this journey happens."""
    return Stage(tmp_path, _diary(request.node.name, tmp_path))


@pytest.fixture(scope="session")
def soma_zip(tmp_path_factory):
    """The zip as it is handed out."""
    out = tmp_path_factory.mktemp("zip") / "soma.zip"
    pack = [sys.executable, ROOT / "scripts" / "package.py", "--no-gate", "--out", out]
    subprocess.run(pack, check=True, capture_output=True)
    return out


@pytest.fixture(scope="session")
def installed(soma_zip, tmp_path_factory):
    """A home whose QGIS has the plugin: installed by the plugin manager's dialog."""
    folder = tmp_path_factory.mktemp("installed")
    home = Home(folder / "home")
    home.set_up(**SETTINGS)
    stage = Stage(folder, _diary("0_installs_the_zip", folder))
    with stage.qgis(home) as me:
        install_zip(me, soma_zip)
    return home


@pytest.fixture(scope="session")
def ready(installed, tmp_path_factory):
    """A home with plugin and engine, which was set up in the dialog."""
    folder = tmp_path_factory.mktemp("ready")
    home = installed.copy(folder / "home")
    stage = Stage(folder, _diary("0_sets_up_the_engine", folder))
    with stage.qgis(home) as me:
        with me.step("sets up the engine with a Python that is there"):
            me.menu("Raster", "SOMA", "Set up engine…")
            take_existing_python(me, PYTHON)
            me.click("Close")
    return home


@pytest.fixture
def my_home(ready, tmp_path):
    """A home of this journey's own, ready to work."""
    return ready.copy(tmp_path / "home")


@pytest.fixture(scope="session")
def packages():
    """A folder with all packages of the engine, in place of the network.

    SOMA_ENGINE_PACKAGES names one that is at hand.
    """
    if "SOMA_ENGINE_PACKAGES" in os.environ:
        return Path(os.environ["SOMA_ENGINE_PACKAGES"])
    version = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    fetch = [ROOT / "scripts" / "engine-packages.sh", version]
    done = subprocess.run(fetch, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the engine's packages could not be fetched: {done.stderr[-300:]}")
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """SAR and optical file of a small simulated pair, in a folder of their own."""
    return simulated(tmp_path_factory.mktemp("pair"), 512)


@pytest.fixture(scope="session")
def large_pair(tmp_path_factory):
    """A pair whose stages last long enough to be met."""
    return simulated(tmp_path_factory.mktemp("large"), 1536)
