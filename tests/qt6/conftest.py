"""The plugin under Qt 6 with a stand-in for QGIS; see ``standin/qgis``."""

import pytest
from bare_iface import Iface
from checkout import import_root
from qgis.core import QgsApplication, QgsSettings

import_root()


@pytest.fixture(scope="session")
def qapp():
    """The application; pytest-qt takes it as its own."""
    return QgsApplication.instance() or QgsApplication([])


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """Settings and engines of each test are its own."""
    monkeypatch.setattr(QgsSettings, "store", {})
    monkeypatch.setenv("SOMA_ENGINE_DIR", str(tmp_path / "engine home"))


@pytest.fixture
def iface(qapp):
    iface = Iface()
    iface.window.show()
    yield iface
    iface.window.close()
    iface.window.deleteLater()
    qapp.processEvents()


@pytest.fixture
def plugin(iface):
    """The plugin, loaded like QGIS loads it, with its dock."""
    from soma import classFactory

    plugin = classFactory(iface)
    plugin.initGui()
    plugin.show_dock()
    assert plugin.tools is not None  # else made a little later
    yield plugin
    if plugin.engine is not None:
        plugin.unload()


@pytest.fixture
def wait(qtbot):
    """Return a function that runs the event loop until something holds."""

    def until(condition, seconds=240):
        qtbot.waitUntil(lambda: bool(condition()), timeout=int(seconds * 1000))

    return until
