"""The native format: one Parquet file, one row an event, everything else as metadata of the file.

Any program that reads Parquet sees the event table with words for categories and names; `docs/formats.md` has the
columns. What is no table of events (tracks, statistics, clock, metadata) is JSON under the key ``lanescope``; edges
and counters are Arrow streams in base64 under keys of their own.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError, UsageError
from profiler.io import parquet_seal
from profiler.io.described import described, stats_of, tracks_of
from profiler.io.files import opened, require_file, with_format, written
from profiler.io.parquet_columns import (
    TEXTS,
    args_from_arrow,
    args_to_arrow,
    from_arrow,
    stored_columns,
    to_arrow,
)
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Counters, Edges, Trace

Array = npt.NDArray[Any]

MAGIC = b"PAR1"
VERSION = 1
_ROWS_PER_GROUP = 1 << 20
#: Times and ids grow steadily, so their differences pack well; lengths and sizes do not.
_DELTA = ("ts", "correlation_id", "queued_ns")
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
        The file is damaged, or no trace of Lanescope.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    unknown = set(columns or ()) - set(COLUMNS) - {"args"}
    if unknown:
        raise UsageError(f"no such columns: {', '.join(sorted(unknown))}", where=str(path))
    found = require_file(path)
    try:
        with opened(found) as raw:
            parquet_seal.check(raw)
        with pq.ParquetFile(found, thrift_string_size_limit=_LARGEST, thrift_container_size_limit=_LARGEST) as file:
            return with_format(_trace(file, columns), "parquet")
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise TraceReadError(
            f"is not a readable Parquet trace: {error}", where=str(path), remedy="Record or convert it again."
        ) from error
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error


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
    texts = pa.array(trace.names, pa.string())
    with written(path) as file:
        table = _table(trace, names, 0, texts)
        with pq.ParquetWriter(
            file,
            table.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in names if name not in (*_DELTA, *_PLAIN)],
            column_encoding={name: "DELTA_BINARY_PACKED" for name in names if name in _DELTA},
            dictionary_pagesize_limit=_LARGEST,
            write_page_checksum=True,
        ) as writer:
            writer.write_table(table, row_group_size=_ROWS_PER_GROUP)
            for first in range(_ROWS_PER_GROUP, len(trace), _ROWS_PER_GROUP):
                writer.write_table(_table(trace, names, first, texts), row_group_size=_ROWS_PER_GROUP)
            writer.add_key_value_metadata({**_metadata(trace), parquet_seal.KEY: parquet_seal.OPEN})
        parquet_seal.seal(file)


def _table(trace: Trace, names: Sequence[str], first: int, texts: Any) -> Any:
    """One row group as an Arrow table."""
    import pyarrow as pa

    last = min(len(trace), first + _ROWS_PER_GROUP)
    columns = {name: to_arrow(trace, name, first, last, texts) for name in names}
    if trace.args is not None:
        columns["args"] = args_to_arrow(trace.args, first, last)
    return pa.table(columns)


def _metadata(trace: Trace) -> dict[str, str]:
    """Everything that is no column."""
    header = {"version": VERSION, **described(trace)}
    if not len(trace):
        header["names"] = list(trace.names)
    found = {"lanescope": json.dumps(header)}
    if len(trace.edges):
        found["lanescope.edges"] = _packed(trace.edges)
    if len(trace.counters):
        found["lanescope.counters"] = _packed(trace.counters)
    return found


def _trace(file: Any, columns: Sequence[str] | None) -> Trace:
    metadata = file.metadata.metadata or {}
    if b"lanescope" not in metadata:
        raise TraceReadError(
            "is a Parquet file, but not a trace of Lanescope", remedy="Name a file that lanescope wrote."
        )
    header = json.loads(metadata[b"lanescope"])
    if header["version"] > VERSION:
        raise TraceReadError(f"was written by a newer Lanescope (format {header['version']})", remedy="Update it.")
    stored = [name for name in file.schema_arrow.names if columns is None or name in columns]
    constants = _constants(file.metadata, stored)
    table = file.read([name for name in stored if name not in constants])
    size = file.metadata.num_rows
    names: list[str] = header.get("names", [])
    found: dict[str, Array] = dict(constants)
    for name in table.column_names:
        if name in COLUMNS:
            found[name], texts = from_arrow(name, table[name], size)
            names = texts if len(texts) > len(names) else names
    found.setdefault("ts", np.zeros(size, np.int64))
    trace = Trace(
        found,
        names=names or [""],
        tracks=tracks_of(header),
        edges=_edges(metadata.get(b"lanescope.edges")),
        counters=_counters(metadata.get(b"lanescope.counters")),
        stats=stats_of(header),
        meta=header["meta"],
        args=args_from_arrow(table["args"]) if "args" in table.column_names else None,
    )
    _check(trace)
    return trace


def _constants(metadata: Any, stored: Sequence[str]) -> dict[str, Array]:
    """Columns of whole numbers that hold one value, known from the file's statistics without reading them."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    found: dict[str, Array] = {}
    for number in range(metadata.num_columns if groups else 0):
        name = metadata.schema.column(number).path
        if name not in stored or name in TEXTS or name not in COLUMNS:
            continue
        statistics = [group.column(number).statistics for group in groups]
        if any(one is None or not one.has_min_max or one.null_count for one in statistics):
            continue
        values = {value for one in statistics for value in (one.min, one.max)}
        if len(values) == 1 and isinstance(value := values.pop(), int):
            found[name] = np.broadcast_to(np.array(value, COLUMNS[name][0]), (metadata.num_rows,))
    return found


def _check(trace: Trace) -> None:
    """Refuse numbers that point outside their tables."""
    for values, size, what in (
        (trace["track"], len(trace.tracks), "track"),
        (trace["name"], len(trace.names), "name"),
        (trace["source_category"], len(trace.names), "source category"),
        (trace.edges.source, len(trace), "edge"),
        (trace.edges.target, len(trace), "edge"),
        (trace.counters.track, len(trace.tracks), "counter track"),
    ):
        lowest = -1 if what == "source category" else 0
        if len(values) and not (lowest <= int(values.min()) and int(values.max()) < size):
            raise TraceReadError(f"a {what} number points outside its table")


def _packed(table: Edges | Counters) -> str:
    """The arrays of a table as one compressed Arrow stream in base64."""
    import pyarrow as pa

    batch = pa.record_batch({field.name: pa.array(getattr(table, field.name)) for field in fields(table)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode("ascii")


def _unpacked(text: bytes) -> dict[str, Array]:
    import pyarrow as pa

    table = pa.ipc.open_stream(base64.b64decode(text, validate=True)).read_all()
    return {name: table[name].to_numpy() for name in table.column_names}


def _edges(text: bytes | None) -> Edges | None:
    if text is None:
        return None
    found = _unpacked(text)
    return Edges(found["source"], found["target"], found["kind"])


def _counters(text: bytes | None) -> Counters | None:
    if text is None:
        return None
    found = _unpacked(text)
    return Counters(found["ts"], found["track"], found["value"])
