"""The table by name says what grouping by name says, which is tested against the definitions."""

from __future__ import annotations

import tracemalloc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.by_name import name_table
from profiler.analysis.groups import groups_of
from profiler.trace.schema import Category
from profiler.trace.tables import Trace
from profiler.trace.texts import LazyTexts

slices = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from([0, 2, 9]), st.integers(-60, 60), st.integers(0, 30), st.integers(-1, 99)
    ),
    min_size=1,
    max_size=60,
)


def trace_of(rows: list[tuple[int, int, int, int, int]], shift: int = 0) -> Trace:
    name, category, ts, dur, size = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    columns = {"ts": ts + shift, "dur": dur, "category": category.astype(np.uint8), "name": name.astype(np.int32)}
    return Trace({**columns, "size_bytes": size}, names=[f"n{number}" for number in range(5)])


def assert_same(trace: Trace, rows: np.ndarray) -> None:
    table = name_table(trace, rows, trace.ts[rows], trace.ts[rows] + trace.dur[rows])
    kinds = sorted({(int(trace["name"][row]), int(trace.category[row])) for row in rows})
    assert list(zip(table.name.tolist(), table.category.tolist(), strict=True)) == kinds
    for place, (name, category) in enumerate(kinds):
        mine = rows[(trace["name"][rows] == name) & (trace.category[rows] == category)]
        (wanted,) = groups_of(trace, mine, trace.ts[mine], trace.ts[mine] + trace.dur[mine], "name")
        for figure in ("count", "sum_ns", "union_ns", "min_ns", "median_ns", "max_ns", "size_bytes"):
            assert int(getattr(table, figure)[place]) == getattr(wanted, figure), figure
        assert trace.ts[table.first_row[place]] == trace.ts[mine].min()


@given(slices, st.sampled_from([0, 2**61, -(2**61)]))
def test_random_slices(found: list[tuple[int, int, int, int, int]], shift: int) -> None:
    trace = trace_of(found, shift)
    assert_same(trace, np.arange(len(trace)))
    assert_same(trace, np.arange(len(trace))[::-2].copy())


def test_lengths_and_spans_that_do_not_fit_one_number_with_their_group() -> None:
    century = 3 * 10**18
    trace = trace_of([(0, 0, 0, century, 1), (1, 0, 5, century - 7, 1), (1, 0, 3, 4, -1), (1, 0, century, 2, 2)])
    assert_same(trace, np.arange(4))


def test_very_many_names_cost_memory_by_slices_and_not_by_names() -> None:
    names = LazyTexts(np.zeros(3_000_001, np.int64), b"")
    trace = Trace({"ts": [0, 1, 2], "dur": [1, 1, 1], "name": [0, 2_999_999, 0]}, names=names)
    rows = np.arange(3)
    tracemalloc.start()
    table = name_table(trace, rows, trace.ts[rows], trace.ts[rows] + trace.dur[rows])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.name.tolist() == [0, 2_999_999]
    assert table.count.tolist() == [2, 1]
    assert most < 10_000_000


def test_more_names_than_two_bytes_number() -> None:
    size = 70_000
    trace = Trace(
        {"ts": np.arange(size) * 2, "dur": np.ones(size, np.int64), "name": np.arange(size, dtype=np.int32)},
        names=[str(number) for number in range(size)],
    )
    rows = np.arange(size)
    table = name_table(trace, rows, trace.ts, trace.ts + 1)
    assert len(table) == size
    assert (table.union_ns == 1).all()
    assert (table.first_row == rows).all()
    assert (table.category == Category.MARKER).all()


def test_nothing_is_an_empty_table() -> None:
    none = np.empty(0, np.int64)
    assert len(name_table(trace_of([(0, 0, 0, 1, 1)]), none, none, none)) == 0
