"""Interval sets against plain sets of nanoseconds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.intervals import Intervals, cut, pieces_inside, union, union_ns, union_of
from tests.analysis.oracle import covered_instants
from tests.analysis.timelines import spans

Spans = list[tuple[int, int]]


def _columns(slices: Spans) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(slices, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _union(slices: Spans) -> Intervals:
    return union(*_columns(slices))


def _instants(intervals: Intervals) -> set[int]:
    return covered_instants(zip(intervals.start.tolist(), intervals.end.tolist(), strict=True))


def _is_normal(intervals: Intervals) -> bool:
    apart = (intervals.end[:-1] < intervals.start[1:]).all()
    return bool(apart and (intervals.start < intervals.end).all())


@given(spans())
def test_union(slices: Spans) -> None:
    found = _union(slices)
    assert _is_normal(found)
    assert _instants(found) == covered_instants(slices)
    assert found.total_ns == len(covered_instants(slices))
    start, end = _columns(slices)
    assert union_ns(start, end - start) == found.total_ns


@given(spans(), st.randoms())
def test_order_does_not_matter(slices: Spans, random: st.Random) -> None:
    other = list(slices)
    random.shuffle(other)
    one, two = _union(slices), _union(other)
    assert one.start.tolist() == two.start.tolist()
    assert one.end.tolist() == two.end.tolist()


@given(spans(), spans())
def test_set_operations(left: Spans, right: Spans) -> None:
    one, other = _union(left), _union(right)
    ours, theirs = covered_instants(left), covered_instants(right)
    assert one.overlap_ns(other) == other.overlap_ns(one) == len(ours & theirs)
    for found, wanted in (
        (one.intersect(other), ours & theirs),
        (one.subtract(other), ours - theirs),
        (union_of((one, other)), ours | theirs),
    ):
        assert _is_normal(found)
        assert _instants(found) == wanted


@given(spans(), st.integers(0, 80), st.integers(0, 30))
def test_clip_and_complement(slices: Spans, start: int, length: int) -> None:
    window = set(range(start, start + length))
    inside = _union(slices).clip(start, start + length)
    outside = _union(slices).complement(start, start + length)
    assert _is_normal(inside)
    assert _is_normal(outside)
    assert _instants(inside) == covered_instants(slices) & window
    assert _instants(outside) == window - covered_instants(slices)


@given(spans(), st.lists(st.integers(-5, 90), min_size=1))
def test_covered_and_contains(slices: Spans, instants: list[int]) -> None:
    found, covered = _union(slices), covered_instants(slices)
    t = np.array(instants, np.int64)
    assert found.covered(t).tolist() == [sum(x < one for x in covered) for one in instants]
    assert found.contains(t).tolist() == [one in covered for one in instants]


@given(spans(), spans())
def test_within_is_per_slice(slices: Spans, inside: Spans) -> None:
    start, end = _columns(slices)
    covered = covered_instants(inside)
    wanted = [len(covered & set(range(*one))) for one in slices]
    assert _union(inside).within(start, end).tolist() == wanted


def _not_empty(slices: Spans) -> Spans:
    return [one for one in slices if one[0] < one[1]]


@given(spans().map(_not_empty), spans())
def test_pieces_inside(slices: Spans, inside: Spans) -> None:
    owner, start, end = pieces_inside(*_columns(slices), _union(inside))
    assert (start < end).all()
    covered = covered_instants(inside)
    for number, one in enumerate(slices):
        mine = owner == number
        pieces = zip(start[mine].tolist(), end[mine].tolist(), strict=True)
        assert covered_instants(pieces) == covered & set(range(*one))


@given(spans().map(_not_empty), st.lists(st.integers(0, 80)))
def test_cut(slices: Spans, times: list[int]) -> None:
    owner, start, end = cut(*_columns(slices), np.array(times, np.int64))
    assert owner.tolist() == sorted(owner.tolist())
    for number, (first, last) in enumerate(slices):
        mine = owner == number
        edges = [first, *sorted({t for t in times if first < t < last}), last]
        assert start[mine].tolist() == edges[:-1]
        assert end[mine].tolist() == edges[1:]


def test_epoch_nanoseconds_stay_exact() -> None:
    start = np.array([1_661_203_462_599_325_001, 1_661_203_462_599_325_002], np.int64)
    assert union(start, start + 1).total_ns == 2


def test_a_slice_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        union(np.array([5]), np.array([4]))


def test_nothing() -> None:
    nothing = Intervals.empty()
    assert nothing.total_ns == 0
    assert nothing.covered(np.array([1, 2])).tolist() == [0, 0]
    assert not nothing.contains(np.array([1])).any()
    assert len(nothing.subtract(nothing)) == len(nothing.intersect(_union([(1, 5)]))) == 0
    assert union_of(()).total_ns == 0
