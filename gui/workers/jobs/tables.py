"""Many slices as a table: by name in an area, all in an order, by their lengths."""

from __future__ import annotations

import msgspec

from gui.workers.jobs.job import MOST_ROWS, Job


class Area(Job, frozen=True):
    """Slices of some lanes that touch a stretch, put together by name; they are clipped to it.

    Attributes
    ----------
    lanes : tuple of int or None
        Numbers of `Timeline.lanes`; all where None.
    """

    task = "tables:area"

    trace: str
    timeline: str
    lanes: tuple[int, ...] | None
    start_ns: int
    end_ns: int
    most_rows: int = MOST_ROWS


class AreaRow(msgspec.Struct, frozen=True):
    """All slices of one name and category."""

    name: str
    category: str
    count: int
    sum_ns: int
    union_ns: int
    min_ns: int
    median_ns: int
    max_ns: int
    size_bytes: int
    first_row: int


class AreaTable(msgspec.Struct, frozen=True):
    """By name, longest sum first; slices that touch the stretch, and how long at least one of them runs.

    ``left_out``: names beyond the ``most_rows`` that were asked for.
    """

    rows: list[AreaRow]
    slices: int
    busy_ns: int
    left_out: int = 0


Area.result = AreaTable


class Sort(Job, frozen=True):
    """Rows of the trace that pass a filter, in an order.

    Attributes
    ----------
    column : str
        Any of `profiler.trace.schema.COLUMNS`, ``end``, or ``row``. Names, tracks and categories sort as words.
    text, regex : str, bool
        Of the name, as in `Search`; empty: all.
    categories : tuple of int or None
    lanes : tuple of int or None
        As in `Area`.
    start_ns, end_ns : int or None
        Slices that touch this stretch.
    """

    task = "tables:sort"
    files = True

    trace: str
    timeline: str
    column: str = "ts"
    descending: bool = False
    text: str = ""
    regex: bool = False
    categories: tuple[int, ...] | None = None
    lanes: tuple[int, ...] | None = None
    start_ns: int | None = None
    end_ns: int | None = None


class Sorted(msgspec.Struct, frozen=True):
    """A file to map: a dict of ``rows`` in their order and, for each row of the trace, its ``places`` in it or -1."""

    file: str
    count: int


Sort.result = Sorted


class Histogram(Job, frozen=True):
    """How long the slices of a name take.

    Attributes
    ----------
    name : int
        Number in the trace's names.
    category : int
        `profiler.trace.schema.Category`; -1 for all.
    """

    task = "tables:histogram"

    trace: str
    name: int
    category: int = -1
    bins: int = 60


class Lengths(msgspec.Struct, frozen=True):
    """Counts between edges that grow by one factor; the last edge belongs to the last bin."""

    edges_ns: list[int]
    counts: list[int]
    count: int
    sum_ns: int
    min_ns: int | None
    median_ns: int | None
    p95_ns: int | None
    max_ns: int | None


Histogram.result = Lengths
