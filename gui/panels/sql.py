"""SQL over the active trace. Nothing runs before a person says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QFontDatabase, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QSplitter, QTableView, QWidget

from gui.panels.controls import button, column, copy_text, named, row, table_view
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.states_page import short_name
from gui.panels.table_model import ROW, Column, TableModel
from gui.panels.text import Plain, shown, tooltip
from gui.state.document import Document
from gui.state.jumping import Jumper
from gui.watching import Follower
from profiler.io.sql.ready import READY

_HINT = "SELECT name, count(*), sum(dur) FROM kernels GROUP BY name ORDER BY 3 DESC"
_WIDEST = 320
_BROAD = 2

#: Rows that say how wide a column is to be.
_LOOKED_AT = 40


class SqlPanel(QWidget):
    """An editor, ready-made queries, and the table of what came of the last one.

    Parameters
    ----------
    jumper : Jumper
        Rows with a slice's ``id``, or a ``ts``, are jumped to.
    service : Service
    """

    def __init__(self, jumper: Jumper, service: Service, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "sql")
        self._jumper, self._service = jumper, service
        self._answer: Any = None
        self._asked: int | None = None
        self._asked_rows = ""
        self._order = (-1, False)
        self._message = ""
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        self._follower = Follower(self, jumper.workspace, ("timeline", "title"), self._refresh)
        self.setFocusProxy(self._editor)
        self._refresh()

    def _build(self) -> None:
        self._ready = named(QComboBox(), "ready-queries", "Put a ready-made query into the editor.")
        self._ready.addItem("ready-made queries…", "")
        for name, query in READY.items():
            self._ready.addItem(name, query.sql)
            self._ready.setItemData(self._ready.count() - 1, tooltip(query.summary), Qt.ItemDataRole.ToolTipRole)
        self._ready.activated.connect(self._take_ready)
        self._run = button("Run", "run-sql", "Run the query (Ctrl+Enter). It can only read the trace.", self._start)
        self._cancel = button("Cancel", "cancel-sql", "Stop the query.", self._stop)
        self._copy = button("Copy CSV", "copy-sql", "Put the result on the clipboard as CSV.", self._copy_csv)
        tip = "One SELECT over slices, kernels, copies, tracks, edges and counters. Ctrl+Enter runs it."
        self._editor = named(QPlainTextEdit(), "sql-editor", tip)
        self._editor.setPlaceholderText(_HINT)
        self._editor.setTabChangesFocus(True)
        self._editor.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._editor.textChanged.connect(self._refresh_buttons)
        self._editor.installEventFilter(self)
        self._words = named(Plain(role="muted", wrap=True), "sql-words")
        self._problem = named(Plain(role="problem", wrap=True), "sql-problem")
        self._model = TableModel((), self)
        self._table = table_view(QTableView(), "sql-table", "Rows of the answer; going to one shows its slice.")
        self._table.setModel(self._model)
        self._table.setSortingEnabled(False)
        self._table.horizontalHeader().setResizeContentsPrecision(_LOOKED_AT)
        self._table.horizontalHeader().setSortIndicatorShown(False)
        self._table.horizontalHeader().sectionClicked.connect(self._sort)
        self._table.selectionModel().currentRowChanged.connect(self._go)
        lower = QWidget()
        below = column(lower, edge=0)
        for part in (self._problem, self._words):
            below.addWidget(part)
        below.addWidget(self._table, 1)
        below.addStretch(0)
        self._parts = QSplitter(Qt.Orientation.Vertical)
        self._parts.setChildrenCollapsible(False)
        self._parts.addWidget(self._editor)
        self._parts.addWidget(lower)
        lines = column(self)
        lines.addLayout(row(self._ready, self._run, self._cancel, 1, self._copy))
        lines.addWidget(self._parts, 1)
        self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put query and answer beside each other where there is more width than height."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        wide = self.width() > _BROAD * self.height()
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self._parts.orientation() is not wanted or not any(self._parts.sizes()):
            self._parts.setOrientation(wanted)
            whole = self.width() if wide else self.height()
            self._parts.setSizes([whole // 3, whole - whole // 3])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Enter runs what is in the editor."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self._editor:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._start()
                return True
        return False

    def _take_ready(self, place: int) -> None:
        text = self._ready.itemData(place)
        if text:
            self._editor.setPlainText(text)
            self._editor.setFocus()
        self._ready.setCurrentIndex(0)

    def _start(self) -> None:
        if not self._run.isEnabled():
            return
        self._message = ""
        self._asking.restart()
        self._refresh()

    def _stop(self) -> None:
        self._asking.cancel()
        self._asked = None
        self._message = "Stopped."
        self._refresh()

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        document = self._follower.document
        if document is None or not self._service.knows(document):
            return None
        self._asked, self._asked_rows = document.id, document.rows_from
        ticket = self._service.query(document, self._editor.toPlainText(), done, failed=failed, owner=self)
        self._refresh_buttons(busy=True)
        return ticket

    def _answered(self, answer: Any) -> None:
        self._answer = answer
        kinds = [_is_number(kind) for kind in answer.types]
        columns = [_column(name, place, number=kinds[place]) for place, name in enumerate(answer.columns)]
        self._model.show_columns(columns, answer.rows)
        # In the order of the query, whichever way the rows before were sorted.
        self._order = (-1, False)
        self._table.horizontalHeader().setSortIndicatorShown(False)
        self._table.resizeColumnsToContents()
        for place in range(len(columns)):
            self._table.setColumnWidth(place, min(self._table.columnWidth(place) + 8, _WIDEST))
        self._refresh()

    def _failed(self, message: str) -> None:
        self._answer, self._message = None, message
        self._model.show_columns((), ())
        self._refresh()

    def _refresh(self) -> None:
        failed = bool(self._message) and self._message != "Stopped."
        self._problem.setText(shown(self._message, 800) if failed else "")
        self._problem.setVisible(failed)
        self._words.setText(self._sentence())
        self._words.setVisible(not failed)
        self._table.setVisible(self._answer is not None)
        self._refresh_buttons()

    def _sentence(self) -> str:
        if self._asking.busy:
            return "Running…"
        if self._message:
            return self._message
        if self._follower.document is None:
            return "Open a trace to ask it something."
        if self._answer is None:
            return "Write a query or choose a ready-made one, then press Run."
        rows = len(self._answer.rows)
        words = (
            f"The first {rows:,} rows; there are more."
            if self._answer.more
            else "1 row"
            if rows == 1
            else f"{rows:,} rows"
        )
        source = self._source
        if source is None:
            return f"{words}, of a timeline that is not shown any more"
        return words if source is self._follower.document else f"{words}, of {short_name(source)}"

    @property
    def _source(self) -> Document | None:
        """The document that the rows are of; None where it is closed or shows something else by now."""
        document = self._jumper.workspace.find(self._asked) if self._asked is not None else None
        return document if document is not None and document.rows_from == self._asked_rows else None

    def _refresh_buttons(self, *, busy: bool | None = None) -> None:
        running = self._asking.busy if busy is None else busy
        document = self._follower.document
        there = document is not None and document.trace is not None and bool(self._editor.toPlainText().strip())
        self._run.setEnabled(there and not running)
        self._cancel.setEnabled(running)
        self._copy.setEnabled(self._answer is not None)
        if running:
            self._words.setText("Running…")

    def _sort(self, place: int) -> None:
        self._order = (place, self._order == (place, False))
        order = Qt.SortOrder.DescendingOrder if self._order[1] else Qt.SortOrder.AscendingOrder
        header = self._table.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSortIndicator(place, order)
        self._model.sort(place, order)

    def _go(self, current: QModelIndex, _: QModelIndex) -> None:
        document = self._source
        if self._answer is None or not current.isValid() or document is None:
            return
        values = current.data(ROW)
        names = [name.lower() for name in self._answer.columns]
        if self._answer.row_column is not None:
            number = values[self._answer.row_column]
            if isinstance(number, int):
                self._jumper.to_slice(document.id, number)
        elif "ts" in names and isinstance(values[names.index("ts")], int):
            self._jumper.to_time(values[names.index("ts")] - document.origin_ns)

    def _copy_csv(self) -> None:
        copy_text(self._model.as_csv())


def _column(name: str, place: int, *, number: bool) -> Column:
    def value(line: Any) -> Any:
        return line[place]

    def text(line: Any) -> str:
        return "" if line[place] is None else str(line[place])

    return Column(name, text, value, number=number, raw=_blank(value))


def _blank(value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda line: "" if value(line) is None else value(line)


def _is_number(kind: str) -> bool:
    return any(word in kind.upper() for word in ("INT", "DOUBLE", "FLOAT", "DECIMAL"))
