"""Perfetto files that Lanescope writes are read back as they were, also by Perfetto's own messages."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from profiler.io import perfetto, read_trace
from profiler.io.kineto_words import WRITTEN, category_of
from profiler.io.nesting import begins_and_ends, lanes_of
from profiler.trace.schema import COLUMNS, Category
from profiler.trace.tables import Trace
from tests.io.traces import column_of, rest_of, traces


@settings(max_examples=150)
@given(traces())
def test_round_trip(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        perfetto.write(trace, Path(folder) / "t.pftrace")
        back = read_trace(Path(folder) / "t.pftrace")
    assert back.meta["format"] == "perfetto"
    for name in COLUMNS:
        if name != "source_category":
            assert column_of(back, name) == column_of(trace, name), name
    for category, word, found in zip(
        trace.category.tolist(), column_of(trace, "source_category"), column_of(back, "source_category"), strict=True
    ):
        kept = word is not None and category_of(word) == category
        assert found == (word if kept else WRITTEN[Category(category)]) or (found is None and word == "")
    assert {**rest_of(back), "args": None} == {**rest_of(trace), "args": None}
    for ours, theirs in zip(rest_of(back)["args"], rest_of(trace)["args"], strict=True):
        assert json.loads(ours or "{}") == json.loads(theirs or "{}")


@given(traces())
def test_lanes_nest(trace: Trace) -> None:
    lanes = lanes_of(trace)
    by_lane: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in np.flatnonzero(trace.dur >= 0).tolist():
        key = int(trace["track"][row]), int(lanes[row])
        by_lane.setdefault(key, []).append((int(trace.ts[row]), int(trace.ts[row] + trace.dur[row])))
    for slices in by_lane.values():
        for place, (start, end) in enumerate(slices):
            for other_start, other_end in slices[place + 1 :]:
                apart = end <= other_start or other_end <= start
                nested = (start <= other_start and other_end <= end) or (other_start <= start and end <= other_end)
                assert apart or nested


@given(traces())
def test_begins_and_ends_are_in_order_and_match(trace: Trace) -> None:
    lanes = lanes_of(trace)
    stacks: dict[tuple[int, int], list[int]] = {}
    last = None
    seen = 0
    for time, row, begins in begins_and_ends(trace, lanes):
        assert last is None or time >= last
        last = time
        stack = stacks.setdefault((int(trace["track"][row]), int(lanes[row])), [])
        if begins:
            assert time == trace.ts[row]
            stack.append(row)
            seen += 1
        else:
            assert stack.pop() == row
            assert time == trace.ts[row] + trace.dur[row]
    assert seen == len(trace)
    assert all(trace.dur[row] < 0 for stack in stacks.values() for row in stack)


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    from profiler.errors import OutputError

    with pytest.raises(OutputError):
        perfetto.write(Trace({}), tmp_path / "none" / "t.pftrace")
