"""The list of marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTableWidget, QWidget

from gui.panels.notes import NotesPanel
from gui.state.view import Mark
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.traces import launched


@pytest.fixture
def panel(desk: Desk, shown: Callable[..., QWidget]) -> QWidget:
    return shown(NotesPanel(desk.jumper))


def table(panel: QWidget) -> QTableWidget:
    found: QTableWidget = find(panel, QTableWidget, "notes-table")
    return found


def texts(panel: QWidget) -> list[tuple[str, str]]:
    rows = table(panel)
    return [(rows.item(row, 0).text(), rows.item(row, 1).text()) for row in range(rows.rowCount())]


def test_without_marks_it_says_how_to_set_one(panel: QWidget) -> None:
    assert find(panel, QLabel, "notes-words").text().startswith("M marks what is selected")
    assert not find(panel, QPushButton, "add-note").isEnabled()


def test_marks_show_in_order_of_time(desk: Desk, panel: QWidget) -> None:
    desk.open(launched(), path="/x/trace.parquet")
    desk.view.keeps_marks = True
    desk.view.add_mark(200_000, "later")
    desk.view.add_mark(1000, "sooner\u202e")
    assert texts(panel) == [("1.000 µs", "sooner\\u202e"), ("200.0 µs", "later")]
    assert find(panel, QLabel, "notes-words").text() == "Kept beside the trace file."


def test_a_mark_is_set_named_gone_to_and_taken_away(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.simulate()
    middle = sum(desk.view.shown) // 2
    qtbot.mouseClick(find(panel, QPushButton, "add-note"), Qt.MouseButton.LeftButton)
    assert desk.view.marks == (Mark(middle),)
    assert find(panel, QLabel, "notes-words").text() == "Kept while the window is open."
    rows = table(panel)
    rows.setFocus()
    qtbot.keyClick(rows, Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    qtbot.keyClicks(editor, "the gap")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.view.marks == (Mark(middle, "the gap"),))
    assert texts(panel)[0][1] == "the gap"
    desk.view.show(0, 1000)
    rows.setFocus()
    qtbot.keyClick(rows, Qt.Key.Key_Return)
    assert desk.view.shown[0] <= middle < desk.view.shown[1]
    assert desk.view.span_ns == 1000
    qtbot.keyClick(rows, Qt.Key.Key_Delete)
    assert desk.view.marks == ()


def test_a_click_on_the_time_goes_there(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.simulate()
    desk.view.add_mark(500_000)
    desk.view.show(0, 10_000)
    rows = table(panel)
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(0, 0)).center())
    assert desk.view.shown[0] <= 500_000 < desk.view.shown[1]


def test_the_one_chosen_is_the_one_deleted(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.simulate()
    for at in (10, 20, 30):
        desk.view.add_mark(at, str(at))
    rows = table(panel)
    rows.setFocus()
    qtbot.keyClick(rows, Qt.Key.Key_Down)
    qtbot.mouseClick(find(panel, QPushButton, "delete-note"), Qt.MouseButton.LeftButton)
    assert [mark.at_ns for mark in desk.view.marks] == [10, 30]
