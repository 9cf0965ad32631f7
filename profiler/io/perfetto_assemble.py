"""Events of a Perfetto file to a `Trace`: sorted by time, begins joined to ends, arrows to edges."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.chrome_meta import resolution_ns
from profiler.io.kineto_words import category_of, copy_of
from profiler.io.perfetto_args import REST
from profiler.io.perfetto_events import COMPLETE, SPARSE, Events
from profiler.io.perfetto_own import OwnHeader, track_of
from profiler.io.perfetto_read import PacketReader
from profiler.io.perfetto_tracks import Descriptors
from profiler.io.perfetto_words import Kind
from profiler.trace.interning import Codes
from profiler.trace.schema import COLUMNS, DEVICE_CATEGORIES, LATEST_NS, MISSING, Category, EdgeKind, Severity
from profiler.trace.tables import Counters, Edges, Stats, TextColumn, Trace, Track

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

_SLICES = (Kind.BEGIN, Kind.INSTANT, COMPLETE)


def assemble(reader: PacketReader, own: OwnHeader | None, stats: Stats) -> Trace:
    """The trace of all packets taken; ``own`` is the header of a file that Lanescope wrote."""
    events = reader.events
    if own is not None:
        _check_shifted(_times(events), own.shift_ns)
    kind = np.frombuffer(bytes(events.kind), np.uint8)
    order = np.argsort(_times(events), kind="stable").astype(np.int64)
    dur, owner = _pair(events, order, stats, own)
    rows = _in_order(events, order[np.isin(kind[order], _SLICES)], own)
    words = list(events.words)
    category = np.array([category_of(word) for word in words], np.uint8)[_column(events.word)[rows]]
    names = Codes[str](events.names)
    source = np.array([names[word] if word else MISSING for word in words], np.int32)[_column(events.word)[rows]]
    table = _Tracks(Descriptors(reader.descriptors), own)
    columns = _columns(events, rows, category, names, own)
    track = table.of_slices(events, rows, category, columns)
    columns |= {"dur": dur[rows], "category": category, "name": _column(events.name)[rows], "source_category": source}
    columns["track"] = track
    columns["pid"] = _processes(events, rows, table.tracks, track)
    if own is None:
        _count_incomplete(columns, stats)
    counters = _counters(events, _in_order(events, order[kind[order] == Kind.COUNTER], own), table, own)
    return Trace(
        columns,
        names=tuple(names),
        tracks=table.tracks,
        edges=_own_edges(events, rows, own, stats) if own is not None else _edges(events, rows, order, owner, category),
        counters=counters,
        stats=stats,
        meta=_meta(reader, columns, own),
        args=_args(events, rows),
    )


def _check_shifted(times: Rows, shift_ns: int) -> None:
    """Refuse times that are none once the shift of a file of our own is taken back."""
    if len(times) and max(int(times.max()) - shift_ns, shift_ns - int(times.min())) > LATEST_NS:
        raise TraceReadError("holds a time beyond 2^62 nanoseconds", remedy="Convert the trace again.")


def _times(events: Events) -> Rows:
    return np.frombuffer(events.ts, np.int64) if len(events) else np.empty(0, np.int64)


def _column(values: Any) -> npt.NDArray[np.int32]:
    return np.frombuffer(values, np.int32) if len(values) else np.empty(0, np.int32)


def _pair(events: Events, order: Rows, stats: Stats, own: OwnHeader | None) -> tuple[Rows, Rows]:
    """Length of each event that is a slice, and for each event the slice it belongs to."""
    dur = np.full(len(events), MISSING, np.int64)
    if events.has("dur"):
        dur = events.column("dur").copy()
    owner = np.arange(len(events))
    open_on: dict[int, list[int]] = {}
    kinds, tracks, times = events.kind, events.track, events.ts
    for event in order.tolist():
        kind = kinds[event]
        if kind == Kind.BEGIN:
            open_on.setdefault(tracks[event], []).append(event)
        elif kind == Kind.INSTANT:
            dur[event] = 0
        elif kind == Kind.END:
            stack = open_on.get(tracks[event])
            if not stack:
                stats.add("perfetto_unmatched_end", Severity.DATA_LOSS)
                continue
            begin = owner[event] = stack.pop()
            dur[begin] = times[event] - times[begin]
            if event in events.args:
                _merge(events.args, begin, event)
    if own is not None and stats.count("truncated"):
        stats.add("never_completed", Severity.DATA_LOSS, sum(len(stack) for stack in open_on.values()))
    return dur, owner


def _merge(args: dict[int, str], begin: int, end: int) -> None:
    """Add the arguments of an end to those of its slice."""
    found = {**_object(args.get(begin, "{}")), **_object(args.pop(end))}
    args[begin] = json.dumps(found, ensure_ascii=False)


def _object(text: str) -> dict[str, Any]:
    """Arguments as an object; a text that is none under a name of its own."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {REST: text}
    return found if isinstance(found, dict) else {REST: text}


def _in_order(events: Events, chosen: Rows, own: OwnHeader | None) -> Rows:
    """Events in the order of the trace that was written, or of time where another wrote it."""
    if own is None or not events.has("row"):
        return chosen
    return chosen[np.argsort(events.column("row")[chosen], kind="stable")]


def _columns(events: Events, rows: Rows, category: Array, names: Codes[str], own: OwnHeader | None) -> dict[str, Array]:
    columns: dict[str, Array] = {"ts": _times(events)[rows] - (own.shift_ns if own is not None else 0)}
    for name in SPARSE:
        if name in COLUMNS and name not in ("dur", "pid") and events.has(name):
            columns[name] = events.column(name)[rows].astype(COLUMNS[name][0])
    copies = np.flatnonzero(category == Category.MEMCPY)
    if own is None and len(copies):
        texts = list(names)
        numbers, codes = np.unique(_column(events.name)[rows][copies], return_inverse=True)
        told = np.array([copy_of(texts[number]) for number in numbers.tolist()], np.uint8)[codes]
        for place, name in enumerate(("memcpy_kind", "src_kind", "dst_kind")):
            found = np.array(columns.get(name, np.zeros(len(rows), np.uint8)))
            found[copies] = np.where(found[copies] == 0, told[:, place], found[copies])
            columns[name] = found
    return columns


class _Tracks:
    """Numbers tracks as slices and counters lie on them."""

    def __init__(self, descriptors: Descriptors, own: OwnHeader | None) -> None:
        self.tracks: list[Track] = list(own.tracks) if own is not None else []
        self.descriptors = descriptors
        self._own = len(self.tracks)
        self._numbers: dict[tuple[Hashable, bool, bool], int] = {}

    def of_slices(
        self, events: Events, rows: Rows, category: Array, columns: dict[str, Array]
    ) -> npt.NDArray[np.int32]:
        """Track numbers of slices; device work and other slices of one Perfetto track are kept apart."""
        on_device = np.isin(category, DEVICE_CATEGORIES)
        code = _column(events.track)[rows].astype(np.int64) * 2 + on_device
        values, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        keys = list(events.tracks)
        numbers = np.empty(len(values), np.int32)
        for place in np.argsort(first).tolist():
            row = int(first[place])
            device, stream = (int(columns[name][row]) if name in columns else MISSING for name in ("device", "stream"))
            uuid, device_track = keys[int(values[place]) // 2], bool(values[place] % 2)
            numbers[place] = self.number(uuid, on_device=device_track, device=device, stream=stream)
        return numbers[inverse]

    def number(
        self, uuid: Hashable, *, on_device: bool = False, counter: bool = False, device: int = -1, stream: int = -1
    ) -> int:
        """Number of a track, which is made when it is met first."""
        own = track_of(uuid, self._own)
        if own is not None:
            return own
        key = (uuid, on_device, counter)
        if key not in self._numbers:
            self._numbers[key] = len(self.tracks)
            track = self.descriptors.track(uuid, on_device=on_device, counter=counter, device=device, stream=stream)
            self.tracks.append(track)
        return self._numbers[key]


def _processes(events: Events, rows: Rows, tracks: list[Track], track: Array) -> Rows:
    """The process of each slice: its own where it says one, else its track's."""
    of_track = np.array([one.pid for one in tracks] or [MISSING], np.int64)[track]
    if not events.has("pid"):
        return of_track
    said = events.column("pid")[rows]
    return np.where(said == _NO_PROCESS, MISSING, np.where(said == MISSING, of_track, said))


#: Written for a slice without a process on a track that has one.
_NO_PROCESS = -2


def _count_incomplete(columns: dict[str, Array], stats: Stats) -> None:
    at_zero = (columns["ts"] == 0) & (columns["dur"] == 0) & np.isin(columns["category"], DEVICE_CATEGORIES)
    stats.add("never_completed", Severity.DATA_LOSS, int((at_zero | (columns["dur"] == MISSING)).sum()))
    stats.add("negative_duration", Severity.DATA_LOSS, int((columns["dur"] < MISSING).sum()))


def _counters(events: Events, chosen: Rows, table: _Tracks, own: OwnHeader | None) -> Counters:
    keys = list(events.tracks)
    tracks = [table.number(keys[events.track[event]], counter=True) for event in chosen.tolist()]
    shift = own.shift_ns if own is not None else 0
    values = [events.values[event] for event in chosen.tolist()]
    return Counters(_times(events)[chosen] - shift, np.array(tracks, np.int32), np.array(values, np.float64))


def _edges(events: Events, rows: Rows, order: Rows, owner: Rows, category: Array) -> Edges:
    """An edge from each slice that an arrow touches to the next one that it touches."""
    if not len(events.flow_event):
        return Edges.empty()
    rank = np.empty(len(events), np.int64)
    rank[order] = np.arange(len(events))
    row_of = np.full(len(events), MISSING, np.int64)
    row_of[rows] = np.arange(len(rows))
    event = np.frombuffer(events.flow_event, np.int64)
    flow = np.frombuffer(events.flow_id, np.uint64)
    ends = np.frombuffer(bytes(events.flow_ends), np.uint8)
    by_flow = np.lexsort((rank[event], flow))
    event, flow, ends = event[by_flow], flow[by_flow], ends[by_flow]
    row = row_of[owner[event]]
    joined = (flow[1:] == flow[:-1]) & (ends[:-1] == 0) & (row[1:] != MISSING) & (row[:-1] != MISSING)
    joined &= row[1:] != row[:-1]
    source, target = row[:-1][joined], row[1:][joined]
    calls = np.isin(category[source], (Category.RUNTIME, Category.DRIVER))
    launches = calls & np.isin(category[target], DEVICE_CATEGORIES)
    return Edges(source, target, np.where(launches, EdgeKind.LAUNCH, EdgeKind.FLOW).astype(np.uint8))


def _own_edges(events: Events, rows: Rows, own: OwnHeader, stats: Stats) -> Edges:
    """The edges as they were written, between the rows that are still there."""
    written = events.column("row")[rows] if len(rows) else np.empty(0, np.int64)
    place = {number: row for row, number in enumerate(written.tolist())}
    kept = [
        (place[source], place[target], kind)
        for source, target, kind in zip(
            own.edges.source.tolist(), own.edges.target.tolist(), own.edges.kind.tolist(), strict=True
        )
        if source in place and target in place and kind < len(EdgeKind)
    ]
    stats.add("edge_out_of_range", Severity.DATA_LOSS, len(own.edges) - len(kept))
    table = np.array(kept, np.int64).reshape(-1, 3)
    return Edges(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8))


def _meta(reader: PacketReader, columns: dict[str, Array], own: OwnHeader | None) -> dict[str, Any]:
    if own is not None:
        return own.meta
    processes = Descriptors([*reader.descriptors, *reader.processes]).processes()
    meta: dict[str, Any] = {"format": "perfetto", "resolution_ns": resolution_ns(columns["ts"], columns["dur"])}
    return {**meta, "processes": processes} if processes else meta


def _args(events: Events, rows: Rows) -> TextColumn | None:
    if not events.args:
        return None
    texts = [events.args.get(event, "").encode("utf-8", "replace") for event in rows.tolist()]
    if not any(texts):
        return None
    return TextColumn(np.cumsum([0, *map(len, texts)]), b"".join(texts))
