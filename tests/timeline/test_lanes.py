from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import build_lanes, extent_ns, group_rows
from profiler.trace.schema import Category, Engine, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import Rows, pipeline, random_trace

STREAM = Track(TrackKind.STREAM, "", device=0, stream=7)
THREAD = Track(TrackKind.THREAD, "main", tid=1)


def names(trace: Trace) -> list[tuple[LaneKind, int, str]]:
    return [(lane.kind, lane.device, lane.name) for lane in build_lanes(trace)]


def test_lanes_of_a_pipeline_stand_in_order() -> None:
    engines = [(LaneKind.ENGINE, 0, name) for name in ("HtoD", "compute", "DtoH")]
    streams = [(LaneKind.STREAM, 0, f"stream {number}") for number in range(4)]
    host = [(LaneKind.HOST, -1, "issue thread"), (LaneKind.MARKER, -1, "requests"), (LaneKind.SYNC, -1, "waits")]
    assert names(pipeline()) == engines + streams + host


def test_one_copy_engine_makes_one_copy_lane() -> None:
    assert [name for kind, _, name in names(pipeline(copy_engines=1)) if kind == LaneKind.ENGINE] == ["copy", "compute"]


def test_a_slice_stands_in_its_engine_lane_and_in_its_stream_lane() -> None:
    trace = pipeline()
    lanes = build_lanes(trace)
    seen = np.concatenate([row for lane in lanes for row in lane.rows])
    on_device = np.isin(trace.category, [Category.KERNEL, Category.MEMCPY])
    assert np.bincount(seen, minlength=len(trace)).tolist() == np.where(on_device, 2, 1).tolist()


def test_devices_have_lanes_of_their_own_and_the_host_comes_last() -> None:
    rows = Rows()
    for device in (1, 0):
        rows.add("k", STREAM, 10, 10, Category.KERNEL, device=device, stream=7)
    rows.add("call", THREAD, 0, 5, Category.RUNTIME)
    expected = [
        (LaneKind.ENGINE, 0, "compute"), (LaneKind.STREAM, 0, "stream 7"),
        (LaneKind.ENGINE, 1, "compute"), (LaneKind.STREAM, 1, "stream 7"),
        (LaneKind.HOST, -1, "main"),
    ]  # fmt: skip
    assert names(rows.trace()) == expected


def test_streams_of_several_processes_with_one_name_are_numbered() -> None:
    rows = Rows()
    for pid in (5, 9):
        rows.add("k", STREAM, 10 * pid, 10, Category.KERNEL, device=0, stream=7, pid=pid)
    assert [name for kind, _, name in names(rows.trace()) if kind == LaneKind.STREAM] == [
        "stream 7 (1)",
        "stream 7 (2)",
    ]


@pytest.mark.parametrize(
    ("category", "more", "lane"),
    [
        (Category.KERNEL, {}, ("compute", Engine.COMPUTE)),
        (Category.GRAPH, {}, ("compute", Engine.COMPUTE)),
        (Category.STAGE, {}, ("compute", Engine.COMPUTE)),
        (Category.MEMCPY, {"memcpy_kind": MemcpyKind.HTOD}, ("HtoD", Engine.HTOD)),
        (Category.MEMCPY, {"memcpy_kind": MemcpyKind.DTOH}, ("DtoH", Engine.DTOH)),
        (Category.MEMCPY, {"memcpy_kind": MemcpyKind.HTOD, "engine": Engine.COPY}, ("copy", Engine.COPY)),
        (Category.MEMCPY, {"memcpy_kind": MemcpyKind.DTOD}, ("DtoD", Engine.NONE)),
        (Category.MEMCPY, {"memcpy_kind": MemcpyKind.DTOD, "engine": Engine.COMPUTE}, ("compute", Engine.COMPUTE)),
        (Category.MEMSET, {}, ("memset", Engine.NONE)),
        (Category.MEMSET, {"engine": Engine.COMPUTE}, ("compute", Engine.COMPUTE)),
        (Category.MIGRATION, {"memcpy_kind": MemcpyKind.UM_HTOD}, ("unified memory", Engine.NONE)),
        (Category.MEMCPY, {"memcpy_kind": MemcpyKind.UM_DTOH}, ("unified memory", Engine.NONE)),
    ],
)
def test_engine_of_a_slice(category: Category, more: dict[str, int], lane: tuple[str, Engine]) -> None:
    rows = Rows()
    rows.add("work", STREAM, 10, 10, category, device=0, stream=7, **more)
    first = build_lanes(rows.trace())[0]
    assert (first.kind, first.name, first.engine) == (LaneKind.ENGINE, *lane)


def test_what_no_engine_is_known_for_shares_a_lane() -> None:
    rows = Rows()
    rows.add("set", STREAM, 10, 10, Category.MEMSET, device=0, stream=7)
    rows.add("copy", STREAM, 20, 10, Category.MEMCPY, device=0, stream=7, memcpy_kind=MemcpyKind.DTOD)
    assert [lane.name for lane in build_lanes(rows.trace())] == ["DtoD, memset", "stream 7"]


def test_work_without_a_stream_has_an_engine_lane_only() -> None:
    rows = Rows()
    rows.add("stage", Track(TrackKind.ENGINE, "compute"), 10, 10, Category.STAGE)
    assert [lane.kind for lane in build_lanes(rows.trace())] == [LaneKind.ENGINE]


@pytest.mark.parametrize(
    ("category", "track", "lane"),
    [
        (Category.RUNTIME, THREAD, (LaneKind.HOST, "main")),
        (Category.OVERHEAD, THREAD, (LaneKind.HOST, "main")),
        (Category.MARKER, THREAD, (LaneKind.MARKER, "main ranges")),
        (Category.SYNC, THREAD, (LaneKind.SYNC, "main waits")),
        (Category.MARKER, Track(TrackKind.NVTX, "steps"), (LaneKind.MARKER, "steps")),
        (Category.RUNTIME, Track(TrackKind.THREAD, "", tid=42), (LaneKind.HOST, "thread 42")),
    ],
)
def test_lane_of_a_host_record(category: Category, track: Track, lane: tuple[LaneKind, str]) -> None:
    rows = Rows()
    rows.add("record", track, 10, 10, category)
    assert [(found.kind, found.name) for found in build_lanes(rows.trace())] == [lane]


def test_nested_calls_stand_below_their_caller() -> None:
    rows = Rows()
    inner = rows.add("inner", THREAD, 10, 5, Category.RUNTIME)
    outer = rows.add("outer", THREAD, 10, 20, Category.RUNTIME)
    (lane,) = build_lanes(rows.trace())
    assert [row.tolist() for row in lane.rows] == [[outer], [inner]]


def test_records_without_a_place_in_time_stand_in_no_lane() -> None:
    rows = Rows()
    rows.add("never completed", STREAM, 0, 0, Category.KERNEL, device=0, stream=7)
    rows.add("never ended", STREAM, 10, -1, Category.KERNEL, device=0, stream=7)
    point = rows.add("no length", STREAM, 20, 0, Category.KERNEL, device=0, stream=7)
    trace = rows.trace()
    assert [[row.tolist() for row in lane.rows] for lane in build_lanes(trace)] == [[[point]], [[point]]]
    assert extent_ns(trace) == (20, 21)


def test_a_slice_of_no_length_is_not_covered() -> None:
    rows = Rows()
    rows.add("long", STREAM, 10, 20, Category.KERNEL, device=0, stream=7)
    rows.add("point", STREAM, 15, 0, Category.KERNEL, device=0, stream=7)
    assert [len(lane.rows) for lane in build_lanes(rows.trace())] == [2, 2]


def test_an_empty_trace_has_no_lanes() -> None:
    assert build_lanes(Trace({})) == ()
    assert extent_ns(Trace({})) == (0, 0)


@given(st.integers(0, 10**6), st.integers(0, 120), st.integers(1, 4))
def test_lanes_hold_every_slice_in_the_fewest_rows(seed: int, size: int, tracks: int) -> None:
    trace = random_trace(seed, size=size, tracks=tracks)
    groups = dict(group_rows(trace))
    lanes = build_lanes(trace)
    assert [lane.name for lane in lanes] == [key.name for key in groups]
    for lane, members in zip(lanes, groups.values(), strict=True):
        assert sorted(np.concatenate(lane.rows).tolist()) == sorted(members.tolist())
        starts, ends = trace.ts[members], trace.ts[members] + np.maximum(trace.dur[members], 1)
        assert len(lane.rows) == max(int(((starts <= time) & (time < ends)).sum()) for time in starts.tolist())
        for row in lane.rows:
            assert (trace.ts[row][1:] >= (trace.ts[row] + np.maximum(trace.dur[row], 1))[:-1]).all()
    total = sum(len(lane) for lane in lanes if lane.kind == LaneKind.STREAM)
    assert total == size


@pytest.mark.parametrize("seed", range(3))
def test_lanes_built_side_by_side_are_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = random_trace(seed, size=3000, tracks=6)
    alone = build_lanes(trace)
    monkeypatch.setattr("profiler.timeline.parallel._LONG", 0)
    together = build_lanes(trace)
    assert [(lane.name, lane.kind) for lane in together] == [(lane.name, lane.kind) for lane in alone]
    for one, other in zip(together, alone, strict=True):
        assert [rows.tolist() for rows in one.rows] == [rows.tolist() for rows in other.rows]
