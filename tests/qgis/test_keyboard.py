"""Everything in the dock can be reached and used without a mouse."""

import itertools
import re
from pathlib import Path

import pytest
from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QWidget,
)
from soma.ui.dock.apply_dialog import ApplyDialog
from soma.ui.engine.diagnostics import DiagnosticsDialog
from soma.ui.engine.setup_dialog import SetupDialog
from soma.ui.inspect.state import MODES
from soma.ui.qt.help import page_url
from soma.ui.qt.widgets import TallScroll

REGISTER, POINTS, COMPARE = range(3)
_MNEMONIC = re.compile(r"&(\w)")


@pytest.fixture
def tabs(dock, plugin, iface, qapp):
    iface.window.activateWindow()
    qapp.setActiveWindow(iface.window)
    return plugin.tools.tabs


def add_points(plugin):
    for n in range(4):
        x, y = 453500.0 + 300 * n, 5106000.0 + 100 * (n % 2)
        plugin.tools.tool.points.add((x, y), (x + 20, y))
    plugin.tools.points.refresh()


def everything(plugin, project):
    """Show all that the form can show at once."""
    form = plugin.dock.form
    for group in (form.method, form.output):
        group.setCollapsed(False)
    project.addMapLayer(QgsVectorLayer("Polygon?crs=EPSG:4326", "shapes", "memory"))
    form.grid.setCurrentIndex(form.grid.findData("size"))


def press(key, keys=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(QApplication.focusWidget(), key, keys)
    QApplication.processEvents()
    return QApplication.focusWidget()


def walk(tabs, index, key=Qt.Key.Key_Tab):
    """Return what has the focus in turn within a tab, from its first control on."""
    tabs.setCurrentIndex(index)
    page = tabs.currentWidget()
    (
        tabs.tabBar() if key == Qt.Key.Key_Tab else page.window().centralWidget()
    ).setFocus()
    found, now = [], press(key)
    while page.isAncestorOf(now) or now is page:
        assert now not in found, f"Tab does not leave {now.accessibleName() or now}"
        found.append(now)
        now = press(key)
    return found


def can_be_used(page):
    """Return everything in a tab that a mouse could use now."""
    kinds = Qt.FocusPolicy.TabFocus
    return {
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & kinds
        and not isinstance(widget.parent(), QAbstractButton)
        and widget.focusProxy() is None
    }


def spoken(widget, page):
    """Return what a screen reader says of a control."""
    labels = [
        label.text()
        for label in page.findChildren(QLabel)
        if label.buddy() and (label.buddy() is widget or owns(label.buddy(), widget))
    ]
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    words = widget.accessibleName() or text or "".join(labels)
    return words if any(letter.isalpha() for letter in words) else ""


def owns(buddy, widget):
    return buddy.focusProxy() is widget


def place(widget, page):
    """Return whether a control is below what scrolls, and its y and x."""
    scrolled = next(iter(page.findChildren(TallScroll)), page)
    inside = scrolled.isAncestorOf(widget)
    at = widget.mapTo(page, QPoint(0, widget.height() // 2))
    return not inside, at.y(), at.x()


def check_walk(tabs, index):
    page = tabs.widget(index)
    found = walk(tabs, index)
    missing = can_be_used(page) - set(found)
    assert not missing, [spoken(widget, page) or widget for widget in missing]
    silent = [widget for widget in found if not spoken(widget, page)]
    assert not silent, silent
    assert walk(tabs, index, Qt.Key.Key_Backtab) == found[::-1]
    # Line by line, and within a line from left to right.
    controls = [widget for widget in found if not widget.inherits("QScrollArea")]
    places = [place(widget, page) for widget in controls]
    for before, after in itertools.pairwise(places):
        same_line = before[0] == after[0] and abs(before[1] - after[1]) < 14
        right = same_line and before[2] < after[2]
        assert right or before[:2] < after[:2], places
    return found


@pytest.mark.parametrize("area", ["whole", "drawn", "polygons"])
def test_the_form_by_tab(tabs, dock, plugin, project, area):
    everything(plugin, project)
    form = dock.form
    form.area.choice.setCurrentIndex(form.area.choice.findData(area))
    found = check_walk(tabs, REGISTER)
    wanted = [
        form.sar,
        form.optical,
        form.models.box,
        form.max_shift_unit,
        form.pixel_size,
    ]
    wanted += [form.force, form.folder.lineEdit()]
    assert set(wanted) <= set(found)
    extra = {"drawn": form.area.draw, "polygons": form.area.layer}
    assert area not in extra or extra[area] in found


def test_the_result_by_tab(tabs, dock, wait):
    dock.register()
    wait(lambda: dock.task is None)
    wait(lambda: dock.bar.start.isEnabled())
    panel = dock.panel
    found = check_walk(tabs, REGISTER)
    assert {panel.compare, panel.report, panel.folder, panel.more} <= set(found)


def test_the_points_by_tab(tabs, plugin):
    check_walk(tabs, POINTS)
    add_points(plugin)
    panel = plugin.tools.points
    found = check_walk(tabs, POINTS)
    used = {panel.table, panel.undo, panel.delete, panel.clear, panel.export}
    assert used | {panel.preview, panel.cells} <= set(found)


@pytest.mark.parametrize("mode", MODES)
def test_the_comparison_by_tab(tabs, plugin, mode):
    panel = plugin.tools.compare
    panel.mode.setCurrentIndex(panel.mode.findData(mode))
    found = check_walk(tabs, COMPARE)
    assert {panel.first, panel.second, panel.swap, panel.switch} <= set(found)


def mnemonics(page):
    """Return the letter of every text that is shown, and what it leads to."""
    found = []
    for widget in page.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        letter = _MNEMONIC.search(widget.text())
        if letter and (isinstance(widget, QAbstractButton) or widget.buddy()):
            found.append((letter[1].upper(), widget))
    return found


@pytest.mark.parametrize("index", [REGISTER, POINTS, COMPARE])
def test_letters_lead_to_their_controls(tabs, plugin, project, index):
    everything(plugin, project)
    add_points(plugin)
    tabs.setCurrentIndex(index)
    page = tabs.currentWidget()
    found = mnemonics(page)
    letters = [letter for letter, _ in found]
    assert len(letters) == len(set(letters)), letters
    assert len(letters) >= {REGISTER: 15, POINTS: 5, COMPARE: 5}[index]
    labels = [(letter, label) for letter, label in found if isinstance(label, QLabel)]
    for letter, label in labels:
        tabs.tabBar().setFocus()
        now = press(getattr(Qt.Key, f"Key_{letter}"), Qt.KeyboardModifier.AltModifier)
        if label.buddy().isEnabled():
            assert now is label.buddy() or owns(label.buddy(), now), label.text()


def test_letters_of_all_kinds_of_comparison_differ(tabs, plugin):
    panel = plugin.tools.compare
    tabs.setCurrentIndex(COMPARE)
    for mode in MODES:
        panel.mode.setCurrentIndex(panel.mode.findData(mode))
        letters = [letter for letter, _ in mnemonics(tabs.currentWidget())]
        assert len(letters) == len(set(letters)), (mode, letters)


def test_groups_fold_and_unfold_by_key(tabs, dock):
    tabs.setCurrentIndex(REGISTER)
    group = dock.form.method
    group.setCollapsed(True)
    found = walk(tabs, REGISTER)
    (button,) = [w for w in found if w.accessibleName() == group.title()]
    button.setFocus()
    press(Qt.Key.Key_Space)
    assert not group.isCollapsed() and dock.form.models.box in walk(tabs, REGISTER)


def test_enter_presses_the_button_that_has_the_focus(tabs, dock, plugin, wait):
    wait(lambda: dock.bar.start.isEnabled())
    dock.bar.start.setFocus()
    press(Qt.Key.Key_Return)
    assert dock.task is not None
    dock.bar.stop.setFocus()
    press(Qt.Key.Key_Return)
    wait(lambda: dock.task is None)
    assert "Stopped" in dock.panel.headline.text()
    tabs.setCurrentIndex(COMPARE)
    switch = plugin.tools.compare.switch
    switch.setFocus()
    press(Qt.Key.Key_Enter)
    assert plugin.tools.inspector.is_on
    press(Qt.Key.Key_Enter)
    assert not plugin.tools.inspector.is_on


def test_enter_in_a_field_does_not_start_anything(tabs, dock, plugin, project):
    everything(plugin, project)
    for field in (dock.form.max_shift, dock.form.folder.lineEdit()):
        field.setFocus()
        assert isinstance(QApplication.focusWidget(), QLineEdit | type(field))
        press(Qt.Key.Key_Return)
        assert dock.task is None


def test_points_are_chosen_ticked_and_deleted_by_key(tabs, plugin):
    add_points(plugin)
    tabs.setCurrentIndex(POINTS)
    points, table = plugin.tools.tool.points, plugin.tools.points.table
    table.setFocus()
    press(Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    press(Qt.Key.Key_Down)
    second = points.points[1].number
    assert points.selected == second
    press(Qt.Key.Key_Space)
    assert not points.get(second).enabled
    press(Qt.Key.Key_Delete)
    assert points.get(second) is None and len(points) == 3
    assert QApplication.focusWidget() is table


def test_escape_ends_the_click_tool(tabs, plugin, iface):
    tabs.setCurrentIndex(POINTS)
    pick = plugin.tools.points.pick
    pick.setFocus()
    press(Qt.Key.Key_Return)
    assert iface.canvas.mapTool() is plugin.tools.tool
    iface.canvas.setFocus()
    press(Qt.Key.Key_Escape)
    assert not plugin.tools.tool.session.waiting


def walk_dialog(dialog, first, qapp):
    """Return what has the focus in turn within a dialog, after checking its names."""
    dialog.show()
    dialog.activateWindow()
    qapp.setActiveWindow(dialog)
    first.setFocus()
    found = [QApplication.focusWidget()]
    while press(Qt.Key.Key_Tab) not in found:
        found.append(QApplication.focusWidget())
    assert set(found) == can_be_used(dialog)
    assert all(spoken(widget, dialog) for widget in found), found
    letters = [letter for letter, _ in mnemonics(dialog)]
    assert len(letters) == len(set(letters)), letters
    return found


@pytest.mark.parametrize("which", ["private", "existing"])
def test_the_set_up_by_tab(tabs, plugin, iface, qapp, which):
    dialog = SetupDialog(plugin.engine, iface.window)
    getattr(dialog, which).setChecked(True)
    dialog.log.show()
    found = walk_dialog(dialog, getattr(dialog, which), qapp)
    page = dialog.private_page
    wanted = {
        "private": {page.python, page.build, page.index},
        "existing": {dialog.existing_page.program.lineEdit()},
    }
    assert wanted[which] | {dialog.go, dialog.shut, dialog.log} <= set(found)
    dialog.close()
    dialog.deleteLater()


def test_the_diagnostics_by_tab(tabs, plugin, iface, qapp):
    dialog = DiagnosticsDialog(plugin.engine, iface.window)
    assert dialog.text in walk_dialog(dialog, dialog.text, qapp)
    dialog.close()
    dialog.deleteLater()


def test_the_dialog_for_more_layers_by_tab(tabs, plugin, iface, layers, qapp, tmp_path):
    dialog = ApplyDialog(str(tmp_path / "transform.json"), plugin.engine, iface.window)
    found = walk_dialog(dialog, dialog.layers, qapp)
    assert {dialog.add, dialog.go} <= set(found)
    assert len(mnemonics(dialog)) == 6
    dialog.layers.setFocus()
    dialog.layers.setCurrentRow(1)
    press(Qt.Key.Key_Space)
    states = [dialog.layers.item(row).checkState() for row in (0, 1)]
    assert states == [Qt.CheckState.Unchecked, Qt.CheckState.Checked]
    press(Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    dialog.deleteLater()


def test_letters_work_in_the_dock_though_a_menu_has_them(tabs, dock, iface, wait):
    menu = iface.window.menuBar().addMenu("&Raster")
    menu.addAction("Something")
    wait(lambda: dock.bar.start.isEnabled())
    tabs.setCurrentIndex(REGISTER)
    dock.form.sar.setFocus()
    press(Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    wait(lambda: dock.task is not None)
    assert not menu.isVisible()
    press(Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    wait(lambda: dock.task is None)


def test_every_field_of_the_form_explains_itself(dock, plugin, project):
    everything(plugin, project)
    form = dock.form
    fields = [w for w in can_be_used(form) if not w.inherits("QToolButton")]
    assert len(fields) >= 15
    for field in fields:
        told = field
        while told is not form and not told.toolTip():
            told = told.parentWidget()
        assert told is not form, spoken(field, form) or field


@pytest.mark.parametrize("index", [REGISTER, POINTS, COMPARE])
def test_each_tab_has_a_page_of_the_help(tabs, monkeypatch, index):
    opened = []
    monkeypatch.setattr("soma.ui.dock.tabs.open_help", opened.append)
    tabs.setCurrentIndex(index)
    tabs.help.click()
    assert Path(page_url(opened[0]).toLocalFile()).exists()
