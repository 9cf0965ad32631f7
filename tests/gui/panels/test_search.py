"""Searching: what is found is what a look at every name finds, and every hit is a key press away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QTableView, QToolButton, QWidget

from gui.panels.search import SearchPanel
from gui.panels.searching import Searching
from gui.state.document import Document
from gui.state.selection import Slice
from gui.workers.jobs import Search
from profiler.trace.tables import Trace
from tests.gui.panels.conftest import Desk, find, simulated
from tests.gui.panels.standin import show
from tests.gui.panels.traces import HOSTILE, launched, many


@pytest.fixture
def panel(desk: Desk, shown: Callable[..., QWidget]) -> QWidget:
    made = SearchPanel(desk.jumper, desk.search)
    Searching(desk.workspace, desk.search, desk.service, parent=made)
    return shown(made)


@pytest.fixture
def document(desk: Desk, panel: QWidget) -> Document:
    return desk.open(many())


def type_in(panel: QWidget, text: str, qtbot: Any) -> QLineEdit:
    box: QLineEdit = find(panel, QLineEdit, "search-query")
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    return box


def count(panel: QWidget) -> str:
    return str(find(panel, QLabel, "hit-count").text())


def later(trace: Trace) -> Trace:
    """The same on a clock that began long before."""
    return trace.with_columns({"ts": trace.ts + 10**15})


def rows_called(document: Document, piece: str) -> list[int]:
    trace = document.trace
    assert trace is not None
    found = [row for row in range(len(trace)) if piece in trace.name_of(row).lower() and trace.dur[row] >= 0]
    return sorted(found, key=lambda row: (trace.ts[row], row))


def test_typing_finds_and_enter_goes_round(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    assert count(panel) == "Type to find slices by name."
    box = type_in(panel, "KERNEL_07", qtbot)
    expected = rows_called(document, "kernel_07")
    qtbot.waitUntil(lambda: count(panel) == f"{len(expected)} found")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert (count(panel), desk.selection.selected) == (f"1 of {len(expected)}", Slice(document.id, expected[0]))
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert desk.selection.selected == Slice(document.id, expected[2])
    for _ in range(3):
        qtbot.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert desk.selection.selected == Slice(document.id, expected[-1])
    qtbot.mouseClick(find(panel, QToolButton, "next-hit"), Qt.MouseButton.LeftButton)
    assert desk.selection.selected == Slice(document.id, expected[0])


def test_a_quick_typist_is_searched_for_once(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    type_in(panel, "kernel_1", qtbot)
    qtbot.waitUntil(lambda: count(panel).endswith("found"))
    assert [job.text for job in desk.service.questions(Search)] == ["kernel_1"]


def test_the_list_shows_hits_and_going_to_one_jumps(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    type_in(panel, "kernel_03", qtbot)
    expected = rows_called(document, "kernel_03")
    table = find(panel, QTableView, "hits")
    qtbot.waitUntil(lambda: table.model().rowCount() > 3)
    assert table.model().index(0, 0).data() == "kernel_03"
    centre = table.visualRect(table.model().index(2, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert desk.selection.selected == Slice(document.id, expected[2])
    assert count(panel) == f"3 of {len(expected)}"
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert desk.selection.selected == Slice(document.id, expected[-1])
    assert table.model().rowCount() < 60


def test_all_documents_are_searched_in_their_order(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    other = desk.open(later(launched()), letter="B")
    type_in(panel, "k", qtbot)
    qtbot.waitUntil(lambda: len(desk.search.hits) == 2)
    assert [hits.document for hits in desk.search.hits] == [document.id, other.id]
    assert [len(hits) for hits in desk.search.hits] == [len(rows_called(one, "k")) for one in (document, other)]
    assert other.trace is not None
    assert desk.search.hits[1].starts_ns.tolist() == sorted(
        int(other.trace.ts[row]) - other.origin_ns for row in rows_called(other, "k")
    )
    desk.workspace.remove(document)
    qtbot.waitUntil(lambda: [hits.document for hits in desk.search.hits] == [other.id])
    assert find(panel, QTableView, "hits").model().index(0, 0).data().startswith("B: ")


def test_regular_expressions_and_bad_ones(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    qtbot.mouseClick(find(panel, QToolButton, "search-regex"), Qt.MouseButton.LeftButton)
    type_in(panel, "_0[12]$", qtbot)
    expected = len(rows_called(document, "_01")) + len(rows_called(document, "_02"))
    qtbot.waitUntil(lambda: count(panel) == f"{expected} found")
    type_in(panel, "_0[", qtbot)
    qtbot.waitUntil(lambda: find(panel, QLabel, "search-problem").isVisible())
    assert desk.search.count == 0
    assert not find(panel, QToolButton, "next-hit").isEnabled()
    qtbot.mouseClick(find(panel, QToolButton, "search-regex"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: count(panel) == "Nothing is called so.")
    assert not find(panel, QLabel, "search-problem").isVisible()


def test_busy_is_said_and_an_empty_query_finds_nothing(
    desk: Desk, document: Document, panel: QWidget, qtbot: Any
) -> None:
    desk.service.held = True
    box = type_in(panel, "kernel", qtbot)
    assert count(panel) == "Searching…"
    qtbot.waitUntil(lambda: len(desk.service.questions(Search)) == 1)
    for _ in range(len("kernel")):
        qtbot.keyClick(box, Qt.Key.Key_Backspace)
    desk.service.let_go()
    assert count(panel) == "Type to find slices by name."
    qtbot.wait(200)
    assert desk.search.count == 0


def test_a_replaced_trace_is_searched_anew(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    live = desk.simulate(batch=16)
    type_in(panel, "HtoD", qtbot)
    qtbot.waitUntil(lambda: desk.search.count == 16)
    one = simulated(batch=1, strategy="serial")
    show(desk.service, live, one.trace, one.to_json())
    qtbot.waitUntil(lambda: desk.search.count == 2)


def test_hostile_hits_are_plain(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.open(launched())
    type_in(panel, "bold", qtbot)
    table = find(panel, QTableView, "hits")
    qtbot.waitUntil(lambda: table.model().rowCount() == 1)
    cell = table.model().index(0, 0)
    assert cell.data().startswith("<b>bold</b>\\u202e")
    assert len(cell.data()) <= 300 < len(HOSTILE)
    assert "<b>" not in cell.data(Qt.ItemDataRole.ToolTipRole)


def test_an_answer_about_a_closed_document_reaches_nobody(desk: Desk, qtbot: Any) -> None:
    closed, other = desk.open(launched()), desk.open(launched())
    found: list[str] = []
    desk.service.held = True
    desk.service.search(closed, "conv", lambda _: found.append("closed"))
    desk.service.search(other, "conv", lambda _: found.append("other"))
    desk.service.release(closed)
    desk.service.let_go()
    qtbot.waitUntil(lambda: bool(found))
    assert found == ["other"]
