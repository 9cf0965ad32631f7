from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.partition import partition, time_order

slices = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 30)), max_size=40)


def rows_of(found: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ts = np.array([start for start, _ in found], np.int64)
    dur = np.array([length for _, length in found], np.int64)
    order = time_order(ts, dur)
    starts, ends = ts[order], (ts + dur)[order]
    return starts, ends, partition(starts, ends)


@given(slices)
def test_time_order_is_by_start_and_the_longer_first(found: list[tuple[int, int]]) -> None:
    ts = np.array([start for start, _ in found], np.int64)
    dur = np.array([length for _, length in found], np.int64)
    order = time_order(ts, dur).tolist()
    assert order == sorted(range(len(found)), key=lambda place: (found[place][0], -found[place][1], place))


@given(slices)
def test_no_row_overlaps_and_there_are_as_few_as_run_at_once(found: list[tuple[int, int]]) -> None:
    starts, ends, rows = rows_of(found)
    for row in set(rows.tolist()):
        mine = rows == row
        assert (starts[mine][1:] >= ends[mine][:-1]).all()
    depth = max((sum((starts <= time) & (time < ends)) for time in starts.tolist()), default=0)
    assert len(set(rows.tolist())) == depth
    assert rows.max(initial=-1) == depth - 1


@given(slices)
def test_a_slice_that_starts_while_nothing_runs_is_in_row_0(found: list[tuple[int, int]]) -> None:
    starts, ends, rows = rows_of(found)
    for place in range(len(starts)):
        if (ends[:place] <= starts[place]).all():
            assert rows[place] == 0


def test_nested_calls_get_their_depth() -> None:
    found = [(0, 100), (10, 40), (15, 10), (30, 10), (60, 30), (65, 5), (200, 10), (200, 10)]
    assert rows_of(found)[2].tolist() == [0, 1, 2, 2, 1, 2, 0, 1]


def test_touching_slices_share_a_row() -> None:
    assert rows_of([(0, 10), (10, 10), (20, 10)])[2].tolist() == [0, 0, 0]


def test_staggered_slices_take_turns() -> None:
    assert rows_of([(0, 10), (5, 10), (10, 10), (15, 10), (20, 10)])[2].tolist() == [0, 1, 0, 1, 0]


def test_a_long_chain_is_followed_to_its_start() -> None:
    count = 5_000
    starts = np.arange(count, dtype=np.int64) * 2
    rows = partition(starts, starts + 3)
    assert rows.tolist() == [place % 2 for place in range(count)]


def one_by_one(starts: list[int], ends: list[int]) -> list[int]:
    """Rows given out slice by slice: the row freed last is taken, a new one where none is free."""
    rows: list[int] = []
    running: list[int] = []
    free: list[int] = []
    for place, start in enumerate(starts):
        over = sorted((end, other) for other, end in enumerate(ends[:place]) if other in running and end <= start)
        for _, other in over:
            running.remove(other)
            free.append(rows[other])
        if not running:
            free = []
            rows.append(0)
        else:
            used = {rows[other] for other in running} | set(free)
            rows.append(free.pop() if free else len(used))
        running.append(place)
    return rows


@given(slices, st.integers(1, 12))
def test_rows_are_those_given_out_one_by_one_whatever_the_block(found: list[tuple[int, int]], block: int) -> None:
    starts, ends, _ = rows_of(found)
    assert partition(starts, ends, block=block).tolist() == one_by_one(starts.tolist(), ends.tolist())


@given(slices)
def test_times_too_far_apart_to_be_packed_give_the_same_rows(found: list[tuple[int, int]]) -> None:
    # A last slice centuries later leaves no bits for the numbers of the slices.
    starts, ends, rows = rows_of([*found, (2**62, 2**61)])
    assert rows.tolist() == [*rows_of(found)[2].tolist(), 0]
    assert partition(starts * 1, ends * 1, block=1000).tolist() == rows.tolist()


def below_callers(starts: list[int], ends: list[int]) -> list[int]:
    rows: list[int] = []
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        running = [other for other in range(place) if ends[other] > start]
        caller = next((rows[other] for other in reversed(running) if ends[other] >= end), -1)
        taken = {rows[other] for other in running}
        rows.append(next(row for row in range(caller + 1, place + 2) if row not in taken))
    return rows


@given(slices, st.integers(1, 12))
def test_calls_take_the_first_free_row_below_their_caller(found: list[tuple[int, int]], block: int) -> None:
    starts, ends, _ = rows_of(found)
    rows = partition(starts, ends, calls=True, block=block)
    assert rows.tolist() == below_callers(starts.tolist(), ends.tolist())
    assert set(rows.tolist()) == set(range(rows.max(initial=-1) + 1)), "no row is left out"
    for row in set(rows.tolist()):
        mine = rows == row
        assert (starts[mine][1:] >= ends[mine][:-1]).all()


def test_a_call_that_ends_after_its_caller_moves_nothing_else() -> None:
    # A step, in it a caller whose callee ends a moment later, then what the step calls next.
    found = [(0, 1000), (10, 40), (20, 31), (60, 30), (65, 20), (100, 800), (110, 5)]
    starts, ends, _ = rows_of(found)
    assert partition(starts, ends, calls=True).tolist() == [0, 1, 2, 1, 2, 1, 2]
