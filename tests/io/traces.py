"""Random traces for round trips, and what must be the same afterwards."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from profiler.trace.schema import (
    COLUMNS,
    MISSING,
    NO_TIME,
    Category,
    EdgeKind,
    Engine,
    MemcpyKind,
    MemoryKind,
    Severity,
    TrackKind,
)
from profiler.trace.tables import Counters, Edges, Stats, TextColumn, Trace, Track

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
times = st.one_of(st.integers(-(2**61), 2**61), st.integers(0, 10_000))
numbers = st.integers(MISSING, 2**31 - 1)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
arguments = st.one_of(
    st.just(""), st.dictionaries(texts.map("x{}".format), json_values, min_size=1, max_size=3).map(json.dumps)
)


def members(kind: Any) -> st.SearchStrategy[int]:
    return st.sampled_from([int(member) for member in kind])


values = {
    "ts": times,
    "dur": st.one_of(st.integers(MISSING, 2**60), st.integers(-5000, 5000)),
    "category": members(Category),
    "correlation_id": st.one_of(st.just(MISSING), st.integers(0, 2**62)),
    "pid": numbers,
    "queued_ns": st.one_of(st.just(NO_TIME), times),
    "size_bytes": st.one_of(st.just(MISSING), st.integers(0, 2**62)),
    "memcpy_kind": members(MemcpyKind),
    "src_kind": members(MemoryKind),
    "dst_kind": members(MemoryKind),
    "device": numbers,
    "context": numbers,
    "stream": numbers,
    "engine": members(Engine),
    "request": numbers,
    "chunk": numbers,
}


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    fields = {key: draw(numbers) for key in ("pid", "tid", "device", "context", "stream")}
    return Track(draw(st.sampled_from(TrackKind)), draw(texts), **fields)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A trace with any value in any column; names are unique, as a builder makes them."""
    size = draw(st.integers(0, 12))
    names = draw(st.lists(texts, min_size=1, max_size=6, unique=True))
    found = draw(st.lists(tracks(), min_size=1, max_size=4))
    columns = {
        name: np.array(draw(st.lists(strategy, min_size=size, max_size=size)), COLUMNS[name][0])
        for name, strategy in values.items()
        if draw(st.booleans()) or name in ("ts", "dur", "category")
    }
    for name, high in (("name", len(names)), ("track", len(found)), ("source_category", len(names))):
        low = MISSING if name == "source_category" else 0
        columns[name] = np.array(draw(st.lists(st.integers(low, high - 1), min_size=size, max_size=size)), np.int32)
    return Trace(
        columns,
        names=names,
        tracks=found,
        edges=draw(edges(size)),
        counters=draw(counters(len(found))),
        stats=Stats(draw(st.dictionaries(texts, st.tuples(st.sampled_from(Severity), st.integers(1, 9)), max_size=3))),
        meta={
            **draw(st.dictionaries(texts, json_values, max_size=3)),
            "format": "made",
            "gpus": {"0": {"name": "a GPU"}},
        },
        args=draw(st.one_of(st.none(), text_columns(size))),
    )


@st.composite
def edges(draw: st.DrawFn, size: int) -> Edges:
    if not size:
        return Edges.empty()
    row = st.integers(0, size - 1)
    rows = draw(st.lists(st.tuples(row, row, members(EdgeKind)), max_size=5))
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Edges(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8))


@st.composite
def counters(draw: st.DrawFn, known: int) -> Counters:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    rows = draw(st.lists(st.tuples(times, st.integers(0, known - 1), finite), max_size=4))
    ts, track, value = ([row[place] for row in rows] for place in range(3))
    return Counters(np.array(ts, np.int64), np.array(track, np.int32), np.array(value, np.float64))


@st.composite
def text_columns(draw: st.DrawFn, size: int) -> TextColumn | None:
    rows = [text.encode() for text in draw(st.lists(arguments, min_size=size, max_size=size))]
    if not any(rows):
        return None
    return TextColumn(np.cumsum([0, *map(len, rows)]), b"".join(rows))


def column_of(trace: Trace, name: str) -> list[Any]:
    """A column with names spelled out, so that two numberings of the same names compare equal."""
    found = trace[name].tolist()
    if name in ("name", "source_category"):
        return [trace.names[number] if number >= 0 else None for number in found]
    return found


def rest_of(trace: Trace) -> dict[str, Any]:
    """Everything but the columns."""
    return {
        "tracks": trace.tracks,
        "edges": [column.tolist() for column in (trace.edges.source, trace.edges.target, trace.edges.kind)],
        "counters": [column.tolist() for column in (trace.counters.ts, trace.counters.track, trace.counters.value)],
        "stats": trace.stats.entries,
        "meta": {key: value for key, value in trace.meta.items() if key not in ("format", "source_format")},
        "args": [trace.args[row] for row in range(len(trace))] if trace.args is not None else [""] * len(trace),
    }
