"""Loading and unloading leave nothing, and QGIS's process stays clean."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QApplication, QDockWidget

ROOT = Path(__file__).resolve().parents[2]

BLOCKED = """
import sys, json
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "rasterio", "cv2", "scipy", "pyproj"):
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Block())
sys.path[:0] = {folders!r}
import conftest
from qgis.core import QgsApplication
app = QgsApplication([], True); app.initQgis()
iface = conftest.Iface()
from soma import classFactory
plugin = classFactory(iface)
plugin.initGui()
plugin.show_dock()
registry = QgsApplication.processingRegistry()
found = sorted(a.id() for a in registry.algorithms() if a.id().startswith("soma:"))
plugin.unload()
print(json.dumps(found), flush=True)
import os
os._exit(0)
"""


def test_loads_without_torch_rasterio_and_opencv():
    folders = [str(ROOT / "tests" / name) for name in ("qgis", "support")]
    code = BLOCKED.format(folders=folders)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.strip().splitlines()[-1]) == [
        "soma:applytransform",
        "soma:assessalignment",
        "soma:checkerboard",
        "soma:matchpoints",
        "soma:register",
        "soma:registermany",
    ]


def test_heavy_packages_never_enter_qgis(dock, wait):
    dock.register()
    wait(lambda: dock.task is None)
    heavy = {"torch", "rasterio", "cv2", "scipy", "pyproj"}
    assert not heavy & {name.split(".")[0] for name in sys.modules}


def counted(iface):
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    return {
        "docks": len(iface.window.findChildren(QDockWidget)),
        "toolbar": len(iface.toolbar.actions()),
        "menu": len(iface.menu.actions()),
        "canvas": len(iface.canvas.scene().items()),
        "providers": len(QgsApplication.processingRegistry().providers()),
        "tool": iface.canvas.mapTool(),
        "processes": children(),
        "files": scratch(),
    }


def children():
    """Return how many processes this one has started that are still there."""
    tasks = Path("/proc/self/task").iterdir()
    return sum(len((task / "children").read_text().split()) for task in tasks)


def scratch():
    """Return the plugin's own files in the folder for temporary ones."""
    return sorted(path.name for path in Path(tempfile.gettempdir()).glob("soma*"))


def test_ten_loads_and_unloads_leave_nothing(iface, layers, wait):
    from soma import classFactory

    before = counted(iface)
    for _ in range(10):
        plugin = classFactory(iface)
        plugin.initGui()
        plugin.show_dock()
        plugin.dock.form.area.draw.setChecked(True)
        wait(lambda plugin=plugin: plugin.engine.pid > 0)
        QApplication.processEvents()
        plugin.unload()
    wait(lambda: counted(iface) == before)


def test_unload_during_a_run_ends_the_worker(iface, layers, wait, tmp_path):
    from soma import classFactory

    plugin = classFactory(iface)
    plugin.initGui()
    plugin.show_dock()
    plugin.dock.form.folder.setFilePath(str(tmp_path / "out"))
    before = counted(iface)
    plugin.dock.register()
    wait(lambda: plugin.engine.pid > 0)
    pid = plugin.engine.pid
    plugin.unload()
    wait(lambda: not Path(f"/proc/{pid}").exists())
    wait(lambda: scratch() == before["files"] and children() == before["processes"])
    assert not [p for p in (tmp_path / "out").rglob("*") if p.is_file()]


def test_icons_exist_and_are_listed():
    listed = {
        line.split(">")[1].split("<")[0]
        for line in (ROOT / "resources.qrc").read_text().splitlines()
        if "<file" in line
    }
    on_disk = {f"ui/icons/{p.name}" for p in (ROOT / "ui" / "icons").iterdir()}
    assert listed == on_disk
    assert all(not QIcon(str(ROOT / path)).isNull() for path in listed)


@pytest.mark.parametrize("text", ["PyQt5", "PyQt6", "exec_(", "print("])
def test_ui_code_avoids(text):
    for path in [ROOT / "plugin.py", *(ROOT / "ui").rglob("*.py")]:
        assert text not in path.read_text().replace("qgis.PyQt", ""), path


def test_settings_of_the_tests_are_their_own(qapp):
    from qgis.core import QgsSettings

    assert "soma-qgis-" in QgsSettings().fileName()


def test_texts_are_there_in_chinese(iface, project):
    from qgis.core import QgsSettings
    from soma import classFactory

    QgsSettings().setValue("locale/overrideFlag", True)
    QgsSettings().setValue("locale/userLocale", "zh-Hans")
    plugin = classFactory(iface)
    plugin.initGui()
    plugin.show_dock()
    assert plugin.dock.bar.start.text() == "配准(&R)"
    plugin.unload()
    QgsSettings().remove("locale/overrideFlag")
    QgsSettings().remove("locale/userLocale")
