"""Read back the Chrome JSON that `chrome_write` wrote: tracks, edges, statistics and metadata as they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.chrome_arrived import arrived
from profiler.io.chrome_write import ARGUMENTS, COPY_ARGUMENTS, VERSION
from profiler.io.decimals import finite_float
from profiler.io.json_blocks import CATEGORY, LANE, PHASE, Dictionaries, EventBlock, LaneKey
from profiler.io.kineto_words import category_of, copy_of
from profiler.io.sound_meta import sound_counted
from profiler.io.watch import Arrived
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, LATEST_NS, MISSING, NO_TIME, Category, Severity, TrackKind
from profiler.trace.tables import Stats, Trace, Track

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64] | slice

_COMPLETE, _START, _END = (ord(letter) for letter in "Xsf")


@dataclass(frozen=True, slots=True)
class OwnHeader:
    """What stands under ``lanescope`` beside the events."""

    meta: dict[str, Any]
    tracks: list[Track]
    lanes: dict[LaneKey, int]
    stats: Stats
    base_ns: int


def own_header(header: dict[str, Any]) -> OwnHeader | None:
    """The header of a file that Lanescope wrote; ``None`` for any other, and for one that was tampered with."""
    own = header.get("lanescope")
    if not isinstance(own, dict) or own.get("version") != VERSION:
        return None
    try:
        tracks = [_track(entry) for entry in own["tracks"]]
        lanes = {(int(pid), int(tid)): number for number, (pid, tid) in enumerate(own["lanes"])}
        further = {(int(pid), int(tid)): int(track) for pid, tid, track in own.get("further_lanes", ())}
        stats = Stats({str(name): (Severity[level.upper()], int(count)) for name, level, count in own["stats"]})
        meta = sound_counted(own["meta"], stats)
        base_ns = int(own.get("base_ns", 0))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    if (
        abs(base_ns) > LATEST_NS
        or any(abs(number) > LATEST_NS for track in tracks for number in _numbers(track))
        or len(lanes) != len(tracks)
        or any(not 0 <= track < len(tracks) for track in further.values())
    ):
        return None
    return OwnHeader(meta, tracks, {**further, **lanes}, stats, base_ns)


class OwnAssembler:
    """Takes blocks in file order; `finish` makes the trace."""

    def __init__(self, builder: TraceBuilder, dictionaries: Dictionaries, own: OwnHeader) -> None:
        self._builder = builder
        self._known = dictionaries
        self._own = own
        self._tracks = list(own.tracks)
        self._lane_tracks: dict[int, int] = {}
        self._edges: dict[int, list[int]] = {_START: [], _END: [], 0: []}
        self.events = 0

    def add(self, block: EventBlock) -> None:
        """Take the next block."""
        self.events += len(block) + len(block.special)
        for times in (block.ts, block.special_ts):
            if len(times) and int(np.abs(times).max()) + abs(self._own.base_ns) > LATEST_NS:
                raise TraceReadError("holds a time beyond 2^62 nanoseconds", remedy="Convert the trace again.")
        for event, ts in zip(block.special, block.special_ts.tolist(), strict=True):
            if event.ph == "C":
                self._add_sample(event.pid, event.tid, ts, event.args or {})
        phase = block.kinds[:, PHASE]
        is_arrow = (phase == _START) | (phase == _END)
        others = ~is_arrow & (phase != _COMPLETE)
        self._builder.stats.add("chrome_ignored_phase", Severity.DATA_LOSS, int(others[block.kind].sum()))
        self._add_slices(block, block.of_kinds(phase == _COMPLETE))
        self._add_arrows(block, block.of_kinds(is_arrow))

    def arrived(self, first: int, first_name: int) -> Arrived:
        """What was read so far, from a row and a name on."""
        return arrived(self._builder, self._tracks, first, first_name)

    def finish(self, header: dict[str, Any]) -> Trace:
        """The trace of all blocks, with the metadata and statistics it was written with."""
        stats = self._builder.stats
        stats.entries.update(self._own.stats.entries)
        self._builder.meta.update(self._own.meta)
        source, target = (np.array(self._edges[phase], np.int64) for phase in (_START, _END))
        size = min(len(source), len(target), len(self._edges[0]))
        ends = np.stack((source[:size], target[:size]))
        inside = ((ends >= 0) & (ends < len(self._builder))).all(axis=0)
        stats.add("edge_out_of_range", Severity.DATA_LOSS, int((~inside).sum()))
        kinds = np.array(self._edges[0][:size], np.int64)[inside]
        self._builder.add_edges(ends[0][inside], ends[1][inside], kinds)
        return self._builder.build(tracks=self._tracks)

    def _add_slices(self, block: EventBlock, places: Rows) -> None:
        kind, numbers = block.kind[places], {key: values[places] for key, values in block.numbers.items()}
        size = len(kind)
        category, word = (column[kind] for column in self._words_of(block.kinds[:, CATEGORY]).T)
        track = self._track_numbers(block.kinds[:, LANE])[kind]
        columns: dict[str, Array | int] = {column: numbers[key] for column, key in ARGUMENTS.items() if key in numbers}
        pid = np.array([one.pid for one in self._tracks], np.int64)[track] if size else track
        process = numbers.get("process")
        columns["pid"] = pid if process is None else np.where(process == NO_TIME, pid, process)
        columns.update(self._kinds(numbers, category, block.name[places]))
        args, lengths, _ = block.args_at(places)
        self._builder.add_block(
            size,
            {
                **columns,
                "ts": block.ts[places] + self._own.base_ns,
                "dur": block.dur[places],
                "category": category,
                "name": block.name[places],
                "track": track,
                "source_category": word,
            },
            args=(args, lengths),
        )

    def _words_of(self, numbers: Array) -> Array:
        """Category and name number of each category word."""
        words = list(self._known.categories)
        found = [(category_of(words[number]), self._builder.name(words[number])) for number in numbers.tolist()]
        return np.array(found, np.int64).reshape(-1, 2)

    def _kinds(self, numbers: dict[str, Array], category: Array, name: Array) -> dict[str, Array | int]:
        """Direction and memory kinds: those written, else those that the names of copies tell."""
        copies = np.flatnonzero(category == Category.MEMCPY)
        if not len(copies) and "memcpy_kind" not in numbers:
            return {}
        kinds = np.zeros((len(name), len(COPY_ARGUMENTS)), np.int64)
        names = list(self._known.names)
        codes, inverse = np.unique(name[copies], return_inverse=True)
        if len(codes):
            kinds[copies] = np.array([copy_of(names[code]) for code in codes.tolist()], np.int64)[inverse]
        for place, key in enumerate(COPY_ARGUMENTS):
            written = numbers.get(key)
            if written is not None:
                kinds[:, place] = np.where(written == MISSING, kinds[:, place], written)
        return {key: kinds[:, place].astype(COLUMNS[key][0]) for place, key in enumerate(COPY_ARGUMENTS)}

    def _add_arrows(self, block: EventBlock, places: Rows) -> None:
        absent = np.full(len(block), MISSING, np.int64)
        rows = block.numbers.get("row", absent)[places].tolist()
        kinds = block.numbers.get("edge", absent)[places].tolist()
        phases = block.kinds[:, PHASE][block.kind[places]].tolist()
        for phase, row, kind in zip(phases, rows, kinds, strict=True):
            self._edges[phase].append(row)
            if phase == _START:
                self._edges[0].append(max(kind, 0))

    def _add_sample(self, pid: Any, tid: Any, ts: int, args: dict[str, Any]) -> None:
        lane = np.array([self._known.lanes[(pid, tid)]])
        value = finite_float(bytes(args.get("value", b"")))
        if value is None:
            self._builder.stats.add("bad_counter_value", Severity.DATA_LOSS)
            return
        self._builder.add_counters(np.array([ts + self._own.base_ns]), self._track_numbers(lane), np.array([value]))

    def _track_numbers(self, lane: Array) -> npt.NDArray[np.int32]:
        """Tracks of lanes; a lane that the header does not have becomes a thread when it first appears."""
        return np.array([self._track_number(number) for number in lane.tolist()], np.int32)

    def _track_number(self, lane: int) -> int:
        known = self._lane_tracks.get(lane)
        if known is None:
            pid, tid = self._known.lanes.lanes[lane]
            known = self._own.lanes.get((pid, tid), len(self._tracks))
            if known == len(self._tracks):
                self._tracks.append(Track(TrackKind.THREAD, f"thread {tid}"))
            self._lane_tracks[lane] = known
        return known


def _numbers(track: Track) -> tuple[int, ...]:
    return track.pid, track.tid, track.device, track.context, track.stream


def _track(entry: dict[str, Any]) -> Track:
    numbers = {key: int(entry[key]) for key in ("pid", "tid", "device", "context", "stream")}
    return Track(TrackKind[entry["kind"].upper()], str(entry["name"]), **numbers)
