"""The SQL panel: asks only when told to, shows rows, and jumps to their slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPlainTextEdit, QPushButton, QTableView, QWidget

from gui.panels.sql import SqlPanel
from gui.state.document import Document, Status
from gui.state.selection import Slice
from gui.workers.jobs import Query
from profiler.io.sql.ready import READY
from profiler.timeline.model import Timeline
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.standin import show
from tests.gui.panels.traces import launched, two_gpus

pytest.importorskip("duckdb")


@pytest.fixture
def panel(desk: Desk, shown: Callable[..., QWidget]) -> QWidget:
    return shown(SqlPanel(desk.jumper, desk.service), 700, 400)


@pytest.fixture
def document(desk: Desk, panel: QWidget) -> Document:
    return desk.open(launched())


def write(panel: QWidget, text: str, qtbot: Any) -> QPlainTextEdit:
    editor: QPlainTextEdit = find(panel, QPlainTextEdit, "sql-editor")
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    return editor


def words(panel: QWidget) -> str:
    return str(find(panel, QLabel, "sql-words").text())


def ask(panel: QWidget, text: str, qtbot: Any) -> QTableView:
    write(panel, text, qtbot)
    qtbot.mouseClick(find(panel, QPushButton, "run-sql"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: not find(panel, QPushButton, "cancel-sql").isEnabled() and words(panel).endswith(("row", "rows"))
    )
    table: QTableView = find(panel, QTableView, "sql-table")
    return table


def test_nothing_runs_by_itself(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    assert words(panel) == "Write a query or choose a ready-made one, then press Run."
    assert not find(panel, QPushButton, "run-sql").isEnabled()
    box = find(panel, QComboBox, "ready-queries")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    editor = find(panel, QPlainTextEdit, "sql-editor")
    assert editor.toPlainText() == next(iter(READY.values())).sql
    assert box.currentIndex() == 0
    write(panel, "select 1", qtbot)
    qtbot.wait(50)
    assert desk.service.questions(Query) == []


def test_rows_show_and_ctrl_enter_runs(document: Document, panel: QWidget, qtbot: Any) -> None:
    editor = write(panel, "select name, count(*) as n from kernels group by name order by n desc", qtbot)
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: words(panel) == "2 rows")
    model = find(panel, QTableView, "sql-table").model()
    assert [model.headerData(place, Qt.Orientation.Horizontal) for place in (0, 1)] == ["name", "n"]
    assert [model.index(0, place).data() for place in (0, 1)] == ["conv", "4"]
    assert model.index(1, 0).data().startswith("<b>bold</b>\\u202e")
    qtbot.mouseClick(find(panel, QPushButton, "copy-sql"), Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().startswith("name,n\nconv,4\n")


def test_a_row_with_an_id_jumps_to_its_slice(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    table = ask(panel, "select name, id from kernels order by id", qtbot)
    centre = table.visualRect(table.model().index(2, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert desk.selection.selected == Slice(document.id, 3)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert desk.selection.selected == Slice(document.id, 4)


def test_a_row_with_a_time_brings_it_into_view(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    table = ask(panel, "select ts from kernels order by ts desc", qtbot)
    desk.view.show(0, 1000)
    centre = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert desk.view.shown[0] <= 260_000 < desk.view.shown[1]
    assert desk.selection.selected is None


def test_what_a_query_may_not_do_is_said(document: Document, panel: QWidget, qtbot: Any) -> None:
    for text in ("select * from read_csv('/etc/passwd')", "drop table slices", "select nothing from nowhere"):
        write(panel, text, qtbot)
        qtbot.mouseClick(find(panel, QPushButton, "run-sql"), Qt.MouseButton.LeftButton)
        label = find(panel, QLabel, "sql-problem")
        qtbot.waitUntil(lambda label=label: label.isVisible() and find(panel, QPushButton, "run-sql").isEnabled())
        assert label.text()
        assert not find(panel, QTableView, "sql-table").isVisible()
    ask(panel, "select 1 as one", qtbot)
    assert words(panel) == "1 row"
    assert not find(panel, QLabel, "sql-problem").isVisible()


def test_a_running_query_is_cancelled(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.service.held = True
    write(panel, "select 1", qtbot)
    qtbot.mouseClick(find(panel, QPushButton, "run-sql"), Qt.MouseButton.LeftButton)
    cancel = find(panel, QPushButton, "cancel-sql")
    qtbot.waitUntil(cancel.isEnabled)
    assert words(panel) == "Running…"
    assert len(desk.jobs.jobs) == 1
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert words(panel) == "Stopped."
    assert desk.jobs.jobs == ()
    desk.service.let_go()
    qtbot.wait(50)
    assert not find(panel, QTableView, "sql-table").isVisible()


def test_rows_sort_by_a_title(document: Document, panel: QWidget, qtbot: Any) -> None:
    from tests.gui.panels.test_tables import cells, title

    table = ask(panel, "select dur from kernels order by id", qtbot)
    assert cells(table, 0) == ["10000", "20000", "40000", "80000", "40000"]
    header = table.horizontalHeader()
    rising = sorted(cells(table, 0), key=int)
    for wanted, order in ((rising, Qt.SortOrder.AscendingOrder), (rising[::-1], Qt.SortOrder.DescendingOrder)):
        title(table, 0, qtbot)
        assert cells(table, 0) == wanted
        assert (header.isSortIndicatorShown(), header.sortIndicatorSection()) == (True, 0)
        assert header.sortIndicatorOrder() is order
    # Another answer stands in the order of its query.
    ask(panel, "select name, dur from kernels order by id", qtbot)
    qtbot.waitUntil(lambda: not header.isSortIndicatorShown())


def test_rows_say_what_they_are_of_and_jump_nowhere_else(
    desk: Desk, document: Document, panel: QWidget, qtbot: Any
) -> None:
    table = ask(panel, "select id from kernels order by id", qtbot)
    desk.open(two_gpus(), "other.json")
    assert words(panel) == "5 rows, of trace.parquet"
    centre = table.visualRect(table.model().index(2, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert desk.selection.selected == Slice(document.id, 3)
    assert words(panel) == "5 rows"
    desk.selection.selected = None
    # The figures came: the same rows, mapped again.
    again = launched()
    document.show(again, Timeline(again), status=Status.READY)
    assert words(panel) == "5 rows"
    show(desk.service, document, two_gpus(), None)
    assert words(panel) == "5 rows, of a timeline that is not shown any more"
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert desk.selection.selected is None


def test_without_a_trace_there_is_nothing_to_ask(panel: QWidget, qtbot: Any) -> None:
    assert words(panel) == "Open a trace to ask it something."
    write(panel, "select 1", qtbot)
    assert not find(panel, QPushButton, "run-sql").isEnabled()


def test_query_and_answer_stand_beside_each_other_in_a_broad_panel(panel: QWidget) -> None:
    editor, table = find(panel, QPlainTextEdit, "sql-editor"), find(panel, QLabel, "sql-words")
    panel.resize(400, 500)
    QApplication.processEvents()
    assert editor.mapTo(panel, editor.rect().bottomLeft()).y() < table.mapTo(panel, table.rect().topLeft()).y()
    panel.resize(1200, 220)
    QApplication.processEvents()
    assert editor.mapTo(panel, editor.rect().topRight()).x() < table.mapTo(panel, table.rect().topLeft()).x()
