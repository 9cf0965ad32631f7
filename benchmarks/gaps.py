"""How long an event loop does not turn, and what it is at meanwhile."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field

from PySide6.QtCore import QTimer

TICK_MS = 5

#: From so long a silence on the watcher looks at what the main thread is at.
_SUSPECT_S = 0.025

#: Innermost calls of a stack that are shown.
_DEEP = 7


@dataclass(slots=True)
class Gap:
    """The longest time in which the loop did not turn, s, and the processor time the main thread took of it."""

    wall_s: float = 0.0
    worked_s: float = 0.0


@dataclass
class Gaps:
    """Longest gaps by a timer that is due every 5 ms.

    Parameters
    ----------
    named : bool
        Also collect where the main thread was while a gap lasted. The watcher's thread needs the interpreter for
        that, so it sees calls that hold on to it only once they are over.
    """

    named: bool = False
    longest: Gap = field(default_factory=Gap)

    def __post_init__(self) -> None:
        self._stacks: Counter[str] = Counter()
        self._begin()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._main = threading.get_ident()
        if self.named:
            threading.Thread(target=self._watch, daemon=True).start()

    def take_ms(self) -> float:
        """The longest gap so far, ms, and begin anew."""
        longest, self.longest = self.longest, Gap()
        self._begin()
        return 1000 * longest.wall_s

    def stacks(self) -> list[tuple[str, int]]:
        """Where the main thread was found in gaps, the most often found place first; begins anew."""
        found, self._stacks = self._stacks, Counter()
        return found.most_common()

    def _begin(self) -> None:
        self._last, self._used = time.perf_counter(), time.thread_time()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        if now - self._last > self.longest.wall_s:
            self.longest = Gap(now - self._last, used - self._used)
        self._last, self._used = now, used

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_MS / 1000)
            if time.perf_counter() - self._last > _SUSPECT_S:
                stack = traceback.extract_stack(sys._current_frames()[self._main])
                lines = (f"{one.filename.rpartition('/')[2]}:{one.lineno} {one.name}" for one in stack[-_DEEP:])
                self._stacks[" < ".join(reversed(list(lines)))] += 1
