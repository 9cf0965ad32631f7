"""A window that nobody looks at: waits until everything is drawn, writes what was asked for, ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from gui.snapshot import describe_widgets
from gui.state.document import Kind, Status
from gui.state.session import Session
from profiler.errors import DeviceError, LanescopeError, OutputError, TraceReadError, UsageError
from profiler.io.files import written

_POLL_MS = 15

#: Polls in a row at which nothing may be going on; a result often starts the next request.
_QUIET_POLLS = 6

#: A window that is still not drawn after this long never will be.
_PATIENCE_S = 600

#: What else `lanescope view --state` says, by key.
Report = Callable[[], dict[str, Any]]


class Unattended(QObject):
    """Ends the application once the window is drawn and the files are written; ``error`` is why that did not happen.

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
            # Most messages name the file already, as it was given or in full.
            named = any(name in failed.message for name in (failed.path, failed.title) if name)
            kind = TraceReadError if failed.kind is Kind.FILE else UsageError
            raise kind(failed.message, where=None if named or not failed.title else failed.title)


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
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OutputError("the picture could not be encoded", where=str(path))
    save_bytes(bytes(buffer.data()), path)


def write_json(value: dict[str, Any], path: Path) -> None:
    """Write a value as JSON, complete or not at all.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    save_bytes((json.dumps(value, indent=1) + "\n").encode(), path)


def save_bytes(content: bytes, path: Path) -> None:
    """Write a file, complete or not at all.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    with written(path) as file:
        file.write(content)
