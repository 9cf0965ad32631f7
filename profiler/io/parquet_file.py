"""An opened native file: its footer checked, and columns, row groups and parts read from it when asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io import parquet_seal
from profiler.io.ahead import ahead
from profiler.io.described import check_numbers, stats_of, tracks_of
from profiler.io.files import opened, require_file
from profiler.io.parquet_columns import TEXTS, WORDS, whole_numbers
from profiler.io.parquet_parts import read_part
from profiler.io.parquet_size import AGAIN, LOOK_AT_A_PART, bytes_of, check_size
from profiler.io.parquet_tables import counters_of, edges_of, names_of, ranges_of
from profiler.io.sound_meta import sound
from profiler.io.watch import current
from profiler.trace.schema import COLUMNS, Category, Severity
from profiler.trace.tables import Stats, TextColumn, Trace
from profiler.trace.whole import Part, Whole

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

VERSION = 2
_LARGEST = 2**31 - 1
#: Row groups read at once: their unpacked columns are used before the memory they lie in is needed for the next.
_AT_ONCE = 8
#: What a header or a column of the wrong kind leads to.
_BROKEN = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError)
#: Characters of Arrow's own message that are passed on.
_SHOWN = 300


@contextmanager
def native_file(path: str | os.PathLike[str]) -> Iterator[NativeFile]:
    """A native file opened for reading. Whatever goes wrong with it inside the block becomes a `TraceReadError`.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is damaged, or no trace of Lanescope.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = require_file(path)
    limits = {"thrift_string_size_limit": _LARGEST, "thrift_container_size_limit": _LARGEST}
    # Without the checksums a flipped bit may well decode, to other numbers.
    options = {**limits, "page_checksum_verification": True}
    try:
        with opened(found) as raw:
            footer, sealed = parquet_seal.check(raw)
            with pq.ParquetFile(pa.BufferReader(parquet_seal.alone(footer)), **limits) as decoded:
                metadata = decoded.metadata
            with pq.ParquetFile(found, metadata=metadata, **options) as file:
                yield NativeFile(raw, file, sealed=sealed)
    except (pa.ArrowException, OSError, *_BROKEN) as error:
        what = f"is not a readable Parquet trace: {str(error)[:_SHOWN]}"
        raise TraceReadError(what, where=str(path), remedy=AGAIN) from error
    except MemoryError as error:
        raise TraceReadError("does not fit into memory", where=str(path), remedy=LOOK_AT_A_PART) from error
    except TraceReadError as error:
        if error.where is not None:
            raise
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy or AGAIN) from error


class NativeFile:
    """What is in a native file. Made by `native_file`.

    Parameters
    ----------
    raw : binary file
        For the parts.
    file : pyarrow.parquet.ParquetFile
    sealed : bool
        Whether the footer is the one that Lanescope wrote. Another program's keeps the metadata at best: then what it
        says of places and of the whole may be out of date, and is not believed.
    """

    def __init__(self, raw: BinaryIO, file: Any, *, sealed: bool) -> None:
        self._raw = raw
        self._file = file
        self.sealed = sealed
        self._lost: dict[str, int] = {}
        metadata = file.metadata.metadata or {}
        if b"lanescope" not in metadata:
            raise TraceReadError(
                "is a Parquet file, but not a trace of Lanescope", remedy="Name a file that lanescope wrote."
            )
        self.header: dict[str, Any] = json.loads(metadata[b"lanescope"])
        if self.header["version"] > VERSION:
            raise TraceReadError(
                f"was written by a newer Lanescope (format {self.header['version']})", remedy="Update Lanescope."
            )
        if self.header["version"] < VERSION:
            raise TraceReadError("was written by a Lanescope from before its first release", remedy=AGAIN)
        if not isinstance(self.header["meta"], dict):
            raise TraceReadError("has metadata that is no table")
        self.header["meta"], self._lost["metadata"] = sound(self.header["meta"])

    @property
    def rows(self) -> int:
        """Rows of the event table."""
        return int(self._file.metadata.num_rows)

    @property
    def groups(self) -> int:
        """Row groups of the event table."""
        return int(self._file.metadata.num_row_groups)

    def group_rows(self, group: int) -> int:
        """Rows of one group."""
        return int(self._file.metadata.row_group(group).num_rows)

    @property
    def columns(self) -> list[str]:
        """Columns of the event table."""
        return list(self._file.schema_arrow.names)

    @cached_property
    def whole(self) -> Whole:
        """What was noted of the whole trace; its counts are those of the rows."""
        whole = Whole.from_json(self.header["whole"])
        lengths = (len(whole.categories), len(Category)), (len(whole.tracks), len(self.header["tracks"]))
        sums = [*whole.categories, *whole.tracks]
        if any(length != wanted for length, wanted in lengths) or not _are_counts([whole.events, *sums]):
            raise ValueError("what is noted of the whole trace does not fit it")
        if not whole.events == self.rows == sum(whole.categories) == sum(whole.tracks):
            raise ValueError("what is noted of the whole trace does not add up to its rows")
        return whole

    def constants(self, wanted: Sequence[str]) -> dict[str, Array]:
        """Columns of whole numbers that hold one value, taken from the file's statistics and not read.

        None of a footer that is not sealed: one that says of a column what cannot be ends the process when asked of it.
        """
        metadata = self._file.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        told = set(self.header["constants"]) & set(wanted) - set(TEXTS) - set(WORDS)
        if not self.sealed:
            return {}
        found: dict[str, Array] = {}
        for number in range(metadata.num_columns if groups else 0):
            name = metadata.schema.column(number).path
            if name not in told or name not in COLUMNS:
                continue
            statistics = [group.column(number).statistics for group in groups]
            if any(one is None or not one.has_min_max or one.null_count for one in statistics):
                continue
            values = {value for one in statistics for value in (one.min, one.max)}
            if len(values) == 1 and isinstance(value := values.pop(), int):
                found[name] = np.broadcast_to(np.array(value, COLUMNS[name][0]), (metadata.num_rows,))
        return found

    def table(self, columns: Sequence[str], groups: Sequence[int] | None = None) -> Any:
        """Columns of all or some row groups as an Arrow table; raises as `tables` does."""
        import pyarrow as pa

        return pa.concat_tables(list(self.tables(columns, groups)))

    def tables(self, columns: Sequence[str], groups: Sequence[int] | None = None) -> Iterator[Any]:
        """The same a few row groups at a time, of which the next are unpacked while their user works on the last.

        Raises
        ------
        TraceReadError
            They would not fit into memory, or grow as no trace does.
        Cancelled
            Whoever waits for them does not want them any more.
        """
        chosen = list(range(self.groups) if groups is None else groups)
        watch, size = current(), self._raw.seek(0, 2)
        check_size(bytes_of(self._file.metadata, columns, chosen, sealed=self.sealed), size)
        parts = [chosen[first : first + _AT_ONCE] for first in range(0, max(len(chosen), 1), _AT_ONCE)]
        watch.step(0, size)
        with closing(ahead(self._file.read_row_groups(part, columns=list(columns)) for part in parts)) as tables:
            for done, table in enumerate(tables, 1):
                yield table
                watch.step(size * done // len(parts), size)

    def place(self) -> Int64 | None:
        """Row of the trace for each row of the file; ``None`` where they are the same, or not known any more."""
        if "row" not in self.columns:
            return None
        rows = whole_numbers(self.table(["row"])["row"], np.int64, -1)
        seen = np.zeros(len(rows), np.bool_)
        if not len(rows) or (int(rows.min()) >= 0 and int(rows.max()) < len(rows)):
            seen[rows] = True
        if seen.all():
            return rows
        if self.sealed:
            raise TraceReadError("is damaged: its rows do not say where they belong")
        return None

    def stats(self) -> Stats:
        """What an import lost or repaired, and what of the file could not be read so far."""
        stats = stats_of(self.header)
        for name, count in self._lost.items():
            stats.add(f"{name}_lost", Severity.DATA_LOSS, count)
        return stats

    def names(self) -> dict[str, int]:
        """The trace's names to their numbers; none where another program lost them: the rows have them too."""
        table = self._part("names")
        return {} if table is None else {name: number for number, name in enumerate(dict.fromkeys(names_of(table)))}

    def ranges(self) -> dict[str, tuple[int, int]]:
        """First start and last end of the ranges of each name."""
        table = self._part("names")
        return {} if table is None else ranges_of(table)

    def group_times(self) -> dict[str, Int64] | None:
        """``first_ts``, ``last_ts`` and ``last_end`` of each row group; ``None`` where the file does not say."""
        table = self._part("groups")
        if table is None:
            return None
        times = {name: table[name].to_numpy() for name in ("first_ts", "last_ts", "last_end")}
        if any(values.dtype != np.int64 or len(values) != self.groups for values in times.values()):
            raise ValueError("what is said of the row groups does not fit them")
        return times

    def trace(
        self,
        columns: dict[str, Array],
        size: int,
        texts: dict[str, int],
        *,
        args: TextColumn | None = None,
        part: Part | None = None,
    ) -> Trace:
        """A trace of the given columns; a part of the file's has neither edges nor counters."""
        columns.setdefault("ts", np.zeros(size, np.int64))
        edges = self._part("edges") if part is None else None
        counters = self._part("counters") if part is None else None
        trace = Trace(
            columns,
            names=list(texts) or [""],
            tracks=tracks_of(self.header),
            edges=None if edges is None else edges_of(edges),
            counters=None if counters is None else counters_of(counters),
            stats=self.stats(),
            meta=self.header["meta"],
            args=args,
            part=part,
        )
        check_numbers(trace)
        return trace

    def _part(self, name: str) -> Any:
        """A part of the file, or ``None`` where it has none or another program did not keep it."""
        place = self.header["parts"].get(name)
        if place is None:
            return None
        try:
            return read_part(self._raw, place)
        except TraceReadError:
            if self.sealed:
                raise
            if name in ("edges", "counters"):
                self._lost[name] = int(place["rows"])
            return None


def _are_counts(numbers: list[int]) -> bool:
    return all(type(number) is int and number >= 0 for number in numbers)
