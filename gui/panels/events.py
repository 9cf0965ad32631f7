"""All slices of the active document as a table, linked with the timeline both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton, QWidget

from gui.panels import slice_cells
from gui.panels.controls import column, named, row
from gui.panels.fonts import fit_columns
from gui.panels.mapped import load as load_mapped
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.text import Plain, shown
from gui.panels.virtual_table import NoRows, VirtualTable
from gui.state.document import Document
from gui.state.jumping import Jumper
from gui.watching import Follower, Watch
from profiler.trace.schema import Category
from profiler.trace.tables import Trace

#: Columns: title, whether it holds numbers, cell, width in letters, and the column that the workers sort by.
_COLUMNS = (
    ("name", False, slice_cells.name, 30, "name"),
    ("kind", False, slice_cells.kind, 10, "category"),
    ("start", True, slice_cells.start, 16, "ts"),
    ("duration", True, slice_cells.duration, 10, "dur"),
    ("GPU", True, slice_cells.device, 5, "device"),
    ("stream", True, slice_cells.stream, 7, "stream"),
    ("bytes", True, slice_cells.size, 9, "size_bytes"),
    ("track", False, slice_cells.track, 20, "track"),
)
Numbers = npt.NDArray[np.integer[Any]]

_PAUSE_MS = 150
_LONGEST = 1000


class _Rows:
    """Rows of a trace in an order, with each row's place in it; both None for the order of the trace."""

    def __init__(self, document: Document, trace: Trace, order: Numbers | None, places: Numbers | None) -> None:
        self._document, self._trace, self.order, self._places = document, trace, order, places
        self.count = len(trace) if order is None else len(order)

    def row_at(self, place: int) -> int:
        """The trace's row at a place."""
        return place if self.order is None else int(self.order[place])

    def place_of(self, row_number: int) -> int:
        """The place of a row, -1 where it is filtered out."""
        if self._places is None:
            return row_number if row_number < self.count and self.order is None else -1
        return int(self._places[row_number]) if row_number < len(self._places) else -1

    def cell(self, place: int, column_number: int) -> str:
        """A cell's text."""
        return _COLUMNS[column_number][2](self._document, self._trace, self.row_at(place))


class EventsPanel(QWidget):
    """A virtual table over mapped columns.

    Parameters
    ----------
    jumper : Jumper
    service : Service
        Sorts and filters.
    load : callable
        Maps a file of the workers.
    """

    def __init__(
        self,
        jumper: Jumper,
        service: Service,
        *,
        load: Callable[[str], Any] = load_mapped,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "events")
        self._jumper, self._service, self._load = jumper, service, load
        self._sorted_by: tuple[int, bool] | None = None
        self._trace: Trace | None = None
        self._problem_text = ""
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        self._typed = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._typed.timeout.connect(self._asking.restart)
        self._follower = Follower(self, jumper.workspace, ("timeline",), self._redrawn)
        Watch(self).on(jumper.selection.events.selected, self._mark)
        self.setFocusProxy(self._table)
        self._redrawn()

    def _build(self) -> None:
        self._filter = named(QLineEdit(), "events-filter", "Show only events whose name holds this text.")
        self._filter.setPlaceholderText("Filter names")
        self._filter.setClearButtonEnabled(True)
        self._filter.setMaxLength(_LONGEST)
        self._filter.textEdited.connect(lambda _: self._typed.start())
        self._regex = named(QToolButton(), "events-regex", "Read the filter as a regular expression (RE2 syntax).")
        self._regex.setText(".*")
        self._regex.setCheckable(True)
        self._regex.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._regex.toggled.connect(lambda _: self._asking.restart())
        self._kind = named(QComboBox(), "events-kind", "Show only events of this kind.")
        self._kind.addItem("all kinds", None)
        for category in Category:
            self._kind.addItem(category.name.lower(), int(category))
        self._kind.activated.connect(lambda _: self._asking.restart())
        self._count = named(Plain(role="muted"), "events-count")
        self._problem = named(Plain(role="problem", wrap=True), "events-problem")
        columns = [(title, number) for title, number, *_ in _COLUMNS]
        tip = "Every event; going to one shows it in the timeline. A click on a title sorts."
        self._table = VirtualTable("events-table", tip, columns)
        self._table.chosen.connect(self._go)
        self._table.sort_asked.connect(self._sort)
        fit_columns(self._table.view, [letters for *_, letters, _ in _COLUMNS])
        self._table.view.horizontalHeader().setStretchLastSection(True)
        lines = column(self)
        lines.addLayout(row(self._filter, self._regex, self._kind, self._count))
        lines.itemAt(0).layout().setStretch(0, 1)
        lines.addWidget(self._problem)
        lines.addWidget(self._table, 1)

    @property
    def _is_as_it_came(self) -> bool:
        return self._sorted_by is None and not self._filter.text() and self._kind.currentData() is None

    def _redrawn(self) -> None:
        document = self._follower.document
        self._trace = document.trace if document is not None else None
        self._show(None)
        self._asking.restart()

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        document = self._follower.document
        self._problem_text = ""
        if document is None or document.trace is None or self._is_as_it_came or not self._service.knows(document):
            self._show(None)
            return None
        place, descending = self._sorted_by or (2, False)
        kind = self._kind.currentData()
        ticket = self._service.sort(
            document,
            done,
            column=_COLUMNS[place][4],
            descending=descending,
            text=self._filter.text(),
            regex=self._regex.isChecked(),
            categories=None if kind is None else (kind,),
            failed=failed,
            owner=self,
        )
        self._refresh()
        return ticket

    def _answered(self, found: Any) -> None:
        if found.count:
            arrays = self._load(found.file)
            self._show(arrays["rows"], arrays["places"])
        else:
            self._show(np.empty(0, np.int64))

    def _failed(self, message: str) -> None:
        self._problem_text = message
        self._refresh()

    def _show(self, order: Numbers | None, places: Numbers | None = None) -> None:
        document = self._follower.document
        if document is None or self._trace is None:
            self._table.show_source(NoRows())
        else:
            self._table.show_source(_Rows(document, self._trace, order, places))
        place, descending = self._sorted_by or (-1, False)
        self._table.show_order(place, descending=descending)
        self._mark()
        self._refresh()

    def _refresh(self) -> None:
        self._problem.setText(shown(self._problem_text, 300))
        self._problem.setVisible(bool(self._problem_text))
        whole = len(self._trace) if self._trace is not None else 0
        here = self._table.source.count
        if self._asking.busy:
            text = "Sorting…"
        else:
            text = f"{whole:,} events" if here == whole else f"{here:,} of {whole:,} events"
        self._count.setText(text if whole else "No events")

    def _sort(self, place: int, descending: bool) -> None:
        self._sorted_by = (place, descending)
        self._table.show_order(place, descending=descending)
        self._asking.restart()

    def _go(self, place: int) -> None:
        document, rows = self._follower.document, self._table.source
        if document is not None and isinstance(rows, _Rows):
            self._jumper.to_slice(document.id, rows.row_at(place))

    def _mark(self) -> None:
        document, rows = self._follower.document, self._table.source
        chosen = self._jumper.selection.selected
        if document is None or chosen is None or chosen.document != document.id or not isinstance(rows, _Rows):
            self._table.mark(-1)
            return
        now = self._table.current
        if not (0 <= now < rows.count and rows.row_at(now) == chosen.row):
            self._table.mark(rows.place_of(chosen.row))
