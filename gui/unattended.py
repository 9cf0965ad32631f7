"""A window that nobody looks at: waits until everything is drawn, writes what was asked for, ends."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from gui.snapshot import describe_widgets
from gui.state.document import Status
from gui.state.session import Session
from profiler.errors import DeviceError, LanescopeError, OutputError, TraceReadError

_POLL_MS = 15

#: Polls in a row at which nothing may be going on; a result often starts the next request.
_QUIET_POLLS = 6

#: A window that is still not drawn after this long never will be.
_PATIENCE_S = 600

#: What else `lanescope view --state` says, by key.
Report = Callable[[], dict[str, Any]]


class Unattended(QObject):
    """Ends the application once the window is drawn and the files are written; `code` is the exit code.

    Parameters
    ----------
    window : QWidget
    session : Session
    busy : callable
        Whether anything is still being computed for the window.
    report : callable
        Keys of the state file beside ``widgets``.
    screenshot, state : Path or None
    """

    def __init__(
        self,
        window: QWidget,
        session: Session,
        *,
        busy: Callable[[], bool],
        report: Report,
        screenshot: Path | None,
        state: Path | None,
    ) -> None:
        super().__init__(window)
        self.error: LanescopeError | None = None
        self._window, self._session, self._busy, self._report = window, session, busy, report
        self._screenshot, self._state = screenshot, state
        self._quiet, self._waited_ms = 0, 0
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        self._waited_ms += _POLL_MS
        self._quiet = 0 if self._is_going_on() else self._quiet + 1
        if self._quiet < _QUIET_POLLS and self._waited_ms < 1000 * _PATIENCE_S:
            return
        self._timer.stop()
        try:
            self._finish()
        except LanescopeError as error:
            self.error = error
        QApplication.exit(0)

    def _is_going_on(self) -> bool:
        unfinished = (Status.LOADING, Status.PARTIAL)
        session = self._session
        return (
            not self._window.isVisible()
            or bool(session.jobs.jobs)
            or session.search.busy
            or any(document.status in unfinished for document in session.workspace)
            or self._busy()
        )

    def _finish(self) -> None:
        if self._quiet < _QUIET_POLLS:
            raise DeviceError(f"the window was not drawn within {_PATIENCE_S} s")
        if self._screenshot is not None:
            save_picture(self._window, self._screenshot)
        if self._state is not None:
            write_json({**self._report(), "widgets": describe_widgets(self._window)}, self._state)
        failed = next((one for one in self._session.workspace if one.status is Status.FAILED), None)
        if failed is not None:
            raise TraceReadError(failed.message, where=failed.title)


def save_picture(widget: QWidget, path: Path) -> None:
    """Write what a widget shows as a PNG, complete or not at all.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    save_image(widget.grab().toImage(), path)


def save_image(image: QImage, path: Path) -> None:
    """Write an image as a PNG, complete or not at all.

    Raises
    ------
    OutputError
        The place cannot be written.
    """

    def put(name: str) -> None:
        if not image.save(name, "PNG"):
            raise OSError("the picture could not be encoded or written")

    replace(path, put)


def write_json(value: dict[str, Any], path: Path) -> None:
    """Write a value as JSON, complete or not at all.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    replace(path, lambda name: Path(name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8"))


def replace(path: Path, put: Callable[[str], object]) -> None:
    """Let ``put`` write a file beside ``path`` and move it there: complete or not at all."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        put(name)
        os.replace(name, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(name)
        raise OutputError(f"cannot be written: {error.strerror or error}", where=str(path)) from error
