"""What a window meets that is broken, odd or too much, in the whole program and through real events."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPushButton, QSlider, QToolButton, QToolTip

from gui.application import Application
from gui.lane_filter import LaneFilter
from gui.state.document import Document, Status
from gui.timeline.tips import as_tip, tip_lines
from profiler.io import write_trace
from tests.gui.program.conftest import Start, settle
from tests.timeline.synthetic import pipeline

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 8, "strategy": "depth-first"}
NAMES = (
    "A" * 4000,
    "\u202eevil\u202c",
    "<b>bold</b><img src='http://nowhere.invalid/x.png'><a href='http://nowhere.invalid'>l</a>",
    "שלום مرحبا",
    "\U0001f680\U0001f469\u200d\U0001f469\u200d\U0001f467 emoji",
    "tab\tnew\nline\x07\x1b[31m",
    "",
)


def event(name: str, ts_us: float, dur_us: float, stream: int = 7, **args: Any) -> dict[str, Any]:
    more = {"stream": stream, "device": 0, **args}
    return {"ph": "X", "cat": "kernel", "name": name, "pid": 1, "tid": stream, "ts": ts_us, "dur": dur_us, "args": more}


Make = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """Writes events as a Chrome file."""

    def write(name: str, events: list[dict[str, Any]]) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"traceEvents": events}), encoding="utf-8")
        return path

    return write


def first(application: Application) -> Document:
    return next(iter(application.session.workspace))


def press(application: Application, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    window = application.window
    assert window is not None
    for _ in range(20):
        window.activateWindow()
        QApplication.processEvents()
        if window.isActiveWindow():
            break
    window.timeline.setFocus()
    QTest.keyClick(window.timeline.canvas, key, modifier)


def lanes(application: Application) -> list[str]:
    assert application.window is not None
    return [lane["name"] for lane in application.window.timeline.lane_report()]


def test_a_file_deleted_while_open_stays_drawn_and_is_told(start: Start, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=12), path)
    application = start(path)
    window, document = application.window, first(application)
    assert window is not None
    piece = window.statusBar().findChild(QToolButton, "reload-changed")
    assert not piece.isVisible()
    before = lanes(application)
    path.unlink()
    qtbot.waitUntil(piece.isVisible)
    assert lanes(application) == before
    # What is drawn can still be asked about, and saved.
    press(application, Qt.Key.Key_Plus)
    settle(application, qtbot)
    assert application.session.view.span_ns < document.span_ns
    qtbot.mouseClick(piece, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: document.status is Status.FAILED)
    assert "no such file" in document.message
    assert lanes(application) == before
    write_trace(pipeline(chunks=3), path)
    press(application, Qt.Key.Key_F5)
    settle(application, qtbot)
    assert document.status is Status.READY
    assert len(document.trace) == len(pipeline(chunks=3))
    assert not piece.isVisible()


def test_a_file_that_grows_broken_is_told_and_what_was_drawn_stays(start: Start, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=12), path)
    application = start(path)
    document, slices = first(application), len(first(application).trace)
    path.write_bytes(b"PAR1 and nothing of the kind")
    qtbot.waitUntil(lambda: document.changed_on_disk)
    press(application, Qt.Key.Key_F5)
    settle(application, qtbot)
    assert document.status is Status.FAILED
    assert str(path) in document.message
    assert len(document.trace) == slices


@pytest.mark.parametrize("victim", ["simulating", "idle"])
def test_a_killed_simulator_is_told_and_the_next_move_gets_another(start: Start, qtbot: Any, victim: str) -> None:
    application = start(scenario=LIVE)
    session, window = application.session, application.window
    assert window is not None
    slider = window.findChild(QSlider, "batch")
    slider.setFocus()
    if victim == "simulating":
        for worker in application.service.pool.workers:
            os.kill(worker.pid, signal.SIGSTOP)
        QTest.keyClick(slider, Qt.Key.Key_Right)
    for worker in list(application.service.pool.workers):
        os.kill(worker.pid, signal.SIGKILL)
    if victim == "simulating":
        qtbot.waitUntil(lambda: first(application).status is Status.FAILED, timeout=20_000)
        message = window.findChild(QLabel, "scenario-message")
        assert message.isVisible()
        assert "SIGKILL" in message.text()
        assert lanes(application)
        # The same state is tried again when it is asked for.
        press(application, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        settle(application, qtbot)
        assert first(application).status is Status.READY
        slider.setFocus()
    qtbot.wait(100)
    QTest.keyClick(slider, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: first(application).figures["batch"] == session.scenario.batch == 1024, timeout=20_000)
    assert first(application).status is Status.READY


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


def test_the_screen_the_size_and_the_pixels_change_while_it_is_used(start: Start, qtbot: Any) -> None:
    application = start(scenario=LIVE)
    window = application.window
    assert window is not None
    names = lanes(application)
    for size in (QSize(900, 560), QSize(2400, 1500), QSize(901, 1200), QSize(1280, 720)):
        window.resize(size)
        QApplication.sendEvent(window, QResizeEvent(window.size(), size))
        for kind in (
            QEvent.Type.DevicePixelRatioChange,
            QEvent.Type.ScreenChangeInternal,
            QEvent.Type.FontChange,
            QEvent.Type.PaletteChange,
            QEvent.Type.LayoutDirectionChange,
        ):
            QApplication.sendEvent(window.timeline, QEvent(kind))
        window.windowHandle().screenChanged.emit(window.screen())
        QApplication.processEvents()
        assert not window.grab().isNull()
    settle(application, qtbot)
    assert lanes(application) == names


def test_files_opened_reloaded_and_closed_faster_than_they_are_read(start: Start, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=40), path)
    application = start(scenario=LIVE)
    window, workspace = application.window, application.session.workspace
    assert window is not None
    slider = window.findChild(QSlider, "batch")
    for turn in range(6):
        window.commands.files.open_path(str(path))
        QTest.keyClick(slider, Qt.Key.Key_Right if turn % 2 else Qt.Key.Key_Left)
        press(application, Qt.Key.Key_F5)
        press(application, Qt.Key.Key_P)
        if turn % 3:
            press(application, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
        QApplication.processEvents()
    settle(application, qtbot)
    assert all(document.status is Status.READY for document in workspace), [one.message for one in workspace]
    assert all(document.figures is not None for document in workspace)
    while len(workspace):
        press(application, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    settle(application, qtbot)
    assert not application.service.busy


def test_closing_the_window_while_it_simulates_and_reads_ends_everything(
    start: Start, qtbot: Any, tmp_path: Path
) -> None:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=40), path)
    application = start(scenario={**LIVE, "batch": 1024})
    window = application.window
    assert window is not None
    QTest.keyClick(window.findChild(QSlider, "batch"), Qt.Key.Key_Left)
    window.commands.files.open_path(str(path))
    window.findChild(QPushButton, "pin").click()
    pids = [worker.pid for worker in application.service.pool.workers]
    application.close()
    qtbot.waitUntil(lambda: not any(_runs(pid) for pid in pids), timeout=10_000)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
