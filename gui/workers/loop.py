"""What the pool needs of an event loop, and a plain one of the standard library: Qt's is in `qt_loop`."""

from __future__ import annotations

import heapq
import selectors
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol

Callback = Callable[[], None]


class Watched(Protocol):
    """Something with a number that an event loop can watch."""

    def fileno(self) -> int:
        """The number."""


class Loop(Protocol):
    """Calls back when something arrives, or later."""

    def watch(self, source: Watched, arrived: Callback) -> None:
        """Call ``arrived`` whenever there is something to receive."""

    def unwatch(self, source: Watched) -> None:
        """Call no more."""

    def later(self, seconds: float, call: Callback) -> None:
        """Call once, so much later."""


class PlainLoop:
    """A loop without Qt, turned by hand: for programs without a window, and for tests."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Callback]] = []
        self._numbers = count()

    def watch(self, source: Watched, arrived: Callback) -> None:
        """Call ``arrived`` whenever there is something to receive."""
        self._selector.register(source.fileno(), selectors.EVENT_READ, arrived)

    def unwatch(self, source: Watched) -> None:
        """Call no more."""
        self._selector.unregister(source.fileno())

    def later(self, seconds: float, call: Callback) -> None:
        """Call once, so much later."""
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), call))

    def turn(self, seconds: float = 0.1) -> None:
        """Wait for the next thing to happen, at most ``seconds``, and call back."""
        if self._due:
            seconds = max(min(seconds, self._due[0][0] - time.monotonic()), 0.0)
        for key, _ in self._selector.select(seconds):
            key.data()
        while self._due and self._due[0][0] <= time.monotonic():
            heapq.heappop(self._due)[2]()

    def run_until(self, holds: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Turn until something holds; whether it does after at most ``seconds``."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                return False
            self.turn()
        return True

    def close(self) -> None:
        """Watch nothing more."""
        self._selector.close()
