"""Write a trace as ``nsys export --type sqlite`` does, with tables of our own beside those of Nsight Systems."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from importlib.resources import files
from typing import Any

import numpy as np

from profiler.errors import OutputError
from profiler.io.files import written_path
from profiler.io.nsys_about import about
from profiler.io.nsys_own import own_tables
from profiler.io.nsys_tables import Column, Rows, Texts, slices
from profiler.trace.schema import MISSING
from profiler.trace.tables import Trace

_ROWS = 1 << 14


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace; the file is complete or absent.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    with written_path(path) as beside:
        try:
            with closing(sqlite3.connect(beside, isolation_level=None)) as connection:
                # The file is renamed when it is whole, so that nothing in it need be undone.
                connection.execute("PRAGMA journal_mode = OFF")
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("BEGIN")
                _fill(connection, trace)
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise OutputError(
                f"cannot be written: {error}", where=str(path), remedy="Name another place to write to."
            ) from error


def _fill(connection: sqlite3.Connection, trace: Trace) -> None:
    for statement in (files("profiler.io") / "nsys_schema.sql").read_text(encoding="utf-8").split(";\n"):
        connection.execute(statement)
    texts = Texts(trace.names)
    nsight_row = np.full(len(trace), MISSING, np.int64)
    counts = {}
    for rows in slices(trace, texts):
        nsight_row[rows.slices] = np.arange(1, len(rows.slices) + 1)
        counts[rows.table] = _insert(connection, rows)
    for rows in about(trace, texts):
        _insert(connection, rows)
    for rows in own_tables(trace, nsight_row, counts):
        connection.execute(f"CREATE TABLE {rows.table} ({', '.join(map(_quoted, rows.columns))})")
        _insert(connection, rows)
    _insert(connection, Rows("StringIds", {"id": np.arange(1, len(texts.texts) + 1), "value": texts.texts}))


def _insert(connection: sqlite3.Connection, rows: Rows) -> int:
    """Insert the rows of a table; how many there are. A value for all rows stands in the statement."""
    varied = {name: column for name, column in rows.columns.items() if not isinstance(column, int | str | None)}
    size = min((len(column) for column in varied.values()), default=0)
    constants = {name: column for name, column in rows.columns.items() if name not in varied}
    named = ", ".join(map(_quoted, (*varied, *constants)))
    values = ", ".join((*("?" * len(varied)), *map(_literal, constants.values())))
    statement = f"INSERT INTO {rows.table} ({named}) VALUES ({values})"
    for first in range(0, size, _ROWS):
        parts = (_plain(column[first : first + _ROWS]) for column in varied.values())
        connection.executemany(statement, zip(*parts, strict=True))
    return size


def _plain(values: Any) -> Iterable[Any]:
    """Values as SQLite takes them; half a surrogate pair, which UTF-8 does not have, becomes a question mark."""
    if isinstance(values, np.ndarray):
        found: Sequence[Any] = values.tolist()
        return found
    return [v.encode("utf-8", "replace").decode() if isinstance(v, str) and not v.isascii() else v for v in values]


def _literal(value: Column) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return f'"{name}"'
