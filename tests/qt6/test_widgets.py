"""Every module is imported, every widget built, shown and painted under Qt 6."""

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

import pytest
import soma.ui
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QImage, QKeyEvent, QMouseEvent
from qgis.PyQt.QtWidgets import QGraphicsItem, QWidget

MODULES = [m.name for m in pkgutil.walk_packages(soma.ui.__path__, "soma.ui.")]


def classes(base):
    """Return the names of the plugin's own classes of a kind."""
    found = set()
    for name in MODULES:
        module = importlib.import_module(name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, base) and kind.__module__ == name:
                found.add(kind)
    return found


def test_qt_is_6_and_there_is_no_other():
    from qgis.PyQt.QtCore import QT_VERSION_STR

    assert QT_VERSION_STR.startswith("6.")
    assert not any(name.startswith("PyQt5") for name in sys.modules)


@pytest.mark.parametrize("name", ["soma.plugin", *MODULES])
def test_module_is_imported(name):
    assert importlib.import_module(name)


@pytest.fixture
def made(plugin, tmp_path):
    """All widgets of the plugin: what the dock holds, and the dialogs."""
    from soma.ui.dock.apply_dialog import ApplyDialog
    from soma.ui.engine.diagnostics import DiagnosticsDialog
    from soma.ui.engine.setup_dialog import SetupDialog

    windows = [
        plugin.dock,
        SetupDialog(plugin.engine),
        DiagnosticsDialog(plugin.engine),
        ApplyDialog(str(tmp_path / "transform.json"), plugin.engine),
    ]
    yield windows
    for window in windows[1:]:
        window.close()


def test_every_widget_is_built_shown_and_painted(made, qapp):
    built = set()
    for window in made:
        window.show()
        qapp.processEvents()
        assert not window.grab().isNull()
        built |= {type(w) for w in (window, *window.findChildren(QWidget))}
    # The base of the two plots paints nothing itself.
    assert {k for k in classes(QWidget) if not k.__name__.startswith("_")} <= built


def test_menu_and_unload(plugin, iface):
    assert len(iface.menu.actions()) == 3
    plugin._actions[0].setChecked(False)
    assert plugin.dock.isHidden()
    plugin.set_up_engine()
    plugin.show_diagnostics()
    plugin.unload()
    assert not iface.menu.actions() and not iface.toolbar.actions()


def test_algorithms_are_declared(plugin):
    from soma.ui.processing.provider import ALGORITHMS

    for kind in ALGORITHMS:
        algorithm = kind(plugin.engine).createInstance()
        algorithm.initAlgorithm()
        assert algorithm.name() and algorithm.displayName()
        assert algorithm.shortHelpString() and not algorithm.icon().isNull()


RESULT = {
    "status": "ok",
    "transform": "affine",
    "reason": "because",
    "files": {"report": "r.html"},
    "quality": {
        "n_inliers": 3,
        "n_matches": 4,
        "coverage_share": 0.5,
        "expected_error_px": 0.4,
        "expected_error_m": 4.0,
        "before": {"median_px": 9.0, "rmse_px": 9.5, "ce90_px": 11.0},
        "after": {"median_px": 0.3, "rmse_px": 0.4, "ce90_px": 0.6},
    },
}
REFUSED = {"status": "refused", "code": "unrelated", "reason": "why", "files": {}}


def colours(picture):
    """Return the colours of a picture."""
    image = picture.toImage() if hasattr(picture, "toImage") else picture
    size = image.size()
    return {
        image.pixel(x, y) for x in range(size.width()) for y in range(size.height())
    }


def test_result_is_shown_with_its_plots(plugin, qapp):
    from soma.ui.dock.plots import PlotPoint, colour_of

    panel = plugin.dock.panel
    points = [PlotPoint(10.0 * i, 7.0 * i, 2.0, -1.0, 0.2 * i) for i in range(1, 9)]
    panel.show_result(RESULT, points)
    qapp.processEvents()
    for plot in (panel.histogram, panel.arrows):
        assert colour_of(0.2).rgb() in colours(plot.grab())
    panel.show_result(REFUSED, [])
    assert panel.histogram.isHidden()


def test_bar_shows_each_state(plugin, qapp):
    bar = plugin.dock.bar
    bar.show_running()
    bar.show_stage("Warping")
    bar.show_progress(40.0)
    assert bar.is_running and bar.progress.value() == 40
    bar.show_stopping()
    bar.show_idle()
    assert not bar.is_running


def mouse(kind, x, y, button=Qt.MouseButton.NoButton, held=Qt.MouseButton.NoButton):
    """Return a real event of the mouse."""
    place, none = QPointF(x, y), Qt.KeyboardModifier.NoModifier
    return QMouseEvent(kind, place, place, button, held, none)


def test_control_points_are_listed_painted_and_deleted(plugin, iface, qapp):
    tool, panel = plugin.tools.tool, plugin.tools.points
    for step in range(4):
        tool.points.add((50.0 + 40 * step, 60.0), (80.0 + 40 * step, 90.0), 0.9)
    tool.marks.pinned, tool.marks.pointer = (20.0, 200.0), (60.0, 220.0)
    tool.marks.waiting, tool.marks.refused = [(200.0, 200.0)], [(250.0, 220.0)]
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    from soma.ui.click.drawing import Picture
    from soma.ui.click.marks import confidence_colour

    tool.marks.picture = Picture(image, (120.0, 240.0), "one\ntwo")
    panel.show_picture(tool.marks.picture)
    assert panel.table.rowCount() == 4
    shown = colours(painted(tool.marks))
    assert {confidence_colour(0.9).rgb(), QColor("#123456").rgb()} <= shown
    item = panel.table.item(0, 0)
    item.setCheckState(Qt.CheckState.Unchecked)
    assert not tool.points.points[0].enabled
    found = tool.marks.find(tool.marks.on_canvas((80.0, 90.0)))
    assert found is not None and found[1] == "ref"
    right = Qt.MouseButton.RightButton
    tool.canvasPressEvent(mouse(QEvent.Type.MouseButtonPress, 80, 90, right, right))
    assert len(tool.points) == 3
    key = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier
    )
    tool.keyPressEvent(key)
    assert len(tool.points) == 4


def painted(item):
    """Return what an item of the map paints."""
    from qgis.PyQt.QtGui import QPainter

    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    item.paint(painter)
    assert painter.isActive()
    painter.end()
    return image


def test_dragging_on_the_map(plugin, iface):
    tool, left = plugin.tools.tool, Qt.MouseButton.LeftButton
    tool.toggle(True)
    tool.points.add((50.0, 60.0), (80.0, 90.0), 0.9)
    tool.canvasPressEvent(mouse(QEvent.Type.MouseButtonPress, 80, 90, left, left))
    none = Qt.MouseButton.NoButton
    tool.canvasMoveEvent(mouse(QEvent.Type.MouseMove, 110, 120, none, left))
    tool.canvasReleaseEvent(mouse(QEvent.Type.MouseButtonRelease, 110, 120, left))
    assert tool.points.points[0].ref == (110.0, 120.0)
    assert tool.points.points[0].by_hand
    tool.toggle(False)


def framed(colour):
    from qgis.core import QgsPointXY
    from soma.ui.inspect.map_picture import MapPicture

    image = QImage(400, 300, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(colour))
    corners = ((0, 0), (400, 0), (400, 300), (0, 300))
    return MapPicture(image, tuple(QgsPointXY(*xy) for xy in corners), "")


def test_comparison_is_painted_in_every_mode(iface):
    from soma.ui.inspect.item import CompareItem
    from soma.ui.inspect.state import CHECKER, FLICKER, MODES, SWIPES, TOGGLE, View

    red, blue = QColor("#ff0000").rgb(), QColor("#0000ff").rgb()
    iface.canvas.resize(400, 300)
    for mode in MODES:
        item = CompareItem(iface.canvas, failed)
        item.pictures = [framed("#ff0000"), framed("#0000ff"), None]
        item.view = View(mode)
        shown = colours(painted(item))
        assert len(shown) == 1 or mode not in (FLICKER, TOGGLE)
        if mode in (FLICKER, TOGGLE):
            assert shown == {red}
        elif mode == CHECKER or mode in SWIPES:
            assert {red, blue} <= shown
        else:
            assert not {red, blue} & shown
        iface.canvas.scene().removeItem(item)


def failed(error):
    """Tell of a painting that broke down."""
    raise error


def test_every_item_of_the_map_is_painted_here():
    names = {kind.__name__ for kind in classes(QGraphicsItem)}
    assert names == {"CompareItem", "Marks", "PreviewItem"}


def test_preview_is_painted(plugin, iface):
    from soma.ui.click.preview import PreviewItem

    item = PreviewItem(iface.canvas)
    item.framed = framed("#00ff00")
    assert colours(painted(item)) == {QColor("#00ff00").rgb()}
    item.cell_px = 50
    assert len(colours(painted(item))) > 1


def test_swipe_is_dragged(iface, qapp):
    from soma.ui.inspect.inspector import Inspector
    from soma.ui.inspect.item import CompareItem
    from soma.ui.inspect.state import SWIPE_V

    inspector = Inspector(iface.canvas)
    inspector._item = CompareItem(iface.canvas, failed)
    inspector.set_view(mode=SWIPE_V)
    width = inspector.item.boundingRect().width()
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, x, button, held in (
        (QEvent.Type.MouseButtonPress, 0.5, left, left),
        (QEvent.Type.MouseMove, 0.25, none, left),
        (QEvent.Type.MouseButtonRelease, 0.25, left, none),
    ):
        event = mouse(kind, x * width, 20, button, held)
        assert inspector.eventFilter(iface.canvas.viewport(), event)
    assert inspector.view.position == pytest.approx(0.25, abs=0.01)


def test_rectangle_is_drawn_and_put_away(plugin, iface):
    area = plugin.dock.form.area
    area.choice.setCurrentIndex(2)
    area.draw.setChecked(True)
    assert iface.canvas.mapTool() is not None
    area.draw.setChecked(False)
    assert iface.canvas.mapTool() is None


def test_icons_are_read():
    from soma.ui.qt.icons import FOLDER, icon

    for path in Path(FOLDER).glob("*.svg"):
        assert not icon(path.stem).pixmap(QPoint(16, 16).x()).isNull()
