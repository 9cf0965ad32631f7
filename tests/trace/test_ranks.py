from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.trace.ranks import joint_ranks, picked, ranks

close = st.integers(-5, 5)
wide = st.one_of(close, st.sampled_from([-(2**62), 2**40, 2**62, 2**62 + 1]))


@given(st.lists(wide, max_size=40))
def test_ranks_are_places_among_the_distinct_values(values: list[int]) -> None:
    found, count = ranks(np.array(values, np.int64))
    distinct = sorted(set(values))
    assert count == len(distinct)
    assert found.tolist() == [distinct.index(value) for value in values]


@given(st.lists(st.tuples(wide, close, close), max_size=40))
def test_tuples_are_numbered_in_order_and_known_by_their_first_place(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array([row[place] for row in rows], np.int64) for place in range(3)]
    found, firsts = joint_ranks(columns)
    distinct = sorted(set(rows))
    assert found.tolist() == [distinct.index(row) for row in rows]
    assert firsts.tolist() == [rows.index(one) for one in distinct]


@pytest.mark.parametrize("wide", [(3, 3, 3), (200, 200, 200), (90_000, 2, 3), (90_000, 90_000, 1), (2**50, 5, 2**50)])
def test_long_columns_of_any_width(wide: tuple[int, int, int]) -> None:
    random = np.random.default_rng(1)
    # More rows than a block, with values that first occur in a late one.
    columns = [random.integers(-width // 2, -(-width // 2), 150_000) for width in wide]
    columns[1][-1] += 1
    found, firsts = joint_ranks(columns)
    _, first, inverse = np.unique(np.stack(columns, axis=1), axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(found, inverse.ravel())
    assert np.array_equal(firsts, first)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64])
@pytest.mark.parametrize("end", ["low", "high"])
def test_values_at_the_ends_of_their_type(dtype: type[np.integer], end: str) -> None:
    limits = np.iinfo(dtype)
    few = [limits.min, limits.min + 7] if end == "low" else [limits.max - 3, limits.max]
    assert ranks(np.array([few[1], few[0], few[1]], dtype))[0].tolist() == [1, 0, 1]
    if dtype is np.int8:
        every = np.arange(-128, 128).astype(dtype)
        assert ranks(every)[0].tolist() == list(range(256))


def test_few_values_far_apart_in_a_long_column() -> None:
    contexts = np.array([0x7F00_0000_1000, -1, 0x5500_0000_2000], np.int64)
    chosen = np.random.default_rng(1).integers(0, 3, 150_000)
    found, count = ranks(contexts[chosen])
    assert count == 3
    assert np.array_equal(found, np.array([2, 0, 1])[chosen])


@pytest.mark.parametrize("size", [0, 1, 5])
def test_a_column_of_one_value_is_not_copied(size: int) -> None:
    column = np.broadcast_to(np.array(7), (100,))
    few = picked(column, np.arange(size))
    assert few.tolist() == [7] * size
    assert few.strides == (0,)
    assert ranks(few) == (pytest.approx(np.zeros(size)), min(size, 1))
    assert picked(np.arange(100), np.arange(size)).tolist() == list(range(size))
