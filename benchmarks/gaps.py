"""How long an event loop does not turn, and what it is at meanwhile."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QTimer

TICK_MS = 5

#: From so long a silence on the watcher looks at what the main thread is at.
_SUSPECT_S = 0.025

#: Innermost calls of a stack that are shown.
_DEEP = 7


@dataclass(frozen=True, slots=True)
class Gap:
    """The longest time in which the loop did not turn, s: of it worked, and ready to work while others did."""

    wall_s: float = 0.0
    worked_s: float = 0.0
    queued_s: float = 0.0


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
        self._main = threading.get_ident()
        task = Path(f"/proc/self/task/{threading.get_native_id()}")
        self._schedule, self._state = task / "schedstat", task / "stat"
        self._begin()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        if self.named:
            threading.Thread(target=self._watch, daemon=True).start()

    def take(self) -> Gap:
        """The longest gap so far, and begin anew."""
        longest, self.longest = self.longest, Gap()
        self._begin()
        return longest

    def stacks(self) -> list[tuple[str, int]]:
        """Where the main thread was found in gaps, the most often found place first; begins anew."""
        found, self._stacks = self._stacks, Counter()
        return found.most_common()

    def _begin(self) -> None:
        self._last, self._used, self._queued = self._now()

    def _now(self) -> tuple[float, float, float]:
        """Wall clock, processor time of this thread, and time it was ready to run and did not, s."""
        queued = int(self._schedule.read_text(encoding="ascii").split()[1]) / 1e9 if self._schedule.exists() else 0.0
        return time.perf_counter(), time.thread_time(), queued

    def _tick(self) -> None:
        now, used, queued = self._now()
        if now - self._last > self.longest.wall_s:
            self.longest = Gap(now - self._last, used - self._used, queued - self._queued)
        self._last, self._used, self._queued = now, used, queued

    def _watch(self) -> None:
        while self._main in (frames := sys._current_frames()):
            if time.perf_counter() - self._last > _SUSPECT_S:
                state = self._state.read_text(encoding="ascii").rpartition(") ")[2][0]
                stack = traceback.extract_stack(frames[self._main])[-_DEEP:]
                lines = [f"{one.filename.rpartition('/')[2]}:{one.lineno} {one.name}" for one in reversed(stack)]
                self._stacks[f"{state}: {' < '.join(lines)}"] += 1
            del frames
            time.sleep(TICK_MS / 1000)
