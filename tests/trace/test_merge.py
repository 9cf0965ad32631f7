"""Traces of several processes and hosts as one: exact times, and nothing joined that does not belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.analysis.analyze import analyze
from profiler.errors import UsageError
from profiler.trace.builder import TraceBuilder
from profiler.trace.merge import Member, merge
from profiler.trace.schema import COLUMNS, NO_TIME, Category, EdgeKind, MemcpyKind, Severity, TrackKind
from profiler.trace.select import launches
from profiler.trace.tables import Trace, Track
from profiler.trace.validate import validate
from tests.io.traces import column_of, traces


def rank(base_ns: int | None, *, kernel: int, copy: int, pid: int = 1, device: int = 0, **meta: Any) -> Trace:
    """A kernel of 100 ns with its call 50 ns before it, and a copy of 60 ns, in a process and on a GPU."""
    builder = TraceBuilder()
    stream = builder.track(Track(TrackKind.STREAM, "stream 7", pid=pid, device=device, context=1, stream=7))
    thread = builder.track(Track(TrackKind.THREAD, "main", pid=pid, tid=9))
    place = {"pid": pid, "device": device, "context": 1, "stream": 7}
    call = builder.add(ts=kernel - 50, dur=10, category=Category.RUNTIME, name="cudaLaunchKernel", track=thread,
                       pid=pid, correlation_id=5)  # fmt: skip
    work = builder.add(ts=kernel, dur=100, category=Category.KERNEL, name="gemm", track=stream, correlation_id=5,
                       queued_ns=kernel - 20, request=0, args='{"a":1}', **place)  # fmt: skip
    builder.add(ts=copy, dur=60, category=Category.MEMCPY, name="HtoD", track=stream, request=0,
                memcpy_kind=MemcpyKind.HTOD, **place)  # fmt: skip
    builder.add_edge(call, work, EdgeKind.LAUNCH)
    counter = builder.track(Track(TrackKind.COUNTER, "power", pid=pid))
    builder.add_counters(np.array([kernel]), counter, np.array([1.5]))
    builder.meta.update(format="kineto", resolution_ns=1, gpus={str(device): {"name": "A"}}, **meta)
    if base_ns is not None:
        builder.meta["clock"] = {"base_ns": base_ns}
    return builder.build()


def members(*found: Trace, **fields: Any) -> list[Member]:
    return [Member(trace, f"{number}.json", **fields) for number, trace in enumerate(found)]


def test_times_come_onto_the_clock_of_the_first() -> None:
    merged = merge(members(rank(1_000_000, kernel=100, copy=300), rank(1_000_030, kernel=100, copy=300, pid=2)))
    assert merged.ts.tolist() == [50, 100, 300, 80, 130, 330]
    assert merged["queued_ns"].tolist() == [NO_TIME, 80, NO_TIME, NO_TIME, 110, NO_TIME]
    assert merged.counters.ts.tolist() == [100, 130]
    assert [merged.tracks[track].pid for track in merged.counters.track] == [1, 2]
    assert merged.meta["clock"] == {"base_ns": 1_000_000}
    assert [source["offset_ns"] for source in merged.meta["sources"]] == [0, 30]
    assert validate(merged) == []


def test_a_clock_that_began_earlier_gives_negative_times() -> None:
    merged = merge(members(rank(10**18, kernel=100, copy=300), rank(10**18 - 500, kernel=100, copy=300, pid=2)))
    assert merged.ts.tolist()[3:] == [-450, -400, -200]


def test_an_offset_stands_in_place_of_the_stated_beginning() -> None:
    found = [Member(rank(5, kernel=100, copy=300), "a"), Member(rank(99, kernel=100, copy=300), "b", offset_ns=-7)]
    assert merge(found).ts.tolist() == [50, 100, 300, 43, 93, 293]
    found[1] = Member(rank(None, kernel=100, copy=300), "b", offset_ns=1000)
    assert merge(found).ts.tolist()[3:] == [1050, 1100, 1300]


def test_one_process_number_in_two_files_is_two_processes() -> None:
    merged = merge(members(rank(0, kernel=100, copy=300), rank(0, kernel=100_100, copy=300)))
    first, second = sorted(set(merged["pid"].tolist()))
    device, host = launches(merged)
    assert merged.ts[host].tolist() == [50, 100_050]
    assert merged["pid"][device].tolist() == merged["pid"][host].tolist() == [1, first if first != 1 else second]
    assert merged["correlation_id"].tolist() == [5, 5, -1, 5, 5, -1]
    assert merged.stats.count("processes_renumbered") == 1
    renumbered = first if first != 1 else second
    assert merged.meta["processes"][str(renumbered)] == {"source": "1.json", "number": 1}
    assert merged.tracks[3].pid == renumbered


def test_unknown_processes_of_two_files_do_not_join() -> None:
    merged = merge(members(rank(0, kernel=100, copy=300, pid=-1), rank(0, kernel=100_100, copy=300, pid=-1)))
    device, host = launches(merged)
    assert merged.ts[host].tolist() == [50, 100_050]
    assert merged.ts[device].tolist() == [100, 100_100]


def test_a_gpu_of_another_host_hides_nothing() -> None:
    """The copy of one lies under the kernel of the other, which is another GPU unless both say they share a host."""
    one, other = rank(0, kernel=1000, copy=120, pid=1), rank(0, kernel=100, copy=1030, pid=2)
    apart = analyze(merge(members(one, other)))
    assert [(device.kernels, device.hidden_ns) for device in apart.devices] == [(1, 0), (1, 0)]
    same = analyze(merge(members(one, other, host="node")))
    assert [(device.kernels, device.hidden_ns) for device in same.devices] == [(2, 120)]
    stated = analyze(
        merge(members(*(rank(0, kernel=k, copy=c, pid=k, host="n1") for k, c in ((1000, 120), (100, 1030)))))
    )
    assert [device.hidden_ns for device in stated.devices] == [120]


def test_one_gpu_under_two_numbers_is_known_by_its_uuid() -> None:
    """Each process counts the GPUs that it may see; containers have host names of their own."""
    one, other = rank(0, kernel=1000, copy=120, pid=1), rank(0, kernel=100, copy=1030, pid=2, device=3)
    found = [
        trace.with_meta(gpus={number: {"name": "A", "uuid": uuid}})
        for trace, number, uuid in ((one, "0", "u1"), (other, "3", "u1"))
    ]
    assert [(device.device, device.hidden_ns) for device in analyze(merge(members(*found))).devices] == [(0, 120)]
    found[1] = other.with_meta(gpus={"3": {"name": "A", "uuid": "u2"}})
    assert [device.hidden_ns for device in analyze(merge(members(*found, host="same"))).devices] == [0, 0]


def test_devices_without_a_number_are_kept_apart_too() -> None:
    one, other = rank(0, kernel=1000, copy=120, device=-1), rank(0, kernel=100, copy=1030, device=-1)
    merged = merge(members(one, other))
    assert [device.hidden_ns for device in analyze(merged).devices] == [0, 0]
    assert merged["device"][merged.category == Category.RUNTIME].tolist() == [-1, -1]


def test_renumbered_gpus_keep_their_names_and_numbers() -> None:
    merged = merge(members(rank(0, kernel=100, copy=300), rank(0, kernel=100, copy=300, pid=2)))
    assert merged.meta["gpus"] == {
        "0": {"name": "A", "source": "0.json"},
        "1": {"name": "A", "source": "1.json", "number": 0},
    }
    assert [track.device for track in merged.tracks if track.kind == TrackKind.STREAM] == [0, 1]
    assert [device.name for device in analyze(merged).devices] == ["A", "A"]


def test_requests_edges_and_arguments_stay_with_their_rows() -> None:
    merged = merge(members(rank(0, kernel=100, copy=300), rank(0, kernel=100, copy=300, pid=2)))
    assert merged["request"].tolist() == [-1, 0, 0, -1, 1, 1]
    assert merged.edges.source.tolist() == [0, 3]
    assert merged.edges.target.tolist() == [1, 4]
    assert merged.args is not None
    assert [merged.args[row] for row in range(6)] == ["", '{"a":1}', "", "", '{"a":1}', ""]


def test_requests_of_any_number_fit() -> None:
    one, other = (rank(0, kernel=100, copy=300, pid=pid) for pid in (1, 2))
    column = np.array([-1, 2**31 - 1, 7], np.int32)
    merged = merge(members(one.with_columns({"request": column}), other.with_columns({"request": column})))
    assert merged["request"].tolist() == [-1, 2**31 - 1, 7, -1, 1, 0]


def test_each_process_keeps_its_default_stream() -> None:
    found = [rank(0, kernel=1000, copy=100, pid=pid, default_streams=streams) for pid, streams in ((1, [7]), (2, []))]
    causes = [dict(device.causes) for device in analyze(merge(members(*found))).devices]
    assert causes[0] == {"default-stream": 60}
    assert "default-stream" not in causes[1]


def test_records_that_never_ran_stay_so() -> None:
    found = [rank(base, kernel=100, copy=300, pid=pid) for base, pid in ((0, 1), (777, 2))]
    builder = TraceBuilder()
    stream = builder.track(Track(TrackKind.STREAM, "s", pid=3, device=0, stream=1))
    builder.add(ts=0, dur=0, category=Category.KERNEL, name="never", track=stream, pid=3, device=0)
    builder.add(ts=5, dur=-1, category=Category.KERNEL, name="cut", track=stream, pid=3, device=0)
    builder.stats.add("never_completed", Severity.DATA_LOSS, 2)
    builder.meta["clock"] = {"base_ns": 100}
    merged = merge(members(*found, builder.build()))
    assert merged.ts.tolist()[-2:] == [0, 105]
    assert merged.stats.count("never_completed") == 2
    assert sum(device.kernels or 0 for device in analyze(merged).devices) == 2


def test_without_any_stated_clock_times_are_taken_as_they_are() -> None:
    merged = merge(members(rank(None, kernel=100, copy=300), rank(None, kernel=100, copy=300, pid=2)))
    assert merged.ts.tolist() == [50, 100, 300] * 2
    assert merged.stats.count("clock_base_unknown") == 2


@pytest.mark.parametrize(("bases", "blamed"), [((1, None), "1.json"), ((None, 1), "0.json")])
def test_a_trace_without_a_clock_among_others_is_refused(bases: tuple[int | None, ...], blamed: str) -> None:
    with pytest.raises(UsageError, match="does not say when its clock began") as caught:
        merge(members(*(rank(base, kernel=100, copy=300) for base in bases)))
    assert caught.value.where == blamed


def test_times_out_of_range_and_durations_alone_are_refused() -> None:
    with pytest.raises(UsageError, match="leave the range"):
        merge([Member(rank(0, kernel=100, copy=300), "a"), Member(rank(0, kernel=1, copy=3), "b", offset_ns=1 << 62)])
    with pytest.raises(UsageError, match="no times"):
        merge([Member(Trace({}, meta={"format": "trtexec-profile"}), "a")])


@settings(max_examples=60, deadline=None)
@given(st.lists(traces(), min_size=1, max_size=3))
def test_every_row_of_every_trace_is_there(found: list[Trace]) -> None:
    merged = merge(members(*found))
    assert len(merged) == sum(map(len, found))
    at = 0
    for trace in found:
        rows = slice(at, at := at + len(trace))
        for name in COLUMNS:
            if name not in ("track", "pid", "device", "request"):
                assert column_of(merged, name)[rows] == column_of(trace, name), name
        for place, row in enumerate(range(rows.start, rows.stop)):
            was, is_now = trace.tracks[trace["track"][place]], merged.tracks[merged["track"][row]]
            assert (was.kind, was.name, was.tid, was.stream) == (is_now.kind, is_now.name, is_now.tid, is_now.stream)
