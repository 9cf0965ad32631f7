"""What somebody who waits for a file is told while it is read, and the way to stop it.

A watch is ambient: `watching` sets it, and whatever reads blocks of a file calls `step`, so that no reader has to pass
it on. It belongs to the thread that reads; callbacks run there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import Cancelled
from profiler.trace.tables import Track


@dataclass(frozen=True, slots=True)
class Arrived:
    """Rows of a trace that have been read, in the order of the file. The trace itself follows when all are.

    Attributes
    ----------
    first : int
        Row of the trace that the first one is.
    ts, dur : int64 arrays
        Nanoseconds. ``dur`` is -1 also where the end may still come.
    category : uint8 array
        `Category`.
    name, track : int32 arrays
        Numbers of names and tracks.
    first_name : int
        Number of the first of ``names``.
    names : tuple of str
        Names met since the last hand-over.
    tracks : tuple of Track
        All tracks met so far; what they are called, and their processes, may still change.
    """

    first: int
    ts: npt.NDArray[np.int64]
    dur: npt.NDArray[np.int64]
    category: npt.NDArray[np.uint8]
    name: npt.NDArray[np.int32]
    track: npt.NDArray[np.int32]
    first_name: int
    names: tuple[str, ...]
    tracks: tuple[Track, ...]

    def __len__(self) -> int:
        return len(self.ts)


class Watch:
    """Callbacks for one reading.

    Parameters
    ----------
    on_progress : callable, optional
        Called with bytes done and bytes in all, of the file as it lies on disk.
    is_cancelled : callable, optional
        Asked before each block, some milliseconds of work; once it says yes the reading ends with `Cancelled`.
    on_rows : callable, optional
        Called with `Arrived`, by readers that can hand over what they have.
    columns : callable, optional
        Makes the arrays that long columns are read into, from a number of rows and a dtype, as `numpy.empty` does. Only
        readers that know the length beforehand ask for them.
    interval_s : float
        Least time between two calls of ``on_progress``, and of ``on_rows``.
    """

    def __init__(
        self,
        *,
        on_progress: Callable[[int, int], object] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        on_rows: Callable[[Arrived], object] | None = None,
        columns: Callable[[int, npt.DTypeLike], npt.NDArray[Any]] = np.empty,
        interval_s: float = 0.05,
    ) -> None:
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._on_rows = on_rows
        self.column = columns
        self._interval_s = interval_s
        self._next_progress = self._next_rows = 0.0
        self._said = -1
        self._rows = self._names = 0

    @property
    def cancelled(self) -> bool:
        """Whether the reading is not wanted any more."""
        return self._is_cancelled is not None and self._is_cancelled()

    def step(self, done: int | None = None, total: int | None = None) -> None:
        """Say how far the reading is, where that is known.

        Raises
        ------
        Cancelled
            It is not wanted any more.
        """
        if self.cancelled:
            raise Cancelled("the reading of the trace was stopped")
        if self._on_progress is None or done is None or total is None:
            return
        now = time.monotonic()
        if now >= self._next_progress or self._said < done == total:
            self._next_progress, self._said = now + self._interval_s, done
            self._on_progress(done, total)

    def rows(self, arrived: Callable[[int, int], Arrived]) -> None:
        """Hand over what was read since the last time, if it is time; ``arrived`` has it from a row and a name on."""
        now = time.monotonic()
        if self._on_rows is None or now < self._next_rows:
            return
        self._next_rows = now + self._interval_s
        found = arrived(self._rows, self._names)
        if len(found):
            self._rows, self._names = found.first + len(found), found.first_name + len(found.names)
            self._on_rows(found)


_UNWATCHED = Watch()
_current: ContextVar[Watch] = ContextVar("watch", default=_UNWATCHED)


@contextmanager
def watching(watch: Watch | None) -> Iterator[None]:
    """Make a watch the one that is told of what is read within the block."""
    if watch is None:
        yield
        return
    token = _current.set(watch)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Watch:
    """The watch of this thread's reading; one that does nothing where nobody waits."""
    return _current.get()
