"""A trace as the tables and views that SQL sees. Columns are shared with the trace; a constant one is a literal."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.parquet_columns import TEXTS, WORDS, to_arrow
from profiler.trace.schema import COLUMNS, MISSING, EdgeKind
from profiler.trace.select import countable
from profiler.trace.tables import Trace

Array = npt.NDArray[Any]

#: What a query may name, and what each holds.
VIEWS = {
    "slices": "every record, one row each; completed is false for those in no count and no sum",
    "kernels": "kernels that completed",
    "copies": "copies of every kind that completed; memcpy_kind says which",
    "flows": "source, target: ids of slices, the second of which had to wait for the first; kind",
    "tracks": "what slices ran on; slices.track is tracks.track",
    "counters": "ts, track, value: each holds until the next of its track",
}

_SQL_TYPES = {
    "ts": "BIGINT",
    "dur": "BIGINT",
    "correlation_id": "BIGINT",
    "pid": "BIGINT",
    "queued_ns": "BIGINT",
    "size_bytes": "BIGINT",
    "context": "BIGINT",
    "stream": "BIGINT",
}


def register(connection: Any, trace: Trace) -> None:
    """Give a DuckDB connection the views of `VIEWS`. The trace must live as long as the connection."""
    stored, expressions = _slices(trace)
    connection.register("lanescope_slices", stored)
    connection.register("lanescope_flows", _flows(trace))
    connection.register("lanescope_tracks", _tracks(trace))
    connection.register("lanescope_counters", _counters(trace))
    views = {
        "slices": f"SELECT {', '.join(expressions)} FROM lanescope_slices",
        "kernels": "SELECT * FROM slices WHERE completed AND category = 'kernel'",
        "copies": "SELECT * FROM slices WHERE completed AND category = 'memcpy'",
        **{name: f"SELECT * FROM lanescope_{name}" for name in ("flows", "tracks", "counters")},
    }
    for name, sql in views.items():
        connection.execute(f"CREATE VIEW {name} AS {sql}").fetchall()


def _slices(trace: Trace) -> tuple[Any, list[str]]:
    """The columns that vary as an Arrow table, and for each column of the view its SQL."""
    import pyarrow as pa

    texts = pa.array(trace.names, pa.string())
    stored: dict[str, Any] = {"id": pa.array(np.arange(len(trace), dtype=np.int64))}
    expressions = ["id"]
    for name in COLUMNS:
        values = trace[name]
        if _constant(values):
            expressions.append(f"{_literal(trace, name, values)} AS {name}")
            continue
        stored[name] = to_arrow(trace, name, slice(None), texts)
        expressions.append(f"nullif(dur, {MISSING}) AS dur" if name == "dur" else name)
    completed = countable(trace)
    if completed.all():
        expressions.append("true AS completed")
    else:
        stored["completed"] = pa.array(completed)
        expressions.append("completed")
    expressions.append(_args(trace, stored))
    return pa.table(stored), expressions


def _args(trace: Trace, stored: dict[str, Any]) -> str:
    from profiler.io.parquet_columns import args_to_arrow

    if trace.args is None:
        return "NULL::VARCHAR AS args"
    stored["args"] = args_to_arrow(trace.args)
    return "args"


def _constant(values: Array) -> bool:
    return len(values) > 0 and values.strides == (0,)


def _literal(trace: Trace, name: str, values: Array) -> str:
    """The one value of a column as SQL; NULL where it is not known."""
    value = int(values[0])
    if name in WORDS:
        word = WORDS[name](value).name.lower()
        return "NULL::VARCHAR" if value == COLUMNS[name][1] and name != "category" else f"'{word}'"
    if name in TEXTS:
        return "NULL::VARCHAR" if value == MISSING else _quoted(trace.names[value])
    kind = _SQL_TYPES.get(name, "INTEGER")
    unknown = value == COLUMNS[name][1] and name not in ("ts", "dur", "track")
    unknown |= name == "dur" and value == MISSING
    return f"NULL::{kind}" if unknown else f"({value})::{kind}"


def _quoted(text: str) -> str:
    # A NUL would end the text of a statement early.
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return "(" + " || chr(0) || ".join(parts) + ")"


def _flows(trace: Trace) -> Any:
    import pyarrow as pa

    words = pa.array([kind.name.lower() for kind in EdgeKind])
    kinds = pa.DictionaryArray.from_arrays(pa.array(trace.edges.kind.astype(np.int8)), words)
    return pa.table({"source": pa.array(trace.edges.source), "target": pa.array(trace.edges.target), "kind": kinds})


def _tracks(trace: Trace) -> Any:
    import pyarrow as pa

    numbers = ("pid", "tid", "device", "context", "stream")
    found = {
        "track": pa.array(range(len(trace.tracks)), pa.int32()),
        "kind": pa.array([track.kind.name.lower() for track in trace.tracks], pa.string()),
        "name": pa.array([track.name for track in trace.tracks], pa.string()),
    }
    for number in numbers:
        values = [getattr(track, number) for track in trace.tracks]
        found[number] = pa.array([None if value == MISSING else value for value in values], pa.int64())
    return pa.table(found)


def _counters(trace: Trace) -> Any:
    import pyarrow as pa

    table = trace.counters
    return pa.table({"ts": pa.array(table.ts), "track": pa.array(table.track), "value": pa.array(table.value)})
