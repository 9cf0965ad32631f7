"""Slices of a device put together by stream, engine, request or name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from profiler.analysis.figures import Group
from profiler.analysis.grouped import Grouped, codes, grouped, halves_to_even
from profiler.analysis.intervals import Int64
from profiler.errors import UsageError
from profiler.trace.schema import MISSING, Category, Engine, MemcpyKind
from profiler.trace.tables import Trace

_Codes = tuple[Int64, list[str]]

_ENGINE_NAMES = ("compute", "htod", "dtoh", "copy", "other")


def groups_of(trace: Trace, rows: Int64, start: Int64, end: Int64, by: str) -> tuple[Group, ...]:
    """Groups of slices, longest sum first.

    Parameters
    ----------
    rows : int64 array
        Rows of the trace.
    start, end : int64 arrays
        Their times, clipped to the window asked for.
    by : str
        ``stream``, ``engine``, ``request`` or ``name``.

    Raises
    ------
    UsageError
        ``by`` is none of these.
    """
    if by not in GROUPINGS:
        raise UsageError(f"cannot group by {by!r}", where="--by", remedy=f"Choose from {', '.join(GROUPINGS)}.")
    if not len(rows):
        return ()
    code, keys = GROUPINGS[by](trace, rows)
    table = grouped(code, start, end)
    sizes = np.maximum(trace["size_bytes"][rows[table.order]], 0)
    shortest, median, longest = _lengths(table)
    figures = (
        table.sizes,
        np.add.reduceat(table.end - table.start, table.first),
        table.union_ns(),
        shortest,
        median,
        longest,
        np.add.reduceat(sizes, table.first),
    )
    columns = [figure.tolist() for figure in figures]
    found = [Group(key, *values) for key, *values in zip(keys, *columns, strict=True)]
    return tuple(sorted(found, key=lambda group: (-group.sum_ns, group.key)))


def _lengths(table: Grouped) -> tuple[Int64, Int64, Int64]:
    """Shortest, median (the mean of the middle two, a half to even) and longest slice of each group."""
    length = table.end - table.start
    length = length[np.lexsort((length, table.group))]
    last = table.sizes - 1
    middle = length[table.first + last // 2] + length[table.first + (last + 1) // 2]
    return length[table.first], halves_to_even(middle), length[table.first + last]


def _by_stream(trace: Trace, rows: Int64) -> _Codes:
    columns = [trace[name][rows] for name in ("pid", "context", "stream")]
    code, example = codes(*columns)
    shown = [column for column in columns[:2] if column.min() != column.max()] + columns[2:]
    return code, ["/".join(_number(column[place]) for column in shown) for place in example]


def _by_engine(trace: Trace, rows: Int64) -> _Codes:
    """By the engine the source names, else by what must have served the slice."""
    category, kind = trace.category[rows], trace["memcpy_kind"][rows]
    number = np.full(len(rows), len(_ENGINE_NAMES) - 1, np.int64)
    number[(category == Category.KERNEL) | (category == Category.STAGE)] = Engine.COMPUTE
    copy = category == Category.MEMCPY
    number[copy & (kind == MemcpyKind.HTOD)] = Engine.HTOD
    number[copy & (kind == MemcpyKind.DTOH)] = Engine.DTOH
    told = trace["engine"][rows]
    number = np.where(told == Engine.NONE, number, told)
    code, example = codes(number)
    return code, [_ENGINE_NAMES[number[place]] for place in example]


def _by_request(trace: Trace, rows: Int64) -> _Codes:
    column = trace["request"][rows]
    code, example = codes(column)
    return code, [_number(column[place]) for place in example]


def _by_name(trace: Trace, rows: Int64) -> _Codes:
    column = trace["name"][rows]
    code, example = codes(column)
    return code, [trace.names[column[place]] for place in example]


def _number(value: npt.NDArray[np.integer]) -> str:
    return "none" if value == MISSING else str(int(value))


#: What ``--by`` may say.
GROUPINGS: dict[str, Callable[[Trace, Int64], _Codes]] = {
    "stream": _by_stream,
    "engine": _by_engine,
    "request": _by_request,
    "name": _by_name,
}
