"""A trace as one CSV table, one row a slice, for spreadsheets and scripts. Written, never read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from profiler.io.csv_text import harmless
from profiler.io.files import written
from profiler.io.parquet_columns import args_to_arrow, stored_columns, to_arrow
from profiler.trace.schema import MISSING
from profiler.trace.tables import TextColumn, Trace

_ROWS = 1 << 16
#: Columns of the slice's track, beside its number.
_OF_TRACK = ("track_kind", "track_name", "tid")


def write(trace: Trace, path: str | os.PathLike[str], *, keep_text: bool = False) -> None:
    """Write the slices of a trace; the file is complete or absent. An unknown value, or a length never known, is empty.

    Parameters
    ----------
    trace : Trace
    path : path
    keep_text : bool
        Leave texts as they are. Otherwise a text that a spreadsheet would run as a formula gets an apostrophe before
        it, and control characters are written as escapes.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    from pyarrow import csv

    names = trace.names if keep_text else [harmless(name) for name in trace.names]
    tracks = _track_texts(trace, keep_text)
    options = csv.WriteOptions(quoting_style="needed")
    stored = stored_columns(trace)
    with written(path) as file:
        first_table = _table(trace, stored, 0, names, tracks, keep_text)
        with csv.CSVWriter(file, first_table.schema, write_options=options) as writer:
            writer.write_table(first_table)
            for first in range(_ROWS, len(trace), _ROWS):
                writer.write_table(_table(trace, stored, first, names, tracks, keep_text))


def header(trace: Trace) -> list[str]:
    """Names of the columns that `write` gives a trace."""
    stored = stored_columns(trace)
    place = stored.index("track") + 1
    return [*stored[:place], *_OF_TRACK, *stored[place:], *(("args",) if trace.args is not None else ())]


def _table(
    trace: Trace, stored: Sequence[str], first: int, names: Sequence[str], tracks: dict[str, Any], keep: bool
) -> Any:
    import pyarrow as pa

    last = min(len(trace), first + _ROWS)
    texts = pa.array(names, pa.string())
    found: dict[str, Any] = {}
    for name in stored:
        column = to_arrow(trace, name, slice(first, last), texts)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        elif name == "dur":
            lengths = np.asarray(trace.dur[first:last])
            column = pa.array(lengths, mask=lengths == MISSING)
        found[name] = column
        if name == "track":
            for key, values in tracks.items():
                found[key] = values.take(column)
    if trace.args is not None:
        found["args"] = _args(trace.args, first, last, keep)
    return pa.table({name: found[name] for name in header(trace)})


def _track_texts(trace: Trace, keep: bool) -> dict[str, Any]:
    import pyarrow as pa

    names = [track.name if keep else harmless(track.name) for track in trace.tracks]
    threads = [None if track.tid == MISSING else track.tid for track in trace.tracks]
    return {
        "track_kind": pa.array([track.kind.name.lower() for track in trace.tracks], pa.string()),
        "track_name": pa.array(names, pa.string()),
        "tid": pa.array(threads, pa.int64()),
    }


def _args(args: TextColumn, first: int, last: int, keep: bool) -> Any:
    import pyarrow as pa

    if keep or _plain(args, first, last):
        return args_to_arrow(args)[first:last]
    return pa.array([harmless(args[row]) or None for row in range(first, last)], pa.large_string())


def _plain(args: TextColumn, first: int, last: int) -> bool:
    """Whether every text of these rows is a JSON object in printable ASCII, of which nothing need be changed."""
    offsets = args.offsets[first : last + 1]
    data = np.frombuffer(args.data, np.uint8)[int(offsets[0]) : int(offsets[-1])]
    starts = (offsets[:-1] - offsets[0])[np.diff(offsets) > 0]
    printable = bool(((data >= 0x20) & (data < 0x7F)).all())
    return printable and bool((data[starts] == ord("{")).all())
