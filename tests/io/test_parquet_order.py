"""Every row lies in one group, groups are of the size that is wanted, and a stretch of time lies in few of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.io import parquet_order
from profiler.io.parquet_order import Layout, lay_out
from profiler.trace.tables import Trace


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 8)


def trace(ts: Any, dur: Any = None) -> Trace:
    starts = np.array(ts, np.int64)
    return Trace({"ts": starts, "dur": np.zeros(len(starts), np.int64) if dur is None else np.array(dur, np.int64)})


def rows_of(layout: Layout, size: int) -> list[np.ndarray[Any, Any]]:
    return [np.arange(size)[layout.rows(group)] for group in range(layout.groups)]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(-1, 2**60)), max_size=80))
def test_every_row_is_in_one_group_in_order(rows: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_order, "ROWS_PER_GROUP", 8)
        layout = lay_out(trace([ts for ts, _ in rows], [dur for _, dur in rows]))
    groups = rows_of(layout, len(rows))
    assert sorted(np.concatenate([np.empty(0, int), *groups]).tolist()) == list(range(len(rows)))
    for group in groups:
        assert 0 < len(group) <= 16
        assert (np.diff(group) > 0).all()


def test_what_is_in_order_stays() -> None:
    layout = lay_out(trace(range(30)))
    assert layout.order is None
    assert layout.bounds.tolist() == [0, 8, 16, 24, 30]
    assert lay_out(trace([])).groups == 0
    assert lay_out(trace([5, 3])).order is None


def test_lanes_are_cut_by_time_and_stay_lanes_inside() -> None:
    ts = [*range(0, 3200, 100), *range(50, 3250, 100)]
    layout = lay_out(trace(ts, [10] * 64))
    groups = rows_of(layout, 64)
    reach = [(min(ts[row] for row in group), max(ts[row] for row in group)) for group in groups]
    assert all(before[1] < after[0] for before, after in pairwise(reach))
    assert {len(group) for group in groups} == {8}


def test_long_slices_have_groups_of_their_own() -> None:
    ts, dur = list(range(0, 6400, 100)), [10] * 64
    dur[20], dur[40] = 5000, 2000
    groups = rows_of(lay_out(trace(ts, dur)), 64)
    assert groups[0].tolist() == [20, 40]
    ends = [max(ts[row] + dur[row] for row in group) for group in groups[1:]]
    assert all(end <= ts[group[-1]] + 10 for end, group in zip(ends, groups[1:], strict=True))


def test_a_crowd_at_one_time_is_cut_up() -> None:
    layout = lay_out(trace([7] * 100 + [10**15]))
    sizes = np.diff(layout.bounds)
    assert sizes.max() <= 16
    assert sizes.sum() == 101


def test_larger_traces_have_larger_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "_GROUPS", 4)
    assert lay_out(trace(range(400))).bounds.tolist() == [0, 100, 200, 300, 400]
