from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gui.workers import jobs
from gui.workers.tasks.details import details
from profiler.analysis.overlap import analyze_devices
from profiler.errors import UsageError
from profiler.timeline.keys import LaneKind
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Category, EdgeKind, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Track
from tests.gui.workers.tasks import Desk
from tests.timeline.synthetic import pipeline, random_trace


def about(desk: Desk, row: int) -> jobs.About:
    return details(jobs.Details(row=row, **desk.paths), desk.context)


def test_a_copy_and_its_call(tmp_path: Path) -> None:
    builder = TraceBuilder()
    thread = Track(TrackKind.THREAD, "main", pid=7, tid=70)
    stream = Track(TrackKind.STREAM, "stream 3", pid=7, device=0, stream=3)
    builder.add(ts=1000, dur=500, category=Category.MARKER, name="step", track=thread)
    call = builder.add(
        ts=1100, dur=100, category=Category.RUNTIME, name="cudaMemcpyAsync", track=thread, pid=7, correlation_id=5
    )
    builder.add(
        ts=1100, dur=100, category=Category.RUNTIME, name="cudaMemcpyAsync", track=thread, pid=8, correlation_id=5
    )
    copy = builder.add(
        ts=1300, dur=2000, category=Category.MEMCPY, name="HtoD", track=stream, pid=7, device=0, stream=3,
        correlation_id=5, size_bytes=50_000, memcpy_kind=MemcpyKind.HTOD, src_kind=MemoryKind.PINNED, queued_ns=1200,
        args=json.dumps({"bytes": 50_000, "nested": [1]}),
    )  # fmt: skip
    kernel = builder.add(
        ts=2000, dur=2000, category=Category.KERNEL, name="gemm", track=stream, pid=7, device=0, stream=4
    )
    builder.add_edge(copy, kernel, EdgeKind.EVENT)
    desk = Desk(builder.build(), tmp_path)
    found = about(desk, copy)
    words = dict(found.columns)
    assert words["Name"] == "HtoD"
    assert words["Start"] == "300 ns"
    assert words["Duration"] == "2.000 µs (2,000 ns)"
    assert words["Rate"] == "25 GB/s"
    assert words["From"] == "pinned memory"
    assert words["Waited for the engine"] == "100 ns"
    assert words["Stream"] == "3"
    assert found.arguments == {"bytes": 50_000, "nested": [1]}
    assert found.launch == call
    assert found.launched == []
    assert found.partners == [jobs.Partner(kernel, "event", False)]
    assert (found.exposed_ns, found.hidden_ns) == (700, 1300)
    assert sum(found.causes.values()) == 700
    other = about(desk, call)
    assert other.launched == [copy]
    assert other.launch is None
    assert other.exposed_ns is None
    assert about(desk, kernel).partners == [jobs.Partner(copy, "event", True)]


def test_nested_calls_know_who_called_them(tmp_path: Path) -> None:
    builder = TraceBuilder()
    thread = Track(TrackKind.THREAD, "main", pid=1, tid=1)
    spans = {"a": (0, 100), "b": (10, 50), "c": (12, 20), "d": (30, 45), "e": (60, 90), "f": (200, 210)}
    row = {
        name: builder.add(ts=start, dur=end - start, category=Category.RUNTIME, name=name, track=thread)
        for name, (start, end) in spans.items()
    }
    desk = Desk(builder.build(), tmp_path)
    found = about(desk, row["d"])
    assert found.parents == [row["a"], row["b"]]
    assert found.children == []
    assert found.before == {"host": row["c"]}
    assert found.after == {}
    assert about(desk, row["a"]).children == [row["b"], row["e"]]
    assert about(desk, row["b"]).children == [row["c"], row["d"]]
    assert about(desk, row["f"]).parents == []
    assert about(desk, row["f"]).before == {"host": row["a"]}


def test_neighbours_are_those_of_the_lanes(tmp_path: Path) -> None:
    desk = Desk(pipeline(), tmp_path)
    words = {LaneKind.ENGINE: "engine", LaneKind.STREAM: "stream"}
    for lane in desk.timeline.lanes:
        for rows in lane.rows:
            for place, row in enumerate(rows.tolist()):
                found = about(desk, row)
                word = words.get(lane.kind, "host")
                assert found.before.get(word) == (int(rows[place - 1]) if place else None)
                assert found.after.get(word) == (int(rows[place + 1]) if place + 1 < len(rows) else None)


def test_exposed_time_of_all_copies_that_do_not_overlap_adds_up(tmp_path: Path) -> None:
    desk = Desk(pipeline(copy_engines=1), tmp_path)
    copies = np.flatnonzero(desk.trace.category == Category.MEMCPY).tolist()
    found = [about(desk, row) for row in copies]
    (device,) = analyze_devices(desk.trace)
    assert sum(one.exposed_ns or 0 for one in found) == device.exposed_ns
    for cause, ns in device.causes.items():
        assert sum(one.causes.get(cause, 0) for one in found) == ns


def test_every_slice_of_a_random_trace_has_details(tmp_path: Path) -> None:
    desk = Desk(random_trace(5, size=400), tmp_path)
    for row in range(len(desk.trace)):
        assert about(desk, row).row == row


def test_a_row_that_is_not_there_is_refused(tmp_path: Path) -> None:
    desk = Desk(pipeline(), tmp_path)
    with pytest.raises(UsageError, match="no slice"):
        about(desk, len(desk.trace))
