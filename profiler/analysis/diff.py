"""What changed between two traces, operation by operation.

Operations are matched by what they are, not by when or where they ran: category, name, and, where the trace has them,
request and chunk; of several alike the first to start in one trace is matched to the first in the other. Stream and
device numbers do not count, so that a plan laid over other streams is still the same work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.analysis.renames import Operations, renamed
from profiler.trace.schema import DEVICE_CATEGORIES, Category
from profiler.trace.select import of_category
from profiler.trace.tables import Trace

Rows = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

#: Everything that a trace can hold beside device work.
HOST_CATEGORIES = (Category.RUNTIME, Category.DRIVER, Category.SYNC, Category.OVERHEAD, Category.MARKER)


@dataclass(frozen=True, slots=True)
class DiffRow:
    """All operations of one name and category.

    Attributes
    ----------
    a_count, b_count, matched : int
        Operations in each trace, and how many of them were matched to one in the other.
    a_ns, b_ns : int
        Sums of durations; 0 where the trace has none.
    change : str
        ``same``, ``changed`` (a duration or the number differs), ``added``, ``removed`` or ``renamed``.
    other_name : str or None
        For ``renamed``: the name in the other trace.
    """

    name: str
    category: Category
    a_count: int
    b_count: int
    matched: int
    a_ns: int
    b_ns: int
    change: str
    other_name: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The row as ``diff --json`` has it."""
        return {
            "name": self.name,
            "category": self.category.name.lower(),
            "a_ns": self.a_ns,
            "b_ns": self.b_ns,
            "delta_ns": self.b_ns - self.a_ns,
            "a_count": self.a_count,
            "b_count": self.b_count,
            "matched": self.matched,
            "change": self.change,
            "other_name": self.other_name,
        }


@dataclass(frozen=True)
class Diff:
    """Two traces compared.

    Attributes
    ----------
    matched, only_a, only_b : int
        Operations with a counterpart, and those without, in each trace.
    rows : tuple of DiffRow
        One for each name and category, by the size of the difference of their sums.
    a_rows, b_rows : int64 arrays
        Rows of the matched operations in each trace, counterparts beside each other.
    """

    matched: int
    only_a: int
    only_b: int
    rows: tuple[DiffRow, ...]
    a_rows: Rows
    b_rows: Rows

    def to_json(self) -> dict[str, Any]:
        """The result of ``diff --json``."""
        return {
            "matched": self.matched,
            "only_a": self.only_a,
            "only_b": self.only_b,
            "rows": [row.to_json() for row in self.rows],
        }


def diff(a: Trace, b: Trace, *, categories: Iterable[Category] = DEVICE_CATEGORIES) -> Diff:
    """Match the operations of two traces.

    Parameters
    ----------
    a, b : Trace
    categories : iterable of Category
        What is compared; device work by default. Records that never completed are in no figure.
    """
    wanted = tuple(categories)
    rows_a, rows_b = of_category(a, *wanted), of_category(b, *wanted)
    group_a, group_b, labels = _groups(a, rows_a, b, rows_b)
    order_a, order_b = _by_start(a, rows_a), _by_start(b, rows_b)
    rows_a, group_a = rows_a[order_a], group_a[order_a]
    rows_b, group_b = rows_b[order_b], group_b[order_b]
    at_a, at_b = _matched(_keys(a, rows_a, group_a, b, rows_b, group_b), len(rows_a))
    size = len(labels)
    pairs = renamed(
        Operations(group_a, at_a, _places(a, rows_a), size), Operations(group_b, at_b, _places(b, rows_b), size)
    )
    rows = _rows(labels, (a, rows_a, group_a), (b, rows_b, group_b), at_a, at_b, pairs)
    return Diff(len(at_a), len(rows_a) - len(at_a), len(rows_b) - len(at_b), tuple(rows), rows_a[at_a], rows_b[at_b])


def _groups(a: Trace, rows_a: Rows, b: Trace, rows_b: Rows) -> tuple[Rows, Rows, list[tuple[Category, str]]]:
    """A number for each (category, name), the same in both traces, and what it stands for."""
    numbers: dict[tuple[Category, str], int] = {}
    found = []
    for trace, rows in ((a, rows_a), (b, rows_b)):
        pairs = trace.category[rows].astype(np.int64) << 32 | trace["name"][rows].astype(np.int64)
        values, inverse = np.unique(pairs, return_inverse=True)
        labels = [(Category(pair >> 32), trace.names[pair & 0xFFFFFFFF]) for pair in values.tolist()]
        codes = np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64)
        found.append(codes[inverse] if len(codes) else np.empty(0, np.int64))
    return found[0], found[1], list(numbers)


def _by_start(trace: Trace, rows: Rows) -> Rows:
    """Order by start; operations that start at once stand longest first, then as in the file."""
    order: Rows = np.lexsort((-trace.dur[rows], trace.ts[rows]))
    return order


def _keys(a: Trace, rows_a: Rows, group_a: Rows, b: Trace, rows_b: Rows, group_b: Rows) -> Rows:
    """One number for each distinct (group, request, chunk), for the operations of A and then of B."""
    keys = np.concatenate((group_a, group_b))
    for name in ("request", "chunk"):
        column = np.concatenate((a[name][rows_a], b[name][rows_b]))
        if _known(a, name, rows_a) and _known(b, name, rows_b):
            _, codes = np.unique(column, return_inverse=True)
            _, keys = np.unique(keys * (int(codes.max()) + 1) + codes, return_inverse=True)
    return keys


def _known(trace: Trace, name: str, rows: Rows) -> bool:
    """Whether any operation says its request (or chunk): one trace that does not cannot be matched by it."""
    return bool((trace[name][rows] >= 0).any())


def _matched(keys: Rows, size_a: int) -> tuple[Rows, Rows]:
    """Places in A and in B of the operations that are the n-th of one key in both."""
    turn = _turns(keys[:size_a]), _turns(keys[size_a:])
    most = max((int(turns.max()) + 1 for turns in turn if len(turns)), default=1)
    joint_a, joint_b = keys[:size_a] * most + turn[0], keys[size_a:] * most + turn[1]
    _, at_a, at_b = np.intersect1d(joint_a, joint_b, assume_unique=True, return_indices=True)
    order = np.argsort(at_a)
    return at_a[order], at_b[order]


def _turns(keys: Rows) -> Rows:
    """For each key how many equal ones stand before it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1)) if len(keys) else np.empty(0, np.int64)
    turns = np.empty(len(keys), np.int64)
    turns[order] = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
    return turns


def _places(trace: Trace, rows: Rows) -> Rows:
    """A number for where each operation ran: work of one place keeps its order when lengths change."""
    codes = np.zeros(len(rows), np.int64)
    for name in ("pid", "device", "stream", "track"):
        _, found = np.unique(trace[name][rows], return_inverse=True)
        _, codes = np.unique(codes * (int(found.max(initial=0)) + 1) + found, return_inverse=True)
    return codes


_Side = tuple[Trace, Rows, Rows]


def _rows(
    labels: Sequence[tuple[Category, str]], a: _Side, b: _Side, at_a: Rows, at_b: Rows, pairs: dict[int, int]
) -> list[DiffRow]:
    size = len(labels)
    count_a, sum_a = _totals(a, size)
    count_b, sum_b = _totals(b, size)
    matched = np.bincount(a[2][at_a], minlength=size)
    moved = a[0].dur[a[1][at_a]] != b[0].dur[b[1][at_b]]
    differing = np.bincount(a[2][at_a][moved], minlength=size)
    other = {**pairs, **{new: old for old, new in pairs.items()}}
    found = []
    for number, (category, name) in enumerate(labels):
        counts = int(count_a[number]), int(count_b[number])
        twin = other.get(number)
        change = "renamed" if twin is not None else _change(*counts, int(matched[number]), int(differing[number]))
        found.append(
            DiffRow(
                name, category, *counts, int(matched[number]), int(sum_a[number]), int(sum_b[number]), change,
                labels[twin][1] if twin is not None else None,
            )
        )  # fmt: skip
    found.sort(key=lambda row: (-abs(row.b_ns - row.a_ns), row.category, row.name))
    return found


def _totals(side: _Side, size: int) -> tuple[Rows, Rows]:
    """Number and exact sum of durations of each group."""
    trace, rows, group = side
    sums = np.zeros(size, np.int64)
    np.add.at(sums, group, trace.dur[rows])
    return np.bincount(group, minlength=size), sums


def _change(a_count: int, b_count: int, matched: int, differing: int) -> str:
    if not a_count or not b_count:
        return "removed" if a_count else "added"
    return "same" if a_count == b_count == matched and not differing else "changed"
