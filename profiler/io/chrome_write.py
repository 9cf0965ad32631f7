"""Write a trace as Chrome Trace Event JSON, in Kineto's words, so that Perfetto and PyTorch's tools read it.

What that format has no place for stands under ``lanescope`` beside the events (tracks, statistics, metadata) and in
arguments of the events; `chrome_own` reads it back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io import nesting
from profiler.io.kineto_words import WRITTEN, category_of, copy_of
from profiler.io.text_blocks import written_text
from profiler.trace.schema import COLUMNS, MISSING, Category, EdgeKind, TrackKind
from profiler.trace.tables import Trace, Track
from profiler.units import NS_PER_S

Array = npt.NDArray[Any]

VERSION = 1
_ROWS = 1 << 14
#: Microseconds with three decimals are told apart in a float64 up to here, 104 days.
_EXACT_NS = 1 << 53
_ON_DEVICE = (TrackKind.STREAM, TrackKind.ENGINE, TrackKind.SYNC, TrackKind.NVTX)
#: Threads that had to be invented start here, far from any stream and unlikely as a thread of an operating system.
#: They fit 31 bits, since Perfetto keeps 32 of a thread's number.
_FIRST_INVENTED = 1 << 30

#: Argument in the file for each column that becomes one.
ARGUMENTS = {
    "device": "device",
    "context": "context",
    "stream": "stream",
    "correlation_id": "correlation",
    "size_bytes": "bytes",
    "queued_ns": "queued_ns",
    "engine": "engine",
    "request": "request",
    "chunk": "chunk",
}
COPY_ARGUMENTS = ("memcpy_kind", "src_kind", "dst_kind")


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace; the ending .gz or .zst packs it. The file is complete or absent.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    lanes = _Lanes(trace)
    with written_text(path) as put:
        put(_head(trace, lanes))
        separator = b"\n"
        for events in (
            _names(trace.tracks, lanes),
            _slices(trace, lanes),
            _counters(trace, lanes),
            _flows(trace, lanes),
        ):
            separator = _put_all(put, events, separator)
        put(b"\n]}\n")


class _Lanes:
    """Where slices are written: each track has a lane, and further ones for slices that overlap without nesting.

    Viewers of this format take slices of one thread to be calls inside calls; Perfetto drops those that are not.

    Attributes
    ----------
    places : list of (int, int)
        Process and thread of each lane; those of the tracks come first.
    track : list of int
        The track of each lane.
    of_row : array
        The lane of each slice.
    base_ns : int
        Taken from every time that is written, so that the rest is exact as microseconds in a float64, which is what
        other readers make of it. 0 where times are small enough, or too far apart.
    """

    def __init__(self, trace: Trace) -> None:
        self.base_ns = _base_ns(trace)
        self.places = lanes_of(trace.tracks)
        self.track = list(range(len(trace.tracks)))
        lane = np.where(trace.dur < 0, 0, nesting.lanes_of(trace))
        self.of_row = trace["track"].astype(np.int64)
        further = np.flatnonzero(lane)
        pairs, codes = np.unique(self.of_row[further] << 32 | lane[further], return_inverse=True)
        self.of_row[further] = len(self.places) + codes
        for track in (pairs >> 32).tolist():
            self.places.append((self.places[track][0], _FIRST_INVENTED + len(self.places)))
            self.track.append(track)


def _base_ns(trace: Trace) -> int:
    ends = [int(time) for times in (trace.ts, trace.counters.ts) if len(times) for time in (times.min(), times.max())]
    low, high = (min(ends), max(ends)) if ends else (0, 0)
    if max(-low, high) < _EXACT_NS or high - low >= _EXACT_NS:
        return 0
    return low - low % NS_PER_S


def lanes_of(tracks: tuple[Track, ...]) -> list[tuple[int, int]]:
    """Process and thread under which each track is written: device and stream for a device's tracks, as Kineto does."""
    taken: set[tuple[int, int]] = set()
    lanes = []
    for number, track in enumerate(tracks):
        on_device = track.kind in _ON_DEVICE and track.device >= 0
        lane = (track.device, track.stream) if on_device else (track.pid, track.tid)
        if lane in taken or lane[1] < 0:
            lane = (lane[0], _FIRST_INVENTED + number)
        taken.add(lane)
        lanes.append(lane)
    return lanes


def microseconds(ns: int) -> str:
    """Nanoseconds as microseconds with exactly three decimals."""
    whole, rest = divmod(abs(ns), 1000)
    return f"{'-' if ns < 0 else ''}{whole}.{rest:03d}"


def _put_all(put: Callable[[bytes], object], events: Iterator[str], separator: bytes) -> bytes:
    """Write events in groups; the separator for what follows."""
    group: list[str] = []
    for event in events:
        group.append(event)
        if len(group) == _ROWS:
            put(separator + _encoded(group))
            separator, group = b",\n", []
    if group:
        put(separator + _encoded(group))
        separator = b",\n"
    return separator


def _encoded(events: list[str]) -> bytes:
    """Events as UTF-8; half a surrogate pair, which UTF-8 does not have, as JSON's escape."""
    return ",\n".join(events).encode("utf-8", "backslashreplace")


def _head(trace: Trace, lanes: _Lanes) -> bytes:
    known = len(trace.tracks)
    further = zip(lanes.places[known:], lanes.track[known:], strict=True)
    own: dict[str, Any] = {
        "version": VERSION,
        "meta": trace.meta,
        "tracks": [{**asdict(track), "kind": track.kind.name.lower()} for track in trace.tracks],
        "lanes": lanes.places[:known],
        "base_ns": lanes.base_ns,
        "further_lanes": [(*place, track) for place, track in further],
        "stats": [[name, severity.name.lower(), count] for name, severity, count in trace.stats],
    }
    gpus = [{**entry, "id": int(number)} for number, entry in trace.meta.get("gpus", {}).items() if number.isdigit()]
    head: dict[str, Any] = {"schemaVersion": 1, "deviceProperties": gpus, "displayTimeUnit": "ns", "lanescope": own}
    base = trace.meta.get("clock", {}).get("base_ns")
    if base is not None or lanes.base_ns:
        head["baseTimeNanoseconds"] = (base or 0) + lanes.base_ns
    return json.dumps(head)[:-1].encode() + b', "traceEvents": ['


def _names(tracks: tuple[Track, ...], lanes: _Lanes) -> Iterator[str]:
    for (pid, tid), track in zip(lanes.places, lanes.track, strict=True):
        if tracks[track].name:
            named = json.dumps({"name": tracks[track].name})
            yield f'{{"ph":"M","name":"thread_name","pid":{pid},"tid":{tid},"ts":0,"args":{named}}}'


def _slices(trace: Trace, lanes: _Lanes) -> Iterator[str]:
    # Letters as they are: Perfetto's trace processor shows their escapes.
    names = [json.dumps(name, ensure_ascii=False) for name in trace.names]
    where = [f'"pid":{pid},"tid":{tid}' for pid, tid in lanes.places]
    words, base = _Words(trace), lanes.base_ns
    for first in range(0, len(trace), _ROWS):
        rows = slice(first, min(first + _ROWS, len(trace)))
        columns = (values[rows].tolist() for values in (trace.ts, trace.dur, trace["name"], lanes.of_row))
        for ts, dur, name, lane, word, args in zip(*columns, words.of_rows(rows), _arguments(trace, rows), strict=True):
            length = f'"dur":{microseconds(dur)},' if dur != MISSING else ""
            yield (
                f'{{"ph":"X","cat":{word},"name":{names[name]},{where[lane]},"ts":{microseconds(ts - base)},'
                f'{length}"args":{{{args}}}}}'
            )


class _Words:
    """Category words: those of the source where they mean the slice's category, else Kineto's."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._of_pair: dict[tuple[int, int], str] = {}

    def of_rows(self, rows: slice) -> Iterator[str]:
        """A word, as JSON, for each row."""
        pairs = zip(self._trace.category[rows].tolist(), self._trace["source_category"][rows].tolist(), strict=True)
        for pair in pairs:
            word = self._of_pair.get(pair)
            if word is None:
                word = self._of_pair[pair] = json.dumps(self._word(*pair))
            yield word

    def _word(self, category: int, source: int) -> str:
        if source >= 0 and category_of(self._trace.names[source]) == category:
            return self._trace.names[source]
        return WRITTEN[Category(category)]


def _arguments(trace: Trace, rows: slice) -> Iterator[str]:
    """The inside of the arguments of each row: columns first, then what the trace keeps as text."""
    parts: list[list[str]] = [[] for _ in range(rows.stop - rows.start)]
    for column, key in ARGUMENTS.items():
        _add(parts, key, trace[column][rows], trace[column][rows] != COLUMNS[column][1])
    track_pid = np.array([track.pid for track in trace.tracks], np.int64)[trace["track"][rows]]
    _add(parts, "process", trace["pid"][rows], trace["pid"][rows] != track_pid)
    told = _told(trace, rows)
    kinds = np.stack([trace[name][rows] for name in COPY_ARGUMENTS], axis=1)
    differ = (kinds != told).any(axis=1)
    for number, key in enumerate(COPY_ARGUMENTS):
        _add(parts, key, kinds[:, number], differ)
    texts = trace.args
    for row, part in zip(range(rows.start, rows.stop), parts, strict=True):
        if texts is not None and (text := texts[row].strip()) not in ("", "{}"):
            part.append(text[1:-1] if text.startswith("{") else f'"args":{json.dumps(text)}')
        yield ",".join(part)


def _add(parts: list[list[str]], key: str, values: Array, known: Array) -> None:
    for place in np.flatnonzero(known).tolist():
        parts[place].append(f'"{key}":{values[place]}')


def _told(trace: Trace, rows: slice) -> Array:
    """What the reader takes from the names of copies: direction and memory kinds; zeros for all other rows."""
    told = np.zeros((rows.stop - rows.start, 3), np.uint8)
    copies = np.flatnonzero(trace.category[rows] == Category.MEMCPY)
    numbers, codes = np.unique(trace["name"][rows][copies], return_inverse=True)
    if len(copies):
        told[copies] = np.array([copy_of(trace.names[number]) for number in numbers.tolist()], np.uint8)[codes]
    return told


def _counters(trace: Trace, lanes: _Lanes) -> Iterator[str]:
    table = trace.counters
    for ts, track, value in zip(table.ts.tolist(), table.track.tolist(), table.value.tolist(), strict=True):
        pid, tid = lanes.places[track]
        name = json.dumps(trace.tracks[track].name)
        ts -= lanes.base_ns
        yield f'{{"ph":"C","name":{name},"pid":{pid},"tid":{tid},"ts":{microseconds(ts)},"args":{{"value":{value!r}}}}}'


def _flows(trace: Trace, lanes: _Lanes) -> Iterator[str]:
    """Each edge as an arrow; its rows and kind as arguments, since times alone need not tell which slices it joins."""
    edges = trace.edges
    for number, (source, target, kind) in enumerate(
        zip(edges.source.tolist(), edges.target.tolist(), edges.kind.tolist(), strict=True)
    ):
        name = EdgeKind(kind).name.lower()
        for phase, row in (("s", source), ("f", target)):
            pid, tid = lanes.places[int(lanes.of_row[row])]
            end = ',"bp":"e"' if phase == "f" else ""
            yield (
                f'{{"ph":"{phase}","id":{number},"cat":"flow","name":"{name}","pid":{pid},"tid":{tid},'
                f'"ts":{microseconds(int(trace.ts[row]) - lanes.base_ns)}{end},"args":{{"row":{row},"edge":{kind}}}}}'
            )
