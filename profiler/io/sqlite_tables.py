"""Ordinary tables of a SQLite file, read as columns.

Views, virtual tables and tables with computed columns are refused, since reading them would run what they hold.
Indexes are not used: they decide the order of rows, and may hold something else than the table.
"""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.files import require_file
from profiler.io.sqlite_open import LONGEST_TEXT, MAGIC, Budget, connected
from profiler.io.watch import current
from profiler.trace.schema import LATEST_NS, MISSING, NO_TIME
from profiler.trace.tables import Trace

Ints = npt.NDArray[np.int64]

Value = TypeVar("Value")

_ROWS, _CHUNK = 1 << 13, 1 << 8
#: Bytes of one row of events; tables of texts may hold whole files.
_LONGEST_ROW = 1 << 20


class Database:
    """The tables of one file.

    Attributes
    ----------
    tables : dict
        Table name to the names of its columns; only ordinary tables.
    """

    def __init__(self, connection: sqlite3.Connection, budget: Budget, path: Path) -> None:
        self._connection = connection
        self._budget = budget
        self._path = path
        self._refused: dict[str, str] = {}
        #: Of tables that were read to their end.
        self._counts: dict[str, int] = {}
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
        if table not in self or table in self._counts:
            return self._counts.get(table, 0)
        # count(*) is one instruction, which no limit ends.
        return int(self._select(table, ["sum(1)"], LONGEST_TEXT).fetchone()[0] or 0)

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Rows of some columns, separated by spaces; nothing where the table or one of them is absent."""
        wanted = columns.split()
        if table not in self or not set(wanted) <= set(self.tables[table]):
            return []
        found = []
        for row in self._select(table, map(_quoted, wanted), LONGEST_TEXT):
            self._budget.take(sum(len(value) for value in row if isinstance(value, bytes)))
            found.append(row)
        return found

    def blocks(self, table: str, columns: Mapping[str, int]) -> Iterator[dict[str, Ints]]:
        """Columns of whole numbers, some thousand rows at a time, in the order of the table.

        Parameters
        ----------
        table : str
        columns : mapping
            Name to the value that stands for null, and for the whole column where the table lacks it.
        """
        for block, _ in self.blocks_with(table, columns, (), _nothing):
            yield block

    def blocks_with(
        self, table: str, columns: Mapping[str, int], rest: Sequence[str], make: Callable[[tuple[Any, ...]], Value]
    ) -> Iterator[tuple[dict[str, Ints], list[Value]]]:
        """As `blocks`, and beside each block what ``make`` makes of the values of further columns, row by row.

        A column of ``rest`` that the table lacks is ``None`` throughout. Values may be of any type.
        """
        if table not in self:
            return
        known = set(self.tables[table])
        read = [name for name in columns if name in known]
        none_of_rest = known.isdisjoint(rest)
        # What the table has no column for is made once, not row by row.
        nothing = [make((None,) * len(rest))] if none_of_rest and rest else []
        kept = () if none_of_rest else rest
        selected = [_quoted(name) for name in read] + [_quoted(name) if name in known else "NULL" for name in kept]
        cursor = self._select(table, selected or ["1"], _LONGEST_ROW)
        filled, beside, size, total = {name: array("q") for name in read}, list[Value](), 0, 0
        while True:
            # Some rows at a time, so that no more than these are in memory before what is no number is found.
            rows = cursor.fetchmany(_CHUNK)
            current().step()
            for name, values in zip(read, zip(*rows, strict=True), strict=False):
                self._fill(table, name, filled[name], values, columns[name])
            beside += [make(row[len(read) :]) for row in rows] if kept else nothing * len(rows)
            size += len(rows)
            if size and (size >= _ROWS or not rows):
                yield (
                    {
                        name: np.frombuffer(filled[name], np.int64)
                        if name in filled
                        else np.full(size, missing, np.int64)
                        for name, missing in columns.items()
                    },
                    beside,
                )
                filled, beside, size, total = {name: array("q") for name in read}, [], 0, total + size
            if not rows:
                self._counts[table] = total
                return

    def _select(self, table: str, expressions: Iterable[str], longest: int) -> sqlite3.Cursor:
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
        return self._connection.execute(f"SELECT {', '.join(expressions)} FROM {_quoted(table)} NOT INDEXED")

    def _take_table(self, name: str) -> None:
        columns = self._connection.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        if any(column[6] for column in columns):
            self._refused[name] = "a table with computed columns"
        else:
            self.tables[name] = [str(column[1]) for column in columns]

    def _fill(self, table: str, name: str, column: array[int], values: tuple[Any, ...], missing: int) -> None:
        """Add values to a column. An array of machine words takes whole numbers of 64 bits and nothing else."""
        size = len(column)
        try:
            column.extend(values)
            return
        except (TypeError, OverflowError):
            del column[size:]
        try:
            column.extend([missing if value is None else value for value in values])
        except (TypeError, OverflowError) as error:
            raise TraceReadError(
                f"its {table}.{name} holds something other than whole numbers",
                where=str(self._path),
                remedy="Export the report again.",
            ) from error


@contextmanager
def opened_database(path: Path) -> Iterator[Database]:
    """The tables of a file; what SQLite says against it becomes a `TraceReadError`."""
    with connected(path) as (connection, budget):
        yield Database(connection, budget, path)


def has_tables(head: bytes, path: Path, tell: Callable[[Mapping[str, object]], bool]) -> bool:
    """Whether a file that starts with ``head`` is a SQLite database with tables by which ``tell`` knows its format.

    One that cannot be opened may be: whoever reads it then says what is wrong with it.
    """
    if not head.startswith(MAGIC):
        return False
    try:
        with opened_database(path) as database:
            return tell(database.tables)
    except TraceReadError:
        return True


def read_database(path: str | os.PathLike[str], read: Callable[[Database], Trace], remedy: str) -> Trace:
    """What ``read`` makes of the tables of a file.

    Parameters
    ----------
    path : path
    read : callable
    remedy : str
        What to do about tables that hold something unexpected.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is no database, is damaged, or ``read`` could make nothing of it.
    """
    found = require_file(path)
    try:
        with opened_database(found) as database:
            return read(database)
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise TraceReadError(
            f"its tables hold something unexpected: {error}", where=str(path), remedy=remedy
        ) from error


def durations(start: Ints, end: Ints) -> Ints:
    """``end`` - ``start``; -1 where either is `NO_TIME`.

    Raises
    ------
    TraceReadError
        A time is too large to be one.
    """
    given = (end != NO_TIME) & (start != NO_TIME)
    for times in (start[given], end[given]):
        if len(times) and (int(times.min()) < -LATEST_NS or int(times.max()) > LATEST_NS):
            raise TraceReadError("a time in it is beyond 2^62 nanoseconds", remedy="Export the report again.")
    return np.where(given, np.where(given, end, 0) - np.where(given, start, 0), MISSING)


def _nothing(_: tuple[Any, ...]) -> None:
    """What `Database.blocks` wants beside its columns."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
