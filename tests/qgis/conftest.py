"""A real QGIS without its main window: the application, a canvas and a bare iface."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import canvas_world as cw
import pytest
from bare_iface import Iface
from checkout import ROOT, import_root, simulated
from online_maps import write_tiles
from osgeo import gdal

_HOME = tempfile.mkdtemp(prefix="soma-qgis-")
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = _HOME
os.environ["SOMA_ENGINE_DIR"] = str(Path(_HOME) / "engine home")

import_root()

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsSettings,
)
from qgis.PyQt.QtCore import QCoreApplication, QSettings  # noqa: E402

#: A test that takes longer stands still; ``faulthandler_timeout`` is the end then.
_PATIENCE_S = 270
_BEAT = Path(_HOME) / "beat"


def pytest_sessionstart(session):
    """Have somebody look who needs neither Python's lock nor Qt's."""
    _BEAT.touch()
    watch = [ROOT / "tests" / "support" / "stuck.py", os.getpid(), _BEAT, _PATIENCE_S]
    lane, taken = os.environ.get("SOMA_LANE"), os.environ.get("SOMA_TAKEN_BY_LANE")
    note = [Path(taken) / f"{lane}.stuck"] if lane and taken else []
    subprocess.Popen([sys.executable, *map(str, [*watch, *note])])


def pytest_runtest_protocol(item):
    """Leave out the files that another lane took; see scripts/run-qgis-tests.sh."""
    _BEAT.touch()
    lane, taken = os.environ.get("SOMA_LANE"), os.environ.get("SOMA_TAKEN_BY_LANE")
    if not lane or not taken:
        return None
    owner = Path(taken) / f"{item.path.name}.lane"
    try:
        with owner.open("x", encoding="utf-8") as claim:
            claim.write(lane)
    except FileExistsError:
        return None if owner.read_text(encoding="utf-8") == lane else True
    return None


def pytest_sessionfinish(session, exitstatus):
    session.config.soma_exit = int(exitstatus)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config):
    """End at once: which of Python and Qt takes QGIS's objects down first is luck.

    That includes pytest's own last collection of garbage, which would come before.

    How a real QGIS ends with the plugin is a test of its own, see ``test_zip``.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(getattr(config, "soma_exit", 1))


@pytest.fixture(scope="session")
def qapp():
    """The QGIS application; pytest-qt takes it as its own."""
    # Otherwise settings would stay from one run of the tests to the next.
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, _HOME)
    app = QgsApplication.instance() or QgsApplication([], True, _HOME)
    app.setOrganizationName("soma-tests")
    app.initQgis()
    yield app
    QgsProject.instance().clear()
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """A simulated pair with truth: (sar, optical)."""
    return tuple(map(str, simulated(tmp_path_factory.mktemp("pair"), 384)))


@pytest.fixture
def sea(pair, tmp_path):
    """A raster where the pair's optical one lies, of one value: nothing fits it."""
    source, path = gdal.Open(pair[1]), str(tmp_path / "sea.tif")
    size = source.RasterXSize, source.RasterYSize
    made = gdal.GetDriverByName("GTiff").Create(path, *size, 1, gdal.GDT_Byte)
    made.SetGeoTransform(source.GetGeoTransform())
    made.SetProjection(source.GetProjection())
    made.GetRasterBand(1).Fill(90)
    del made
    return path


@pytest.fixture(scope="session")
def toolbox_code(qapp):
    """QGIS's own code for algorithms, ``processing``, can be imported."""
    folder = f"{QgsApplication.pkgDataPath()}/python/plugins"
    if folder not in sys.path:
        sys.path.append(folder)


@pytest.fixture
def project(qapp):
    """The project, empty before and after."""
    project = QgsProject.instance()
    project.clear()
    yield project
    project.clear()


@pytest.fixture
def iface(qapp):
    iface = Iface()
    iface.window.show()
    yield iface
    iface.window.close()
    iface.window.deleteLater()
    qapp.processEvents()


@pytest.fixture
def plugin(iface, project):
    """The plugin, loaded like QGIS loads it."""
    from soma import classFactory
    from soma.ui.qt import settings

    settings.save(settings.Settings())
    plugin = classFactory(iface)
    plugin.initGui()
    yield plugin
    if plugin.engine is not None:
        plugin.unload()


@pytest.fixture
def layers(project, pair):
    """The pair as layers of the project."""
    made = [QgsRasterLayer(pair[0], "sar"), QgsRasterLayer(pair[1], "optical")]
    for layer in made:
        assert layer.isValid()
    project.addMapLayers(made)
    return made


@pytest.fixture
def scene(project, tmp_path):
    """A red and a blue layer on a canvas, to be compared."""
    from flat_pair import Flat

    found = Flat(tmp_path)
    yield found
    found.close()


@pytest.fixture
def online(project, layers, tmp_path):
    """The optical image as tiles in Web Mercator, read by QGIS's WMS provider."""
    path = str(tmp_path / "map.mbtiles")
    write_tiles(layers[1].source(), path)
    layer = QgsRasterLayer(f"type=mbtiles&url=file://{path}", "map", "wms")
    assert layer.isValid()
    project.addMapLayer(layer)
    return layer


@pytest.fixture
def dock(plugin, layers, tmp_path):
    """The dock with the pair chosen and results going to a folder of the test.

    With the gradient matcher: torch takes seconds to start in every new worker.
    """
    plugin.show_dock()
    plugin.dock.form.models.choose("gradient")
    plugin.dock.form.folder.setFilePath(str(tmp_path / "Ergebnisse ü"))
    return plugin.dock


@pytest.fixture
def wait(qapp):
    """Return a function that runs the event loop until something holds."""

    def until(condition, seconds=cw.PATIENCE_S):
        assert cw.wait_for(condition, seconds), "this did not come about in time"

    return until


@pytest.fixture
def process(plugin, project):
    """Return a function that runs an algorithm: its outputs, or what it complains."""

    def run(name, **parameters):
        algorithm = plugin.provider.algorithm(name)
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        context.setProject(project)
        outputs, ok = algorithm.run(parameters, context, feedback)
        return outputs if ok else feedback.textLog()

    return run


@pytest.fixture
def in_task(plugin, project, wait):
    """Return a function that runs an algorithm in a task, as the toolbox does.

    It returns (ok, outputs, context, feedback), after a cancel where one is wanted
    as soon as ``until`` holds.
    """

    def run(name, until=None, **parameters):
        algorithm = plugin.provider.algorithm(name).create()
        context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
        context.setProject(project)
        ended = []
        task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, feedback)
        task.executed.connect(lambda ok, found: ended.append((ok, found)))
        QgsApplication.taskManager().addTask(task)
        if until is not None:
            wait(until)
            task.cancel()
        wait(lambda: ended)
        return *ended[0], context, feedback

    return run


@pytest.fixture
def chinese(qapp):
    """QGIS in Simplified Chinese."""
    from soma.ui.qt import i18n

    QgsSettings().setValue("locale/overrideFlag", True)
    QgsSettings().setValue("locale/userLocale", "zh-Hans")
    translator = i18n.install_translator()
    assert translator is not None
    yield
    QCoreApplication.removeTranslator(translator)
    for name in ("overrideFlag", "userLocale"):
        QgsSettings().remove(f"locale/{name}")


@pytest.fixture(scope="module")
def engine(qapp):
    """An engine of the test's own, without dock or plugin."""
    from soma.ui.engine.engine import Engine

    found = Engine()
    yield found
    found.close()
