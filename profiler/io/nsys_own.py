"""Lanescope's own tables in an export: every slice with all its columns, tracks, edges, counters, statistics, metadata.

``LANESCOPE_SLICES.nsightRow`` is the rowid of the slice in the table that Nsight Systems has for its category, so that
a query can join request, chunk or engine to it. The tables are believed only while those of Nsight Systems have the
rows they were written with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.files import with_format
from profiler.io.nsys_tables import Column, Rows
from profiler.io.sound_meta import sound_counted
from profiler.io.sqlite_tables import Database
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, MISSING, Severity, TrackKind
from profiler.trace.tables import Stats, Trace, Track
from profiler.trace.validate import structure

VERSION = 1
HEADER, SLICES, EDGES, COUNTERS = (f"LANESCOPE_{name}" for name in ("HEADER", "SLICES", "EDGES", "COUNTERS"))
_TRACKS = "LANESCOPE_TRACKS"
_ALWAYS = ("ts", "dur", "category", "name", "track")


def own_tables(trace: Trace, nsight_row: npt.NDArray[np.int64], counts: dict[str, int]) -> Iterator[Rows]:
    """Rows of every table of ours.

    Parameters
    ----------
    trace : Trace
    nsight_row : array
        Of each slice, -1 for none.
    counts : dict
        Rows of each table of Nsight Systems.
    """
    described = {
        "version": VERSION,
        "names": len(trace.names),
        "rows": counts,
        "meta": trace.meta,
        "stats": [[name, severity.name.lower(), count] for name, severity, count in trace.stats],
    }
    yield Rows(HEADER, {"value": [json.dumps(described)]})
    tracks: dict[str, Column] = {
        key: [getattr(track, key) for track in trace.tracks]
        for key in ("name", "pid", "tid", "device", "context", "stream")
    }
    yield Rows(_TRACKS, {"kind": [track.kind.name.lower() for track in trace.tracks], **tracks})
    columns: dict[str, Column] = {
        name: trace[name] for name, (_, missing) in COLUMNS.items() if name in _ALWAYS or (trace[name] != missing).any()
    }
    if trace.args is not None:
        columns["args"] = [trace.args[row] for row in range(len(trace))]
    where = [None if row == MISSING else row for row in nsight_row.tolist()]
    yield Rows(SLICES, {**columns, "nsightRow": where})
    yield Rows(EDGES, {name: getattr(trace.edges, name) for name in ("source", "target", "kind")})
    # A NaN would become null: numbers that are none are written as words.
    values = [value if np.isfinite(value) else repr(value) for value in trace.counters.value.tolist()]
    yield Rows(COUNTERS, {"ts": trace.counters.ts, "track": trace.counters.track, "value": values})


def read_own(database: Database) -> Trace | None:
    """The trace in Lanescope's own tables; None where there are none, or they no longer tell what is in the file."""
    found = database.rows(HEADER, "value")
    if not found:
        return None
    try:
        header = json.loads(found[0][0])
        counts = {str(table): int(count) for table, count in header["rows"].items()}
        if header["version"] != VERSION or any(database.count(table) != count for table, count in counts.items()):
            return None
        trace = _trace(database, header)
    except (TraceReadError, KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError):
        return None
    return None if structure(trace) else with_format(trace, "nsys-sqlite")


def _trace(database: Database, header: dict[str, Any]) -> Trace:
    builder = TraceBuilder()
    texts = dict(database.rows("StringIds", "id value"))
    for number in range(header["names"]):
        if builder.name(texts[number + 1]) != number:
            raise ValueError("two names are one")
    columns = {name: int(missing) for name, (_, missing) in COLUMNS.items()}
    for block, args in database.blocks_with(SLICES, columns, ("args",), _encoded):
        lengths = np.fromiter(map(len, args), np.int64, len(args))
        builder.add_block(len(args), {**block}, args=(b"".join(args), lengths))
    for block in database.blocks(EDGES, dict.fromkeys(("source", "target", "kind"), MISSING)):
        builder.add_edges(block["source"], block["target"], block["kind"])
    for block, values in database.blocks_with(COUNTERS, {"ts": 0, "track": MISSING}, ("value",), _number):
        builder.add_counters(block["ts"], block["track"], np.array(values))
    builder.stats = Stats({str(name): (Severity[level.upper()], int(count)) for name, level, count in header["stats"]})
    builder.meta.update(sound_counted(header["meta"], builder.stats))
    tracks = database.rows(_TRACKS, "kind name pid tid device context stream")
    return builder.build(tracks=[Track(TrackKind[kind.upper()], name, *numbers) for kind, name, *numbers in tracks])


def _encoded(values: tuple[Any, ...]) -> bytes:
    return values[0].encode() if isinstance(values[0], str) else b""


def _number(values: tuple[Any, ...]) -> float:
    return float(values[0])
