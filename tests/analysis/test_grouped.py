"""Figures of many groups at once against one group at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.grouped import codes, grouped, halves_to_even
from tests.analysis.oracle import covered_instants

SLICES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=20)


@given(SLICES)
def test_union_and_reach_of_each_group(slices: list[tuple[int, int, int]]) -> None:
    values = sorted({group for group, _, _ in slices})
    columns = np.array([(values.index(group), start, start + size) for group, start, size in slices], np.int64).T
    table = grouped(*columns)
    for number, group in enumerate(values):
        mine = sorted((start, start + size) for one, start, size in slices if one == group)
        assert table.union_ns()[number] == len(covered_instants(mine))
        reach = [max(end for _, end in mine[: place + 1]) for place in range(len(mine))]
        assert table.reach()[table.group == number].tolist() == reach
        assert table.sizes[number] == len(mine)


@given(SLICES, st.randoms())
def test_ties_are_settled_by_value(slices: list[tuple[int, int, int]], random: st.Random) -> None:
    rows = [(0, start, start + size, tie) for tie, start, size in slices]
    shuffled = list(rows)
    random.shuffle(shuffled)
    found = []
    for order in (rows, shuffled):
        group, start, end, tie = np.array(order, np.int64).T
        table = grouped(group, start, end, (tie,))
        found.append([order[place] for place in table.order])
    assert found[0] == found[1] == sorted(rows)


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2)), min_size=1, max_size=20))
def test_codes_number_combinations_in_rising_order(rows: list[tuple[int, int]]) -> None:
    columns = np.array(rows, np.int64).T
    code, example = codes(*columns)
    distinct = sorted(set(rows))
    assert [distinct[number] for number in code] == rows
    assert [rows[place] for place in example] == distinct


@given(st.lists(st.integers(-20, 20), min_size=1))
def test_halves_round_to_even(totals: list[int]) -> None:
    assert halves_to_even(np.array(totals, np.int64)).tolist() == [round(total / 2) for total in totals]
