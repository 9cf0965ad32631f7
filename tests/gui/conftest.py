"""The window's tests: no screen, no settings of the person who runs them, and nothing left behind by a test."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from psygnal import SignalInstance
from pytestqt.qtbot import QtBot

from tests.helpers.patience import PATIENCE_MS


class PatientBot(QtBot):
    """Waits for what must come as long as a machine may need that does other work too."""

    def waitUntil(self, callback: Any, *, timeout: int = PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)


@pytest.fixture
def qtbot(qapp: Any, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder that no other test sees."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """No thread, window, running timer or listener outlives a test that has a window."""
    if "qapp" not in request.fixturenames:
        yield
        return
    threads = set(threading.enumerate())
    # What was there before is neither searched nor listed afterwards: in a long run it is a hundred times as much.
    gc.freeze()
    yield
    _delete_now()
    objects = gc.get_objects()
    left = [*_threads(threads), *_windows(), *_timers(objects), *_listeners(objects)]
    del objects
    gc.unfreeze()
    assert not left, f"left behind: {left}"


def _delete_now() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()
    gc.collect()


def _threads(before: set[threading.Thread]) -> list[str]:
    return [f"thread {thread.name}" for thread in threading.enumerate() if thread not in before]


def _windows() -> list[str]:
    from PySide6.QtWidgets import QApplication

    return [f"window {type(widget).__name__} {widget.objectName()}" for widget in QApplication.topLevelWidgets()]


def _timers(objects: list[Any]) -> list[str]:
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    found = (one for one in objects if isinstance(one, QTimer))
    return [f"timer of {timer.parent()}" for timer in found if isValid(timer) and timer.isActive()]


def _listeners(objects: list[Any]) -> list[str]:
    """Signals of the state that still call into widgets that are gone."""
    signals = (one for one in objects if isinstance(one, SignalInstance))
    return [f"listener of {signal.name}" for signal in signals for slot in list(signal._slots) if _dead(slot)]


def _dead(slot: Any) -> bool:
    from PySide6.QtCore import QObject
    from shiboken6 import isValid

    call = slot.dereference()
    owners = [getattr(call, "__self__", None)]
    owners += [cell.cell_contents for cell in getattr(call, "__closure__", None) or () if _filled(cell)]
    owners += [getattr(owner, "__self__", None) for owner in owners]
    return any(isinstance(owner, QObject) and not isValid(owner) for owner in owners)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
