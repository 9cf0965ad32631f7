"""A table of any number of rows, of which only those in sight exist.

Qt's own views keep eight bytes for each row and walk over all of them when the number changes: 80 MB and a stopped
window at ten million. Here Qt's table holds the rows in sight, and a scroll bar beside it says which those are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QScrollBar, QTableView, QWidget

from gui.panels.controls import table_view
from gui.panels.text import shown, tooltip

_LETTERS = 300

#: Eighths of a degree in a notch of a wheel, and lines that it scrolls.
_NOTCH, _LINES_A_NOTCH = 120, 3


class Source(Protocol):
    """Where rows come from. Any of its methods is called only for rows in sight."""

    @property
    def count(self) -> int:
        """How many rows there are."""

    def cell(self, row: int, column: int) -> str:
        """The text of a cell, as it came from wherever."""


class NoRows:
    """Nothing to show."""

    count = 0

    def cell(self, row: int, column: int) -> str:
        """Never asked for."""
        raise IndexError(row, column)


class _Window(QAbstractTableModel):
    """The rows in sight as Qt wants them."""

    def __init__(self, columns: Sequence[tuple[str, bool]], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.source: Source = NoRows()
        self.first = 0
        self.rows = 0

    def show_rows(self, source: Source, first: int, rows: int) -> None:
        """Show ``rows`` rows of a source from ``first`` on."""
        same_size = rows == self.rows
        if not same_size:
            self.beginResetModel()
        self.source, self.first, self.rows = source, first, rows
        if not same_size:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(self.columns) - 1))

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Rows in sight."""
        return 0 if parent is not None and parent.isValid() else self.rows

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's text, harmless."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self.first + index.row()
        if row >= self.source.count:
            return None
        text = self.source.cell(row, index.column())
        return tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else shown(text, _LETTERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section][0]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            # In the middle, so that the arrow that shows the order has the right end for itself.
            return Qt.AlignmentFlag.AlignCenter if self.columns[section][1] else self._alignment(section)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.columns[column][1] else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class VirtualTable(QWidget):
    """A table over a `Source`.

    Parameters
    ----------
    name, tip : str
        Of the table as a control.
    columns : sequence of (str, bool)
        Titles, and whether the column holds numbers.

    Signals
    -------
    chosen : int
        A person went to a row.
    activated : int
        A person pressed Enter on a row or clicked it twice.
    sort_asked : (int, bool)
        A person clicked a title: the column, and whether descending.
    """

    chosen = Signal(int)
    activated = Signal(int)
    sort_asked = Signal(int, bool)

    def __init__(self, name: str, tip: str, columns: Sequence[tuple[str, bool]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Window(columns, self)
        self._current = -1
        self._order = (-1, False)
        self._wheeled = 0
        self.view = table_view(QTableView(), name, tip)
        self.view.setModel(self._model)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAlternatingRowColors(False)
        self.bar = QScrollBar(Qt.Orientation.Vertical)
        self.bar.setObjectName(f"{name}-scroll")
        self.bar.setAccessibleName(f"{name} scroll")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.view, 0, 0)
        grid.addWidget(self.bar, 0, 1)
        self.setFocusProxy(self.view)
        self.bar.valueChanged.connect(self._place)
        self.view.installEventFilter(self)
        self.view.viewport().installEventFilter(self)
        self.view.clicked.connect(lambda index: self._go(self._model.first + index.row()))
        self.view.doubleClicked.connect(lambda index: self.activated.emit(self._model.first + index.row()))
        self.view.horizontalHeader().sectionClicked.connect(self._header_clicked)
        self.view.horizontalHeader().setSortIndicatorShown(False)

    @property
    def source(self) -> Source:
        """What is shown."""
        return self._model.source

    @property
    def current(self) -> int:
        """The row that is marked; -1 for none."""
        return self._current

    def show_source(self, source: Source) -> None:
        """Show other rows, from the first on, none marked."""
        self._current = -1
        self._model.show_rows(source, 0, 0)
        self.bar.setValue(0)
        self._resize()

    def mark(self, row: int) -> None:
        """Mark a row and bring it into sight; -1 marks none."""
        self._current = row
        if row >= 0:
            self._reveal(row)
        self._place()

    def show_order(self, column: int, *, descending: bool) -> None:
        """Say which column the rows are in order of."""
        self._order = (column, descending)
        header = self.view.horizontalHeader()
        header.setSortIndicatorShown(column >= 0)
        header.setSortIndicator(column, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of rows is in sight."""
        super().resizeEvent(event)
        self._resize()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys and the wheel move over all rows, not only those in sight."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.view:
            return self._key(event)
        if isinstance(event, QWheelEvent) and watched is self.view.viewport() and not event.angleDelta().x():
            self._wheel(event.angleDelta().y())
            return True
        if event.type() == QEvent.Type.Resize and watched is self.view.viewport():
            self._resize()
        return False

    def _wheel(self, angle: int) -> None:
        """Scroll by whole lines; the parts of one that a touchpad sends add up, in either direction alike."""
        if angle * self._wheeled > 0:
            self._wheeled = 0
        self._wheeled -= angle * _LINES_A_NOTCH
        lines = int(self._wheeled / _NOTCH)
        self._wheeled -= lines * _NOTCH
        self.bar.setValue(self.bar.value() + lines)

    def _in_sight(self) -> int:
        return max(self.view.viewport().height() // self.view.verticalHeader().defaultSectionSize(), 1)

    def _resize(self) -> None:
        whole = self._in_sight()
        self.bar.setRange(0, max(self.source.count - whole, 0))
        self.bar.setPageStep(whole)
        self._place()

    def _place(self) -> None:
        first = self.bar.value()
        # One more than fits, so that the last line is not blank when it is cut.
        rows = min(self._in_sight() + 1, self.source.count - first)
        self._model.show_rows(self.source, first, rows)
        at = self._current - first
        if 0 <= at < rows:
            self.view.selectRow(at)
        else:
            self.view.clearSelection()
        self.view.verticalScrollBar().setValue(0)

    def _reveal(self, row: int) -> None:
        first, whole = self.bar.value(), self._in_sight()
        if not first <= row < first + whole:
            self.bar.setValue(row - whole // 2)

    def _go(self, row: int) -> None:
        if 0 <= row < self.source.count:
            self.mark(row)
            self.chosen.emit(row)

    def _key(self, event: QKeyEvent) -> bool:
        page, last = self._in_sight() - 1, self.source.count - 1
        steps = {
            Qt.Key.Key_Down: self._current + 1,
            Qt.Key.Key_Up: max(self._current - 1, 0),
            Qt.Key.Key_PageDown: self._current + page,
            Qt.Key.Key_PageUp: self._current - page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self.activated.emit(self._current)
            return True
        if key not in steps or last < 0:
            return False
        self._go(min(max(steps[key], 0), last))
        return True

    def _header_clicked(self, column: int) -> None:
        self.sort_asked.emit(column, self._order == (column, False))
