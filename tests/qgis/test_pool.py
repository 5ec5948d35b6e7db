"""QGIS does not stand still when tasks have all threads of Qt's pool."""

import subprocess
import sys
from pathlib import Path

import pytest
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QColor, QImage

SCRIPT = Path(__file__).parent / "full_pool.py"
#: Many times what it takes, which is less than two seconds.
LIMIT_S = 120


@pytest.mark.parametrize("whose", ["ours", "foreign"])
def test_pictures_do_not_wait_for_threads_that_wait_for_python(whose):
    run = subprocess.run(
        [sys.executable, str(SCRIPT), whose],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["left", "144", "#ff0000", "done"]


@pytest.mark.parametrize("px", [700, 350, 144, 40])
def test_a_picture_made_smaller_is_the_mean_of_what_was_there(px):
    from soma.ui.qt.pool import repainted

    image = QImage(700, 700, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.black)
    for x in range(0, 700, 2):
        for y in range(700):
            image.setPixelColor(x, y, QColor(200, 100, 50))
    grey = QImage.Format.Format_Grayscale8
    found = repainted(image, grey, QSize(px, px) if px < 700 else None)
    assert found.size() == QSize(px, px) and found.format() == grey
    values = [
        found.pixelColor(x, y).lightness() for x in range(px) for y in (3, px - 4)
    ]
    # (200, 100, 50) is 127 in grey, in every second column.
    assert abs(sum(values) / len(values) - 61) < 6
    if px < 300:
        assert max(values) - min(values) < 30
