"""A table of up to some thousand rows that are there as objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from gui.panels.text import shown, tooltip
from profiler.io.csv_text import csv_line, harmless

_LETTERS = 300

#: Where a row itself is found.
ROW = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, the text and the sort key of a row, and whether it holds numbers.

    ``raw`` is what a CSV file gets, the key by default, and ``csv_title`` its column's name there with the unit, such
    as ``sum_ns``; the title by default. ``below`` gives a cell its second line.
    """

    title: str
    text: Callable[[Any], str]
    key: Callable[[Any], Any]
    number: bool = True
    tip: str = ""
    raw: Callable[[Any], Any] | None = None
    csv_title: str = ""
    below: Callable[[Any], str] | None = None


class TableModel(QAbstractTableModel):
    """Rows in an order that a click on a title changes."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: list[Any] = []

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows, in the order given."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def show_columns(self, columns: Sequence[Column], rows: Sequence[Any]) -> None:
        """Show another table."""
        self.beginResetModel()
        self.columns, self.rows = tuple(columns), list(rows)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Rows."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's text, harmless; the row itself under `ROW`."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DisplayRole:
            return "\n".join(shown(line, _LETTERS) for line in _lines(column, row))
        return tooltip("\n".join(_lines(column, row))) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of columns, and what they mean."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(column.title, 60)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(column.tip)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            # In the middle, so that the arrow that shows the order has the right end for itself.
            return Qt.AlignmentFlag.AlignCenter if column.number else _alignment(column)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in order; equal ones keep theirs, and what has no value comes last."""
        if not 0 <= column < len(self.columns):
            return
        key = self.columns[column].key
        self.layoutAboutToBeChanged.emit()
        keys = [key(row) for row in self.rows]
        old, places = self.rows, _in_order(keys, descending=order is Qt.SortOrder.DescendingOrder)
        self.rows = [old[place] for place in places]
        kept = self.persistentIndexList()
        now = {was: place for place, was in enumerate(places)} if kept else {}
        moved = [self.index(now[index.row()], index.column()) for index in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def as_csv(self) -> str:
        """The table as CSV, numbers whole; texts that a spreadsheet would run as formulas are made harmless."""
        lines = [csv_line(column.csv_title or column.title for column in self.columns)]
        lines += [csv_line((column.raw or column.key)(row) for column in self.columns) for row in self.rows]
        return "".join(lines)

    def as_text(self) -> str:
        """The table as it reads, cells parted by tabs; texts that a spreadsheet would run are made harmless."""
        lines = ["\t".join(harmless(shown(column.title, 100_000)) for column in self.columns)]
        lines += ["\t".join(_as_read(column, row) for column in self.columns) for row in self.rows]
        return "\n".join(lines) + "\n"


def unlisted(count: int) -> str:
    """The end of a sentence about a table whose least rows were not handed over; nothing where all were."""
    return f"; {count:,} names with less are not listed" if count else ""


def _in_order(keys: list[Any], *, descending: bool) -> list[int]:
    """Places of keys in their order: numbers before words, so that a column that holds both has one; None last."""
    known = range(len(keys))
    if None in keys:
        known = [place for place in known if keys[place] is not None]
    kinds = {type(keys[place]) for place in known}
    if not kinds <= {int, float, bool}:
        keys = [str(key).casefold() for key in keys] if kinds == {str} else list(map(_sortable, keys))
    found = sorted(known, key=keys.__getitem__, reverse=descending)
    return found if len(found) == len(keys) else [*found, *sorted(set(range(len(keys))) - set(known))]


def _lines(column: Column, row: Any) -> list[str]:
    """The text of a cell, and what stands below it."""
    return [column.text(row), *filter(None, [column.below(row) if column.below is not None else ""])]


def _as_read(column: Column, row: Any) -> str:
    text = "  ".join(shown(line, 100_000) for line in _lines(column, row))
    return text if column.number else harmless(text)


def _sortable(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool | int | float):
        return 0, value
    return 1, str(value).casefold()


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
