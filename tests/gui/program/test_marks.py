"""Marks in the whole window: where M puts them, and where they are kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor

from gui.application import Application
from gui.state.notes import read_notes
from gui.state.selection import Slice
from tests.gui.program.conftest import Start
from tests.gui.program.hands import press

ELSEWHERE = QPoint(0, 0)


@pytest.fixture
def saved(saved: Path, tmp_path: Path) -> Path:
    """A file of its own, with no marks beside it."""
    return Path(shutil.copy(saved, tmp_path))


def marks(application: Application) -> list[int]:
    return [mark.at_ns for mark in application.session.view.marks]


def test_m_marks_the_start_of_what_is_measured_or_selected(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(saved)
    session = application.session
    document = session.workspace.active
    assert document is not None
    assert document.trace is not None
    session.selection.selected = Slice(document.id, 7)
    press(application, Qt.Key.Key_M)
    assert marks(application) == [int(document.trace.ts[7]) - document.origin_ns]
    session.view.measure(1_234, 5_678)
    press(application, Qt.Key.Key_M)
    assert 1_234 in marks(application)


def test_m_marks_the_time_under_the_pointer_else_the_middle(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(saved)
    canvas, view = application.window.timeline.canvas, application.session.view
    view.show(0, 100_000)
    point = QPoint(canvas.width() - 120, 30)
    try:
        QCursor.setPos(canvas.mapToGlobal(point))
        press(application, Qt.Key.Key_M)
    finally:
        QCursor.setPos(ELSEWHERE)
    assert marks(application) == [canvas.time_at(point.toPointF())]
    assert marks(application)[0] > 60_000
    press(application, Qt.Key.Key_M)
    assert 50_000 in marks(application)


def test_marks_are_kept_beside_the_trace(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(saved)
    view = application.session.view
    view.show(0, 100_000)
    press(application, Qt.Key.Key_M)
    assert [mark.at_ns for mark in read_notes(saved)] == [50_000]
    view.show(200_000, 300_000)
    press(application, Qt.Key.Key_BracketLeft)
    assert view.shown == (0, 100_000)
    application.close()
    again = start(saved)
    assert [mark.at_ns for mark in again.session.view.marks] == [50_000]
    again.session.view.remove_mark(50_000)
    assert read_notes(saved) == ()


def test_two_windows_on_one_trace_show_the_marks_of_both(start: Start, qtbot: Any, saved: Path) -> None:
    first, second = start(saved), start(saved)
    first.session.view.add_mark(10_000, "first")
    qtbot.waitUntil(lambda: marks(second) == [10_000])
    second.session.view.add_mark(20_000, "second")
    qtbot.waitUntil(lambda: marks(first) == [10_000, 20_000])
    first.session.view.remove_mark(10_000)
    qtbot.waitUntil(lambda: marks(second) == [20_000])
    assert [mark.text for mark in read_notes(saved)] == ["second"]
