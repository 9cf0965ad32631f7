"""Ordinary tables of a SQLite file, read as columns, from a file that need not be trusted.

The file is opened read-only and as unchanging, so that nothing is written beside it; no function in its schema is
run; views, virtual tables and tables with computed columns are refused, since reading them would run what they hold.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.watch import current

Ints = npt.NDArray[np.int64]

MAGIC = b"SQLite format 3\x00"
_ROWS = 1 << 16
#: Longest text or blob in one cell.
_CELL_BYTES = 1 << 26
_WAL_FORMAT = 2
#: Times and their differences stay inside int64.
_LATEST = 2**62


class Database:
    """The tables of one file.

    Attributes
    ----------
    tables : dict
        Table name to the names of its columns; only ordinary tables.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._refused: dict[str, str] = {}
        self.tables: dict[str, list[str]] = {}
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
            if kind == "view":
                self._refused[name] = "a view"
            elif kind == "table" and str(sql or "").lstrip().upper().startswith("CREATE VIRTUAL"):
                self._refused[name] = "a virtual table"
            elif kind == "table":
                self._take_table(name)

    def __contains__(self, table: str) -> bool:
        """Whether there is such a table; one that is refused raises, for it would be read as if it were absent."""
        if table in self._refused:
            raise TraceReadError(
                f"its {table} is {self._refused[table]}, not an ordinary table",
                where=str(self._path),
                remedy="Export the report again.",
            )
        return table in self.tables

    def count(self, table: str) -> int:
        """Rows of a table; 0 if there is none."""
        return (
            int(self._connection.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0])
            if table in self
            else 0
        )

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Rows of some columns, separated by spaces; nothing where the table or one of them is absent."""
        wanted = columns.split()
        if table not in self or not set(wanted) <= set(self.tables[table]):
            return []
        return self._connection.execute(f"SELECT {', '.join(map(_quoted, wanted))} FROM {_quoted(table)}").fetchall()

    def blocks(self, table: str, columns: Mapping[str, int]) -> Iterator[dict[str, Ints]]:
        """Columns of whole numbers, some ten thousand rows at a time, in the order of the table.

        Parameters
        ----------
        table : str
        columns : mapping
            Name to the value that stands for null, and for the whole column where the table lacks it.
        """
        for block, _ in self.blocks_with_text(table, columns, ""):
            yield block

    def blocks_with_text(
        self, table: str, columns: Mapping[str, int], text: str
    ) -> Iterator[tuple[dict[str, Ints], tuple[Any, ...]]]:
        """As `blocks`, and beside each block one column that holds anything; all ``None`` where the table lacks it."""
        if table not in self:
            return
        known = set(self.tables[table])
        selected = [
            f"coalesce({_quoted(name)}, {int(missing)})" if name in known else str(int(missing))
            for name, missing in columns.items()
        ]
        selected.append(_quoted(text) if text in known else "NULL")
        cursor = self._connection.execute(f"SELECT {', '.join(selected)} FROM {_quoted(table)}")
        while rows := cursor.fetchmany(_ROWS):
            current().step()
            *numbers, texts = zip(*rows, strict=True)
            whole = {name: self._whole(table, name, values) for name, values in zip(columns, numbers, strict=True)}
            yield whole, texts

    def _take_table(self, name: str) -> None:
        columns = self._connection.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        if any(column[6] for column in columns):
            self._refused[name] = "a table with computed columns"
        else:
            self.tables[name] = [str(column[1]) for column in columns]

    def _whole(self, table: str, name: str, values: tuple[Any, ...]) -> Ints:
        try:
            found = np.array(values)
        except (ValueError, OverflowError):
            found = np.empty(0)
        if found.dtype.kind != "i" or found.shape != (len(values),):
            raise TraceReadError(
                f"its {table}.{name} holds something other than whole numbers",
                where=str(self._path),
                remedy="Export the report again.",
            )
        return found.astype(np.int64)


@contextmanager
def opened_database(path: Path) -> Iterator[Database]:
    """The tables of a file; what SQLite says against it becomes a `TraceReadError`."""
    _refuse_open_log(path)
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _CELL_BYTES)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            yield Database(connection, path)
    except sqlite3.Error as error:
        raise TraceReadError(
            f"its database cannot be read: {error}", where=str(path), remedy="Copy or export the report again."
        ) from error


def durations(start: Ints, end: Ints, missing_end: int) -> Ints:
    """``end`` - ``start``; -1 where there is no end.

    Raises
    ------
    TraceReadError
        A time is too large to be one.
    """
    given = end != missing_end
    if bool((np.abs(start) > _LATEST).any()) or bool((np.abs(end[given]) > _LATEST).any()):
        raise TraceReadError("a time in it is beyond 2^62 nanoseconds", remedy="Export the report again.")
    return np.where(given, end - start, -1)


def _refuse_open_log(path: Path) -> None:
    """Refuse a database whose last writes lie in a log beside it: without them it is a part of the report."""
    with path.open("rb") as file:
        header = file.read(20)
    log = path.with_name(f"{path.name}-wal")
    if len(header) == 20 and header[18] == _WAL_FORMAT and log.is_file() and log.stat().st_size:
        raise TraceReadError(
            f"was not closed: {log.name} beside it holds its last writes",
            where=str(path),
            remedy=f"Close the program that writes it, or run: sqlite3 {path.name} 'PRAGMA wal_checkpoint(TRUNCATE)'",
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
