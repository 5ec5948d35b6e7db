"""Small helpers to build forms that stay whole when fonts are large."""

from __future__ import annotations

from qgis.gui import (
    QgsCollapsibleGroupBox,
    QgsFileWidget,
    QgsRasterBandComboBox,
)
from qgis.PyQt.QtCore import QEvent, QObject, QSize, Qt
from qgis.PyQt.QtGui import QFontMetrics, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFormLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QTabBar,
    QToolButton,
    QWidget,
)

from .i18n import tr

#: Combo boxes may become narrower than their longest entry.
SHRINKING = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
#: Lines higher than this leave no room for labels beside the fields.
LARGE_FONT_PX = 26
#: Width of a panel that is comfortable to read.
COMFORTABLE_CHARACTERS = 42
#: Of what cannot be used now, in dark themes; QGIS's own has hardly any contrast.
_DARK_DISABLED = "#8c8c8c"
TOOLTIP = Qt.ItemDataRole.ToolTipRole


def combo(*items: tuple[str, str]) -> QComboBox:
    """Return a combo box of (text, data) items."""
    box = QComboBox()
    shrink(box)
    for text, data in items:
        box.addItem(text, data)
    return box


def band_box() -> QgsRasterBandComboBox:
    """Return a band chooser that may be left automatic."""
    box = QgsRasterBandComboBox()
    box.setShowNotSetOption(True, tr("Automatic"))
    shrink(box)
    return box


def shrink(box: QComboBox) -> None:
    """Let a combo box become narrower than its longest entry."""
    box.setSizeAdjustPolicy(SHRINKING)
    box.setMinimumContentsLength(6)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


def explain(widget: QWidget, text: str) -> None:
    """Give a field a tip, as a paragraph so that long ones wrap."""
    widget.setToolTip(f"<p>{text}</p>")
    widget.setAccessibleDescription(text)


def push_button(text: str = "") -> QPushButton:
    """Return a button for a dock, where Enter would not press it otherwise."""
    button = QPushButton(text)
    button.setAutoDefault(True)
    return button


def progress_bar() -> QProgressBar:
    """Return a bar from 0 to 100 without text, which few themes colour readably."""
    bar = QProgressBar()
    bar.setRange(0, 100)
    bar.setTextVisible(False)
    return bar


def keep_readable(widget: QWidget) -> None:
    """Let dark themes write what cannot be used now in a grey that can be read."""
    widget.installEventFilter(_Readable(widget))


def calm_wheel(root: QWidget) -> None:
    """Let the wheel scroll past everything below a widget that has not the focus.

    Qt would change the value under the mouse, and nobody would see it happen.
    """
    # Owned by what the caller holds: its children may be known to Qt alone.
    calm = _Calm(root)
    for kind in (QComboBox, QAbstractSpinBox, QSlider, QTabBar):
        for widget in root.findChildren(kind):
            if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            widget.installEventFilter(calm)


class _Calm(QObject):
    """Leaves the wheel to the parent unless its widget has the focus."""

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:
        """Pass on what nobody meant."""
        if event.type() != QEvent.Type.Wheel or watched.hasFocus():
            return False
        event.ignore()
        return True


class _Readable(QObject):
    """Sets the style when its widget is shown: Qt would not tell children before."""

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:
        """Follow the theme of the moment."""
        if event.type() == QEvent.Type.Show:
            is_dark = watched.palette().window().color().lightness() < 128
            sheet = f"*:disabled {{ color: {_DARK_DISABLED}; }}" if is_dark else ""
            if sheet != watched.styleSheet():
                watched.setStyleSheet(sheet)
        return False


def resize_within_screen(window: QWidget, width: int, height: int) -> None:
    """Give a window this size, or what the screen has room for with a title bar.

    It moves up where it would end below the screen.
    """
    room, bar = window.screen().availableGeometry(), 2 * window.fontMetrics().height()
    window.resize(min(width, room.width()), min(height, room.height() - bar))
    below = window.frameGeometry().bottom() - room.bottom()
    if window.isVisible() and below > 0:
        window.move(window.x(), max(room.top(), window.y() - below))


def folder_box() -> QgsFileWidget:
    """Return a line for a folder, and a button to choose one."""
    box = file_widget(tr("Folder for results"), tr("Choose a folder"))
    box.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
    return box


def file_widget(name: str, choose: str) -> QgsFileWidget:
    """Return a line for a path, and a button to choose it, both with their names."""
    box = QgsFileWidget()
    box.setFocusPolicy(box.lineEdit().focusPolicy())
    box.setFocusProxy(box.lineEdit())
    box.lineEdit().setAccessibleName(name)
    for button in box.findChildren(QToolButton):
        button.setAccessibleName(choose)
    return box


def group_box(title: str) -> QgsCollapsibleGroupBox:
    """Return a group that can be folded."""
    box = QgsCollapsibleGroupBox(title)
    # The group itself has nothing to set; its button folds it.
    box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    for button in box.findChildren(QToolButton):
        button.setAccessibleName(title)
    return box


class Paragraph(QLabel):
    """Text that is always as high as its lines, however wide it is.

    Layouts inside scroll areas, tabs and groups that fold ask a label for its height
    before they know its width, and cut off what needs more.

    Args:
        text: plain, or rich as labels know it.
        narrow: whether it may be narrower than its longest word, and then asks for no
            width of its own.
        copied: whether it can be selected and copied.
    """

    def __init__(self, text: str = "", narrow: bool = False, copied: bool = False):
        super().__init__(text)
        self.setWordWrap(True)
        if narrow:
            policy = QSizePolicy.Policy
            self.setSizePolicy(policy.Ignored, policy.Preferred)
        if copied:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def setText(self, text: str) -> None:
        """Show a text."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Become higher where it is narrower."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Become higher with its letters."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        before = self.minimumHeight()
        # No label's lines are said to be lower than the least it was given before.
        self.setMinimumHeight(0)
        height = self.heightForWidth(self.width()) if self.text() else 0
        self.setMinimumHeight(height)
        if height != before:
            self.updateGeometry()


class TallScroll(QScrollArea):
    """Scrolls up and down only: it is always as wide as its content needs.

    Args:
        content: what it shows.
        name: of the content, for those who cannot see it.
    """

    def __init__(self, content: QWidget, name: str):
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        calm_wheel(content)

    def minimumSizeHint(self) -> QSize:
        """Return the content's least width."""
        width = self.widget().minimumSizeHint().width()
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(width + bar, self.fontMetrics().height() * 6)

    def sizeHint(self) -> QSize:
        """Return room for short lines: the map needs the rest more."""
        lines = self.fontMetrics().averageCharWidth() * COMFORTABLE_CHARACTERS
        width = max(self.minimumSizeHint().width(), lines)
        return QSize(width, super().sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the content when its least width changes."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def form_layout() -> QFormLayout:
    """Return a form whose labels go above the fields where fonts are large."""
    form = QFormLayout()
    policy = QFormLayout.RowWrapPolicy
    large = QFontMetrics(QApplication.font()).height() > LARGE_FONT_PX
    form.setRowWrapPolicy(policy.WrapAllRows if large else policy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
