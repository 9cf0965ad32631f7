"""Controls with names: what a person reads, what assistive technology reads, what a test finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLayout,
    QPushButton,
    QScrollArea,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.panels.fonts import fit_rows
from gui.panels.text import action_text, tooltip

W = TypeVar("W", bound=QWidget)

#: Free room in and between parts of a panel, px.
EDGE = 10
GAP = 6


def named(widget: W, name: str, tip: str = "") -> W:
    """Give a control its name for tests and assistive technology, and what it does as a tooltip."""
    widget.setObjectName(name)
    widget.setAccessibleName(name)
    if tip:
        widget.setToolTip(tooltip(tip))
        widget.setAccessibleDescription(tip)
    return widget


def button(text: str, name: str, tip: str, pressed: Callable[[], object]) -> QPushButton:
    """A push button. It never becomes the default of a dialog by itself."""
    made = named(QPushButton(action_text(text)), name, tip)
    made.setAutoDefault(False)
    made.clicked.connect(lambda: pressed())
    return made


def arrow(direction: Qt.ArrowType, name: str, tip: str, pressed: Callable[[], object]) -> QToolButton:
    """A small button with an arrow, reached by the Tab key too."""
    made = named(QToolButton(), name, tip)
    made.setArrowType(direction)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.clicked.connect(lambda: pressed())
    return made


def row(*parts: QWidget | int | QLayout) -> QHBoxLayout:
    """Widgets side by side; a number is room that grows by that share."""
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GAP)
    for part in parts:
        if isinstance(part, int):
            line.addStretch(part)
        elif isinstance(part, QLayout):
            line.addLayout(part)
        else:
            line.addWidget(part)
    return line


def column(owner: QWidget, *, edge: int = EDGE, gap: int = GAP) -> QVBoxLayout:
    """The vertical layout of a panel."""
    made = QVBoxLayout(owner)
    made.setContentsMargins(edge, edge, edge, edge)
    made.setSpacing(gap)
    return made


def scrolled(content: QWidget) -> QScrollArea:
    """``content`` in an area that scrolls up and down where it is too high, and never sideways."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    content.setAutoFillBackground(False)
    area.setWidget(content)
    area.viewport().setAutoFillBackground(False)
    return area


def table_view(view: QTableView, name: str, tip: str, *, lines: int = 1) -> QTableView:
    """Set up a table: whole rows, sortable by its header, a keyboard's, each row as high as ``lines`` of text."""
    named(view, name, tip)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setTabKeyNavigation(False)
    view.setWordWrap(lines > 1)
    view.setShowGrid(False)
    view.setAlternatingRowColors(True)
    view.verticalHeader().setVisible(False)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    fit_rows(view, lines)
    view.horizontalHeader().setHighlightSections(False)
    view.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
    view.horizontalHeader().setStretchLastSection(False)
    return view


def copy_text(text: str) -> None:
    """Put a text on the clipboard."""
    QApplication.clipboard().setText(text)


class StillWheel(QObject):
    """Keeps the wheel from changing a control that nobody chose: a panel is scrolled over its controls."""

    def guard(self, content: QWidget) -> None:
        """Watch over the sliders, boxes and lists inside ``content``."""
        for kind in (QAbstractSlider, QAbstractSpinBox, QComboBox):
            for control in content.findChildren(kind):
                control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the scroll area unless the control has the focus."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)
