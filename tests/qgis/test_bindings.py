"""What the plugin calls on objects of QGIS and Qt is there in this QGIS."""

from pathlib import Path

from bindings import Bindings

ROOT = Path(__file__).resolve().parents[2]


def test_every_name_is_in_the_bindings():
    files = [ROOT / "plugin.py", *sorted((ROOT / "ui").rglob("*.py"))]
    found, judged = Bindings(files).problems()
    assert not found, "\n".join(found)
    # Less would mean that nothing is recognised any more.
    assert judged > 1000


def test_a_name_that_is_missing_is_found(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(
        "class Tool:\n"
        "    def __init__(self, canvas: QgsMapCanvas):\n"
        "        self._canvas = QgsMapCanvas()\n"
        "    def leave(self):\n"
        "        tool = self._canvas.mapTool()\n"
        "        self._canvas.setCursor(tool.shape())\n"
        "        return QgsProject.single()\n"
    )
    found, _ = Bindings([path]).problems()
    assert found == [f"{path}:6: QgsMapTool.shape", f"{path}:7: QgsProject.single"]
