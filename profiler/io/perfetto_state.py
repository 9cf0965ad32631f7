"""What a sequence of packets has said that later packets of it refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from profiler.io.perfetto_words import Event, Interned, Packet, Thread
from profiler.io.proto_wire import as_signed, fields

#: Interned tables that are kept, by field of InternedData.
_TABLES = (
    Interned.CATEGORIES,
    Interned.NAMES,
    Interned.ANNOTATION_NAMES,
    Interned.GPU_STAGES,
    Interned.KERNELS,
    Interned.STRINGS,
)
#: Those that annotations refer to.
_IN_ANNOTATIONS = (Interned.ANNOTATION_NAMES, Interned.STRINGS)


@dataclass(slots=True)
class Sequence:
    """Incremental state of one sequence.

    Attributes
    ----------
    valid : bool
        Packets that need the state can be understood: it was cleared, and no packet was lost since.
    tables : dict
        Interned texts: field of InternedData to number to text.
    track, clock : int or None
        Defaults of events and packets.
    thread : (int, int, str) or None
        Process, thread and name that the sequence belongs to, as old traces say it.
    last_us : int
        Time of the last event, for those that say only how much later they are.
    annotations : dict
        Annotations that were read already, by their bytes: most are said many times.
    """

    valid: bool = False
    tables: dict[int, dict[int, str]] = field(default_factory=lambda: {table: {} for table in _TABLES})
    track: int | None = None
    clock: int | None = None
    thread: tuple[int, int, str] | None = None
    last_us: int = 0
    annotations: dict[bytes, tuple[str, Any]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything, and be valid from here on."""
        for table in self.tables.values():
            table.clear()
        self.annotations.clear()
        self.valid, self.track, self.clock = True, None, None

    def text(self, table: int, number: int) -> str:
        """An interned text; where it was never said, its number, so that equal ones stay equal."""
        return self.tables[table].get(number, f"interned {number}")

    def learn(self, data: bytes) -> None:
        """Take an InternedData."""
        self.annotations.clear()
        for table, iid, text in _entries(data):
            self.tables[table][iid] = text

    def learn_new(self, data: bytes, is_used: Callable[[int, int], bool]) -> bool:
        """Take an InternedData before its turn, if that changes nothing for those before it; whether it was taken.

        Parameters
        ----------
        data : bytes
        is_used : callable
            Whether a packet before it refers to a number of a table of events.
        """
        found = list(_entries(data))
        for table, iid, text in found:
            known = self.tables[table].get(iid)
            if known != text and (known is not None or table in _IN_ANNOTATIONS or is_used(table, iid)):
                return False
        for table, iid, text in found:
            self.tables[table][iid] = text
        return True

    def take_defaults(self, data: bytes) -> None:
        """Take a TracePacketDefaults."""
        self.track = self.clock = None
        for number, _, value in fields(data):
            if number == Packet.CLOCK and isinstance(value, int):
                self.clock = value
            elif number == Packet.TRACK_EVENT and isinstance(value, bytes):
                for inner, _, found in fields(value):
                    if inner == Event.TRACK and isinstance(found, int):
                        self.track = found

    def take_thread(self, data: bytes) -> None:
        """Take a ThreadDescriptor: whose events follow, and from when their times are counted."""
        pid = tid = 0
        name = ""
        for number, _, value in fields(data):
            if isinstance(value, bytes):
                name = value.decode("utf-8", "replace") if number == Thread.NAME else name
                continue
            pid = as_signed(value) if number == Thread.PID else pid
            tid = as_signed(value) if number == Thread.TID else tid
            self.last_us = as_signed(value) if number == Thread.REFERENCE_US else self.last_us
        self.thread = pid, tid, name


def _entries(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Table, number and text of each entry of an InternedData."""
    for number, _, value in fields(data):
        if number in _TABLES and isinstance(value, bytes):
            iid, text = 0, ""
            for inner, _, found in fields(value):
                if inner == 1 and isinstance(found, int):
                    iid = found
                elif inner == 2 and isinstance(found, bytes):
                    text = found.decode("utf-8", "replace")
            yield number, iid, text
