"""What keeps one issue thread from waiting for an event before another has recorded it."""

from __future__ import annotations

import threading
from typing import Any


class Flag:
    """A record made by one issue thread that another one must not wait for too early."""

    def __init__(self, success: Any) -> None:
        self._event = threading.Event()
        self._answer = (success,)
        self._aborted = False

    def set(self) -> tuple[Any]:
        """The record has been called."""
        self._event.set()
        return self._answer

    def wait(self) -> tuple[Any]:
        """Return once the record has been called, or the run is over."""
        self._event.wait()
        return (None,) if self._aborted else self._answer

    def reset(self) -> None:
        """Before a run."""
        self._event.clear()
        self._aborted = False

    def abort(self) -> None:
        """Another thread failed: let nobody wait for ever."""
        self._aborted = True
        self._event.set()
