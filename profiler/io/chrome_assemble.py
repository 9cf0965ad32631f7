"""Column blocks of trace events to a `Trace`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.chrome_arrived import arrived
from profiler.io.chrome_counters import CounterSamples
from profiler.io.chrome_meta import file_meta, launching_processes, resolution_ns
from profiler.io.chrome_phases import ASYNC, COMPLETE, ENDS, FLOWS, IGNORED, INSTANTS, SLICES
from profiler.io.chrome_points import FlowEnds, PairPoints
from profiler.io.chrome_tracks import LaneNames, TrackNumbers, number_of
from profiler.io.json_blocks import CATEGORY, PHASE, Dictionaries, EventBlock
from profiler.io.kineto_words import Place, category_of, copy_of, place_of
from profiler.io.watch import Arrived, current
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, DEVICE_CATEGORIES, MISSING, Category, MemcpyKind, Severity
from profiler.trace.tables import Trace

Array = npt.NDArray[Any]
#: Rows of a block: their numbers, or a slice for all.
Rows = npt.NDArray[np.int64] | slice


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
        self._pairs = PairPoints()
        self._flows = FlowEnds(dictionaries)

    @property
    def events(self) -> int:
        """Events taken so far, of whatever phase."""
        return self._kinds.total()

    def add(self, block: EventBlock) -> None:
        """Take the next block."""
        self._learn_words()
        self._take_special(block)
        self._count_kinds(block)
        places = block.of_kinds(SLICES[block.kinds[:, PHASE]])
        first = len(self._builder)
        self._add_slices(block, places)
        self._pairs.add(block, places, first)
        self._flows.add(block)

    def arrived(self, first: int, first_name: int) -> Arrived:
        """What was read so far, from a row and a name on."""
        return arrived(self._builder, self._tracks.tracks(self._lane_names, {}), first, first_name)

    def finish(self, header: dict[str, Any]) -> Trace:
        """The trace of all blocks; ``header`` is what stands beside the events."""
        stats, words = self._builder.stats, list(self._known.categories)
        trace = self._builder.build(tracks=())
        current().step()
        columns = {"dur": self._pairs.closed(trace.dur, stats)} if len(self._pairs) else {}
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
            edges=self._flows.edges(trace, columns.get("dur", trace.dur), self._tracks, stats),
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
            if not (SLICES[phase] or FLOWS[phase] or ENDS[phase]):
                name = IGNORED.get(phase, "chrome_ignored_phase")
                self._builder.stats.add(name, Severity.DATA_LOSS, count)

    def _add_slices(self, block: EventBlock, places: Rows) -> None:
        kind, found = block.kind[places], self._described(block.kinds)
        size, ts, dur = len(kind), block.ts[places], block.dur[places]
        phase = block.kinds[:, PHASE]
        if not (phase == COMPLETE).all():
            fixed = np.where(INSTANTS[phase], 0, MISSING)
            dur = np.where((phase == COMPLETE)[kind], dur, fixed[kind])
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
        place = np.where(ASYNC[phase], Place.ASYNC, place)
        place[(place == Place.WAIT) & (device == MISSING) & (stream == MISSING)] = Place.HOST
        of_device = (place != Place.HOST) & (place != Place.ASYNC)
        device = np.where(of_device & (device == MISSING), self._tracks.device_of(lane), device)
        stream = np.where(of_device & (stream == MISSING), self._tracks.stream_of(lane), stream)
        track = np.full(len(kinds), MISSING, np.int64)
        is_slice = np.flatnonzero(SLICES[phase])
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
        below = below[phase[kind[below]] == COMPLETE]
        unended = int((dur[below] == MISSING).sum())
        stats.add("never_completed", Severity.DATA_LOSS, unended + len(at_zero))
        stats.add("negative_duration", Severity.DATA_LOSS, len(below) - unended)

    def _counted(self) -> dict[str, Any]:
        kinds = {f"{phase}/{word}": count for (phase, word), count in sorted(self._kinds.items())}
        return {"events": sum(kinds.values()), "event_kinds": kinds}


def _spread(values: Array, kind: Array) -> Array | int:
    """A column from one value a kind; one value for all rows where the kinds agree."""
    return int(values[0]) if len(values) and bool((values == values[0]).all()) else values[kind]


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
