"""The area table and the table of all events."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QTableView,
    QToolButton,
    QWidget,
)

from gui.panels.area import AreaPanel
from gui.panels.events import EventsPanel
from gui.panels.lane_numbers import lane_numbers
from gui.panels.table_model import Column, TableModel
from gui.state.document import Document
from gui.state.jobs import Level
from gui.state.selection import Area, Slice
from gui.workers.jobs import Sort
from profiler.timeline.tree import lane_tree
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.traces import launched, many

Show = Callable[..., QWidget]


def title(table: QTableView, column: int, qtbot: Any) -> None:
    """Click a column's title."""
    header = table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(column) + 8, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def cells(table: QTableView, column: int) -> list[str]:
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


class TestArea:
    @pytest.fixture
    def panel(self, desk: Desk, shown: Show) -> QWidget:
        return shown(AreaPanel(desk.workspace, desk.selection, desk.service, desk.jobs), 900, 260)

    @pytest.fixture
    def document(self, desk: Desk, panel: QWidget) -> Document:
        return desk.open(many())

    def drag(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> QTableView:
        assert document.trace is not None
        assert document.timeline is not None
        gpu = lane_tree(document.trace, document.timeline.lanes)[0]
        desk.selection.area = Area(document.id, (gpu.key,), (0, 20_000_000))
        table: QTableView = find(panel, QTableView, "area-table")
        qtbot.waitUntil(lambda: table.model().rowCount() > 0)
        return table

    def test_nothing_dragged_is_said(self, panel: QWidget) -> None:
        assert "Shift" in find(panel, QLabel, "area-words").text()
        assert not find(panel, QPushButton, "save-area").isEnabled()

    def test_rows_are_those_of_the_area(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
        table = self.drag(desk, document, panel, qtbot)
        trace, timeline = document.trace, document.timeline
        assert trace is not None
        assert timeline is not None
        gpu = lane_tree(trace, timeline.lanes)[0]
        inside = [row for row in range(len(trace)) if trace.ts[row] < 20_000_000 and trace.dur[row] >= 0]
        wanted: dict[str, int] = {}
        for row in inside:
            wanted[trace.name_of(row)] = wanted.get(trace.name_of(row), 0) + 1
        found = dict(zip(cells(table, 0), cells(table, 2), strict=True))
        assert found == {name: f"{number:,}" for name, number in wanted.items()}
        assert f"{len(inside):,} slices in {len(list(gpu.lanes()))} lanes" in find(panel, QLabel, "area-words").text()

    def test_a_click_on_a_title_sorts(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
        table = self.drag(desk, document, panel, qtbot)
        sums = [table.model().index(row, 3).data(Qt.ItemDataRole.UserRole).sum_ns for row in range(20)]
        assert sums == sorted(sums, reverse=True)
        title(table, 0, qtbot)
        assert cells(table, 0) == sorted(cells(table, 0))
        title(table, 0, qtbot)
        assert cells(table, 0) == sorted(cells(table, 0), reverse=True)

    def test_a_row_chooses_its_name(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
        table = self.drag(desk, document, panel, qtbot)
        centre = table.visualRect(table.model().index(1, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
        assert desk.selection.named is not None
        assert document.trace is not None
        assert document.trace.name_of(desk.selection.named.row) == cells(table, 0)[1]

    def test_copied_and_saved(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any, tmp_path: Any) -> None:
        table = self.drag(desk, document, panel, qtbot)
        qtbot.mouseClick(find(panel, QPushButton, "copy-area-csv"), Qt.MouseButton.LeftButton)
        rows = list(csv.DictReader(io.StringIO(QApplication.clipboard().text())))
        assert [row["name"] for row in rows] == cells(table, 0)
        assert sum(int(row["count"]) for row in rows) == sum(int(text.replace(",", "")) for text in cells(table, 2))
        assert all(int(row["sum_ns"]) >= int(row["union_ns"]) >= int(row["max_ns"]) for row in rows)
        qtbot.mouseClick(find(panel, QPushButton, "copy-area"), Qt.MouseButton.LeftButton)
        assert QApplication.clipboard().text().startswith("name\tkind\tcount\tsum")
        for place, path in enumerate((tmp_path / "out.csv", tmp_path / "no" / "out.csv")):
            qtbot.mouseClick(find(panel, QPushButton, "save-area"), Qt.MouseButton.LeftButton)
            dialog = panel.findChildren(QFileDialog)[-1]
            dialog.fileSelected.emit(str(path))
            dialog.close()
            assert desk.jobs.messages[-1].level is (Level.INFO, Level.ERROR)[place]
        assert len((tmp_path / "out.csv").read_text().splitlines()) - 1 == len(rows)

    def test_lanes_by_key(self, document: Document) -> None:
        assert document.trace is not None
        assert document.timeline is not None
        gpu = lane_tree(document.trace, document.timeline.lanes)[0]
        leaf = next(node for node in gpu.walk() if node.lane >= 0)
        assert lane_numbers(document, (leaf.key,)) == (leaf.lane,)
        assert lane_numbers(document, (gpu.key, leaf.key)) == tuple(sorted(gpu.lanes()))
        assert lane_numbers(document, ("gone",)) == ()


def test_tables_hold_nothing_that_a_spreadsheet_runs() -> None:
    columns = (
        Column("=title", lambda row: row[0], lambda row: row[0], number=False),
        Column("n", lambda row: f"+{row[1]}", lambda row: row[1], csv_title="n_ns"),
    )
    model = TableModel(columns)
    model.show_rows([("@SUM(A1)", -5), ('a, "b"', 7), ("x\ty", 0)])
    lines = list(csv.reader(io.StringIO(model.as_csv())))
    assert lines == [["'=title", "n_ns"], ["'@SUM(A1)", "-5"], ['a, "b"', "7"], ["x\\ty", "0"]]
    read = [line.split("\t") for line in model.as_text().splitlines()]
    assert read == [["'=title", "n"], ["'@SUM(A1)", "+-5"], ['a, "b"', "+7"], ["x\\ty", "+0"]]


class TestEvents:
    @pytest.fixture
    def panel(self, desk: Desk, shown: Show) -> QWidget:
        return shown(EventsPanel(desk.jumper, desk.service), 900, 260)

    @pytest.fixture
    def document(self, desk: Desk, panel: QWidget) -> Document:
        return desk.open(many())

    def table(self, panel: QWidget) -> QTableView:
        found: QTableView = find(panel, QTableView, "events-table")
        return found

    def test_all_events_are_there_and_few_exist(self, document: Document, panel: QWidget, qtbot: Any) -> None:
        table, bar = self.table(panel), find(panel, QScrollBar, "events-table-scroll")
        assert find(panel, QLabel, "events-count").text() == "5,000 events"
        assert table.model().rowCount() < 30
        assert document.trace is not None
        assert cells(table, 0)[0] == document.trace.name_of(0)
        bar.setValue(bar.maximum())
        assert cells(table, 3)[-1] == "never ended"
        assert cells(table, 0)[-1].startswith("<b>bold</b>\\u202e")

    def test_the_keys_go_through_all_rows(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
        table = self.table(panel)
        table.setFocus()
        for key, row in ((Qt.Key.Key_Down, 0), (Qt.Key.Key_Down, 1), (Qt.Key.Key_End, 4999), (Qt.Key.Key_Up, 4998)):
            qtbot.keyClick(table, key)
            assert desk.selection.selected == Slice(document.id, row)
        qtbot.keyClick(table, Qt.Key.Key_PageUp)
        assert desk.selection.selected is not None
        assert 4970 < desk.selection.selected.row < 4998
        qtbot.keyClick(table, Qt.Key.Key_Home)
        assert desk.selection.selected == Slice(document.id, 0)
        assert table.selectionModel().selectedRows()[0].row() == 0

    def test_a_touchpad_scrolls_alike_in_both_directions(self, document: Document, panel: QWidget) -> None:
        table, bar = self.table(panel), find(panel, QScrollBar, "events-table-scroll")
        bar.setValue(1000)

        def wheel(angle: int) -> None:
            at = QPointF(20, 20)
            event = QWheelEvent(
                at, table.viewport().mapToGlobal(at), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(table.viewport(), event)

        for angle, lines in ((120, -3), (-120, 3), (8, -3), (-8, 3)):
            before = bar.value()
            for _ in range(120 // abs(angle)):
                wheel(angle)
            assert bar.value() - before == lines

    def test_a_title_sorts_and_turns(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
        table, trace = self.table(panel), document.trace
        assert trace is not None
        title(table, 3, qtbot)
        qtbot.waitUntil(lambda: cells(table, 3)[0] == "never ended")
        title(table, 3, qtbot)
        longest = max(range(len(trace)), key=lambda row: trace.dur[row])
        qtbot.waitUntil(lambda: cells(table, 0)[0] == trace.name_of(longest))
        last = desk.service.questions(Sort)[-1]
        assert (last.column, last.descending) == ("dur", True)

    def test_a_selection_elsewhere_is_marked_also_when_sorted(
        self, desk: Desk, document: Document, panel: QWidget, qtbot: Any
    ) -> None:
        table = self.table(panel)
        desk.selection.selected = Slice(document.id, 3210)
        marked = table.selectionModel().selectedRows()
        assert [cells(table, 2)[index.row()] for index in marked] == [f"{int(document.trace.ts[3210]):,} ns"]
        title(table, 0, qtbot)
        qtbot.waitUntil(lambda: cells(table, 0) != [] and cells(table, 0)[-1] == "kernel_10")
        row = table.selectionModel().selectedRows()[0].row()
        assert cells(table, 2)[row] == f"{int(document.trace.ts[3210]):,} ns"

    def test_filters(self, desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
        box, label = find(panel, QLineEdit, "events-filter"), find(panel, QLabel, "events-count")
        box.setFocus()
        qtbot.keyClicks(box, "kernel_1")
        qtbot.waitUntil(lambda: label.text() == "2,499 of 5,000 events")
        qtbot.mouseClick(find(panel, QToolButton, "events-regex"), Qt.MouseButton.LeftButton)
        box.setFocus()
        qtbot.keyClicks(box, "[23]")
        qtbot.waitUntil(lambda: label.text() == "500 of 5,000 events")
        qtbot.keyClicks(box, "[")
        qtbot.waitUntil(lambda: find(panel, QLabel, "events-problem").isVisible())
        box.clear()
        box.textEdited.emit("")
        qtbot.waitUntil(lambda: label.text() == "5,000 events")
        kinds = find(panel, QComboBox, "events-kind")
        kinds.setFocus()
        for _ in range(kinds.findText("marker")):
            qtbot.keyClick(kinds, Qt.Key.Key_Down)
        qtbot.waitUntil(lambda: label.text() == "1 of 5,000 events")

    def test_no_document_and_another_document(self, desk: Desk, document: Document, panel: QWidget) -> None:
        other = desk.open(launched())
        assert find(panel, QLabel, "events-count").text() == f"{len(other.trace)} events"
        for one in (other, document):
            desk.workspace.remove(one)
        assert find(panel, QLabel, "events-count").text() == "No events"
