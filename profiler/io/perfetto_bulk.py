"""Packets of a Perfetto file, thousands at a time: those that only hold a track event of the usual kind are taken as
columns, all others one by one by `perfetto_read`, in their place between them.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.distinct import distinct
from profiler.io.perfetto_annotations import Annotations
from profiler.io.perfetto_columns import Packets, places_of
from profiler.io.perfetto_events import Run
from profiler.io.perfetto_packets import Block
from profiler.io.perfetto_read import PacketReader, best_word
from profiler.io.perfetto_state import Sequence
from profiler.io.perfetto_words import NEEDS_STATE, Event, Interned, Kind
from profiler.io.proto_columns import Fields
from profiler.io.proto_wire import WireError, as_double, as_signed
from profiler.trace.schema import Severity

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

#: Fewer packets than this are taken one by one: columns have a cost of their own.
_FEW = 48
_HIGHEST_BIT = np.uint64(1 << 63)


class BulkReader:
    """Takes blocks of packets in file order, and gives them to a `PacketReader`."""

    def __init__(self, reader: PacketReader) -> None:
        self._reader = reader
        self._names = _Numbers(reader.events.names)
        self._words = _Numbers(reader.events.words)

    def take(self, block: Block) -> None:
        """Take the packets of a block."""
        if len(block) < _FEW:
            for place in range(len(block)):
                self._reader.take(block.packet(place))
            return
        packets = Packets(block)
        first = 0
        for place in (*np.flatnonzero(packets.odd).tolist(), len(block)):
            self._take_run(block, packets, first, place)
            if place < len(block):
                self._reader.take(block.packet(place))
            first = place + 1

    def _take_run(self, block: Block, packets: Packets, first: int, last: int) -> None:
        """Take packets of the usual kind; those with new texts may be among them."""
        while first < last:
            if last - first < _FEW:
                for place in range(first, last):
                    self._reader.take(block.packet(place))
                return
            stop = self._learn(packets, first, last)
            if stop > first:
                self._take_columns(packets, first, stop)
            if stop < last:
                self._reader.take(block.packet(stop))
            first = stop + 1

    def _learn(self, packets: Packets, first: int, last: int) -> int:
        """Take the new texts of a run before its events, up to one that would change what events before it mean."""
        places: list[int] = packets.interned[slice(*np.searchsorted(packets.interned, (first, last)).tolist())].tolist()
        for place in places:
            sequence = int(packets.sequence[place])
            state = self._state(sequence)
            if packets.flags[place] & np.uint64(NEEDS_STATE) and not state.valid:
                continue
            start, end = packets.interned_text[place]
            try:
                if not state.learn_new(packets.data[start:end], partial(packets.is_used, sequence, place)):
                    return place
            except WireError:
                return place
        return last

    def _state(self, sequence: int) -> Sequence:
        return self._reader.sequences.setdefault(sequence, Sequence())

    def _take_columns(self, packets: Packets, first: int, last: int) -> None:
        reader, rows = self._reader, slice(first, last)
        numbers, codes = np.unique(packets.sequence[rows], return_inverse=True)
        states = [self._state(number) for number in numbers.tolist()]
        lost = (packets.flags[rows] & np.uint64(NEEDS_STATE)).astype(np.bool_)
        lost &= ~np.array([state.valid for state in states])[codes]
        reader.stats.add("perfetto_state_lost", Severity.DATA_LOSS, int(lost.sum()))
        times, timed = self._times(packets, rows, states, numbers, codes, ~lost)
        kept = np.flatnonzero(timed)
        if not len(kept):
            return
        place = np.full(last - first, -1, np.int64)
        place[kept] = np.arange(len(kept))
        fields = packets.fields_of(first, last)
        fields = fields.of(place[fields.owner] >= 0)
        run = Run(reader.events, len(kept))
        event = place[fields.owner]
        of_state = codes[kept]
        names = self._texts(packets, fields, event, (Event.NAME, Event.NAME_IID), Interned.NAMES, states, of_state)
        run.add(
            times[kept],
            packets.kind[rows][kept],
            self._tracks(fields, event, states, of_state),
            self._one_each(*names, len(kept), self._names[b""]),
            self._categories(packets, fields, event, states, of_state),
        )
        if packets.has_row[rows][kept].any():
            has = packets.has_row[rows][kept]
            run.fill("row", np.flatnonzero(has), (packets.row[rows][kept][has] & ~_HIGHEST_BIT).astype(np.int64))
        annotations = Annotations(packets.columns, packets.data, states, of_state)
        annotations.add(run, fields, event, reader.text_of)
        self._add_values(run, fields, event, packets.kind[rows][kept])
        self._add_flows(run, fields, event)
        run.finish()

    def _times(
        self, packets: Packets, rows: slice, states: list[Sequence], numbers: Array, codes: Array, wanted: Array
    ) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Times in the clock of the trace, and whether each is one; what is none is counted."""
        reader, stamps, clock = self._reader, packets.stamp[rows], packets.clock[rows]
        default = np.array([state.clock or reader.clocks.trace_clock for state in states], np.uint64)[codes]
        clock = np.where(clock != 0, clock, default)
        times, timed = stamps.astype(np.int64), wanted & (stamps <= np.uint64(reader.latest))
        converted = wanted & ~((clock == reader.clocks.trace_clock) & reader.clocks.trace_clock_is_plain)
        for row in np.flatnonzero(converted).tolist():
            found = reader.clocks.trace_time(int(stamps[row]), int(clock[row]), int(numbers[codes[row]]))
            timed[row] = found is not None and 0 <= found <= reader.latest
            if timed[row]:
                times[row] = found or 0
            else:
                trouble = "perfetto_unknown_clock" if found is None else "perfetto_bad_time"
                reader.stats.add(trouble, Severity.DATA_LOSS)
        reader.stats.add("perfetto_bad_time", Severity.DATA_LOSS, int((wanted & ~timed & ~converted).sum()))
        return times, timed

    def _texts(
        self,
        packets: Packets,
        fields: Fields,
        event: Ints,
        kinds: tuple[int, int],
        table: int,
        states: list[Sequence],
        of_state: Array,
    ) -> tuple[Ints, Ints]:
        """Event and number of each text, written out or interned, in order."""
        numbers = self._names if table == Interned.NAMES else self._words
        plain, interned = (np.flatnonzero(fields.number == kind) for kind in kinds)
        rows = np.concatenate((plain, interned))
        found = [numbers[packets.data[s:e]] for s, e in places_of(fields, plain)]
        state, iid = of_state[event[interned]].astype(np.int64), fields.value[interned].view(np.int64)
        first, codes = distinct(state, iid)
        known = [
            numbers[states[code].text(table, value).encode()]
            for code, value in zip(state[first].tolist(), fields.value[interned][first].tolist(), strict=True)
        ]
        values = np.concatenate((np.array(found, np.int64), np.array(known, np.int64)[codes]))
        order = np.argsort(rows, kind="stable")
        return event[rows[order]], values[order]

    @staticmethod
    def _one_each(event: Ints, values: Ints, size: int, default: int) -> Ints:
        """One value for each event: the last that it has."""
        found = np.full(size, default, np.int64)
        found[event] = values
        return found

    def _categories(
        self, packets: Packets, fields: Fields, event: Ints, states: list[Sequence], of_state: Array
    ) -> Ints:
        kinds = (Event.CATEGORIES, Event.CATEGORY_IIDS)
        owner, values = self._texts(packets, fields, event, kinds, Interned.CATEGORIES, states, of_state)
        found = self._one_each(owner, values, len(of_state), self._words[b""])
        several = np.flatnonzero(np.bincount(owner, minlength=len(of_state)) > 1)
        if len(several):
            texts = list(self._reader.events.words)
            # Texts come in the order of their events.
            spans = zip(*(np.searchsorted(owner, several, side).tolist() for side in ("left", "right")), strict=True)
            for place, (first, last) in zip(several.tolist(), spans, strict=True):
                words = [texts[value] for value in values[first:last].tolist()]
                found[place] = self._reader.events.words[best_word(words)]
        return found

    def _tracks(self, fields: Fields, event: Ints, states: list[Sequence], of_state: Array) -> Ints:
        tracks = self._reader.events.tracks
        said = np.flatnonzero(fields.number == Event.TRACK)
        missing = np.ones(len(of_state), np.bool_)
        missing[event[said]] = False
        found = np.zeros(len(of_state), np.int64)
        if missing.any():
            used = set(of_state[missing].tolist())
            defaults = [tracks[_default_track(state)] if place in used else 0 for place, state in enumerate(states)]
            found = np.array(defaults, np.int64)[of_state]
        first, codes = distinct(fields.value[said].view(np.int64))
        numbers = np.array([tracks[uuid] for uuid in fields.value[said][first].tolist()], np.int64)
        found[event[said]] = numbers[codes]
        return found

    @staticmethod
    def _add_values(run: Run, fields: Fields, event: Ints, kind: Array) -> None:
        """Values of counters; the last that an event has counts."""
        values = run.events.values
        for place in np.flatnonzero(kind == Kind.COUNTER).tolist():
            values[run.base + place] = 0.0
        chosen = np.flatnonzero(np.isin(fields.number, (Event.COUNTER, Event.DOUBLE_COUNTER)))
        chosen = chosen[kind[event[chosen]] == Kind.COUNTER]
        columns = (event[chosen].tolist(), fields.number[chosen].tolist(), fields.value[chosen].tolist())
        for place, number, value in zip(*columns, strict=True):
            is_double = number == Event.DOUBLE_COUNTER
            values[run.base + place] = as_double(value) if is_double else float(as_signed(value))

    @staticmethod
    def _add_flows(run: Run, fields: Fields, event: Ints) -> None:
        chosen = np.flatnonzero(np.isin(fields.number, (Event.FLOWS, Event.ENDED_FLOWS)))
        ends = fields.number[chosen] == Event.ENDED_FLOWS
        run.add_flows(event[chosen], fields.value[chosen], ends)


class _Numbers(dict[bytes, int]):
    """Numbers of texts by their bytes."""

    def __init__(self, numbers: Any) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, text: bytes) -> int:
        found: int = self._numbers[text.decode("utf-8", "replace")]
        self[text] = found
        return found


def _default_track(state: Sequence) -> Hashable:
    if state.track is not None:
        return state.track
    return ("thread", *state.thread) if state.thread is not None else 0
