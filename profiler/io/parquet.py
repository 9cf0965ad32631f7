"""The native format: one Parquet file, one row an event, everything else beside the rows.

Any program that reads Parquet sees the event table with words for categories and names; `docs/formats.md` has the
columns. Tracks, statistics, clock and metadata are JSON under the key ``lanescope`` of the footer; names in their
order, edges and counters are parts beside the row groups.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import UsageError
from profiler.io import parquet_seal
from profiler.io.described import described
from profiler.io.files import with_format, written
from profiler.io.parquet_columns import args_from_arrow, args_to_arrow, from_arrow, stored_columns, to_arrow
from profiler.io.parquet_file import VERSION, NativeFile, native_file
from profiler.io.parquet_order import Layout, lay_out
from profiler.io.parquet_tables import write_tables
from profiler.io.watch import current
from profiler.trace.calls import CallFinder
from profiler.trace.schema import COLUMNS, MISSING, NO_TIME
from profiler.trace.select import on_device
from profiler.trace.tables import TextColumn, Trace
from profiler.trace.whole import whole_of

Array = npt.NDArray[Any]

MAGIC = b"PAR1"
#: Times and ids grow steadily, so their differences pack well; lengths and sizes do not.
_DELTA = ("ts", "correlation_id", "queued_ns", "row", "call_ns")
_PLAIN = ("dur", "size_bytes")
_LARGEST = 2**31 - 1


def sniff(head: bytes, path: Path) -> bool:
    """Whether a file that starts with ``head`` is Parquet."""
    return head.startswith(MAGIC)


def read(path: str | os.PathLike[str], *, columns: Sequence[str] | None = None) -> Trace:
    """The trace in a file, exactly as it was written but for ``meta["format"]``.

    Parameters
    ----------
    path : path
    columns : sequence of str, optional
        Any of `COLUMNS` and ``args``; the others are left "not known". All, if absent.

    Raises
    ------
    UsageError
        No such file, or an unknown column.
    TraceReadError
        The file is damaged, or no trace of Lanescope, or does not fit into memory.
    """
    unknown = set(columns or ()) - set(COLUMNS) - {"args"}
    if unknown:
        raise UsageError(f"no such columns: {', '.join(sorted(unknown))}", where=str(path))
    with native_file(path) as file:
        return with_format(_trace(file, columns), "parquet")


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace; the file is complete or absent.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = stored_columns(trace)
    layout = lay_out(trace)
    tables = _tables(trace, names, layout)
    table = next(tables)
    plain = {"args", *_DELTA, *_PLAIN}
    # While this thread packs a row group, others put the next one together and sum up the whole.
    with written(path) as file, ThreadPoolExecutor(2) as beside:
        whole = beside.submit(whole_of, trace)
        sink = pa.PythonFile(file, mode="w")
        with pq.ParquetWriter(
            sink,
            table.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in table.column_names if name not in plain],
            column_encoding={name: "DELTA_BINARY_PACKED" for name in table.column_names if name in _DELTA},
            dictionary_pagesize_limit=_LARGEST,
            write_page_checksum=True,
        ) as writer:
            places = write_tables(sink, trace, layout)
            writer.write_table(table, row_group_size=max(len(table), 1))
            for table in _ahead(tables, beside):
                writer.write_table(table, row_group_size=max(len(table), 1))
            header = {
                "version": VERSION,
                **described(trace),
                "parts": places,
                "constants": [name for name in names if trace[name].strides == (0,)],
                "whole": whole.result().to_json(),
            }
            writer.add_key_value_metadata({"lanescope": json.dumps(header), parquet_seal.KEY: parquet_seal.OPEN})
        parquet_seal.seal(file)


def _ahead(tables: Iterator[Any], pool: Executor) -> Iterator[Any]:
    """The same, each made in the pool while its user works on the one before."""
    coming = pool.submit(next, tables, None)
    while (table := coming.result()) is not None:
        coming = pool.submit(next, tables, None)
        yield table


def _tables(trace: Trace, names: Sequence[str], layout: Layout) -> Iterator[Any]:
    """The row groups as Arrow tables; one without rows for a trace without any."""
    import pyarrow as pa

    texts = pa.array(trace.names, pa.string())
    args = None if trace.args is None else args_to_arrow(trace.args)
    more = _call_columns(trace) if layout.groups > 1 else {}
    if layout.order is not None:
        more["row"] = np.arange(len(trace), dtype=np.int64)
    for group in range(max(layout.groups, 1)):
        rows = layout.rows(group) if layout.groups else slice(0, 0)
        columns = {name: to_arrow(trace, name, rows, texts) for name in names}
        for name, values in more.items():
            chosen = values[rows]
            columns[name] = pa.array(chosen, mask=chosen == _UNKNOWN[name] if name in _UNKNOWN else None)
        if args is not None:
            columns["args"] = args[rows] if isinstance(rows, slice) else args.take(pa.array(rows))
        yield pa.table(columns)


#: What stands for null in the columns that a trace in memory does not have.
_UNKNOWN = {"call_ns": NO_TIME, "call_track": MISSING}


def _call_columns(trace: Trace) -> dict[str, Array]:
    """Start and track of the host call behind each device row: a part of the file is judged without the rest."""
    finder = CallFinder(trace)
    rows = np.flatnonzero(on_device(trace))
    if not len(rows) or not finder.any:
        return {}
    calls = finder.calls(rows)
    start = np.full(len(trace), NO_TIME, np.int64)
    track = np.full(len(trace), MISSING, np.int32)
    start[rows], track[rows] = calls.start, calls.track
    return {"call_ns": start, "call_track": track}


def _trace(file: NativeFile, columns: Sequence[str] | None) -> Trace:
    """The whole trace, rows in the order they had before they were laid out."""
    stored = [name for name in file.columns if name in COLUMNS or name == "args"]
    if columns is not None:
        stored = [name for name in stored if name in columns]
    found: dict[str, Array] = file.constants(stored)
    read_now = [name for name in stored if name not in found]
    texts = file.names()
    place = file.place()
    found |= {name: current().column(file.rows, COLUMNS[name][0]) for name in read_now if name in COLUMNS}
    args, at = [], 0
    for table in file.tables(read_now) if read_now else ():
        rows = slice(at, at + len(table))
        at = rows.stop
        for name in read_now:
            if name in COLUMNS:
                found[name][rows if place is None else place[rows]] = from_arrow(name, table[name], len(table), texts)
        if "args" in read_now:
            args.append(table.select(["args"]))
    if read_now and at != file.rows:
        raise ValueError(f"{at} rows where {file.rows} were told of")
    return file.trace(found, file.rows, texts, args=_args(args, place))


def _args(tables: Sequence[Any], place: Array | None) -> TextColumn | None:
    import pyarrow as pa

    if not tables:
        return None
    chunks = pa.concat_tables(tables)["args"]
    if place is not None:
        inverse = np.empty_like(place)
        inverse[place] = np.arange(len(place))
        chunks = chunks.take(inverse)
    return args_from_arrow(chunks)
