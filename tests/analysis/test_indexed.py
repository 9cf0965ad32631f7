"""Figures of a window from the index are those of `analyze`, key by key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.cumulated import Cumulated
from profiler.analysis.indexed import index_of
from profiler.analysis.overlap import Window, prepare
from profiler.io import read_trace
from profiler.trace.mapped import load, save
from profiler.trace.tables import Trace
from tests.analysis.test_third_party import KINETO, OTHERS
from tests.analysis.timelines import Timeline, complete, pipelines, timelines
from tests.timeline.synthetic import pipeline


def assert_same(trace: Trace, windows: list[Window]) -> None:
    prepared = prepare(trace)
    index = index_of(trace, prepared)
    for window in windows:
        wanted = [device.figures(window).to_json() for device in prepared]
        assert [device.figures(window).to_json() for device in index] == wanted, window


windows = st.tuples(st.integers(-3, 90), st.integers(1, 80)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(timelines(with_edges=True), st.lists(windows, min_size=1, max_size=4))
def test_random_timelines(timeline: Timeline, some: list[Window]) -> None:
    assert_same(timeline.trace(), some)


@given(pipelines(), st.lists(windows, min_size=1, max_size=4))
def test_random_pipelines(timeline: Timeline, some: list[Window]) -> None:
    assert_same(timeline.trace(**complete()), some)


@pytest.mark.parametrize("name", (*KINETO, *OTHERS, "trex-a100-resnet18-fp32.timing.json"))
def test_third_party_traces(name: str, third_party_trace: Callable[[str], Path]) -> None:
    trace = read_trace(third_party_trace(name))
    first, last = int(trace.ts.min()), int((trace.ts + trace.dur).max())
    random = np.random.default_rng(5)
    cuts = np.sort(random.integers(first, last + 1, (6, 2)), axis=1).tolist()
    edges = [int(trace.ts[len(trace) // 2]), int(trace.ts[len(trace) // 2] + trace.dur[len(trace) // 2]) + 1]
    assert_same(trace, [(first, last + 1), (edges[0], edges[1]), *((a, b + 1) for a, b in cuts)])


def test_an_index_that_was_stored_says_the_same(tmp_path: Path) -> None:
    trace = pipeline(chunks=40)
    prepared = prepare(trace)
    save(tmp_path / "index", index_of(trace, prepared))
    index = load(tmp_path / "index")
    for window in ((0, 400_000), (123_456, 1_234_567)):
        assert [one.figures(window).to_json() for one in index] == [one.figures(window).to_json() for one in prepared]


spans = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 30)), max_size=40)


@given(spans, windows, st.sampled_from([0, 2**62, -(2**62)]))
def test_counts_and_sums_are_those_of_clipped_slices(slices: list[tuple[int, int]], window: Window, shift: int) -> None:
    """Also far from zero, where the running sums have wrapped around many times."""
    first, last = window[0] + shift, window[1] + shift
    start = np.array([a + shift for a, _ in slices], np.int64)
    end = start + np.array([d for _, d in slices], np.int64)
    touching = [
        (max(a, first), min(b, last))
        for a, b in zip(start.tolist(), end.tolist(), strict=True)
        if a < last and (b > first or (a == b and a >= first))
    ]
    found = Cumulated.of(start, end)
    assert found.count(first, last) == len(touching)
    assert found.sum_ns(first, last) == sum(b - a for a, b in touching)


def test_blocks_of_running_sums_are_crossed() -> None:
    random = np.random.default_rng(1)
    start = np.sort(random.integers(0, 10_000, 5000))
    end = start + random.integers(0, 50, 5000)
    found = Cumulated.of(start, end)
    for first in (0, 17, 5000, 9999):
        for last in (first + 1, first + 700, 20_000):
            inside = np.clip(end, first, last) - np.clip(start, first, last)
            assert found.sum_ns(first, last) == inside.sum()
