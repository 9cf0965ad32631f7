"""The rows of a large native file that touch a stretch of time, read without the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.files import HEAD_BYTES, opened, require_file, with_format
from profiler.io.parquet import sniff
from profiler.io.parquet_columns import from_arrow, whole_numbers
from profiler.io.parquet_file import NativeFile, native_file
from profiler.trace.schema import COLUMNS, MISSING, NO_TIME
from profiler.trace.tables import Trace
from profiler.trace.whole import Part

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

#: What no figure needs.
_UNUSED = ("source_category",)

#: Columns that only the file has, and what stands for null.
_OWN = {"row": MISSING, "call_ns": NO_TIME, "call_track": MISSING}


@contextmanager
def open_window_file(path: str | os.PathLike[str]) -> Iterator[WindowFile | None]:
    """A file of which stretches can be read; ``None`` where it must be read whole.

    That is a file of another format, a small one, one that another program rewrote, and a trace whose rows hang
    together over any distance: one that knows what waited for what.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is damaged.
    """
    found = require_file(path)
    with opened(found) as file:
        native = sniff(file.read(HEAD_BYTES), found)
    if not native:
        yield None
        return
    with native_file(path) as file:
        times = file.group_times() if _divisible(file) else None
        yield None if times is None else WindowFile(file, times)


def _divisible(file: NativeFile) -> bool:
    if not file.sealed or file.groups < 2 or file.header["meta"].get("complete"):
        return False
    whole = file.whole
    cut_off = any(name == "truncated" for name, *_ in file.header["stats"])
    return not (whole.waiting_edges or cut_off or any(device.stages for device in whole.devices))


class WindowFile:
    """A native file read by row groups. Made by `open_window_file`.

    Attributes
    ----------
    whole : Whole
        What is known of the whole trace.
    """

    def __init__(self, file: NativeFile, times: dict[str, Int64]) -> None:
        self._file = file
        self._first, self._last, self._end = (times[name] for name in ("first_ts", "last_ts", "last_end"))
        self.whole = file.whole
        self._texts: dict[str, int] = {}
        self._held: dict[int, dict[str, Array]] = {}

    @property
    def meta(self) -> dict[str, Any]:
        """Metadata of the trace."""
        meta: dict[str, Any] = self._file.header["meta"]
        return meta

    def ranges(self) -> dict[str, tuple[int, int]]:
        """First start and last end, ns, of the ranges of each name."""
        return self._file.ranges()

    def rows(self, first: int, last: int) -> Trace:
        """The part of the trace that touches ``[first, last)`` or ends where it begins, rows in their order."""
        groups = np.flatnonzero((self._first < last) & (self._end >= first)).tolist()
        self._read([group for group in groups if group not in self._held])
        parts = [_touching(self._held[group], first, last) for group in groups]
        columns = _joined(parts, self._columns)
        part = Part(self.whole, columns.pop("call_ns"), columns.pop("call_track"))
        columns.pop("row")
        trace = self._file.trace(columns, len(part.call_start), self._texts, part=part)
        return with_format(trace, "parquet")

    def before(self, first: int) -> int | None:
        """An earlier time that brings in the nearest rows before ``first``; ``None`` where there are none."""
        earlier = self._first[self._first < first]
        return int(earlier.max()) if len(earlier) else None

    def after(self, last: int) -> int | None:
        """A later time that brings in the nearest rows from ``last`` on; ``None`` where there are none."""
        later = self._last[self._last >= last]
        return int(later.min()) + 1 if len(later) else None

    @property
    def _columns(self) -> list[str]:
        wanted = {*COLUMNS, *_OWN} - set(_UNUSED)
        return [name for name in self._file.columns if name in wanted]

    def _read(self, groups: Sequence[int]) -> None:
        if not groups:
            return
        stored = self._columns
        table = self._file.table(stored, groups)
        columns = {name: self._values(table, name) for name in stored}
        at = 0
        for group in groups:
            rows = slice(at, at := at + self._file.group_rows(group))
            self._held[group] = {name: values[rows] for name, values in columns.items()}

    def _values(self, table: Any, name: str) -> Array:
        if name in _OWN:
            return whole_numbers(table[name], np.int64, int(_OWN[name]))
        return from_arrow(name, table[name], len(table), self._texts)


def _touching(columns: dict[str, Array], first: int, last: int) -> dict[str, Array]:
    ts, dur = columns["ts"], columns["dur"]
    touches = (ts < last) & (ts + np.maximum(dur, 0) >= first)
    return columns if touches.all() else {name: values[touches] for name, values in columns.items()}


def _joined(parts: Sequence[dict[str, Array]], names: Sequence[str]) -> dict[str, Array]:
    """All parts in the order of their rows, with the columns that only the file has."""
    found: dict[str, Array] = {}
    for name in names:
        dtype = np.int64 if name in _OWN else COLUMNS[name][0]
        found[name] = np.concatenate([np.empty(0, dtype), *(part[name] for part in parts)]).astype(dtype, copy=False)
    size = len(found["ts"])
    for name, missing in _OWN.items():
        found.setdefault(name, np.full(size, missing, np.int64))
    if "row" in names:
        order = np.argsort(found["row"], kind="stable")
        found = {name: values[order] for name, values in found.items()}
    return found
