from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.spans import Spans, complement, covered_before, intersect, union

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=12)


def arrays(found: list[tuple[int, int]]) -> Spans:
    starts = np.array([start for start, _ in found], np.int64)
    return starts, starts + np.array([length for _, length in found], np.int64)


def instants(spans: Spans) -> set[int]:
    return {time for start, end in zip(*spans, strict=True) for time in range(start, end)}


@given(pairs)
def test_union_covers_the_same_time_with_no_two_pieces_touching(found: list[tuple[int, int]]) -> None:
    whole = union(*arrays(found))
    assert instants(whole) == instants(arrays(found))
    assert (whole[0] < whole[1]).all()
    assert (whole[0][1:] > whole[1][:-1]).all()


@given(pairs, st.lists(st.integers(-5, 80), min_size=1))
def test_covered_before_counts_instants(found: list[tuple[int, int]], times: list[int]) -> None:
    whole = union(*arrays(found))
    busy = instants(whole)
    expected = [sum(instant < time for instant in busy) for time in times]
    assert covered_before(whole, np.array(times)).tolist() == expected


@given(pairs, pairs)
def test_intersection_is_the_common_time_and_knows_its_owner(
    found: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    first, second = union(*arrays(found)), union(*arrays(others))
    starts, ends, owner = intersect(first, second)
    assert instants((starts, ends)) == instants(first) & instants(second)
    assert (starts < ends).all()
    assert (starts[1:] >= ends[:-1]).all()
    assert (starts >= first[0][owner]).all()
    assert (ends <= first[1][owner]).all()


@given(pairs, st.integers(-5, 40), st.integers(1, 60))
def test_complement_is_the_rest(found: list[tuple[int, int]], start: int, length: int) -> None:
    whole = union(*arrays(found))
    free = complement(whole, start, start + length)
    assert instants(free) == set(range(start, start + length)) - instants(whole)
    assert (free[0] < free[1]).all()
