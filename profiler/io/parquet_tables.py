"""What a native file holds beside its rows: names in their order, edges, counters, and what lies in which row group."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.parquet_order import Layout
from profiler.io.parquet_parts import write_part
from profiler.trace.schema import NO_TIME, Category
from profiler.trace.select import of_category
from profiler.trace.tables import Counters, Edges, Trace

Int64 = npt.NDArray[np.int64]


def write_tables(file: Any, trace: Trace, layout: Layout) -> dict[str, Any]:
    """Write the parts that a trace needs, and say where each lies and how many rows it has."""
    import pyarrow as pa

    tables = {"names": _names(trace)}
    if len(trace.edges):
        tables["edges"] = _columns(trace.edges)
    if len(trace.counters):
        tables["counters"] = _columns(trace.counters)
    if layout.groups > 1:
        tables["groups"] = pa.table(_groups(trace, layout))
    return {name: {**write_part(file, table), "rows": len(table)} for name, table in tables.items()}


def edges_of(table: Any) -> Edges:
    """Edges as they were written."""
    return Edges(*_arrays(table, Edges))


def counters_of(table: Any) -> Counters:
    """Counter samples as they were written."""
    return Counters(*_arrays(table, Counters))


def names_of(table: Any) -> list[str]:
    """The trace's names in their order."""
    names: list[str] = table["name"].to_pylist()
    if not all(isinstance(name, str) for name in names):
        raise ValueError("a name is no text")
    return names


def ranges_of(table: Any) -> dict[str, tuple[int, int]]:
    """First start and last end, ns, of the ranges of each name that any has."""
    chosen = table.filter(table["first_ns"].is_valid())
    columns = (chosen[name].to_pylist() for name in ("name", "first_ns", "last_ns"))
    return {name: (first, last) for name, first, last in zip(*columns, strict=True)}


def _names(trace: Trace) -> Any:
    import pyarrow as pa

    first, last = marker_ranges(trace)
    mask = first == NO_TIME
    columns = {"first_ns": pa.array(first, mask=mask), "last_ns": pa.array(last, mask=mask)}
    return pa.table({"name": pa.array(trace.names, pa.string()), **columns})


def marker_ranges(trace: Trace) -> tuple[Int64, Int64]:
    """For each name the first start and the last end of its ranges, `NO_TIME` where it has none."""
    rows = of_category(trace, Category.MARKER)
    names, ts = trace["name"][rows], trace.ts[rows]
    first = np.full(len(trace.names), np.iinfo(np.int64).max, np.int64)
    last = np.full(len(trace.names), NO_TIME, np.int64)
    np.minimum.at(first, names, ts)
    np.maximum.at(last, names, ts + trace.dur[rows])
    first[last == NO_TIME] = NO_TIME
    return first, last


def _groups(trace: Trace, layout: Layout) -> dict[str, Int64]:
    """First and last start and last end of each row group, records that do not count included."""
    found = np.empty((3, layout.groups), np.int64)
    for group in range(layout.groups):
        rows = layout.rows(group)
        ts, dur = trace.ts[rows], trace.dur[rows]
        found[:, group] = ts.min(), ts.max(), (ts + np.maximum(dur, 0)).max()
    return dict(zip(("first_ts", "last_ts", "last_end"), found, strict=True))


def _columns(table: Edges | Counters) -> Any:
    import pyarrow as pa

    return pa.table({field.name: pa.array(getattr(table, field.name)) for field in fields(table)})


def _arrays(table: Any, kind: type[Edges | Counters]) -> list[Any]:
    dtypes = {column.name: getattr(kind.empty(), column.name).dtype for column in fields(kind)}
    found = [table[name].to_numpy() for name in dtypes]
    for (name, dtype), values in zip(dtypes.items(), found, strict=True):
        if values.dtype != dtype:
            raise ValueError(f"the column {name} of {kind.__name__.lower()} holds {values.dtype}")
    return found
