"""Column blocks of trace events to a `Trace`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.chrome_counters import CounterSamples
from profiler.io.chrome_flows import BoundSlices, FlowPoints, arrows, bind
from profiler.io.chrome_meta import file_meta, launching_processes, resolution_ns
from profiler.io.chrome_pairs import closing_times
from profiler.io.chrome_tracks import LaneNames, TrackNumbers, number_of
from profiler.io.json_blocks import CATEGORY, LANE, PHASE, Dictionaries, EventBlock
from profiler.io.kineto_words import CORRELATION_FLOWS, Place, category_of, copy_of, place_of
from profiler.trace.builder import TraceBuilder
from profiler.trace.growing import GrowingColumn
from profiler.trace.interning import Codes
from profiler.trace.schema import COLUMNS, DEVICE_CATEGORIES, MISSING, NO_TIME, Category, EdgeKind, MemcpyKind, Severity
from profiler.trace.tables import Edges, Trace

Array = npt.NDArray[Any]
#: Rows of a block: their numbers, or a slice for all.
Rows = npt.NDArray[np.int64] | slice


def _letters(letters: bytes) -> npt.NDArray[np.bool_]:
    found = np.zeros(256, np.bool_)
    found[list(letters)] = True
    return found


_COMPLETE = ord("X")
#: Begin events, on a thread and by id (old notation S, F, T, p), and their ends.
_BEGINS, _ENDS = _letters(b"BbS"), _letters(b"EeF")
_ASYNC = _letters(b"bnSTpeF")
_SLICES = _letters(b"XBbSiIRnTp")
_FLOWS = _letters(b"stf")
_INSTANTS = _letters(b"iIRnTp")
_IGNORED = {
    **dict.fromkeys(b"NOD", "chrome_ignored_object"),
    **dict.fromkeys(b"P", "chrome_ignored_sample"),
    **dict.fromkeys(b"Vv", "chrome_ignored_memory_dump"),
}


class _Points:
    """Events that point at slices, kept as columns until all slices are known."""

    def __init__(self, **dtypes: npt.DTypeLike) -> None:
        self._columns = {name: GrowingColumn(dtype) for name, dtype in dtypes.items()}
        self.size = 0

    def add(self, size: int, **columns: Array) -> None:
        for name, column in self._columns.items():
            column.append(columns[name], size)
        self.size += size

    def finish(self) -> dict[str, Array]:
        return {name: column.finish() for name, column in self._columns.items()}


class _IdNumbers:
    """The number that each id of `Dictionaries.ids` is; `MISSING` for texts, and behind the last for no id."""

    def __init__(self) -> None:
        self._values = np.full(1, MISSING, np.int64)
        self._known = 0

    def upto(self, ids: Codes[Hashable]) -> npt.NDArray[np.int64]:
        """The numbers of all ids met so far."""
        count = len(ids)
        if count > self._known:
            if count >= len(self._values):
                self._values = np.append(self._values[: self._known], np.full(2 * count - self._known + 1, MISSING))
            new = islice(ids, self._known, None)
            self._values[self._known : count] = np.fromiter(map(_id_number, new), np.int64, count - self._known)
            self._known = count
        return self._values[: count + 1]


class ChromeAssembler:
    """Takes blocks in file order; `finish` makes the trace."""

    def __init__(self, builder: TraceBuilder, dictionaries: Dictionaries) -> None:
        self._builder = builder
        self._known = dictionaries
        self._tracks = TrackNumbers(dictionaries.lanes.lanes)
        self._lane_names = LaneNames()
        self._counters = CounterSamples()
        self._word_table = np.empty((0, 3), np.int64)
        self._kinds: Counter[tuple[str, str]] = Counter()
        self._id_numbers = _IdNumbers()
        self._seen = 0
        self._pairs = _Points(group=np.int64, ts=np.int64, order=np.int64, opens=np.bool_, row=np.int64)
        self._flows = _Points(
            phase=np.uint8, ts=np.int64, lane=np.int32, flow=np.int64, correlation=np.int64, enclosing=np.bool_
        )

    @property
    def events(self) -> int:
        """Events taken so far, of whatever phase."""
        return self._kinds.total()

    def add(self, block: EventBlock) -> None:
        """Take the next block."""
        self._learn_words()
        self._take_special(block)
        self._count_kinds(block)
        places = block.of_kinds(_SLICES[block.kinds[:, PHASE]])
        first = len(self._builder)
        self._add_slices(block, places)
        self._keep_pairs(block, places, first)
        self._keep_flows(block)
        self._seen += len(block)

    def finish(self, header: dict[str, Any]) -> Trace:
        """The trace of all blocks; ``header`` is what stands beside the events."""
        stats, words = self._builder.stats, list(self._known.categories)
        pairs = self._pairs.finish()
        trace = self._builder.build(tracks=())
        columns = {"dur": self._closed(trace, pairs)} if self._pairs.size else {}
        lane_pid = np.array([number_of(pid) for pid, _ in self._known.lanes.lanes], np.int64)
        pid_of_track = lane_pid[self._tracks.lanes()]
        processes = launching_processes(trace, pid_of_track, self._tracks.on_device(), stats)
        tracks = self._tracks.tracks(self._lane_names, processes)
        columns["pid"] = np.array([track.pid for track in tracks], np.int64)[trace["track"]]
        columns.update(_copy_columns(trace))
        meta = {
            **file_meta(header, words, stats),
            "resolution_ns": resolution_ns(trace.ts, columns.get("dur", trace.dur)),
            **self._lane_names.to_meta(),
            **self._counted(),
        }
        return Trace(
            {**{name: trace[name] for name in COLUMNS}, **columns},
            names=trace.names,
            tracks=[*tracks, *self._counters.tracks()],
            edges=self._edges(trace, columns.get("dur", trace.dur)),
            counters=self._counters.samples(len(tracks)),
            stats=stats,
            meta=meta,
            args=trace.args,
        )

    def _learn_words(self) -> None:
        """Category, place and name number of each category word met so far."""
        new = list(self._known.categories)[len(self._word_table) :]
        if new:
            rows = [(category_of(word), place_of(word), self._builder.name(word) if word else MISSING) for word in new]
            self._word_table = np.concatenate((self._word_table, np.array(rows, np.int64)))

    def _take_special(self, block: EventBlock) -> None:
        for event, ts in zip(block.special, block.special_ts.tolist(), strict=True):
            self._kinds[(event.ph, event.cat)] += 1
            if event.ph == "C":
                self._builder.stats.add("bad_counter_value", Severity.DATA_LOSS, self._counters.add(event, ts))
                continue
            lane = self._known.lanes.lanes[self._known.lanes[(event.pid, event.tid)]]
            if not self._lane_names.add(event, lane):
                self._builder.stats.add("chrome_ignored_metadata", Severity.INFO)

    def _count_kinds(self, block: EventBlock) -> None:
        words = list(self._known.categories)
        counts = np.bincount(block.kind, minlength=len(block.kinds)).tolist()
        for (phase, category), count in zip(block.kinds[:, [PHASE, CATEGORY]].tolist(), counts, strict=True):
            self._kinds[(chr(phase), words[category])] += count
            if not (_SLICES[phase] or _FLOWS[phase] or _ENDS[phase]):
                name = _IGNORED.get(phase, "chrome_ignored_phase")
                self._builder.stats.add(name, Severity.DATA_LOSS, count)

    def _add_slices(self, block: EventBlock, places: Rows) -> None:
        kind, found = block.kind[places], self._described(block.kinds)
        size, ts, dur = len(kind), block.ts[places], block.dur[places]
        phase = block.kinds[:, PHASE]
        if not (phase == _COMPLETE).all():
            fixed = np.where(_INSTANTS[phase], 0, MISSING)
            dur = np.where((phase == _COMPLETE)[kind], dur, fixed[kind])
        args, lengths, dropped = block.args_at(places)
        # Those of closing events have no row to stand in.
        self._builder.stats.add("chrome_args_dropped", Severity.DATA_LOSS, dropped)
        self._count_incomplete(ts, dur, kind, phase, found["category"])
        numbers = block.numbers
        self._builder.add_block(
            size,
            {
                "ts": ts,
                "dur": dur,
                "name": block.name[places],
                "correlation_id": numbers["correlation"][places] if "correlation" in numbers else MISSING,
                "size_bytes": numbers["bytes"][places] if "bytes" in numbers else MISSING,
                **{name: _spread(values, kind) for name, values in found.items()},
            },
            args=(args, lengths),
        )

    def _described(self, kinds: Array) -> dict[str, Array]:
        """Columns that follow from the kind, one value each; the track is -1 for kinds that are no slices."""
        phase, number, lane, device, context, stream = kinds.T
        category, place, word = self._word_table[number].T
        place = np.where(_ASYNC[phase], Place.ASYNC, place)
        place[(place == Place.WAIT) & (device == MISSING) & (stream == MISSING)] = Place.HOST
        of_device = (place != Place.HOST) & (place != Place.ASYNC)
        device = np.where(of_device & (device == MISSING), self._tracks.device_of(lane), device)
        stream = np.where(of_device & (stream == MISSING), self._tracks.stream_of(lane), stream)
        track = np.full(len(kinds), MISSING, np.int64)
        is_slice = np.flatnonzero(_SLICES[phase])
        columns = (column[is_slice] for column in (lane, place, device, context, stream))
        track[is_slice] = self._tracks.number(*columns)
        return {
            "category": category,
            "track": track,
            "device": device,
            "context": context,
            "stream": stream,
            "source_category": word,
        }

    def _count_incomplete(self, ts: Array, dur: Array, kind: Array, phase: Array, category: Array) -> None:
        """Count what never ended; most blocks hold nothing of it, so that one look at the least is enough."""
        stats = self._builder.stats
        at_zero = np.flatnonzero((ts == 0) & (dur == 0))
        at_zero = at_zero[np.isin(category[kind[at_zero]], DEVICE_CATEGORIES)]
        below = np.flatnonzero(dur < 0)
        below = below[phase[kind[below]] == _COMPLETE]
        unended = int((dur[below] == MISSING).sum())
        stats.add("never_completed", Severity.DATA_LOSS, unended + len(at_zero))
        stats.add("negative_duration", Severity.DATA_LOSS, len(below) - unended)

    def _keep_pairs(self, block: EventBlock, places: Rows, first: int) -> None:
        phase = block.kinds[:, PHASE]
        taken = block.of_kinds(_BEGINS[phase] | _ENDS[phase])
        kind = block.kind[taken]
        if not len(kind):
            return
        row = np.full(len(block), MISSING, np.int64)
        row[places] = first + np.arange(len(row[places]))
        by_id, opens = _ASYNC[phase][kind], _BEGINS[phase][kind]
        group = np.where(by_id, -1 - _joined(block, taken), block.kinds[:, LANE][kind])
        order = self._seen + np.arange(len(block))[taken]
        self._pairs.add(len(kind), group=group, ts=block.ts[taken], order=order, opens=opens, row=row[taken])

    def _keep_flows(self, block: EventBlock) -> None:
        phase, category, lane = block.kinds[:, PHASE], block.kinds[:, CATEGORY], block.kinds[:, LANE]
        taken = block.of_kinds(_FLOWS[phase])
        kind = block.kind[taken]
        if not len(kind):
            return
        words = list(self._known.categories)
        by_correlation = np.array([word.lower() in CORRELATION_FLOWS for word in words], np.bool_)
        numbers = self._id_numbers.upto(self._known.ids)[block.ident[taken]]
        self._flows.add(
            len(kind),
            phase=phase[kind],
            ts=block.ts[taken],
            lane=lane[kind],
            flow=_joined(block, taken),
            correlation=np.where(by_correlation[category][kind], numbers, MISSING),
            enclosing=block.enclosing[taken],
        )

    def _closed(self, trace: Trace, pairs: dict[str, Array]) -> Array:
        """Durations, with those of slices that were opened and closed by events of their own."""
        opens = pairs["opens"].astype(np.bool_)
        ends, unmatched = closing_times(pairs["group"], pairs["ts"], pairs["order"], opens)
        closed = ends != NO_TIME
        dur = trace.dur.copy()
        dur[pairs["row"][opens][closed]] = ends[closed] - pairs["ts"][opens][closed]
        stats = self._builder.stats
        stats.add("never_completed", Severity.DATA_LOSS, int((~closed).sum()))
        stats.add("chrome_unmatched_end", Severity.DATA_LOSS, unmatched)
        return dur

    def _edges(self, trace: Trace, dur: Array) -> Edges:
        if not self._flows.size:
            return Edges.empty()
        points = FlowPoints(**self._flows.finish())
        instant = (trace.category == Category.MARKER) & (dur == 0)
        rows = np.flatnonzero((dur >= 0) & ~instant & self._tracks.holds_flows()[trace["track"]])
        lane = self._tracks.lanes()[trace["track"][rows]]
        slices = BoundSlices(rows, lane, trace.ts[rows], dur[rows], trace["correlation_id"][rows])
        source, target, lonely = arrows(points, bind(points, slices))
        bound = (source >= 0) & (target >= 0)
        stats = self._builder.stats
        stats.add("chrome_flow_without_start", Severity.INFO, lonely)
        stats.add("chrome_unbound_flow", Severity.INFO, int((~bound).sum()))
        kept = np.flatnonzero(bound & (source != target))
        kept = kept[np.lexsort((target[kept], source[kept]))]
        return Edges(source[kept], target[kept], np.full(len(kept), EdgeKind.FLOW, np.uint8))

    def _counted(self) -> dict[str, Any]:
        kinds = {f"{phase}/{word}": count for (phase, word), count in sorted(self._kinds.items())}
        return {"events": sum(kinds.values()), "event_kinds": kinds}


def _joined(block: EventBlock, taken: Rows) -> npt.NDArray[np.int64]:
    """One number for id and category, which together say what belongs to one flow or async slice."""
    found: npt.NDArray[np.int64] = (block.ident[taken].astype(np.int64) + 1) << 24
    return found | block.kinds[:, CATEGORY][block.kind[taken]]


def _spread(values: Array, kind: Array) -> Array | int:
    """A column from one value a kind; one value for all rows where the kinds agree."""
    return int(values[0]) if len(values) and bool((values == values[0]).all()) else values[kind]


def _id_number(key: Any) -> int:
    return int(key) if isinstance(key, bytes) and key.isdigit() and len(key) < 19 else MISSING


def _copy_columns(trace: Trace) -> dict[str, Array]:
    """Direction and memory kinds of copies, from their names, or from the argument ``kind`` where these do not tell."""
    rows = np.flatnonzero(trace.category == Category.MEMCPY)
    if not len(rows):
        return {}
    named = trace["name"][rows]
    told = np.zeros((len(trace.names), 3), np.uint8)
    for number in np.flatnonzero(np.bincount(named)).tolist():
        told[number] = copy_of(trace.names[number])
    of_row = told[named]
    for place in np.flatnonzero(of_row[:, 0] == MemcpyKind.NONE).tolist():
        of_row[place, 0] = copy_of(_argument(trace, int(rows[place]), "kind"))[0]
    found = {name: np.zeros(len(trace), np.uint8) for name in ("memcpy_kind", "src_kind", "dst_kind")}
    for name, values in zip(found, of_row.T, strict=True):
        found[name][rows] = values
    return found


def _argument(trace: Trace, row: int, key: str) -> str:
    """One argument of a slice as text; empty where it has none."""
    if trace.args is None or not (text := trace.args[row]):
        return ""
    return str(json.loads(text).get(key, ""))
