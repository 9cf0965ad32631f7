"""Rows of a table in any order that a title asks for, however mixed a column is."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt

from gui.panels.table_model import ROW, Column, TableModel, unlisted

VALUES = st.none() | st.integers(-5, 5) | st.floats(-3, 3) | st.booleans() | st.sampled_from(["a", "B", "b", "ß", "10"])
COLUMN = Column("x", str, lambda row: row[0])


def before(one: Any, other: Any) -> bool:
    """Whether a value stands before another in rising order: numbers, then words in any case."""
    words = isinstance(one, str), isinstance(other, str)
    if words[0] != words[1]:
        return words[1]
    return one.casefold() < other.casefold() if words[0] else one < other


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
@given(st.lists(VALUES, max_size=12))
def test_rows_come_in_order_equal_ones_stay_and_the_unknown_are_last(order: Qt.SortOrder, values: list[Any]) -> None:
    model = TableModel([COLUMN])
    model.show_rows([(value, place) for place, value in enumerate(values)])
    model.sort(0, order)
    assert sorted(place for _, place in model.rows) == list(range(len(values)))
    known = [row for row in model.rows if row[0] is not None]
    assert [row[0] for row in model.rows[len(known) :]] == [None] * (len(values) - len(known))
    for (one, first), (other, second) in pairwise(known):
        low, high = (one, other) if order is Qt.SortOrder.AscendingOrder else (other, one)
        assert not before(high, low)
        assert before(low, high) or first < second


def test_what_is_marked_stays_marked() -> None:
    rows = [SimpleNamespace(value=value) for value in (3, 1, 2)]
    model = TableModel([Column("x", str, lambda row: row.value)])
    model.show_rows(rows)
    marked = QPersistentModelIndex(model.index(0, 0))
    model.sort(0)
    assert marked.row() == 2
    assert marked.data(ROW) is rows[0]


def test_a_table_says_what_it_does_not_list() -> None:
    assert unlisted(0) == ""
    assert unlisted(1234) == "; 1,234 names with less are not listed"
