"""What has been read of a file so far, as a picture, while the reading goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from gui.workers.jobs import Pictured
from gui.workers.tasks.files import Files
from gui.workers.tasks.pace import Pace
from profiler.io.shared_arrow import write_shared
from profiler.io.watch import Arrived
from profiler.timeline.model import Timeline
from profiler.timeline.stored import save_timeline
from profiler.trace.tables import Trace, Track

_COLUMNS = ("ts", "dur", "category", "name", "track")


class Arriving:
    """Collects rows as they are read, and hands a picture of them over from time to time.

    Of rows on the way only times, categories, names and tracks are known; the rest, and with it the figures, comes
    with the whole trace.

    Parameters
    ----------
    files : Files
    partial : callable
        Takes a `Pictured`.
    """

    def __init__(self, files: Files, partial: Callable[[Pictured], None]) -> None:
        self._files = files
        self._partial = partial
        self._parts: list[Arrived] = []
        self._names: list[str] = []
        self._tracks: tuple[Track, ...] = ()
        self._shown = 0
        self._rows = 0
        self._pace = Pace(time.monotonic())

    def take(self, arrived: Arrived) -> None:
        """Rows that have been read since the last time."""
        self._parts.append(arrived)
        self._names += arrived.names
        self._tracks = arrived.tracks
        self._rows += len(arrived)
        begun = time.monotonic()
        if self._pace.is_due(begun, self._rows):
            self._show()
            self._pace.drew(begun, time.monotonic(), self._rows)

    def _show(self) -> None:
        self._shown += 1
        files = Files(self._files.folder, self._shown)
        columns = {name: np.concatenate([getattr(part, name) for part in self._parts]) for name in _COLUMNS}
        trace = Trace(columns, names=self._names, tracks=self._tracks, meta={"format": "partial"})
        write_shared(trace, files.trace)
        save_timeline(Timeline(trace), files.timeline)
        self._partial(Pictured(trace=str(files.trace), timeline=str(files.timeline), whole=False))
        files.remove_earlier()
