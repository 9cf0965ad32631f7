"""Rows added one at a time and in blocks end up in one table, in the order they came."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, MISSING, NO_TIME, Category, EdgeKind, Severity, TrackKind
from profiler.trace.tables import Track

STREAM = Track(TrackKind.STREAM, "stream 7", pid=3, device=0, stream=7)
THREAD = Track(TrackKind.THREAD, "main", pid=3, tid=3)


def test_rows_and_blocks_keep_their_order() -> None:
    builder = TraceBuilder()
    assert builder.add(ts=5, dur=1, category=Category.KERNEL, name="a", track=STREAM, stream=7) == 0
    assert builder.add(ts=4, dur=2, category=Category.RUNTIME, name="b", track=THREAD, args='{"x":1}') == 1
    codes = builder.names(["c", "a", "c"])
    block = {"ts": np.array([3, 2, 1]), "dur": 9, "name": codes, "track": builder.track(STREAM)}
    assert builder.add_block(3, block) == range(2, 5)
    assert builder.add(ts=0, dur=0, category=Category.MARKER, name="b", track=builder.track(THREAD)) == 5
    assert len(builder) == 6
    trace = builder.build()
    assert trace.ts.tolist() == [5, 4, 3, 2, 1, 0]
    assert trace.dur.tolist() == [1, 2, 9, 9, 9, 0]
    assert [trace.name_of(row) for row in range(6)] == ["a", "b", "c", "a", "c", "b"]
    assert [trace.tracks[number] for number in trace["track"]] == [STREAM, THREAD, STREAM, STREAM, STREAM, THREAD]
    assert trace["stream"].tolist() == [7, -1, -1, -1, -1, -1]
    assert trace.args is not None
    assert [trace.args[row] for row in range(6)] == ["", '{"x":1}', "", "", "", ""]


def test_columns_of_one_value_cost_nothing() -> None:
    builder = TraceBuilder()
    for number in range(100):
        builder.add(ts=number, dur=7, category=Category.KERNEL, name="k", track=STREAM, device=2)
    trace = builder.build()
    owned = {name for name in COLUMNS if trace[name].strides != (0,)}
    assert owned == {"ts"}
    assert trace["device"].tolist() == [2] * 100
    assert trace["queued_ns"][0] == NO_TIME
    assert trace.args is None


def test_empty_builder_makes_an_empty_trace() -> None:
    trace = TraceBuilder().build()
    assert len(trace) == 0
    assert trace.tracks == ()
    assert len(trace.edges) == len(trace.counters) == 0


def test_equal_tracks_are_one() -> None:
    builder = TraceBuilder()
    assert builder.track(STREAM) == builder.track(Track(TrackKind.STREAM, "stream 7", pid=3, device=0, stream=7)) == 0
    assert builder.track(THREAD) == 1


def test_edges_counters_stats_and_meta() -> None:
    builder = TraceBuilder()
    for number in range(3):
        builder.add(ts=number, dur=1, category=Category.KERNEL, name="k", track=STREAM)
    builder.add_edge(0, 1, EdgeKind.STREAM)
    builder.add_edges(np.array([1, 0]), np.array([2, 2]), np.array([EdgeKind.EVENT, EdgeKind.BUFFER]))
    builder.add_counters(np.array([5, 6]), builder.track(THREAD), np.array([1.5, 2.5]))
    builder.stats.add("lost", Severity.DATA_LOSS, 2)
    builder.meta["format"] = "made"
    trace = builder.build()
    assert trace.edges.source.tolist() == [0, 1, 0]
    assert trace.edges.target.tolist() == [1, 2, 2]
    assert trace.edges.kind.tolist() == [EdgeKind.STREAM, EdgeKind.EVENT, EdgeKind.BUFFER]
    assert trace.counters.track.tolist() == [1, 1]
    assert trace.counters.value.tolist() == [1.5, 2.5]
    assert trace.stats.to_json() == [{"name": "lost", "severity": "data_loss", "count": 2}]
    assert trace.meta == {"format": "made"}


def test_columns_are_read_only() -> None:
    builder = TraceBuilder()
    builder.add_block(2, {"ts": np.array([1, 2]), "track": builder.track(STREAM), "name": builder.name("a")})
    trace = builder.build()
    with pytest.raises(ValueError, match="read-only"):
        trace.ts[0] = 5


@pytest.mark.parametrize("columns", [{"colour": 3}, {"TS": np.arange(2)}])
def test_unknown_columns_are_refused(columns: dict[str, object]) -> None:
    builder = TraceBuilder()
    with pytest.raises(ValueError, match="no such columns"):
        builder.add_block(2, columns)
    with pytest.raises(ValueError, match="no such columns"):
        builder.add(ts=0, dur=0, category=Category.KERNEL, name="", track=STREAM, colour=MISSING)
