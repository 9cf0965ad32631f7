"""Tables over many slices: by name in an area, lengths of a name, the order of all events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gui.workers.context import Context
from gui.workers.jobs import Area, AreaRow, AreaTable, Histogram, Instance, Lengths, Neighbour, Sort, Sorted
from gui.workers.tasks.held import held_timeline, held_trace
from gui.workers.tasks.names import matching_names
from profiler.analysis.by_name import name_table
from profiler.analysis.intervals import Int64, union
from profiler.analysis.latency import percentiles
from profiler.errors import UsageError
from profiler.timeline.model import Timeline
from profiler.trace.mapped import save
from profiler.trace.schema import Category
from profiler.trace.select import countable_among
from profiler.trace.subset import touching
from profiler.trace.tables import Trace

#: Columns of `NameTable` that follow name and category in an `AreaRow`.
_COLUMNS = AreaRow.__struct_fields__[2:]


def area(job: Area, context: Context) -> AreaTable:
    """Slices of the lanes that touch the stretch, by name and category; the one with the longest sum first."""
    trace = held_trace(job.trace, context)
    rows = _rows_in(job, trace, context)
    if not len(rows):
        return AreaTable(rows=[], slices=0, busy_ns=0)
    start = np.maximum(trace.ts[rows], job.start_ns)
    end = np.minimum(trace.ts[rows] + trace.dur[rows], job.end_ns)
    table = name_table(trace, rows, start, end)
    columns = [getattr(table, name).tolist() for name in _COLUMNS]
    found = [
        AreaRow(trace.names[name], Category(category).name.lower(), *values)
        for name, category, *values in zip(table.name.tolist(), table.category.tolist(), *columns, strict=True)
    ]
    found.sort(key=lambda row: (-row.sum_ns, row.name, row.category))
    shown, busy = found[: job.most_rows], union(start, end)
    return AreaTable(rows=shown, slices=len(rows), busy_ns=busy.total_ns, left_out=len(found) - len(shown))


def histogram(job: Histogram, context: Context) -> Lengths:
    """How many slices of the name are how long."""
    trace = held_trace(job.trace, context)
    lengths = np.sort(trace.dur[_of_name(trace, job.name, job.category)])
    if not len(lengths):
        return Lengths([], [], 0, 0, None, None, None, None)
    edges = _edges(int(lengths[0]), int(lengths[-1]), job.bins)
    places = np.searchsorted(lengths, edges[1:-1], side="left")
    counts = np.diff(np.concatenate(([0], places, [len(lengths)])))
    middle = percentiles(lengths)
    return Lengths(
        edges_ns=edges.tolist(),
        counts=counts.tolist(),
        count=len(lengths),
        sum_ns=int(lengths.sum()),
        min_ns=int(lengths[0]),
        median_ns=middle["median"],
        p95_ns=middle["p95"],
        max_ns=int(lengths[-1]),
    )


def instance(job: Instance, context: Context) -> Neighbour:
    """The neighbour in time among the slices of the same name and category."""
    trace = held_trace(job.trace, context)
    rows = _of_name(trace, int(trace["name"][job.row]), int(trace.category[job.row]))
    rows = rows[np.argsort(trace.ts[rows], kind="stable")]
    here = np.flatnonzero(rows == job.row)
    if not len(here):
        return Neighbour(row=None, place=-1, count=len(rows))
    place = int(here[0]) + (1 if job.forward else -1)
    if not 0 <= place < len(rows):
        return Neighbour(row=None, place=int(here[0]), count=len(rows))
    return Neighbour(row=int(rows[place]), place=place, count=len(rows))


def sort(job: Sort, context: Context) -> Sorted:
    """Rows that pass the filter, in order; equal ones stay in the order of the trace.

    Raises
    ------
    UsageError
        An unknown column, or a text that is no regular expression.
    """
    trace = held_trace(job.trace, context)
    rows = _filtered(job, trace, context)
    keys = _sort_keys(trace, job.column, rows)
    if job.descending:
        keys = keys.max(initial=0) - keys
    if (keys[1:] < keys[:-1]).any():
        rows = rows[np.argsort(keys, kind="stable")]
    file = context.folder / "order"
    kind = np.int32 if len(trace) <= np.iinfo(np.int32).max else np.int64
    places = np.full(len(trace), -1, kind)
    places[rows] = np.arange(len(rows), dtype=kind)
    save(file, {"rows": rows.astype(kind), "places": places})
    return Sorted(file=str(file), count=len(rows))


def _rows_in(job: Area, trace: Trace, context: Context) -> Int64:
    if job.lanes is None:
        return countable_among(trace, touching(trace, job.start_ns, job.end_ns))
    timeline = held_timeline(job.timeline, job.trace, context)
    return rows_of_lanes(timeline, job.lanes, job.start_ns, job.end_ns)


def rows_of_lanes(timeline: Timeline, lanes: tuple[int, ...], start_ns: int, end_ns: int) -> Int64:
    """Rows of lanes that touch a stretch, each once, rising: a slice stands in an engine's and in a stream's lane."""
    parts = [np.empty(0, np.int64)]
    for lane in lanes:
        if not 0 <= lane < len(timeline.lanes):
            raise UsageError(f"there is no lane {lane}", remedy=f"There are {len(timeline.lanes)}.")
        first_row = timeline.first_row[lane]
        for number in range(first_row, first_row + len(timeline.lanes[lane].rows)):
            first, last = timeline.mipmap.visible(number, start_ns, end_ns)
            parts.append(timeline.mipmap.maps[number].rows[first:last].astype(np.int64))
    return np.unique(np.concatenate(parts))


def _of_name(trace: Trace, name: int, category: int) -> Int64:
    rows = np.flatnonzero(trace["name"] == name)
    if category >= 0:
        rows = rows[trace.category[rows] == category]
    return countable_among(trace, rows)


def _edges(shortest: int, longest: int, bins: int) -> Int64:
    """Whole nanoseconds that grow by one factor, each once; the last is one past the longest."""
    if shortest == longest:
        return np.array([shortest, shortest + 1])
    grown = np.geomspace(max(shortest, 1), longest, bins + 1)
    inner = np.unique(np.round(grown).astype(np.int64))
    return np.unique(np.concatenate(([shortest], inner[(inner > shortest) & (inner <= longest)][:-1], [longest + 1])))


def _filtered(job: Sort, trace: Trace, context: Context) -> Int64:
    rows: Int64
    if job.lanes is not None:
        timeline = held_timeline(job.timeline, job.trace, context)
        start = timeline.start_ns if job.start_ns is None else job.start_ns
        end = timeline.end_ns if job.end_ns is None else job.end_ns
        rows = rows_of_lanes(timeline, job.lanes, start, end)
    elif job.start_ns is not None and job.end_ns is not None:
        rows = touching(trace, job.start_ns, job.end_ns)
    else:
        rows = np.arange(len(trace))
    if job.categories is not None:
        rows = rows[np.isin(trace.category[rows], job.categories)]
    if job.text:
        rows = rows[matching_names(trace, job.text, regex=job.regex)[trace["name"][rows]]]
    return rows


def _sort_keys(trace: Trace, column: str, rows: Int64) -> npt.NDArray[Any]:
    if column == "row":
        return rows
    if column == "end":
        return trace.ts[rows] + np.maximum(trace.dur[rows], 0)
    words: dict[str, Callable[[], list[str]]] = {
        "name": lambda: [name.casefold() for name in trace.names],
        "track": lambda: [track.name.casefold() for track in trace.tracks],
        "category": lambda: [category.name for category in Category],
    }
    if column in words:
        ranks = _ranks(words[column]())
        # A trace made by hand may have no tracks to number.
        return ranks[trace[column][rows]] if len(ranks) else np.zeros(len(rows), np.int64)
    try:
        values = trace[column][rows]
    except KeyError as error:
        raise UsageError(f"there is no column {column!r}", where="table") from error
    return values.astype(np.int64)


def _ranks(words: list[str]) -> Int64:
    """Place of each word among the sorted ones; equal words have one place."""
    places = {word: place for place, word in enumerate(sorted(set(words)))}
    return np.array([places[word] for word in words], np.int64)
