"""No line of the dock is cut off, with letters as they are and twice as large."""

import pytest
from qgis.PyQt.QtCore import QEvent, QObject
from qgis.PyQt.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from soma.ui.qt.widgets import Paragraph

PERCENT = (100, 200)


class Watch(QObject):
    """Notes every painting of a label that has less room than its text needs."""

    def __init__(self, *labels):
        super().__init__()
        self.cut = []
        for label in labels:
            label.installEventFilter(self)

    def eventFilter(self, label, event):
        if event.type() == QEvent.Type.Paint:
            self.cut += cut_off([label])
        return False


def cut_off(labels):
    """Return the labels on the screen that have less room than their text needs."""
    return [
        (label.text(), label.height(), needs)
        for label in labels
        if label.isVisible() and label.text()
        for needs in [label.heightForWidth(label.width())]
        if label.height() < needs
    ]


def test_nothing_of_a_folded_group_is_seen(dock, wait):
    form = dock.form
    form.method.setCollapsed(True)
    wait(lambda: form.models.box.count() > 2)
    for row in range(form.models.box.count()):
        form.models.box.setCurrentIndex(row)
        assert form.models.card.text() and not form.models.card.isVisible()
    form.method.setCollapsed(False)
    assert form.models.card.isVisible()


@pytest.fixture(params=PERCENT, ids=[f"{percent} %" for percent in PERCENT])
def letters(request, qapp):
    """Letters of this size."""
    before, font = QApplication.font(), QApplication.font()
    font.setPointSizeF(before.pointSizeF() * request.param / 100)
    QApplication.setFont(font)
    yield
    QApplication.setFont(before)


def test_no_line_is_cut_off(letters, dock, plugin, iface, wait):
    iface.window.resize(1000, 900)
    form, bar = dock.form, dock.bar
    watch = Watch(form.models.card, bar.line)
    form.method.setCollapsed(False)
    form.output.setCollapsed(False)
    wait(lambda: form.models.box.count() > 2)
    for row in range(form.models.box.count()):
        form.models.box.setCurrentIndex(row)
        wait(lambda: "about" in bar.line.text())
        assert cut_off(dock.findChildren(QLabel)) == []
    form.models.choose("gradient")
    dock.register()
    wait(lambda: dock.result is not None)
    wait(lambda: "about" in bar.line.text())
    assert cut_off(dock.findChildren(QLabel)) == []
    for tab in range(1, dock.tabs.count()):
        dock.tabs.setCurrentIndex(tab)
        QApplication.processEvents()
        assert cut_off(dock.findChildren(QLabel)) == []
    # Nor for a moment.
    assert watch.cut == []


def test_a_paragraph_that_becomes_wider_becomes_lower(qapp):
    text = "as many words as it takes to fill several lines " * 4
    page = QWidget()
    column = QVBoxLayout(page)
    paragraph, plain = Paragraph(text), QLabel(text)
    plain.setWordWrap(True)
    column.addWidget(paragraph)
    column.addStretch()
    page.show()
    for width in (200, 900):
        page.resize(width, 900)
        QApplication.processEvents()
        assert paragraph.height() == plain.heightForWidth(paragraph.width())
    page.close()
