"""JSON of rocprofv3."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.trace.schema import MemcpyKind
from profiler.trace.select import copies, kernels, launches, stream_count, work
from profiler.trace.tables import Trace
from profiler.trace.validate import validate
from tests.io.sample_case import row_of

CPU, GPU0, GPU1 = 9, 2**63 + 5, 77
BASE = 2_652_740_482_265_075


def record(start: int, end: int, kind: int, operation: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "size": 64, "kind": kind, "operation": operation, "thread_id": 101, "correlation_id": {"internal": 4,
        "external": 0}, "start_timestamp": BASE + start, "end_timestamp": BASE + end, **more,
    }  # fmt: skip


def dispatch(start: int, end: int, agent: int = GPU0, **more: Any) -> dict[str, Any]:
    launched = {
        "size": 64, "agent_id": {"handle": agent}, "queue_id": {"handle": 3}, "kernel_id": 2, "dispatch_id": 1,
        "private_segment_size": 16, "group_segment_size": 1024, "workgroup_size": {"x": 64, "y": 2, "z": 1},
        "grid_size": {"x": 1024, "y": 2, "z": 1},
    }  # fmt: skip
    return record(start, end, 1, dispatch_info=launched, **more)


def copied(start: int, source: int, target: int, operation: int, **more: Any) -> dict[str, Any]:
    ends = {"src_agent_id": {"handle": source}, "dst_agent_id": {"handle": target}}
    return record(start, start + 5, 2, operation, **ends, **more)


def process(**records: Any) -> dict[str, Any]:
    return {
        "metadata": {"pid": 100, "init_time": 1, "fini_time": 2, "command": ["/opt/app/transpose", "--n", "5"]},
        "agents": [
            {"size": 320, "id": {"handle": CPU}, "type": 1, "name": "cpu", "logical_node_type_id": 0},
            {"size": 320, "id": {"handle": GPU1}, "type": 2, "name": "gfx942", "logical_node_type_id": 1},
            {"size": 320, "id": {"handle": GPU0}, "type": 2, "name": "gfx942", "product_name": "Instinct MI300X",
             "cu_count": 304, "logical_node_type_id": 0},
        ],
        "kernel_symbols": [{}, {"kernel_id": 2, "kernel_name": "_Z1kPf.kd", "formatted_kernel_name": "k(float*)"}],
        "strings": {
            "buffer_records": [
                {"kind": "NONE", "operations": []},
                {"kind": "KERNEL_DISPATCH", "operations": ["KERNEL_DISPATCH_NONE"]},
                {"kind": "MEMORY_COPY", "operations": ["MEMORY_COPY_NONE", "MEMORY_COPY_HOST_TO_DEVICE",
                                                       "MEMORY_COPY_DEVICE_TO_HOST", "DEVICE_TO_DEVICE"]},
                {"kind": "HIP_RUNTIME_API_EXT", "operations": ["hipMemcpyAsync", "hipLaunchKernel"]},
                {"kind": "HSA_CORE_API", "operations": ["hsa_init"]},
                {"kind": "MARKER_CORE_RANGE_API", "operations": ["roctxThreadRangeA"]},
            ],
            "marker_api": [{"key": 8, "value": "step \u00e4"}],
        },
        "buffer_records": records,
    }  # fmt: skip


def read(folder: Path, *processes: dict[str, Any]) -> Trace:
    (folder / "out_results.json").write_text(json.dumps({"rocprofiler-sdk-tool": list(processes)}))
    return read_trace(folder / "out_results.json")


def sample() -> dict[str, Any]:
    return process(
        kernel_dispatch=[
            dispatch(100, 150, stream_id={"handle": 1}), dispatch(110, 130, GPU1), dispatch(0, 0) | {
                "start_timestamp": 0, "end_timestamp": 0},
        ],
        memory_copy=[
            copied(10, CPU, GPU0, 1, bytes=4096, stream_id={"handle": 1}), copied(20, GPU0, CPU, 2),
            copied(30, GPU0, GPU0, 3), copied(40, GPU0, GPU1, 3), copied(50, CPU, GPU1, 77),
        ],
        hip_api=[record(1, 4, 3, 1), record(5, 6, 3, 99)],
        hsa_api=[record(2, 3, 4, 0, thread_id=102)],
        marker_api=[record(0, 90, 5, 0, correlation_id={"internal": 8}), record(3, 3, 5, 0)],
        memory_allocation=[record(1, 2, 0)],
        scratch_memory=None,
    )  # fmt: skip


def test_records_of_every_kind(tmp_path: Path) -> None:
    trace = read(tmp_path, sample())
    found = [row_of(trace, row) for row in range(len(trace))]
    assert found[0] | {
        "name": "k(float*)", "ts": BASE + 100, "dur": 50, "category": "kernel", "pid": 100, "device": 0, "stream": 1,
        "correlation": 4, "track": "stream 1", "track_kind": "stream",
    } == found[0]  # fmt: skip
    assert json.loads(found[0]["args"]) == {
        "grid_size": [1024, 2, 1], "workgroup_size": [64, 2, 1], "private_segment_size": 16, "group_segment_size": 1024,
    }  # fmt: skip
    assert (found[1]["device"], found[1]["stream"], found[1]["track"]) == (1, 3, "stream 3")
    assert [(row["kind"], row["device"], row["from"], row["to"]) for row in found[3:8]] == [
        ("htod", 0, "unknown", "device"), ("dtoh", 0, "device", "unknown"), ("dtod", 0, "device", "device"),
        ("ptop", 1, "device", "device"), ("none", 1, "unknown", "device"),
    ]  # fmt: skip
    assert (found[4]["stream"], found[4]["track"]) == (-1, "device 0")
    assert (found[3]["bytes"], found[3]["name"]) == (4096, "Memcpy HtoD (Unknown -> Device)")
    assert [(row["name"], row["category"], row["track"], row["source"]) for row in found[8:]] == [
        ("hipLaunchKernel", "runtime", "thread 101", "hip_api"), ("operation 3:99", "runtime", "thread 101", "hip_api"),
        ("hsa_init", "driver", "thread 102", "hsa_api"), ("step \u00e4", "marker", "thread 101 markers", "marker_api"),
        ("roctxThreadRangeA", "marker", "thread 101 markers", "marker_api"),
    ]  # fmt: skip
    assert {name: count for name, _, count in trace.stats} == {"never_completed": 1, "rows_not_read": 1}
    assert trace.meta | {
        "format": "rocprof-json", "resolution_ns": 1, "events": 14, "processes": {"100": {"name": "transpose"}},
    } == trace.meta  # fmt: skip
    assert trace.meta["gpus"]["0"] == {"name": "Instinct MI300X", "sm_count": 304}
    assert [finding.name for finding in validate(trace) if finding.name not in trace.stats.entries] == [
        "copy_without_direction"
    ]


def test_work_is_joined_to_its_call_and_counted(tmp_path: Path) -> None:
    trace = read(tmp_path, sample())
    assert kernels(trace).tolist() == [0, 1]
    assert len(copies(trace, MemcpyKind.HTOD, MemcpyKind.DTOH)) == 2
    assert set(launches(trace)[1].tolist()) == {8}
    assert stream_count(trace, work(trace)) == 4


def test_processes_stay_apart(tmp_path: Path) -> None:
    other = process(kernel_dispatch=[dispatch(5, 6)], hip_api=[record(1, 2, 3, 1)])
    other["metadata"]["pid"] = 200
    trace = read(tmp_path, sample(), other)
    assert sorted(set(trace["pid"].tolist())) == [100, 200]
    device, host = launches(trace)
    assert (trace["pid"][device] == trace["pid"][host]).all()


def test_the_older_layout(tmp_path: Path) -> None:
    """One process without a list, and kernels under another key."""
    text = json.dumps({"rocprofiler-sdk-tool": process(kernel_dispatches=[dispatch(1, 2)])})
    (tmp_path / "old.json.gz").write_bytes(gzip.compress(text.encode()))
    trace = read_trace(tmp_path / "old.json.gz")
    assert (trace.meta["format"], trace.name_of(0)) == ("rocprof-json", "k(float*)")


def test_bytes_that_are_no_text_in_fields_that_are_not_read(tmp_path: Path) -> None:
    """Arguments of calls hold whatever the memory held."""
    text = json.dumps({"rocprofiler-sdk-tool": [process(hip_api=[record(1, 2, 3, 1, args="BAD")])]}).encode()
    (tmp_path / "t.json").write_bytes(text.replace(b"BAD", b"@\xa8\xec"))
    assert len(read_trace(tmp_path / "t.json")) == 1


@pytest.mark.parametrize("value", ["soon", 1.5, [1], {}, True])
def test_times_that_are_none(value: object, tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match="start_timestamp"):
        read(tmp_path, process(kernel_dispatch=[{**dispatch(1, 2), "start_timestamp": value}]))


def test_times_beyond_reason_and_missing_ones(tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match="beyond"):
        read(tmp_path, process(kernel_dispatch=[{**dispatch(1, 2), "end_timestamp": 2**63 - 1}]))
    with pytest.raises(TraceReadError):
        read(tmp_path, process(kernel_dispatch=[{**dispatch(1, 2), "end_timestamp": 2**70}]))
    some = [{key: value for key, value in dispatch(1, 2).items() if key != gone} for gone in ("start_timestamp",)]
    trace = read(tmp_path, process(kernel_dispatch=[*some, {**dispatch(1, 2), "end_timestamp": None}]))
    assert {name: count for name, _, count in trace.stats} == {"missing_start": 1, "never_completed": 1}


def test_a_cut_file(tmp_path: Path) -> None:
    text = json.dumps({"rocprofiler-sdk-tool": [sample()]})
    (tmp_path / "t.json").write_text(text[:-40])
    with pytest.raises(TraceReadError, match="is no JSON of rocprofv3") as caught:
        read_trace(tmp_path / "t.json")
    assert caught.value.where == str(tmp_path / "t.json")


def test_an_empty_list(tmp_path: Path) -> None:
    assert len(read(tmp_path)) == 0
