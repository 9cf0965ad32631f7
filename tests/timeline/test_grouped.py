from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.grouped import grouped


@given(st.data(), st.integers(1, 100), st.integers(1, 9))
def test_rows_stand_by_code_and_then_in_their_order(data: st.DataObject, count: int, block: int) -> None:
    codes = data.draw(st.lists(st.integers(-1, count - 1), max_size=60))
    rows, ends = grouped(np.array(codes, np.int16), count, block=block)
    lanes = [rows[first:last].tolist() for first, last in zip([0, *ends[:-1]], ends, strict=True)]
    assert lanes == [[row for row, code in enumerate(codes) if code == lane] for lane in range(count)]
    assert rows.dtype == np.int32
