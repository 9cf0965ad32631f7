"""What watches for leaks sees them: a thread, a window, a timer and a listener that are left behind."""

from __future__ import annotations

import gc
import threading
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import delete

from gui.state.view import ViewState
from tests.gui import conftest


def test_a_thread_that_still_runs_is_seen(qapp: QApplication) -> None:
    before, end = set(threading.enumerate()), threading.Event()
    thread = threading.Thread(target=end.wait, name="stays")
    thread.start()
    assert conftest._threads(before) == ["thread stays"]
    end.set()
    thread.join()
    assert conftest._threads(before) == []


def test_a_window_that_nobody_closed_is_seen(qapp: QApplication) -> None:
    window = QWidget()
    window.setObjectName("stays")
    assert conftest._windows() == ["window QWidget stays"]
    delete(window)
    assert conftest._windows() == []


def test_a_timer_that_still_runs_is_seen(qapp: QApplication) -> None:
    timer = QTimer()
    timer.start(10_000)
    assert conftest._timers(gc.get_objects()) == ["timer of None"]
    timer.stop()
    assert conftest._timers(gc.get_objects()) == []


def test_a_listener_of_a_deleted_object_is_seen(qapp: QApplication) -> None:
    class Listener(QObject):
        def hear(self, *_: Any) -> None:
            pass

    view, kept, gone = ViewState(), Listener(), Listener()
    for one in (kept, gone):
        view.events.connect(one.hear)
    delete(gone)
    assert len([name for name in conftest._listeners(gc.get_objects()) if name.startswith("listener of")]) == 1
    view.events.disconnect(gone.hear)
    assert conftest._listeners(gc.get_objects()) == []
