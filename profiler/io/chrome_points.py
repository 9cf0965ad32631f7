"""Events that point at slices - begins, ends and flows - kept as columns until all slices are known."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.chrome_flows import BoundSlices, FlowPoints, arrows, bind
from profiler.io.chrome_pairs import closing_times
from profiler.io.chrome_phases import ASYNC, BEGINS, ENDS, FLOWS
from profiler.io.chrome_tracks import TrackNumbers
from profiler.io.json_blocks import CATEGORY, LANE, PHASE, Dictionaries, EventBlock
from profiler.io.kineto_words import CORRELATION_FLOWS
from profiler.io.watch import current
from profiler.trace.growing import GrowingColumn
from profiler.trace.interning import Codes
from profiler.trace.schema import MISSING, NO_TIME, Category, EdgeKind, Severity
from profiler.trace.tables import Edges, Stats, Trace

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64] | slice


class _Columns:
    def __init__(self, **dtypes: npt.DTypeLike) -> None:
        self._columns = {name: GrowingColumn(dtype) for name, dtype in dtypes.items()}
        self.size = 0

    def add(self, size: int, **columns: Array) -> None:
        for name, column in self._columns.items():
            column.append(columns[name], size)
        self.size += size

    def finish(self) -> dict[str, Array]:
        return {name: column.finish() for name, column in self._columns.items()}


class PairPoints:
    """Events that open or close a slice, on a thread or by id."""

    def __init__(self) -> None:
        self._kept = _Columns(group=np.int64, ts=np.int64, order=np.int64, opens=np.bool_, row=np.int64)
        self._seen = 0

    def __len__(self) -> int:
        return self._kept.size

    def add(self, block: EventBlock, places: Rows, first: int) -> None:
        """Take the next block, whose slices are its rows ``places`` and rows of the trace from ``first`` on."""
        phase = block.kinds[:, PHASE]
        taken = block.of_kinds(BEGINS[phase] | ENDS[phase])
        kind = block.kind[taken]
        order = self._seen + np.arange(len(block))[taken]
        self._seen += len(block)
        if not len(kind):
            return
        row = np.full(len(block), MISSING, np.int64)
        row[places] = first + np.arange(len(row[places]))
        by_id, opens = ASYNC[phase][kind], BEGINS[phase][kind]
        group = np.where(by_id, -1 - _joined(block, taken), block.kinds[:, LANE][kind])
        self._kept.add(len(kind), group=group, ts=block.ts[taken], order=order, opens=opens, row=row[taken])

    def closed(self, dur: Array, stats: Stats) -> Array:
        """Durations, with those of slices that were opened and closed by events of their own."""
        pairs = self._kept.finish()
        opens = pairs["opens"].astype(np.bool_)
        ends, unmatched = closing_times(pairs["group"], pairs["ts"], pairs["order"], opens)
        closed = ends != NO_TIME
        found = dur.copy()
        found[pairs["row"][opens][closed]] = ends[closed] - pairs["ts"][opens][closed]
        stats.add("never_completed", Severity.DATA_LOSS, int((~closed).sum()))
        stats.add("chrome_unmatched_end", Severity.DATA_LOSS, unmatched)
        return found


class FlowEnds:
    """Starts, steps and ends of flows."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._known = dictionaries
        self._id_numbers = _IdNumbers()
        self._kept = _Columns(
            phase=np.uint8, ts=np.int64, lane=np.int32, flow=np.int64, correlation=np.int64, enclosing=np.bool_
        )

    def add(self, block: EventBlock) -> None:
        """Take the next block."""
        phase, category, lane = block.kinds[:, PHASE], block.kinds[:, CATEGORY], block.kinds[:, LANE]
        taken = block.of_kinds(FLOWS[phase])
        kind = block.kind[taken]
        if not len(kind):
            return
        words = list(self._known.categories)
        by_correlation = np.array([words[number].lower() in CORRELATION_FLOWS for number in category.tolist()])
        numbers = self._id_numbers.upto(self._known.ids)[block.ident[taken]]
        self._kept.add(
            len(kind),
            phase=phase[kind],
            ts=block.ts[taken],
            lane=lane[kind],
            flow=_joined(block, taken),
            correlation=np.where(by_correlation[kind], numbers, MISSING),
            enclosing=block.enclosing[taken],
        )

    def edges(self, trace: Trace, dur: Array, tracks: TrackNumbers, stats: Stats) -> Edges:
        """Edges between the slices that the flows touch, by row; what touches none is counted."""
        if not self._kept.size:
            return Edges.empty()
        points = FlowPoints(**self._kept.finish())
        instant = (trace.category == Category.MARKER) & (dur == 0)
        rows = np.flatnonzero((dur >= 0) & ~instant & tracks.holds_flows()[trace["track"]])
        lane = tracks.lanes()[trace["track"][rows]]
        slices = BoundSlices(rows, lane, trace.ts[rows], dur[rows], trace["correlation_id"][rows])
        current().step()
        rows_of_points = bind(points, slices)
        current().step()
        source, target, lonely = arrows(points, rows_of_points)
        bound = (source >= 0) & (target >= 0)
        stats.add("chrome_flow_without_start", Severity.INFO, lonely)
        stats.add("chrome_unbound_flow", Severity.INFO, int((~bound).sum()))
        kept = np.flatnonzero(bound & (source != target))
        kept = kept[np.lexsort((target[kept], source[kept]))]
        return Edges(source[kept], target[kept], np.full(len(kept), EdgeKind.FLOW, np.uint8))


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
            # From the end: a walk to the last known one would take longer with every block.
            new = [*islice(reversed(ids), count - self._known)][::-1]
            self._values[self._known : count] = _id_numbers(new)
            self._known = count
        return self._values[: count + 1]


def _joined(block: EventBlock, taken: Rows) -> npt.NDArray[np.int64]:
    """One number for id and category, which together say what belongs to one flow or async slice."""
    found: npt.NDArray[np.int64] = (block.ident[taken].astype(np.int64) + 1) << 24
    return found | block.kinds[:, CATEGORY][block.kind[taken]]


def _id_numbers(keys: list[Any]) -> list[int]:
    """The numbers that ids are; most files have digits alone."""
    with suppress(TypeError, ValueError):
        if b"".join(keys).isdigit() and max(map(len, keys)) < 19:
            return list(map(int, keys))
    return list(map(_id_number, keys))


def _id_number(key: Any) -> int:
    return int(key) if isinstance(key, bytes) and key.isdigit() and len(key) < 19 else MISSING
