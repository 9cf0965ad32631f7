"""Ctrl-C in the terminal that started the window closes it as the close button does."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

#: Exit code of work that was interrupted.
INTERRUPTED = 130


class Interrupts(QObject):
    """Calls ``stop`` on SIGINT and SIGTERM.

    Python runs its signal handlers between two of its own instructions, and there are none while Qt waits; a byte in
    a socket that Qt watches wakes both up.
    """

    def __init__(self, parent: QObject, stop: Callable[[], None]) -> None:
        super().__init__(parent)
        self.happened = False
        self._stop = stop
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._old_descriptor = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)

    def close(self) -> None:
        """Put the old handlers back."""
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
