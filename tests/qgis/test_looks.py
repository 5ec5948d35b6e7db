"""What has to be readable is readable: dark themes, large fonts, small symbols."""

import numpy as np
import pytest
from qgis.core import QgsApplication, QgsLayerTreeModel, QgsProject
from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from soma.ui.dock.apply_dialog import ApplyDialog
from soma.ui.engine.diagnostics import DiagnosticsDialog
from soma.ui.engine.setup_dialog import SetupDialog
from soma.ui.qt.widgets import resize_within_screen

#: What WCAG asks of large text; of disabled text it asks nothing.
LEAST_CONTRAST = 3.0
DARK = "Night Mapping"


@pytest.fixture
def dark(qapp):
    assert DARK in QgsApplication.uiThemes()
    QgsApplication.setUITheme(DARK)
    yield
    QgsApplication.setUITheme("default")
    qapp.setStyleSheet("")
    qapp.setPalette(qapp.style().standardPalette())


@pytest.fixture
def large(qapp):
    """Fonts of 20 points; whoever uses it makes its widgets afterwards."""
    usual = qapp.font()
    font = qapp.font()
    font.setPixelSize(27)
    qapp.setFont(font)
    yield
    qapp.setFont(usual)


def contrast(ink, ground):
    """Return the contrast of two colours as WCAG defines it."""

    def luminance(colour):
        parts = np.array([colour.redF(), colour.greenF(), colour.blueF()])
        linear = np.where(
            parts <= 0.04, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ (0.2126, 0.7152, 0.0722))

    low, high = sorted((luminance(ink), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def disabled(page):
    """Return the texts that cannot be used now, with how well they can be read."""
    return {
        widget.text(): contrast(
            widget.palette().color(widget.foregroundRole()),
            page.palette().color(page.backgroundRole()),
        )
        for kind in (QLabel, QPushButton)
        for widget in page.findChildren(kind)
        if widget.isVisible() and not widget.isEnabled() and widget.text()
    }


def test_what_is_disabled_can_be_read_in_the_dark(dark, plugin, iface, project):
    plugin.show_dock()
    assert not plugin.dock.bar.start.isEnabled()
    dialog = SetupDialog(plugin.engine, iface.window)
    dialog.show()
    QApplication.processEvents()
    found = disabled(plugin.dock.tabs) | disabled(dialog)
    assert "&Register" in found and "P&ython program" in found
    assert not dialog.stop.isVisible()
    assert min(found.values()) > LEAST_CONTRAST, found
    dialog.close()
    dialog.deleteLater()


def test_large_fonts_leave_dock_and_dialogs_on_the_screen(
    large, plugin, iface, layers, tmp_path
):
    plugin.show_dock()
    dock = plugin.dock
    for group in (dock.form.method, dock.form.output):
        group.setCollapsed(False)
    QApplication.processEvents()
    # The smallest screen that is supported is 1280 pixels wide; the map needs some.
    assert dock.minimumSizeHint().width() <= 1280 - 500
    for dialog in (
        SetupDialog(plugin.engine, iface.window),
        DiagnosticsDialog(plugin.engine, iface.window),
        ApplyDialog(str(tmp_path / "transform.json"), plugin.engine, iface.window),
    ):
        dialog.show()
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        QApplication.processEvents()
        room = dialog.screen().availableSize()
        assert dialog.width() <= room.width() and dialog.height() <= room.height()
        dialog.close()
        dialog.deleteLater()


def test_window_that_grows_stays_on_the_screen(qapp):
    window = QWidget()
    window.show()
    room = window.screen().availableGeometry()
    window.move(room.left(), room.bottom() - 100)
    resize_within_screen(window, 300, 400)
    assert window.height() == 400
    assert room.top() <= window.frameGeometry().top()
    assert window.frameGeometry().bottom() <= room.bottom()
    window.close()


def test_legend_shows_the_colours_of_the_match_points(dock, wait):
    dock.register()
    wait(lambda: dock.task is None)
    root = QgsProject.instance().layerTreeRoot()
    (node,) = [n for n in root.findLayers() if n.name() == "sar, match points"]
    model = QgsLayerTreeModel(root)
    entries = model.layerLegendNodes(node)
    assert len(entries) == 6
    for entry in entries[:-1]:
        icon = entry.data(Qt.ItemDataRole.DecorationRole)
        image = icon.toImage()
        opaque = sum(
            image.pixelColor(x, y).alpha() > 200
            for x in range(image.width())
            for y in range(image.height())
        )
        # A dot of eight pixels across.
        assert opaque > 50, opaque
