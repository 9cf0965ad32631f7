"""Ctrl-C, a terminal that closes and ``kill`` close the window as its close button does."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QObject, QSocketNotifier

#: Exit code of work that was interrupted.
INTERRUPTED = 130


class Interrupts:
    """Notes the signals that ask a program to end, from now on; acts on them when told how.

    Nothing is raised while Qt is imported or calls back, which it does not survive. Python runs its signal handlers
    between two of its own instructions, and there are none while Qt waits; a byte in a socket that Qt watches wakes
    both up, also where it was sent before Qt was there. A program that ``nohup`` has started lives on without its
    terminal.

    Attributes
    ----------
    happened : bool
        Whether there was one.
    """

    def __init__(self) -> None:
        self.happened = False
        self._notifier: QSocketNotifier | None = None
        self._stop: Callable[[], object] = lambda: None
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._old_descriptor = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        asked = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            asked.append(signal.SIGHUP)
        self._old = {number: signal.signal(number, self._note) for number in asked}

    def check(self) -> None:
        """Return if nothing happened.

        Raises
        ------
        KeyboardInterrupt
        """
        if self.happened:
            raise KeyboardInterrupt

    def call(self, stop: Callable[[], object], parent: QObject) -> None:
        """Have the event loop call ``stop`` for each signal, those before included, as long as ``parent`` is there."""
        from PySide6.QtCore import QSocketNotifier

        self._stop = stop
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, parent)
        self._notifier.activated.connect(self._wake)

    def close(self) -> None:
        """Put the old handlers back."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()

    def _note(self, number: int, frame: object) -> None:
        self.happened = True

    def _wake(self) -> None:
        try:
            self._read.recv(64)
        except BlockingIOError:
            return
        if self.happened:
            self._stop()
