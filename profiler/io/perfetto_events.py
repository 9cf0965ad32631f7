"""The events of a Perfetto file as columns, in file order, before any of them is paired or sorted."""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.interning import Codes
from profiler.trace.schema import COLUMNS, MISSING

#: Kind of an event that says its own length; the others are `perfetto_words.Kind`.
COMPLETE = 5

#: The columns that events may fill, beside time and name; ``row`` is where the slice stood in a trace of our own.
SPARSE = {**{name: missing for name, (_, missing) in COLUMNS.items()}, "dur": MISSING, "row": MISSING}


@dataclass
class Events:
    """What was read. All columns have one entry an event.

    Attributes
    ----------
    ts, kind, track, name, word : arrays
        Time, ns; `perfetto_words.Kind` or `COMPLETE`; numbers in ``tracks``, ``names`` and ``words``.
    args : dict
        Event to the JSON of its arguments.
    values : dict
        Event to the value of a counter.
    flows, ended_flows : lists of (event, flow id)
    tracks : Codes
        Track uuid, or a tuple for a track that no descriptor tells of.
    """

    ts: array[int] = field(default_factory=lambda: array("q"))
    kind: bytearray = field(default_factory=bytearray)
    track: array[int] = field(default_factory=lambda: array("i"))
    name: array[int] = field(default_factory=lambda: array("i"))
    word: array[int] = field(default_factory=lambda: array("i"))
    args: dict[int, str] = field(default_factory=dict)
    values: dict[int, float] = field(default_factory=dict)
    flow_event: array[int] = field(default_factory=lambda: array("q"))
    flow_id: array[int] = field(default_factory=lambda: array("Q"))
    flow_ends: bytearray = field(default_factory=bytearray)
    tracks: Codes[Hashable] = field(default_factory=Codes)
    names: Codes[str] = field(default_factory=Codes)
    words: Codes[str] = field(default_factory=Codes)
    sparse: dict[str, array[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ts)

    def add(self, ts: int, kind: int, track: Hashable, name: str, word: str) -> int:
        """Add an event; its number."""
        self.ts.append(ts)
        self.kind.append(kind)
        self.track.append(self.tracks[track])
        self.name.append(self.names[name])
        self.word.append(self.words[word])
        return len(self.ts) - 1

    def set(self, event: int, column: str, value: int) -> None:
        """Fill a column of the event added last."""
        found = self.sparse.get(column)
        if found is None:
            found = self.sparse[column] = array("q")
        self._fill(column, found, event)
        found.append(value)

    def extend(self, column: str, first: int, values: npt.NDArray[np.int64]) -> None:
        """Fill a column of the events from ``first`` on, which are the last."""
        found = self.sparse.setdefault(column, array("q"))
        self._fill(column, found, first)
        found.frombytes(values.tobytes())

    def add_flow(self, event: int, flow: int, ends: bool) -> None:
        """An event that an arrow comes from or goes to; ``ends``: none goes on from it."""
        self.flow_event.append(event)
        self.flow_id.append(flow)
        self.flow_ends.append(ends)

    def column(self, name: str) -> npt.NDArray[np.int64]:
        """A sparse column, "not known" where nothing was said."""
        found = self.sparse.get(name, array("q"))
        self._fill(name, found, len(self))
        return np.frombuffer(found, np.int64) if len(found) else np.empty(0, np.int64)

    def has(self, name: str) -> bool:
        """Whether any event filled a column."""
        return name in self.sparse

    def _fill(self, name: str, column: array[Any], size: int) -> None:
        if len(column) < size:
            column.extend(array("q", [int(SPARSE[name])]) * (size - len(column)))


class Run:
    """Some events that are added at once, as columns.

    Attributes
    ----------
    events : Events
    base : int
        Number of the first of them.
    """

    def __init__(self, events: Events, size: int) -> None:
        self.events = events
        self.base = len(events)
        self._size = size
        self._columns: dict[str, npt.NDArray[np.int64]] = {}

    def add(
        self,
        ts: npt.NDArray[np.int64],
        kind: npt.NDArray[np.uint8],
        track: npt.NDArray[np.int64],
        name: npt.NDArray[np.int64],
        word: npt.NDArray[np.int64],
    ) -> None:
        """Add the events; ``track``, ``name`` and ``word`` are numbers in the tables of `Events`."""
        self.events.ts.frombytes(ts.tobytes())
        self.events.kind += kind.tobytes()
        for column, values in ((self.events.track, track), (self.events.name, name), (self.events.word, word)):
            column.frombytes(values.astype(np.int32).tobytes())

    def fill(self, column: str, places: npt.NDArray[np.int64], values: npt.NDArray[np.int64]) -> None:
        """Fill a column at some places, counted from the first event of the run."""
        found = self._columns.get(column)
        if found is None:
            found = self._columns[column] = np.full(self._size, SPARSE[column], np.int64)
        found[places] = values

    def add_flows(
        self, places: npt.NDArray[np.int64], flows: npt.NDArray[np.uint64], ends: npt.NDArray[np.bool_]
    ) -> None:
        """Arrows that come from or go to events of the run, in order."""
        self.events.flow_event.frombytes((places + self.base).tobytes())
        self.events.flow_id.frombytes(flows.tobytes())
        self.events.flow_ends += ends.astype(np.uint8).tobytes()

    def finish(self) -> None:
        """Write the columns that were filled."""
        for name, values in self._columns.items():
            self.events.extend(name, self.base, values)
