"""Traces that are odd or too much, in the whole program and through real events."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QToolTip

from gui.lane_filter import LaneFilter
from gui.state.document import Status
from gui.timeline.tips import as_tip, tip_lines
from tests.gui.program.conftest import Start, settle
from tests.gui.program.hands import Make, event, first, lanes, press

NAMES = (
    "A" * 4000,
    "\u202eevil\u202c",
    "<b>bold</b><img src='http://nowhere.invalid/x.png'><a href='http://nowhere.invalid'>l</a>",
    "שלום مرحبا",
    "\U0001f680\U0001f469\u200d\U0001f469\u200d\U0001f467 emoji",
    "tab\tnew\nline\x07\x1b[31m",
    "",
)


def test_files_of_two_clocks_stand_on_one_axis_from_their_first_records(start: Start, qtbot: Any, made: Make) -> None:
    work = [("conv", 0, 50), ("relu", 60, 20), ("fc", 90, 10)]
    early = made("early", [event(name, -5e6 + ts, dur) for name, ts, dur in work])
    late = made("late", [event(name, 1.7e15 + 4 * ts, 4 * dur) for name, ts, dur in work])
    application = start(early, late, compare=True)
    session, window = application.session, application.window
    assert window is not None
    a, b = session.workspace
    assert a.origin_ns < 0 < b.origin_ns
    assert (a.span_ns, b.span_ns) == (100_000, 400_000)
    assert session.view.limits == (0, 400_000)
    starts = [drawn.frame.viewport.start_ns - drawn.document.origin_ns for drawn in window.timeline.canvas.drawn]
    assert len(set(starts)) == 1
    figures = window.docks.reveal("comparison")
    settle(application, qtbot)
    assert figures.isVisible()
    session.view.clock = type(session.view.clock).ABSOLUTE
    press(application, Qt.Key.Key_Plus)
    settle(application, qtbot)


def test_323_streams_fold_scroll_and_are_filtered_by_keys(start: Start, qtbot: Any, made: Make) -> None:
    path = made("many", [event(f"k{s}", 2 * s + 700 * r, 30, stream=s) for s in range(323) for r in range(4)])
    application = start(path)
    window = application.window
    assert window is not None
    canvas = window.timeline.canvas
    assert "streams" in lanes(application)
    strip = next(one for drawn in canvas.drawn for one in drawn.placed if one.strip.node.title == "streams")
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(30, round(strip.y + strip.strip.height / 2)))
    settle(application, qtbot)
    assert canvas.most_scroll() > 3000
    for _ in range(40):
        press(application, Qt.Key.Key_PageDown)
    assert canvas.scroll == canvas.most_scroll()
    press(application, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(LaneFilter)
    field, words = dialog.findChild(QLineEdit, "lane-pattern"), dialog.findChild(QLabel, "lane-filter-words")
    qtbot.keyClicks(field, "stream 3[12].$")
    settle(application, qtbot)
    assert lanes(application) == [f"stream {number}" for number in range(310, 323)]
    assert words.text().startswith("13 of ")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.findChildren(LaneFilter))
    assert len(lanes(application)) == 13
    press(application, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    field = window.findChild(LaneFilter).findChild(QLineEdit, "lane-pattern")
    assert field.text() == "stream 3[12].$"
    qtbot.keyClicks(field, "(")
    assert "letter by letter" in window.findChild(QLabel, "lane-filter-words").text()
    settle(application, qtbot)
    assert lanes(application) == []
    field.clear()
    # Tried every way, this would hold the window for longer than anybody waits.
    qtbot.keyClicks(field, "([stream]+ ?)+!$")
    settle(application, qtbot)
    assert lanes(application) == []
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    settle(application, qtbot)
    assert len(lanes(application)) == 13
    window.findChild(QAction, "reset-lanes").trigger()
    settle(application, qtbot)
    assert "streams" in lanes(application)


def test_odd_names_are_plain_text_in_every_panel_and_tip(start: Start, qtbot: Any, made: Make) -> None:
    application = start(made("names", [event(name, 110 * place, 100) for place, name in enumerate(NAMES)]))
    window, document = application.window, first(application)
    assert window is not None
    for name, _ in window.docks:
        window.docks.reveal(name)
    canvas = window.timeline.canvas
    for row in range(len(NAMES)):
        start_ns = int(document.trace.ts[row]) - document.origin_ns
        x = (canvas.column_px() + float(canvas.viewport_of(None).x_of(start_ns + 50_000))) / canvas.devicePixelRatioF()
        strip = canvas.drawn[0].placed[1]
        point = QPoint(round(x), round(strip.y + strip.strip.height / 2))
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=point)
        settle(application, qtbot)
        assert application.session.selection.selected is not None
        tip = as_tip(tip_lines(canvas, point.toPointF()))
        assert "\u202e" not in tip
        assert "<img" not in tip
        assert len(tip) < 6000
        for label in window.findChildren(QLabel):
            assert label.textFormat() is Qt.TextFormat.PlainText
            assert "\u202e" not in label.text()
            assert "\x1b" not in label.text()
            assert len(label.text()) <= 1100
    assert QToolTip.isVisible() in (True, False)
    assert not [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox)]


def test_slices_of_no_length_and_a_single_one_are_seen_selected_and_zoomed_to(
    start: Start, qtbot: Any, made: Make
) -> None:
    application = start(made("zero", [event(f"z{place}", 5 + place, 0) for place in range(5)]))
    press(application, Qt.Key.Key_F)
    settle(application, qtbot)
    # An instant is drawn as long as the clock can tell, so that it is seen.
    assert [lane["busy_ns"] for lane in application.window.timeline.lane_report()] == [5, 5]
    document = first(application)
    application.window.commands.files.open_path(str(made("one", [event("k", 5, 10)])))
    settle(application, qtbot)
    for _ in range(60):
        press(application, Qt.Key.Key_W)
    assert application.session.view.span_ns >= 10
    for _ in range(90):
        press(application, Qt.Key.Key_S)
    settle(application, qtbot)
    assert document.status is Status.READY


@pytest.mark.parametrize("events", [[], [event("k", 0, 3.6e9), event("k", 30 * 86400e6, 3.6e9)]], ids=["none", "month"])
def test_an_empty_trace_and_one_of_a_month(start: Start, qtbot: Any, made: Make, events: list[Any]) -> None:
    application = start(made("odd", events))
    for key in (
        Qt.Key.Key_F,
        Qt.Key.Key_W,
        Qt.Key.Key_D,
        Qt.Key.Key_End,
        Qt.Key.Key_M,
        Qt.Key.Key_Return,
        Qt.Key.Key_1,
    ):
        press(application, key)
    settle(application, qtbot)
    assert all(document.status is Status.READY for document in application.session.workspace)
