"""Write a trace as a Perfetto protobuf: track events with exact nanoseconds, in one sequence.

Host threads stand under their process, streams and engines under their GPU. A track whose slices overlap without
nesting has several lanes of one name, which Perfetto shows one under the other. What the format has no place for stands
in fields that other readers skip; see `perfetto_own`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.files import written
from profiler.io.kineto_words import WRITTEN, category_of
from profiler.io.nesting import begins_and_ends, lanes_of
from profiler.io.parquet_columns import WORDS
from profiler.io.perfetto_args import ANNOTATION_OF, COLUMN_OF, REST, write_annotation
from profiler.io.perfetto_own import uuid_of, write_header
from profiler.io.perfetto_words import (
    NEEDS_STATE,
    STATE_CLEARED,
    Descriptor,
    Event,
    Interned,
    Kind,
    Packet,
    Process,
    Thread,
)
from profiler.io.proto_wire import double, fixed64, message, number, text
from profiler.trace.schema import COLUMNS, MISSING, Category, TrackKind
from profiler.trace.tables import Trace, Track

_SEQUENCE = 1
_PACKET = 1
_GROUP = 4096
_ON_DEVICE = (TrackKind.STREAM, TrackKind.ENGINE, TrackKind.SYNC, TrackKind.NVTX)
#: Parents that are no track of the trace, far from the uuids of those.
_PROCESSES, _GPUS = 1 << 61, 1 << 62
_LARGEST_PID = 2**31
_NO_PROCESS = -2
_UNWRITTEN = ("ts", "dur", "category", "name", "track", "pid", "source_category")


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace; the file is complete or absent.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    earliest = min((int(times.min()) for times in (trace.ts, trace.counters.ts) if len(times)), default=0)
    shift = max(0, -earliest)
    lanes = lanes_of(trace)
    with written(path) as file:
        file.write(_packet(write_header(trace, shift), first=True))
        group: list[bytes] = []
        for packet in _packets(trace, lanes, shift):
            group.append(packet)
            if len(group) == _GROUP:
                file.write(b"".join(group))
                group = []
        file.write(b"".join(group))


def _packets(trace: Trace, lanes: npt.NDArray[np.int32], shift: int) -> Iterator[bytes]:
    for descriptor in _descriptors(trace, lanes):
        yield _packet(message(Packet.TRACK, descriptor))
    yield from _slices(trace, lanes, shift)
    yield from _counters(trace, shift)


def _packet(*parts: bytes, first: bool = False) -> bytes:
    flags = STATE_CLEARED if first else NEEDS_STATE
    return message(_PACKET, number(Packet.SEQUENCE, _SEQUENCE), number(Packet.FLAGS, flags), *parts)


def _descriptors(trace: Trace, lanes: npt.NDArray[np.int32]) -> Iterator[bytes]:
    """Processes, GPUs, tracks and their lanes, and counters."""
    known = trace.meta.get("processes", {})
    pids = {track.pid: None for track in trace.tracks if _is_pid(track.pid)}
    for pid in pids:
        said = known.get(str(pid), {}) if isinstance(known, dict) else {}
        name = str(said.get("name", "")) if isinstance(said, dict) else ""
        process = message(Descriptor.PROCESS, number(Process.PID, pid), text(Process.NAME, name) if name else b"")
        yield number(Descriptor.UUID, _PROCESSES + pid) + process
    for device in {track.device: None for track in trace.tracks if _on_device(track)}:
        yield number(Descriptor.UUID, _GPUS + device) + text(Descriptor.NAME, _gpu_name(trace, device))
    most = np.zeros(len(trace.tracks), np.int64)
    np.maximum.at(most, trace["track"], lanes)
    with_counters = set(trace.counters.track.tolist())
    threads: set[tuple[int, int]] = set()
    for place, track in enumerate(trace.tracks):
        yield from _track(place, track, int(most[place]), threads)
        if place in with_counters:
            uuid = number(Descriptor.UUID, uuid_of(place, counter=True))
            yield uuid + text(Descriptor.NAME, track.name) + _parent(track) + message(Descriptor.COUNTER)


def _track(place: int, track: Track, last_lane: int, threads: set[tuple[int, int]]) -> Iterator[bytes]:
    """A track and its further lanes. A thread's own track is said once: a second one of its number is a plain track."""
    first = uuid_of(place)
    is_thread = track.kind == TrackKind.THREAD and _is_pid(track.pid) and 0 < track.tid < _LARGEST_PID
    if is_thread and (track.pid, track.tid) not in threads:
        threads.add((track.pid, track.tid))
        said = (number(Thread.PID, track.pid), number(Thread.TID, track.tid), text(Thread.NAME, track.name))
        yield number(Descriptor.UUID, first) + message(Descriptor.THREAD, *said)
        above = number(Descriptor.PARENT, first)
    else:
        above = _parent(track)
        yield number(Descriptor.UUID, first) + text(Descriptor.NAME, track.name) + above
    for lane in range(1, last_lane + 1):
        yield number(Descriptor.UUID, uuid_of(place, lane)) + text(Descriptor.NAME, track.name) + above


def _parent(track: Track) -> bytes:
    if _on_device(track):
        return number(Descriptor.PARENT, _GPUS + track.device)
    return number(Descriptor.PARENT, _PROCESSES + track.pid) if _is_pid(track.pid) else b""


def _on_device(track: Track) -> bool:
    return track.kind in _ON_DEVICE and track.device >= 0


def _is_pid(pid: int) -> bool:
    return 0 < pid < _LARGEST_PID


def _gpu_name(trace: Trace, device: int) -> str:
    entry = trace.meta.get("gpus", {}).get(str(device), {})
    name = entry.get("name") if isinstance(entry, dict) else None
    return f"GPU {device}: {name}" if name else f"GPU {device}"


class _Texts:
    """Numbers texts as they are used first, and says each in the packet that uses it first."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], int] = {}
        self._new: list[bytes] = []

    def number(self, table: int, value: str) -> int:
        """The number of a text in one of the tables of InternedData; 0 is never given."""
        found = self._known.get((table, value))
        if found is None:
            found = self._known[(table, value)] = len(self._known) + 1
            self._new.append(message(table, number(1, found), text(2, value)))
        return found

    def take_new(self) -> bytes:
        """An InternedData field with what was numbered since the last call; empty for nothing."""
        if not self._new:
            return b""
        found = message(Packet.INTERNED, *self._new)
        self._new = []
        return found


def _slices(trace: Trace, lanes: npt.NDArray[np.int32], shift: int) -> Iterator[bytes]:
    texts = _Texts()
    arguments = _Arguments(trace)
    flows = _flows(trace)
    words: dict[tuple[int, int], str] = {}
    tracks, names = trace["track"], trace["name"]
    for time, row, begins in begins_and_ends(trace, lanes):
        stamp = number(Packet.TIMESTAMP, time + shift)
        place = number(Event.TRACK, uuid_of(int(tracks[row]), int(lanes[row])))
        if not begins:
            yield _packet(stamp, message(Packet.TRACK_EVENT, number(Event.TYPE, Kind.END), place))
            continue
        pair = int(trace.category[row]), int(trace["source_category"][row])
        if pair not in words:
            words[pair] = _word(trace, *pair)
        event = message(
            Packet.TRACK_EVENT,
            number(Event.TYPE, Kind.BEGIN),
            place,
            number(Event.NAME_IID, texts.number(Interned.NAMES, trace.names[names[row]])),
            number(Event.CATEGORY_IIDS, texts.number(Interned.CATEGORIES, words[pair])),
            *arguments.of(row),
            *flows.get(row, ()),
        )
        yield _packet(stamp, texts.take_new(), event, number(Packet.OWN_ROW, row))


def _word(trace: Trace, category: int, source: int) -> str:
    """The category word of the source where it means the slice's category, else Kineto's."""
    if source >= 0 and category_of(trace.names[source]) == category:
        return trace.names[source]
    return WRITTEN[Category(category)]


class _Arguments:
    """Columns and arguments of slices as debug annotations."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._columns = [
            (name, trace[name], int(missing))
            for name, (_, missing) in COLUMNS.items()
            if name not in _UNWRITTEN and bool((trace[name] != missing).any())
        ]
        self._pid_of_track = [track.pid for track in trace.tracks]

    def of(self, row: int) -> Iterator[bytes]:
        """The annotations of a slice."""
        trace = self._trace
        for name, values, missing in self._columns:
            value = int(values[row])
            if value != missing:
                kind = WORDS.get(name)
                shown = kind(value).name.lower() if kind is not None else value
                yield _annotation(ANNOTATION_OF[name], shown)
        if (dur := int(trace.dur[row])) < MISSING:
            yield _annotation(ANNOTATION_OF["dur"], dur)
        if (pid := int(trace["pid"][row])) != self._pid_of_track[int(trace["track"][row])]:
            yield _annotation(ANNOTATION_OF["pid"], _NO_PROCESS if pid == MISSING else pid)
        if trace.args is not None and (said := trace.args[row]):
            yield from _of_json(said)


def _of_json(said: str) -> Iterator[bytes]:
    """Arguments that a trace keeps as JSON; those that would be taken for columns stand one level lower."""
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        found = said
    if not isinstance(found, dict):
        yield _annotation(REST, said)
        return
    apart: dict[str, Any] = {}
    for key, value in found.items():
        if key in COLUMN_OF or key == REST or not key:
            apart[key] = value
        else:
            yield _annotation(key, value)
    if apart:
        yield _annotation(REST, apart)


def _annotation(key: str, value: Any) -> bytes:
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return _number(key, value, isinstance(value, bool))
    return message(Event.ANNOTATIONS, write_annotation(key, value))


@lru_cache(maxsize=1 << 14)
def _number(key: str, value: int, is_bool: bool) -> bytes:
    """Numbers of devices, streams, sizes and the like are said many times."""
    return message(Event.ANNOTATIONS, write_annotation(key, bool(value) if is_bool else value))


def _flows(trace: Trace) -> dict[int, list[bytes]]:
    """For each row that an edge touches, the flow fields of its event: an edge is a flow of its own."""
    found: dict[int, list[bytes]] = {}
    for place, (source, target) in enumerate(
        zip(trace.edges.source.tolist(), trace.edges.target.tolist(), strict=True)
    ):
        found.setdefault(source, []).append(fixed64(Event.FLOWS, place + 1))
        found.setdefault(target, []).append(fixed64(Event.ENDED_FLOWS, place + 1))
    return found


def _counters(trace: Trace, shift: int) -> Iterator[bytes]:
    table = trace.counters
    for place in np.argsort(table.ts, kind="stable").tolist():
        event = message(
            Packet.TRACK_EVENT,
            number(Event.TYPE, Kind.COUNTER),
            number(Event.TRACK, uuid_of(int(table.track[place]), counter=True)),
            double(Event.DOUBLE_COUNTER, float(table.value[place])),
        )
        stamp = number(Packet.TIMESTAMP, int(table.ts[place]) + shift)
        yield _packet(stamp, event, number(Packet.OWN_ROW, place))
