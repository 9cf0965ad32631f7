"""Columns that grow: the same values as a list, and nothing for one value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.trace.growing import GrowingColumn, GrowingText

small = st.integers(-3, 3)
blocks = st.lists(st.one_of(st.tuples(small, st.integers(0, 4)), st.lists(small, max_size=5)), max_size=8)


@given(blocks)
def test_holds_what_was_added(added: list[tuple[int, int] | list[int]]) -> None:
    column, wanted = GrowingColumn(np.int16), []
    for block in added:
        if isinstance(block, tuple):
            column.append(block[0], block[1])
            wanted += [block[0]] * block[1]
        else:
            column.append(np.array(block, np.int64), len(block))
            wanted += block
    assert len(column) == len(wanted)
    found = column.finish()
    assert found.dtype == np.int16
    assert found.tolist() == wanted
    assert (found.strides == (0,)) == (len(set(wanted)) < 2)


@given(st.lists(st.lists(st.floats(), max_size=4), max_size=4))
def test_floats_keep_their_bits(added: list[list[float]]) -> None:
    column = GrowingColumn(np.float64)
    for block in added:
        column.append(np.array(block), len(block))
    wanted = np.array([value for block in added for value in block], np.float64)
    assert column.finish().tobytes() == wanted.tobytes()


@pytest.mark.parametrize("values", [np.array([1, 300]), 300, np.array([-1])])
def test_values_that_do_not_fit_are_refused(values: object) -> None:
    with pytest.raises(ValueError, match="does not fit uint8"):
        GrowingColumn(np.uint8).append(values, np.size(values))


def test_block_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        GrowingColumn(np.int64).append(np.arange(3), 2)


@given(st.lists(st.lists(st.text(max_size=4), max_size=4), max_size=5))
def test_texts(added: list[list[str]]) -> None:
    column = GrowingText()
    for block in added:
        encoded = [text.encode("utf-8", "surrogatepass") for text in block]
        if any(encoded):
            column.append(b"".join(encoded), np.array([len(text) for text in encoded], np.int64))
        else:
            column.append_empty(len(block))
    wanted = [text for block in added for text in block]
    assert len(column) == len(wanted)
    found = column.finish()
    assert (found is None) == (not any(wanted))
    if found is not None:
        raw = [bytes(found.data[found.offsets[row] : found.offsets[row + 1]]) for row in range(len(found))]
        assert raw == [text.encode("utf-8", "surrogatepass") for text in wanted]
