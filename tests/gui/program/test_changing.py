"""What changes, breaks or ends while the window is open: files, workers, screens, the window itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSlider, QToolButton

from gui.state.document import Status
from profiler.io import write_trace
from tests.gui.program.conftest import Start, settle
from tests.gui.program.hands import LIVE, first, lanes, press
from tests.helpers.patience import has_ended
from tests.timeline.synthetic import pipeline


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
        qtbot.waitUntil(lambda: first(application).status is Status.FAILED)
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
    qtbot.waitUntil(lambda: first(application).figures["batch"] == session.scenario.batch == 1024)
    assert first(application).status is Status.READY


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
    qtbot.waitUntil(lambda: all(has_ended(pid) for pid in pids))
