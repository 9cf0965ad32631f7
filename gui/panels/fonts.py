"""Measures that follow the interface scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QTableView, QWidget

#: A style sheet comes with every change of the scale, and is all that a widget with a font of its own hears of it.
_CHANGES = (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange)


class _Follower(QObject):
    """Calls whenever a widget's font becomes another one."""

    def __init__(self, widget: QWidget, call: Callable[[], object]) -> None:
        super().__init__(widget)
        self._call = call
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Measure again."""
        if event.type() in _CHANGES:
            self._call()
        return False


def follow_font(widget: QWidget, call: Callable[[], object]) -> None:
    """Call now, and again whenever the widget's font changes."""
    _Follower(widget, call)
    call()


def enlarge(widget: QWidget, factor: float) -> None:
    """Give a widget the application's font, bold and larger."""

    def apply() -> None:
        font = QFont(QApplication.font())
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * factor)
        if font != widget.font():
            widget.setFont(font)

    follow_font(widget, apply)


def fit_width(widget: QWidget, text: str, beside: int) -> None:
    """Make a widget as wide as a text needs, and ``beside`` pixels more."""
    follow_font(widget, lambda: widget.setFixedWidth(widget.fontMetrics().horizontalAdvance(text) + beside))


def fit_columns(view: QTableView, letters: Sequence[int]) -> None:
    """Make columns as wide as so many letters; 0 leaves one as it is."""

    def apply() -> None:
        width = view.fontMetrics().averageCharWidth()
        for place, count in enumerate(letters):
            if count:
                view.horizontalHeader().resizeSection(place, count * width + 16)

    follow_font(view, apply)


def fit_rows(view: QTableView, lines: int = 1) -> None:
    """Make rows as high as so many lines of text."""

    def apply() -> None:
        view.verticalHeader().setDefaultSectionSize(lines * view.fontMetrics().height() + 6)

    follow_font(view, apply)
