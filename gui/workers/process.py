"""The window's side of one worker process."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from gui.workers.memory import settings_of
from gui.workers.messages import Done, Failed, Forget, Order, Stop, Stopped, ToWindow
from gui.workers.wire import Gone, Wire


class WorkerProcess:
    """A fresh interpreter that takes orders over a socket of its own. Nothing here waits for it but `wait`.

    Attributes
    ----------
    busy : int
        Number of the order it works on; 0 when it has none.
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self.busy = 0
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gui.workers.worker", str(theirs.fileno()), role, str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # Ctrl-C in the terminal is meant for the window, which ends its workers.
                process_group=0,
                env={**os.environ, **settings_of(role), "PYTHONPATH": _search_path()},
            )
        self._wire = Wire(ours, ToWindow, blocking=False)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def fileno(self) -> int:
        """The number to watch for messages."""
        return self._wire.fileno()

    def send(self, message: Order | Stop | Forget) -> bool:
        """Send an order, or as much of it as the socket has room for; whether all has left.

        Raises
        ------
        Gone
            The worker died.
        """
        return self._wire.send(message)

    def flush(self) -> bool:
        """Send what is left over; whether all has left.

        Raises
        ------
        Gone
            The worker died.
        """
        return self._wire.flush()

    def receive(self) -> list[ToWindow]:
        """What the worker has said since.

        Raises
        ------
        Gone
            It died.
        """
        return self._wire.receive()

    def wait_until_left(self, seconds: float) -> None:
        """Wait until the worker has said that it is done with its job, or is gone, at most so long."""
        end = time.monotonic() + seconds
        with suppress(Gone):
            while time.monotonic() < end:
                select.select([self], [], [], max(end - time.monotonic(), 0.0))
                if any(isinstance(message, Done | Failed | Stopped) for message in self.receive()):
                    return

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended and given back what it held."""
        return self._process.poll() is not None

    def how_it_ended(self) -> str:
        """Of a process that is gone, in words, for a message: killed by which signal, or with which code."""
        code = self._process.returncode
        if code >= 0:
            return f"ended with code {code}"
        name = signal.Signals(-code).name
        return f"was ended by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")

    def hang_up(self) -> None:
        """Close the socket: nothing more is said or heard. Safe to call twice."""
        self._wire.close()

    def kill(self) -> None:
        """End the process; it is gone some time later. Safe to call twice."""
        self._process.kill()
        self._wire.close()

    def wait(self, seconds: float) -> None:
        """Wait at most so long until the process is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def _search_path() -> str:
    """Where this process finds modules, the folder of this very package first."""
    root = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(dict.fromkeys([root, *(path or os.getcwd() for path in sys.path)]))
