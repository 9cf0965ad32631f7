"""What a person does in the whole window, what it shows, and events of a file for it to open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog

from gui.application import Application
from gui.state.document import Document

LIVE = {"workload": "resnet50", "precision": "int8", "batch": 8, "strategy": "depth-first"}

#: Writes events as a Chrome file of a name.
Make = Callable[..., Path]


def press(application: Application, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """A key, where the keyboard is: in the timeline."""
    window = application.window
    assert window is not None
    for _ in range(20):
        window.activateWindow()
        QApplication.processEvents()
        if window.isActiveWindow():
            break
    window.timeline.setFocus()
    QTest.keyClick(window.timeline.canvas, key, modifier)


def pick(application: Application, name: str) -> None:
    """A line of a menu."""
    assert application.window is not None
    action = application.window.findChild(QAction, name)
    assert action is not None, name
    assert action.isEnabled(), name
    action.trigger()


def say(monkeypatch: pytest.MonkeyPatch, method: str, answer: object) -> None:
    """What a person answers to a dialog of the system."""
    owner = QInputDialog if method == "getText" else QFileDialog
    monkeypatch.setattr(owner, method, staticmethod(lambda *_, **__: answer))


def first(application: Application) -> Document:
    return next(iter(application.session.workspace))


def lanes(application: Application) -> list[str]:
    assert application.window is not None
    return [lane["name"] for lane in application.window.timeline.lane_report()]


def event(name: str, ts_us: float, dur_us: float, stream: int = 7, **args: Any) -> dict[str, Any]:
    more = {"stream": stream, "device": 0, **args}
    return {"ph": "X", "cat": "kernel", "name": name, "pid": 1, "tid": stream, "ts": ts_us, "dur": dur_us, "args": more}
