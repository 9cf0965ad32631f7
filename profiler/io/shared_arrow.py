"""A trace handed from one process to another: an uncompressed Arrow file that the other maps into its memory.

    write_shared(trace, path)       in the process that read the file
    trace = open_shared(path)       in the one that shows it: milliseconds, whatever the size

Columns of numbers are not copied: they are read-only views of the mapped file, of which only the pages that are
looked at are ever loaded. Texts are there once, as the trace has them: a list of names that the columns ``name`` and
``source_category`` number. The file may be deleted as soon as it is open; the pages live as long as the trace. Put it
in a folder that nobody else can write to: numbers in it are taken as they are, unlike those of a trace file.

One Arrow record batch of one row, each of whose columns is a list: the columns of a trace, its edges, its counters and
its names are of different lengths. A column that holds one value is a list of one. What is no column is JSON under the
key ``lanescope`` of the schema.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError, UsageError
from profiler.io.column_file import ColumnFile, open_columns
from profiler.io.described import described, stats_of, tracks_of
from profiler.io.files import written
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Counters, Edges, TextColumn, Trace
from profiler.trace.texts import LazyTexts

Array = npt.NDArray[Any]

_KEY = b"lanescope"
_VERSION = 1


def write_shared(trace: Trace, path: str | os.PathLike[str], *, columns: ColumnFile | None = None) -> None:
    """Write a trace for `open_shared`; the file is complete or absent.

    Parameters
    ----------
    trace : Trace
    path : path
        Best on a file system in memory (``/dev/shm``) or in the folder of temporary files.
    columns : ColumnFile, optional
        A file in the same folder that some of the trace's columns lie in already.

    Raises
    ------
    OutputError
        The place cannot be written, or is full.
    """
    import pyarrow as pa

    places = {} if columns is None else _places(trace, columns)
    lists, header = listed(trace, beside=places, file=Path(columns.path).name if places and columns else "")
    batch = pa.record_batch(lists).replace_schema_metadata({_KEY: header})
    with written(path) as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)


def listed(trace: Trace, *, beside: Mapping[str, int] | None = None, file: str = "") -> tuple[dict[str, Any], bytes]:
    """A trace as Arrow lists of one row each, and the JSON of what is no column; `unlisted` makes it a trace again.

    The columns ``beside`` are left out: they lie at these places of another file.
    """
    places = beside or {}
    columns = {name: _list(_once(trace[name])) for name in COLUMNS if name not in places}
    columns["names"] = _list(_texts(trace.names))
    for table in (trace.edges, trace.counters):
        for field in fields(table):
            columns[_place(table, field.name)] = _list(getattr(table, field.name))
    if trace.args is not None:
        columns["args.offsets"] = _list(trace.args.offsets)
        columns["args.data"] = _list(np.frombuffer(trace.args.data, np.uint8))
    about = {"version": _VERSION, "size": len(trace), "beside": dict(places), "file": file}
    return columns, json.dumps({**described(trace), **about}).encode()


def open_shared(path: str | os.PathLike[str]) -> Trace:
    """The trace that `write_shared` wrote, mapped and not read.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is something else, cut off, or of another version of Lanescope.
    """
    import pyarrow as pa

    if not Path(path).is_file():
        raise UsageError("no such file", where=str(path), remedy="Check the path.")
    try:
        with pa.memory_map(os.fspath(path)) as source:
            batch = pa.ipc.open_file(source).get_batch(0)
        batch.validate()
        return unlisted(batch, batch.schema.metadata[_KEY], lazily=True, folder=Path(path).parent)
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise TraceReadError(
            f"is no trace shared by this version of Lanescope: {error}",
            where=str(path),
            remedy="Open the trace file itself again.",
        ) from error


def unlisted(batch: Any, described_as: bytes, *, lazily: bool = False, folder: Path | None = None) -> Trace:
    """The trace of a record batch and a header that `listed` made, its columns those of the batch.

    With ``lazily`` names are decoded one by one when they are asked for: of a batch that is known to be sound. The file
    of columns that lie beside it is looked for in ``folder``, and nowhere without one.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        They are something else.
    """
    header = json.loads(described_as)
    if header["version"] != _VERSION:
        raise ValueError(f"version {header['version']}")
    size = int(header["size"])
    beside: dict[str, Array] = {}
    if folder is not None:
        beside = open_columns(folder / Path(header["file"]).name, header["beside"], size)
    held = set(batch.schema.names)
    args = None
    if "args.data" in held:
        args = TextColumn(_values(batch, "args.offsets"), _values(batch, "args.data").data)
    return Trace(
        {name: beside[name] if name in beside else _filled(_values(batch, name), size) for name in COLUMNS},
        names=_lazy_names(batch["names"].values) if lazily else _names(batch["names"].values),
        tracks=tracks_of(header),
        edges=Edges(*(_values(batch, _place(Edges, field.name)) for field in fields(Edges))),
        counters=Counters(*(_values(batch, _place(Counters, field.name)) for field in fields(Counters))),
        stats=stats_of(header),
        meta=header["meta"],
        args=args,
    )


def _places(trace: Trace, columns: ColumnFile) -> dict[str, int]:
    """Where columns lie in a file; without those that do not."""
    found = {name: columns.place(trace[name]) for name in COLUMNS}
    return {name: place for name, place in found.items() if place is not None}


def _place(table: Edges | Counters | type[Edges] | type[Counters], field: str) -> str:
    kind = table if isinstance(table, type) else type(table)
    return f"{kind.__name__.lower()}.{field}"


def _once(column: Array) -> Array:
    """A column that holds one value as that value alone."""
    return column[:1] if column.strides == (0,) else column


def _filled(values: Array, size: int) -> Array:
    return np.broadcast_to(values, (size,)) if len(values) == 1 else values


def _texts(texts: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array([text.encode("utf-8", "surrogatepass") for text in texts], pa.large_binary())


def _names(values: Any) -> list[str]:
    return [text.decode("utf-8", "surrogatepass") for text in values.to_pylist()]


def _lazy_names(values: Any) -> Sequence[str]:
    if not len(values):
        return ()
    _, offsets, data = values.buffers()
    return LazyTexts(np.frombuffer(offsets, np.int64, len(values) + 1, 8 * values.offset), memoryview(data or b""))


def _list(values: Any) -> Any:
    """All values as the one row of an Arrow list; arrays that lie in one piece are not copied."""
    import pyarrow as pa

    array = pa.array(values)
    return pa.LargeListArray.from_arrays(pa.array([0, len(array)], pa.int64()), array)


def _values(batch: Any, name: str) -> Array:
    values: Array = batch[name].values.to_numpy(zero_copy_only=True)
    return values
