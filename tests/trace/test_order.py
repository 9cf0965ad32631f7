from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.trace.order import by_time_and_rank, stable_order

near = st.integers(-50, 50)
far = st.integers(-(2**62), 2**62)


@given(st.lists(near | far))
def test_equal_times_stay_in_the_order_in_which_they_stand(times: list[int]) -> None:
    found = stable_order(np.array(times, np.int64)).tolist()
    assert found == sorted(range(len(times)), key=lambda place: (times[place], place))


@given(st.lists(st.tuples(near | far, st.integers(0, 2**40) | st.integers(0, 5))))
def test_equal_times_are_in_the_order_of_their_ranks(pairs: list[tuple[int, int]]) -> None:
    times = np.array([time for time, _ in pairs], np.int64)
    ranks = np.array([rank for _, rank in pairs], np.int64)
    before = times.copy(), ranks.copy()
    assert by_time_and_rank(times, ranks).tolist() == [rank for _, rank in sorted(pairs)]
    assert np.array_equal(times, before[0])
    assert np.array_equal(ranks, before[1])
