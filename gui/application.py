"""One window with all that it lives on."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from gui.controllers.following import Following
from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.controllers.restoring import Restoring
from gui.interrupts import INTERRUPTED, Interrupts
from gui.main_window import MainWindow
from gui.panels.searching import Searching
from gui.parts import Parts
from gui.preparing import Preparing
from gui.state.devices import DeviceChoice
from gui.state.session import Session
from gui.state.settings import Settings, load_settings, save_settings
from gui.theme import ThemeManager
from gui.unattended import Unattended
from gui.workers.process import WorkerProcess
from gui.workers.service import Service

#: Where NVIDIA's driver shows itself, on Linux and in the Windows Subsystem for Linux. Asking it takes a worker.
_DRIVERS = ("/dev/nvidiactl", "/dev/dxg")


class Application:
    """Qt's application, a session, its workers and its window.

    Parameters
    ----------
    argv : sequence of str
    remembers : bool
        Read and write the user's settings. A window that is opened to be written to a file neither looks like its
        user's last one nor changes it.
    workers : sequence of WorkerProcess
        Started ahead of the window.
    """

    def __init__(self, argv: Sequence[str], *, remembers: bool, workers: Sequence[WorkerProcess] = ()) -> None:
        existing = QApplication.instance()
        self.qt = existing if isinstance(existing, QApplication) else QApplication(list(argv))
        self.qt.setApplicationName("lanescope")
        self.qt.setApplicationDisplayName("Lanescope")
        self.remembers = remembers
        settings = load_settings() if remembers else Settings(theme="light", first_run=False)
        self.session = Session(settings=settings)
        self.themes = ThemeManager(self.qt, settings)
        self.service = Service(self.session.jobs, self.qt, workers=workers)
        session = self.session
        opening = Opening(session.workspace, session.jobs, self.service, self.qt)
        live = Live(session.scenario, session.workspace, self.service)
        self._following = Following(session)
        self._searching = Searching(session.workspace, session.search, self.service)
        self._parts = Parts(session, self.themes, self.service, opening, live)
        self._preparing: Preparing | None = None
        self.window: MainWindow | None = None

    def open_window(self, size: tuple[int, int] | None) -> MainWindow:
        """Build and show the window."""
        self.window = MainWindow(self._parts)
        self.window.restore(size, on_screen=self.remembers)
        self.window.show()
        return self.window

    def start(self, traces: Sequence[str], *, compare: bool, scenario: dict[str, Any]) -> None:
        """Show what was asked for; without a wish what was open last, or the first-run page.

        May be called before there is a window.
        """
        parts, session = self._parts, self.session
        knobs = dict(scenario)
        restores = not scenario and not traces and self.remembers
        if restores:
            knobs = session.restorable_knobs()
        if traces or scenario:
            # Whoever names what to see need not be shown how that is done.
            session.settings.first_run = False
        session.scenario.update(**knobs)
        for path in traces:
            session.settings.opened(path)
            document = parts.opening.open(path)
            if compare:
                document.letter = session.workspace.next_letter()
        if restores:
            self._restoring = Restoring(session, parts.opening, parts.live)
        if scenario or (not len(session.workspace) and not session.settings.first_run):
            parts.live.start()
        session.scenario.events.connect(self._follow_knobs)
        if any(map(os.path.exists, _DRIVERS)):
            self.service.gpus(self._offer_gpus)

    def prepare(self) -> None:
        """Do in idle moments what a person would else wait for later."""
        self._preparing = Preparing(self.service)

    def _follow_knobs(self) -> None:
        """Whoever turns a knob wants to see what it does, also where only files are open so far."""
        live = self._parts.live
        if self.session.settings.first_run or live.document not in self.session.workspace:
            self._parts.commands.scenario.simulate()

    def _offer_gpus(self, gpus: Any) -> None:
        self._parts.devices.real = tuple(DeviceChoice(gpu.spec, gpu.title) for gpu in gpus.found)

    def attend(self, interrupts: Interrupts) -> int:
        """Stay until the window is closed; the exit code."""
        self.prepare()
        interrupts.call(self.qt.closeAllWindows, self.qt)
        try:
            self.qt.exec()
        finally:
            self.close()
        return INTERRUPTED if interrupts.happened else 0

    def write(self, screenshot: Path | None, state: Path | None, interrupts: Interrupts) -> int:
        """Write the window to files once it is drawn; the exit code.

        Raises
        ------
        LanescopeError
            A file could not be opened or written.
        """
        assert self.window is not None
        writer = Unattended(
            self.window,
            self.session,
            busy=self.window.is_busy,
            report=self.window.report,
            screenshot=screenshot,
            state=state,
        )
        interrupts.call(self.qt.quit, self.qt)
        try:
            self.qt.exec()
        finally:
            self.close()
        if interrupts.happened:
            return INTERRUPTED
        if writer.error is not None:
            raise writer.error
        return 0

    def close(self) -> None:
        """Keep what the next start needs, and end the workers. Safe to call twice."""
        window, self.window = self.window, None
        if window is not None:
            window.close()
            if self.remembers:
                self.session.remember()
                if not save_settings(self.session.settings):
                    with suppress(OSError):
                        sys.stderr.write("lanescope: the window's settings cannot be written; what was open is lost.\n")
            window.deleteLater()
        if self._preparing is not None:
            self._preparing.close()
        self._parts.opening.close()
        self.service.close()
