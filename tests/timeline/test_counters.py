from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from profiler.timeline.counters import CounterKind, CounterRow, counter_kinds, counter_row, in_words
from profiler.timeline.model import Timeline
from profiler.timeline.tree import full_tree
from profiler.trace.schema import Category, MemcpyKind, TrackKind
from profiler.trace.tables import Counters, Trace, Track
from tests.timeline.synthetic import Rows, pipeline

STREAM = Track(TrackKind.STREAM, "stream 7", device=0, stream=7)


def named(timeline: Timeline, title: str) -> CounterRow:
    return counter_row(timeline, next(kind for kind in counter_kinds(timeline) if kind.title == title))


def second_by_second(times: list[tuple[int, int, float]], end: int) -> np.ndarray:
    """The sum of what runs in every nanosecond."""
    total = np.zeros(end)
    for start, stop, value in times:
        total[max(start, 0) : stop] += value
    return total


def test_bandwidth_is_the_rate_of_the_copies_that_run() -> None:
    rows = Rows()
    copy = {"device": 0, "stream": 7, "memcpy_kind": MemcpyKind.HTOD}
    for start, dur, size in ((0, 100, 2_000), (50, 100, 1_000), (300, 50, 500)):
        rows.add("in", STREAM, start, dur, Category.MEMCPY, size_bytes=size, **copy)
    row = named(Timeline(rows.trace()), "HtoD bandwidth")
    exact = second_by_second([(0, 100, 20.0), (50, 150, 10.0), (300, 350, 10.0)], 400)
    edges = np.array([0, 7, 50, 60, 149, 151, 320, 400])
    means = [exact[a:b].mean() for a, b in pairwise(edges.tolist())]
    assert row.means(edges).tolist() == pytest.approx(means)
    assert row.peak == 30.0


def test_queue_depth_counts_what_waits_for_an_engine() -> None:
    trace = pipeline()
    row = named(Timeline(trace), "queue depth")
    waiting = [
        (queued, start, 1.0)
        for queued, start in zip(trace["queued_ns"].tolist(), trace.ts.tolist(), strict=True)
        if 0 <= queued < start
    ]
    end = int((trace.ts + trace.dur).max())
    exact = second_by_second(waiting, end)
    edges = np.linspace(0, end, 97).astype(np.int64)
    assert row.means(edges).tolist() == pytest.approx([exact[a:b].mean() for a, b in pairwise(edges.tolist())])
    assert row.peak == exact.max()


def test_counters_of_the_trace_hold_until_their_next_sample() -> None:
    rows = Rows()
    rows.add("k", STREAM, 0, 100, Category.KERNEL, device=0, stream=7)
    base = rows.trace()
    tracks = [*base.tracks, Track(TrackKind.COUNTER, "watts <b>", device=-1)]
    counters = Counters(np.array([80, 20, 50]), np.full(3, 1, np.int32), np.array([4.0, 1.0, 3.0]))
    columns = {name: base[name] for name in ("ts", "dur", "category", "name", "track", "device", "stream")}
    timeline = Timeline(Trace(columns, names=base.names, tracks=tracks, counters=counters))
    kind = next(kind for kind in counter_kinds(timeline) if kind.title == "watts <b>")
    row = counter_row(timeline, kind)
    assert row.means(np.array([0, 20, 30, 60, 100])).tolist() == pytest.approx([0, 1, (20 * 1 + 10 * 3) / 30, 3.5])
    assert [node.title for node in full_tree(timeline)] == ["GPU 0", "counters"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e308, -1e308, 5e-324])
def test_values_that_cannot_be_drawn_do_not_hide_the_others(value: float) -> None:
    counters = Counters(np.array([0, 10, 2_000_000_000]), np.zeros(3, np.int32), np.array([5.0, value, 3.0]))
    tracks = [Track(TrackKind.COUNTER, "c")]
    row = counter_row(Timeline(Trace({}, tracks=tracks, counters=counters)), CounterKind("c", "c", "", track=0))
    means = row.means(np.array([0, 10, 2_000_000_000, 2_000_000_010]))
    assert np.isfinite(means).all()
    assert np.isfinite(row.peak)
    assert means[0] == 5


def test_a_trace_that_knows_no_sizes_and_no_queues_has_no_counters() -> None:
    rows = Rows()
    rows.add("in", STREAM, 0, 100, Category.MEMCPY, device=0, stream=7, memcpy_kind=MemcpyKind.HTOD)
    assert counter_kinds(Timeline(rows.trace())) == ()


def test_what_takes_long_is_not_made_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = Timeline(pipeline())
    kind = counter_kinds(timeline)[0]
    monkeypatch.setattr("profiler.timeline.model._COVERED_AT_ONCE", 0)
    assert timeline.counter_of(kind) is None
    timeline.add_counter(kind)
    assert isinstance(timeline.counter_of(kind), CounterRow)


def test_without_samples_everything_is_nothing() -> None:
    kind = CounterKind("counter:0", "none", "", track=5)
    row = counter_row(Timeline(pipeline()), kind)
    assert row.peak == 0
    assert row.means(np.array([0, 10, 20])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (27.7, "GB/s", "27.70 GB/s"),
        (0.00463, "GB/s", "4.630 MB/s"),
        (12.0, "", "12"),
        (12_345.0, "", "12,345"),
        (0.5, "W", "0.5 W"),
        (0.0, "", "0"),
    ],
)
def test_values_are_written_in_a_unit_that_suits_them(value: float, unit: str, words: str) -> None:
    assert in_words(value, unit) == words
