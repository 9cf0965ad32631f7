"""Marks in time with their texts: renamed, jumped to, taken away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from gui.panels.controls import button, column, named, row, table_view
from gui.panels.text import Plain, shown, tooltip
from gui.panels.watching import Follower, Watch
from gui.state.jumping import Jumper
from profiler.units import format_ns

_EMPTY = "M sets a mark where the selection starts, else under the pointer. Marks and their texts are listed here."
_LONGEST = 500


class NotesPanel(QWidget):
    """The list of `ViewState.marks`. Whoever listens to them saves them beside the trace.

    Parameters
    ----------
    jumper : Jumper
        With the view that has the marks.
    """

    def __init__(self, jumper: Jumper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "notes")
        self._jumper, self._view = jumper, jumper.view
        self._build()
        watch = Watch(self)
        watch.on(self._view.events.marks, self._refresh)
        watch.on(self._view.events.keeps_marks, self._refresh)
        self._follower = Follower(self, jumper.workspace, ("path",), self._refresh)
        self.setFocusProxy(self._table)
        self._refresh()

    def _build(self) -> None:
        self._words = named(Plain(role="muted", wrap=True), "notes-words")
        self._table = QTableWidget(0, 2)
        tip = "Enter goes to a mark, F2 changes its text, Delete takes it away."
        table_view(self._table, "notes-table", tip)
        self._table.setHorizontalHeaderLabels(["time", "note"])
        self._table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._table.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self._table.itemChanged.connect(self._edited)
        self._table.cellClicked.connect(lambda line, column_number: self._jump() if column_number == 0 else None)
        self._table.itemSelectionChanged.connect(self._refresh_buttons)
        self._table.installEventFilter(self)
        self._add = button("Add here", "add-note", "Set a mark in the middle of the view (M).", self._add_here)
        self._go = button("Go to", "go-to-note", "Bring the mark into view (Enter).", self._jump)
        self._delete = button("Delete", "delete-note", "Take the mark away (Delete).", self._remove)
        lines = column(self)
        lines.addWidget(self._words)
        lines.addWidget(self._table, 1)
        lines.addStretch(0)
        lines.addLayout(row(self._add, self._go, self._delete, 1))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter jumps, Delete removes; not while a text is being changed."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or watched is not self._table:
            return False
        if self._table.state() == QAbstractItemView.State.EditingState:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._jump()
            return True
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove()
            return True
        if event.key() == Qt.Key.Key_F2 and self._table.currentRow() >= 0:
            self._table.editItem(self._table.item(self._table.currentRow(), 1))
            return True
        return False

    def _refresh(self) -> None:
        marks = self._view.marks
        chosen = self._table.currentRow()
        with QSignalBlocker(self._table):
            self._table.setRowCount(len(marks))
            for place, mark in enumerate(marks):
                time = QTableWidgetItem(format_ns(mark.at_ns))
                time.setToolTip(tooltip(f"{mark.at_ns} ns from the first record"))
                time.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                time.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                note = QTableWidgetItem(shown(mark.text, _LONGEST))
                note.setToolTip(tooltip(mark.text))
                self._table.setItem(place, 0, time)
                self._table.setItem(place, 1, note)
            if marks:
                self._table.setCurrentCell(min(max(chosen, 0), len(marks) - 1), 1)
        document, kept = self._follower.document, self._view.keeps_marks
        self._words.setText(
            _EMPTY if not marks else "Kept beside the trace file." if kept else "Kept while the window is open."
        )
        self._table.setVisible(bool(marks))
        self._add.setEnabled(document is not None)
        self._refresh_buttons()

    def _refresh_buttons(self) -> None:
        for control in (self._go, self._delete):
            control.setEnabled(0 <= self._table.currentRow() < len(self._view.marks))

    def _edited(self, item: QTableWidgetItem) -> None:
        mark = self._view.marks[item.row()]
        if item.text() != shown(mark.text, _LONGEST):
            self._view.add_mark(mark.at_ns, item.text()[:_LONGEST])

    def _add_here(self) -> None:
        self._view.add_mark(sum(self._view.shown) // 2)
        at = [mark.at_ns for mark in self._view.marks].index(sum(self._view.shown) // 2)
        self._table.setCurrentCell(at, 1)

    def _jump(self) -> None:
        if self._go.isEnabled():
            at = self._view.marks[self._table.currentRow()].at_ns
            start, end = self._view.shown
            if not start <= at < end:
                self._view.show(at - (end - start) // 2, at - (end - start) // 2 + end - start)

    def _remove(self) -> None:
        if self._delete.isEnabled():
            self._view.remove_mark(self._view.marks[self._table.currentRow()].at_ns)
