"""Packets of a Perfetto file to events, tracks and clocks."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from profiler.io.kineto_words import category_of
from profiler.io.perfetto_args import COLUMN_OF, REST, column_value, read_annotation
from profiler.io.perfetto_clocks import Clocks
from profiler.io.perfetto_events import COMPLETE, Events
from profiler.io.perfetto_gpu import GpuStages
from profiler.io.perfetto_state import Sequence
from profiler.io.perfetto_words import NEEDS_STATE, STATE_CLEARED, Event, Interned, Kind, Legacy, Packet
from profiler.io.proto_wire import BYTES, WireError, as_double, as_signed, fields
from profiler.trace.schema import LATEST_NS, Category, Severity
from profiler.trace.tables import Stats

#: The latest time in a file of our own, whose times were all shifted to start at 0 or later.
_LATEST_SHIFTED = (1 << 63) - 1
#: Annotations remembered for each sequence.
_MOST_ANNOTATIONS = 1 << 12
_LEGACY = {ord("B"): Kind.BEGIN, ord("E"): Kind.END, **dict.fromkeys(b"IinRO", Kind.INSTANT)}


@dataclass(slots=True)
class _Event:
    """A TrackEvent while it is read."""

    kind: int = 0
    name: str = ""
    track: Hashable = None
    word: str = ""
    legacy: bytes | None = None
    value: float | None = None


class PacketReader:
    """Takes packets in file order.

    Attributes
    ----------
    events : Events
    descriptors : list of bytes
        Every TrackDescriptor, in file order.
    own_header : bytes or None
        What Lanescope wrote beside the events.
    stats, clocks, sequences
        Counts, what clock snapshots said, and the state of each sequence.
    """

    def __init__(self, stats: Stats) -> None:
        self.events = Events()
        self.descriptors: list[bytes] = []
        self.processes: list[bytes] = []
        self.own_header: bytes | None = None
        self.stats = stats
        self.clocks = Clocks()
        self.sequences: dict[int, Sequence] = {}
        self._gpu = GpuStages()

    def take(self, packet: bytes) -> None:
        """Take the next packet; what is wrong with it is counted."""
        try:
            self._take(packet)
        except (WireError, RecursionError, OverflowError):
            self.stats.add("perfetto_bad_packet", Severity.DATA_LOSS)

    def _take(self, packet: bytes) -> None:
        parts: dict[int, Any] = {}
        for number, _, value in fields(packet):
            parts[number] = value
        sequence_number = _int(parts, Packet.SEQUENCE)
        state = self.sequences.setdefault(sequence_number, Sequence())
        if not self._follow(state, parts):
            return
        if (thread := _bytes(parts, Packet.THREAD)) is not None:
            state.take_thread(thread)
        if (snapshot := _bytes(parts, Packet.CLOCK_SNAPSHOT)) is not None:
            self.clocks.add_snapshot(snapshot, sequence_number)
        if (track := _bytes(parts, Packet.TRACK)) is not None:
            self.descriptors.append(track)
        if (process := _bytes(parts, Packet.PROCESS)) is not None:
            self.processes.append(process)
        if (header := _bytes(parts, Packet.OWN_HEADER)) is not None:
            self.own_header = header
        event, stage = _bytes(parts, Packet.TRACK_EVENT), _bytes(parts, Packet.GPU_STAGE)
        if event is not None:
            self._take_event(event, parts, state, sequence_number)
        elif stage is not None:
            ts = self._time(parts, state, sequence_number)
            if ts is not None and not self._gpu.add(self.events, stage, ts, state):
                self.stats.add("perfetto_bad_time", Severity.DATA_LOSS)
        elif not parts.keys() & _KNOWN:
            self.stats.add("perfetto_ignored_packet", Severity.INFO)

    def _follow(self, state: Sequence, parts: dict[int, Any]) -> bool:
        """Bring the sequence's state up to the packet; whether the packet can be understood."""
        flags = _int(parts, Packet.FLAGS)
        if _int(parts, Packet.DROPPED):
            if state.valid:
                self.stats.add("perfetto_packets_lost", Severity.DATA_LOSS)
            state.valid = False
        if flags & STATE_CLEARED or _int(parts, Packet.CLEARED):
            state.clear()
        if flags & NEEDS_STATE and not state.valid:
            self.stats.add("perfetto_state_lost", Severity.DATA_LOSS)
            return False
        if (interned := _bytes(parts, Packet.INTERNED)) is not None:
            state.learn(interned)
        if (defaults := _bytes(parts, Packet.DEFAULTS)) is not None:
            state.take_defaults(defaults)
        return True

    def _time(self, parts: dict[int, Any], state: Sequence, sequence: int) -> int | None:
        clock = _int(parts, Packet.CLOCK) or state.clock or self.clocks.trace_clock
        found = self.clocks.trace_time(_int(parts, Packet.TIMESTAMP), clock, sequence)
        if found is None:
            self.stats.add("perfetto_unknown_clock", Severity.DATA_LOSS)
        elif not 0 <= found <= self.latest:
            self.stats.add("perfetto_bad_time", Severity.DATA_LOSS)
            return None
        return found

    @property
    def latest(self) -> int:
        """The latest time that a packet may have, ns."""
        return LATEST_NS if self.own_header is None else _LATEST_SHIFTED

    def _take_event(self, data: bytes, parts: dict[int, Any], state: Sequence, sequence: int) -> None:
        found = _Event(track=state.track)
        annotations: list[bytes] = []
        flows: list[tuple[int, bool]] = []
        words: list[str] = []
        us: int | None = None
        for number, wire, value in fields(data):
            if number == Event.ANNOTATIONS and wire == BYTES and isinstance(value, bytes):
                annotations.append(value)
            elif number in _FLOWS:
                flows += [(flow, _FLOWS[number]) for flow in _flow_ids(value, number)]
            elif number in (Event.CATEGORIES, Event.CATEGORY_IIDS):
                words += _words(value, state)
            elif number in (Event.DELTA_US, Event.ABSOLUTE_US) and isinstance(value, int):
                state.last_us = us = as_signed(value) + (state.last_us if number == Event.DELTA_US else 0)
            else:
                _take_field(found, number, value, state)
        ts = self._time(parts, state, sequence) if us is None else us * 1000
        if ts is None:
            return
        if not 0 <= ts <= self.latest:
            self.stats.add("perfetto_bad_time", Severity.DATA_LOSS)
            return
        found.word = best_word(words)
        self._add(found, ts, state, parts, annotations, flows)

    def _add(
        self,
        found: _Event,
        ts: int,
        state: Sequence,
        parts: dict[int, Any],
        annotations: list[bytes],
        flows: list[tuple[int, bool]],
    ) -> None:
        dur = self._legacy(found, state) if found.legacy is not None and not found.kind else None
        if found.kind not in (Kind.BEGIN, Kind.END, Kind.INSTANT, Kind.COUNTER, COMPLETE):
            self.stats.add("perfetto_ignored_event", Severity.DATA_LOSS)
            return
        if found.track is None:
            found.track = ("thread", *state.thread) if state.thread is not None else 0
        columns, rest = split_annotations(annotations, state)
        event = self.events.add(ts, found.kind, found.track, found.name, found.word)
        for column, value in columns.items():
            self.events.set(event, column, value)
        if dur is not None:
            self.events.set(event, "dur", dur)
        if Packet.OWN_ROW in parts:
            self.events.set(event, "row", _int(parts, Packet.OWN_ROW) & _LATEST_SHIFTED)
        if rest and (text := self.text_of(rest)):
            self.events.args[event] = text
        if found.kind == Kind.COUNTER:
            self.events.values[event] = found.value or 0.0
        for flow, ends in flows:
            self.events.add_flow(event, flow, ends)

    def text_of(self, rest: dict[str, Any]) -> str:
        """Arguments as JSON; empty, and counted, where they are nested too deeply.

        A file of our own keeps apart what would be taken for columns, and what is no JSON.
        """
        if self.own_header is not None and REST in rest:
            inner = rest.pop(REST)
            if isinstance(inner, str):
                return inner
            rest |= inner if isinstance(inner, dict) else {}
        try:
            return json.dumps(rest, ensure_ascii=False)
        except RecursionError:
            self.stats.add("perfetto_args_dropped", Severity.DATA_LOSS)
            return ""

    def _legacy(self, found: _Event, state: Sequence) -> int | None:
        """Kind of an event in the old notation, a letter as in Chrome JSON; the length of one that says it, ns."""
        phase = dur = 0
        for number, _, value in fields(found.legacy or b""):
            if isinstance(value, int):
                phase = value if number == Legacy.PHASE else phase
                dur = as_signed(value) if number == Legacy.DURATION_US else dur
                if number == Legacy.NAME_IID and not found.name:
                    found.name = state.text(Interned.NAMES, value)
        if phase == ord("X"):
            found.kind = COMPLETE
            return max(dur, -1) * 1000 if abs(dur) <= LATEST_NS // 1000 else -1
        found.kind = _LEGACY.get(phase, 0)
        return None


def _take_field(found: _Event, number: int, value: int | bytes, state: Sequence) -> None:
    """One of the fields that stand once in a TrackEvent."""
    if isinstance(value, bytes):
        if number == Event.NAME:
            found.name = value.decode("utf-8", "replace")
        elif number == Event.LEGACY:
            found.legacy = value
    elif number == Event.TYPE:
        found.kind = value
    elif number == Event.TRACK:
        found.track = value
    elif number == Event.NAME_IID:
        found.name = state.text(Interned.NAMES, value)
    elif number == Event.COUNTER:
        found.value = float(as_signed(value))
    elif number == Event.DOUBLE_COUNTER:
        found.value = as_double(value)


def split_annotations(annotations: list[bytes], state: Sequence) -> tuple[dict[str, int], dict[str, Any]]:
    """Annotations as columns of the trace, and what no column holds."""
    columns: dict[str, int] = {}
    rest: dict[str, Any] = {}
    for data in annotations:
        known = state.annotations.get(data)
        if known is None:
            if len(state.annotations) >= _MOST_ANNOTATIONS:
                state.annotations.clear()
            known = state.annotations[data] = read_annotation(data, state)
        key, value = known
        number = column_value(key, value) if key in COLUMN_OF else None
        if number is None:
            rest[key] = value
        else:
            columns[COLUMN_OF[key]] = number
    return columns, rest


def _flow_ids(value: int | bytes, number: int) -> list[int]:
    """Flow ids of a field, which may stand one by one or packed."""
    if isinstance(value, int):
        return [value]
    if number in (Event.FLOWS, Event.ENDED_FLOWS):
        return [int.from_bytes(value[at : at + 8], "little") for at in range(0, len(value) - 7, 8)]
    return []


def _words(value: int | bytes, state: Sequence) -> list[str]:
    if isinstance(value, int):
        return [state.text(Interned.CATEGORIES, value)]
    return [value.decode("utf-8", "replace")]


def best_word(words: list[str]) -> str:
    """The category word that says most: that of device work or of a call, else all of them."""
    telling = [word for word in words if category_of(word) != Category.MARKER]
    return telling[0] if telling else ",".join(words)


def _int(parts: dict[int, Any], number: int) -> int:
    value = parts.get(number, 0)
    return value if isinstance(value, int) else 0


def _bytes(parts: dict[int, Any], number: int) -> bytes | None:
    value = parts.get(number)
    return value if isinstance(value, bytes) else None


_FLOWS = {Event.FLOWS: False, Event.FLOWS_OLD: False, Event.ENDED_FLOWS: True, Event.ENDED_FLOWS_OLD: True}
#: What makes a packet one that is read, without an event.
_KNOWN = {
    Packet.TRACK,
    Packet.CLOCK_SNAPSHOT,
    Packet.OWN_HEADER,
    Packet.PROCESS,
    Packet.THREAD,
    Packet.INTERNED,
    Packet.DEFAULTS,
}
