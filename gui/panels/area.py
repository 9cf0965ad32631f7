"""The table of a dragged area: its slices put together by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from gui.panels.controls import button, column, copy_text, named, row, table_view
from gui.panels.dialogs import ask_save
from gui.panels.figure_rows import stretch_text
from gui.panels.fonts import fit_columns
from gui.panels.lane_numbers import lane_numbers
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.table_model import ROW, Column, TableModel, unlisted
from gui.panels.text import Plain, shown
from gui.state.document import Document
from gui.state.jobs import JobsState, Level
from gui.state.lanes import LaneKey
from gui.state.selection import SelectionState, Slice
from gui.state.workspace import Workspace
from gui.watching import Watch, WhenSeen
from profiler.errors import OutputError
from profiler.io.files import written
from profiler.units import format_bytes, format_ns

_EMPTY = "Hold Shift and drag over lanes to see here what ran in them, by name."


def _time(title: str, field: str, tip: str) -> Column:
    return Column(
        title,
        lambda one: format_ns(getattr(one, field)),
        lambda one: getattr(one, field),
        tip=tip,
        csv_title=field,
    )


COLUMNS = (
    Column("name", lambda one: one.name, lambda one: one.name, number=False, tip="What the slices are called."),
    Column("kind", lambda one: one.category, lambda one: one.category, number=False, tip="What they are."),
    Column("count", lambda one: f"{one.count:,}", lambda one: one.count, tip="Slices that touch the area."),
    _time("sum", "sum_ns", "Sum of their durations, cut to the area."),
    _time("union", "union_ns", "Time in which at least one of them ran."),
    _time("min", "min_ns", "The shortest."),
    _time("median", "median_ns", "Half are shorter."),
    _time("max", "max_ns", "The longest."),
    Column(
        "bytes",
        lambda one: format_bytes(one.size_bytes) if one.size_bytes else "",
        lambda one: one.size_bytes,
        tip="What copies moved.",
        csv_title="size_bytes",
    ),
)

Numbers = Callable[[Document, tuple[LaneKey, ...]], tuple[int, ...]]


class AreaPanel(QWidget):
    """Slices in `SelectionState.area` by name.

    Parameters
    ----------
    workspace : Workspace
    selection : SelectionState
        A click on a row makes ``selection.named`` a slice of that name.
    service : Service
    jobs : JobsState
        Told when a file was written, or could not be.
    numbers : callable
        Numbers of a document's lanes by their keys.
    """

    def __init__(
        self,
        workspace: Workspace,
        selection: SelectionState,
        service: Service,
        jobs: JobsState,
        *,
        numbers: Numbers = lane_numbers,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "area")
        self._workspace, self._selection, self._service, self._jobs = workspace, selection, service, jobs
        self._numbers = numbers
        self._table: Any = None
        self._lanes = 0
        self._problem_text = ""
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        watch = Watch(self)
        watch.on(selection.events.area, self._dragged)
        watch.on(workspace.redrawn, WhenSeen(self, self._asking.again))
        self.setFocusProxy(self._view)
        self._dragged()

    def _build(self) -> None:
        self._words = named(Plain(role="muted", wrap=True), "area-words")
        self._problem = named(Plain(role="problem", wrap=True), "area-problem")
        self._model = TableModel(COLUMNS, self)
        self._view = table_view(QTableView(), "area-table", "By name; a click shows the durations of that name.")
        self._view.setModel(self._model)
        self._view.setSortingEnabled(True)
        self._view.sortByColumn(3, Qt.SortOrder.DescendingOrder)
        header = self._view.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        # At the least width of the window the name still gets a fifth of the table.
        fit_columns(self._view, (0, 7, 6, 8, 8, 8, 8, 8, 7))
        self._view.selectionModel().currentRowChanged.connect(self._picked)
        copy = button("Copy text", "copy-area", "Put the table on the clipboard as text.", self._copy_text)
        as_csv = button("Copy CSV", "copy-area-csv", "The same as CSV, with whole ns.", self._copy_csv)
        save = button("Save CSV…", "save-area", "Write the table to a CSV file.", self._save)
        self._buttons = (copy, as_csv, save)
        lines = column(self)
        lines.addLayout(row(self._words, *self._buttons))
        lines.itemAt(0).layout().setStretch(0, 1)
        lines.addWidget(self._problem)
        lines.addWidget(self._view, 1)

    def _dragged(self) -> None:
        self._table, self._problem_text = None, ""
        self._model.show_rows([])
        self._asking.restart()
        self._refresh()

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        area = self._selection.area
        document = self._workspace.find(area.document) if area is not None else None
        if area is None or document is None or not self._service.knows(document):
            return None
        lanes = self._numbers(document, area.lanes)
        self._lanes = len(lanes)
        return self._service.area(document, lanes, area.stretch, done, failed=failed, owner=self)

    def _answered(self, table: Any) -> None:
        self._table, self._problem_text = table, ""
        self._model.show_rows(table.rows)
        header = self._view.horizontalHeader()
        self._model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self._refresh()

    def _failed(self, message: str) -> None:
        self._table, self._problem_text = None, message
        self._model.show_rows([])
        self._refresh()

    def _refresh(self) -> None:
        area = self._selection.area
        self._problem.setText(shown(self._problem_text, 300))
        self._problem.setVisible(bool(self._problem_text))
        for one in self._buttons:
            one.setEnabled(bool(self._model.rows))
        if area is None:
            self._words.setText(_EMPTY)
        elif self._table is None:
            self._words.setText("" if self._problem_text else "Counting…")
        else:
            lanes = "1 lane" if self._lanes == 1 else f"{self._lanes:,} lanes"
            self._words.setText(
                f"{self._table.slices:,} slices in {lanes}, {stretch_text(area.stretch)}; "
                f"at least one of them runs for {format_ns(self._table.busy_ns)}{unlisted(self._table.left_out)}"
            )

    def _picked(self, current: Any) -> None:
        area = self._selection.area
        if area is not None and current.isValid():
            self._selection.named = Slice(area.document, current.data(ROW).first_row)

    def _copy_text(self) -> None:
        copy_text(self._model.as_text())

    def _copy_csv(self) -> None:
        copy_text(self._model.as_csv())

    def _save(self) -> None:
        text = self._model.as_csv()
        ask_save(self, "Save the table", "Tables (*.csv)", lambda path: self._write(path, text), suggested="area.csv")

    def _write(self, path: str, text: str) -> None:
        try:
            with written(path) as file:
                file.write(text.encode())
        except OutputError as error:
            self._jobs.say(shown(str(error), 500), Level.ERROR)
        else:
            self._jobs.say(f"Saved {shown(path)}")
