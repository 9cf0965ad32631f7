"""Some rows of a trace as a trace of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Counters, Edges, TextColumn, Trace

Rows = npt.NDArray[np.integer[Any]]


def subset(trace: Trace, rows: Rows, *, between: tuple[int, int] | None = None) -> Trace:
    """The rows in the order given, with the edges that join two of them.

    Parameters
    ----------
    trace : Trace
    rows : int array
        Each at most once.
    between : (int, int), optional
        Keep only counter samples with a time in ``[start, end)``, and the last before it of each track. Without, all.
    """
    size = len(trace)
    return Trace(
        {name: _column(trace[name], rows) for name in COLUMNS},
        names=trace.names,
        tracks=trace.tracks,
        edges=_edges(trace.edges, rows, size),
        counters=trace.counters if between is None else _counters(trace.counters, *between),
        stats=trace.stats,
        meta={**trace.meta, **({"complete": False} if trace.meta.get("complete") and len(rows) < size else {})},
        args=_args(trace.args, rows) if trace.args is not None else None,
    )


def touching(trace: Trace, start_ns: int, end_ns: int) -> npt.NDArray[np.int64]:
    """Rows with any time in ``[start_ns, end_ns)``; a slice of no length is in where it lies in it."""
    ends = trace.ts + np.maximum(trace.dur, 0)
    inside = (trace.ts < end_ns) & ((ends > start_ns) | (trace.ts >= start_ns))
    return np.flatnonzero(inside)


def _column(values: npt.NDArray[Any], rows: Rows) -> npt.NDArray[Any]:
    if values.strides == (0,):
        return np.broadcast_to(values[:1], (len(rows),)) if len(values) else values
    return values[rows]


def _edges(edges: Edges, rows: Rows, size: int) -> Edges:
    place = np.full(size, -1, np.int64)
    place[rows] = np.arange(len(rows))
    source, target = place[edges.source], place[edges.target]
    kept = (source >= 0) & (target >= 0)
    return Edges(source[kept], target[kept], edges.kind[kept])


def _counters(counters: Counters, start_ns: int, end_ns: int) -> Counters:
    inside = (counters.ts >= start_ns) & (counters.ts < end_ns)
    before = np.flatnonzero(counters.ts < start_ns)
    order = before[np.lexsort((counters.ts[before], counters.track[before]))]
    track = counters.track[order]
    inside[order[np.append(track[1:] != track[:-1], True)] if len(order) else order] = True
    return Counters(counters.ts[inside], counters.track[inside], counters.value[inside])


def _args(args: TextColumn, rows: Rows) -> TextColumn:
    starts = args.offsets[:-1][rows]
    lengths = args.offsets[1:][rows] - starts
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    place = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1] - starts, lengths)
    data = np.frombuffer(args.data, np.uint8)[place]
    return TextColumn(offsets, memoryview(data.tobytes()))
