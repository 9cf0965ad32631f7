"""Exported Nsight Systems reports: what versions leave out, what processes share, and what must not be believed."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from profiler.errors import TraceReadError
from profiler.io import nsys_sqlite, read_trace
from profiler.trace.schema import MemcpyKind
from profiler.trace.select import copies, devices, graphs, kernels, launches, migrations, stream_count, work
from profiler.trace.validate import validate
from tests.io.databases import Table, write_database
from tests.io.sample_case import row_of

KERNEL, MEMCPY, RUNTIME = (f"CUPTI_ACTIVITY_KIND_{kind}" for kind in ("KERNEL", "MEMCPY", "RUNTIME"))


def gid(pid: int, tid: int = 0) -> int:
    return (1 << 48) | pid << 24 | tid


STRINGS: Table = [
    {"id": 1, "value": "void gemm<int>(int*)"},
    {"id": 2, "value": "gemm"},
    {"id": 3, "value": "cudaLaunchKernel_v7000"},
    {"id": 4, "value": "cuLaunchKernel"},
    {"id": 5, "value": "python3"},
    {"id": 6, "value": "registered"},
]


def kernel(start: int, end: int | None, pid: int = 10, **more: Any) -> dict[str, Any]:
    place = {"deviceId": 0, "contextId": 1, "streamId": 7, "globalPid": gid(pid), "correlationId": 5}
    return {"start": start, "end": end, **place, "demangledName": 1, "shortName": 2, "gridX": 4, "blockX": 64, **more}


def copy(start: int, end: int, kind: int, **more: Any) -> dict[str, Any]:
    place = {"deviceId": 0, "contextId": 1, "streamId": 7, "globalPid": gid(10), "correlationId": 6}
    return {"start": start, "end": end, **place, "bytes": 64, "copyKind": kind, "srcKind": 1, "dstKind": 2, **more}


def call(start: int, end: int, pid: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "start": start, "end": end, "eventClass": 0, "globalTid": gid(pid, 11), "correlationId": 5, "nameId": 3, **more,
    }  # fmt: skip


def read(path: Path, tables: dict[str, Table], *statements: str) -> Any:
    return read_trace(write_database(path / "r.sqlite", {"StringIds": STRINGS, **tables}, *statements))


def test_rows_of_every_kind(tmp_path: Path) -> None:
    place = {"deviceId": 0, "contextId": 1, "streamId": 7, "globalPid": gid(10), "correlationId": 7}
    trace = read(
        tmp_path,
        {
            KERNEL: [kernel(100, 150)],
            MEMCPY: [copy(160, 170, 1)],
            "CUPTI_ACTIVITY_KIND_MEMSET": [{"start": 171, "end": 172, **place, "bytes": 8, "memKind": 2}],
            "CUPTI_ACTIVITY_KIND_GRAPH_TRACE": [{"start": 200, "end": 230, **place, "graphId": 3}],
            "CUPTI_ACTIVITY_KIND_SYNCHRONIZATION": [
                {"start": 180, "end": 240, **place, "syncType": 4, "streamId": 0xFFFFFFFF}
            ],
            RUNTIME: [call(90, 95), call(60, 70, eventClass=1, nameId=4)],
            "CUPTI_ACTIVITY_KIND_OVERHEAD": [call(20, 30, nameId=2)],
            "OSRT_API": [call(5, 9, nameId=5)],
            "ThreadNames": [{"nameId": 5, "globalTid": gid(10, 11)}],
            "TARGET_INFO_GPU": [{"id": 0, "name": "a GPU", "smCount": 28, "asyncEngines": 2, "busLocation": "x"}],
            "TARGET_INFO_SESSION_START_TIME": [{"utcEpochNs": 1_700_000_000_000_000_000}],
            "META_DATA_EXPORT": [{"name": "EXPORT_SCHEMA_VERSION", "value": "3.24.0"}],
            "SCHED_EVENTS": [{"start": 1, "cpu": 2}],
        },
    )  # fmt: skip
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [row["category"] for row in found] == [
        "kernel", "memcpy", "memset", "graph", "sync", "runtime", "driver", "overhead", "marker",
    ]  # fmt: skip
    assert found[0] | {
        "name": "void gemm<int>(int*)", "ts": 100, "dur": 50, "track": "stream 7", "pid": 10, "device": 0,
        "context": 1, "stream": 7, "correlation": 5, "args": '{"gridX":4,"blockX":64}',
    } == found[0]  # fmt: skip
    assert found[1]["name"] == "Memcpy HtoD (Pinned -> Device)"
    assert (found[1]["kind"], found[1]["from"], found[1]["to"], found[1]["bytes"]) == ("htod", "pinned", "device", 64)
    assert (found[4]["track_kind"], found[4]["name"], found[4]["stream"]) == ("sync", "Context Sync", -1)
    assert (found[5]["name"], found[5]["track"], found[5]["tid"]) == ("cudaLaunchKernel", "thread 11 (python3)", 11)
    assert trace.meta["gpus"] == {"0": {"name": "a GPU", "sm_count": 28, "copy_engines": 2, "bus": "x"}}
    assert trace.meta["clock"] == {"base_ns": 1_700_000_000_000_000_000}
    assert trace.meta["events"] == 10
    assert {name: count for name, _, count in trace.stats} == {"graphs_traced_whole": 1, "rows_not_read": 1}
    assert stream_count(trace, work(trace)) == 1
    assert len(graphs(trace)) == 1
    assert validate(trace) == []


def test_oldest_columns_only(tmp_path: Path) -> None:
    trace = read(tmp_path, {KERNEL: [{"start": 1, "end": 3, "deviceId": 2, "streamId": 7, "shortName": 2}]})
    row = row_of(trace, 0)
    assert (row["name"], row["device"], row["context"], row["pid"], row["correlation"]) == ("gemm", 2, -1, -1, -1)
    assert row["args"] == ""


def test_correlation_ids_of_two_processes(tmp_path: Path) -> None:
    trace = read(
        tmp_path,
        {
            KERNEL: [kernel(100, 110, 10), kernel(50, 60, 20, deviceId=1, contextId=2)],
            RUNTIME: [call(90, 95, 10), call(40, 45, 20)],
        },
    )
    device, host = launches(trace)
    assert list(zip(device.tolist(), host.tolist(), strict=True)) == [(0, 2), (1, 3)]
    assert validate(trace) == []


def test_same_process_number_on_two_machines(tmp_path: Path) -> None:
    other = (2 << 48) | 10 << 24
    trace = read(tmp_path, {KERNEL: [kernel(1, 2, 10), kernel(1, 2, globalPid=other)]})
    assert trace["pid"].tolist() == [10, other >> 24]
    assert stream_count(trace, work(trace)) == 2


def test_visible_devices_are_mapped_to_physical_ones(tmp_path: Path) -> None:
    trace = read(
        tmp_path,
        {
            KERNEL: [kernel(1, 2, 10), kernel(1, 2, 20)],
            "TARGET_INFO_CUDA_DEVICE": [{"gpuId": 3, "cudaId": 0, "pid": 10}, {"gpuId": 4, "cudaId": 0, "pid": 20}],
        },
    )
    assert trace["device"].tolist() == [3, 4]


def test_waits_get_the_device_of_their_context(tmp_path: Path) -> None:
    wait = {"start": 5, "end": 6, "deviceId": 0, "contextId": 2, "streamId": 9, "globalPid": gid(20), "syncType": 3}
    trace = read(
        tmp_path,
        {KERNEL: [kernel(1, 2, 20, deviceId=1, contextId=2)], "CUPTI_ACTIVITY_KIND_SYNCHRONIZATION": [wait]},
    )
    assert trace["device"].tolist() == [1, 1]
    assert devices(trace) == [1]


def test_migrations_are_neither_copies_nor_work(tmp_path: Path) -> None:
    trace = read(tmp_path, {MEMCPY: [copy(1, 5, 11), copy(6, 9, 12), copy(10, 12, 1), copy(13, 14, 99)]})
    assert len(migrations(trace)) == 2
    assert copies(trace, MemcpyKind.HTOD).tolist() == [2]
    assert trace["memcpy_kind"].tolist() == [11, 12, 1, 0]
    assert trace.stats.count("unified_memory_migrations") == 2


def test_records_that_never_completed(tmp_path: Path) -> None:
    trace = read(tmp_path, {KERNEL: [kernel(0, 0), kernel(9, 5), kernel(7, None), kernel(3, 3)]})
    assert trace.dur.tolist() == [0, -4, -1, 0]
    assert kernels(trace).tolist() == [3]
    assert {name: count for name, _, count in trace.stats} == {"never_completed": 2, "negative_duration": 1}


def nvtx(start: int, end: int | None, kind: int, text: str | None, **more: Any) -> dict[str, Any]:
    return {
        "start": start, "end": end, "eventType": kind, "text": text, "globalTid": gid(10, 11), "textId": None,
        "domainId": 0, **more,
    }  # fmt: skip


def test_nvtx(tmp_path: Path) -> None:
    rows = [
        nvtx(1, 9, 59, "outer"),
        nvtx(2, None, 59, "open"),
        nvtx(3, None, 34, "mark"),
        nvtx(4, 20, 60, None, textId=6, domainId=7),
        nvtx(0, None, 75, "CCCL", domainId=7),
        nvtx(0, None, 33, "a category"),
        nvtx(5, None, 12, "odd"),
    ]
    trace = read(tmp_path, {"NVTX_EVENTS": rows})
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [(row["name"], row["dur"], row["track"]) for row in found] == [
        ("outer", 8, "thread 11 NVTX"),
        ("open", -1, "thread 11 NVTX"),
        ("mark", 0, "thread 11 NVTX"),
        ("registered", 16, "thread 11 NVTX CCCL start-end"),
    ]
    assert {row["track_kind"] for row in found} == {"nvtx"}
    assert {name: count for name, _, count in trace.stats} == {"never_completed": 1, "nvtx_events_not_read": 1}


def test_report_without_cuda_says_why(tmp_path: Path) -> None:
    told = [
        {"timestamp": 1, "severity": 3, "text": "No CUDA events collected."},
        {"timestamp": 1, "severity": 1, "text": "fine"},
    ]
    trace = read(tmp_path, {"DIAGNOSTIC_EVENT": told})
    assert len(trace) == 0
    assert trace.meta["diagnostics"] == ["No CUDA events collected."]


def test_strings_that_are_missing_are_counted(tmp_path: Path) -> None:
    trace = read(tmp_path, {KERNEL: [kernel(1, 2, demangledName=77)]})
    assert trace.name_of(0) == ""
    assert trace.stats.count("missing_string") == 1


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        ([f"CREATE VIEW {KERNEL} AS SELECT 1 AS start, 2 AS end"], "a view"),
        ([f"CREATE VIRTUAL TABLE {KERNEL} USING fts5(start)"], "a virtual table"),
        ([f"CREATE TABLE {KERNEL} (start INTEGER, end INTEGER AS (start + 1))"], "computed columns"),
    ],
)
def test_what_would_run_code_is_refused(statements: list[str], what: str, tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match=what):
        read(tmp_path, {}, *statements)


@pytest.mark.parametrize("value", ["soon", 1.5, 2**62 + 1, b"blob"])
def test_times_that_are_none(value: object, tmp_path: Path) -> None:
    with pytest.raises(TraceReadError) as caught:
        read(tmp_path, {KERNEL: [{**kernel(1, 2), "start": value}]})
    assert caught.value.where == str(tmp_path / "r.sqlite")


def test_nothing_is_written_beside_the_report(tmp_path: Path) -> None:
    path = write_database(tmp_path / "a #1?%20.sqlite", {"StringIds": STRINGS, KERNEL: [kernel(1, 2)]})
    before = path.read_bytes()
    assert len(nsys_sqlite.read(path)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_report_still_being_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "live.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE StringIds (id, value)")
    connection.commit()
    for name in ("live.sqlite", "live.sqlite-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"copy{name.removeprefix('live')}")
    connection.close()
    with pytest.raises(TraceReadError, match="was not closed"):
        nsys_sqlite.read(tmp_path / "copy.sqlite")


@pytest.mark.parametrize("keep", [16, 100, 5000])
def test_cut_database(keep: int, tmp_path: Path) -> None:
    rows = [kernel(number, number + 1) for number in range(500)]
    path = write_database(tmp_path / "r.sqlite", {"StringIds": STRINGS, KERNEL: rows})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(TraceReadError):
        read_trace(path)


def test_sqlite_of_something_else_is_in_no_format_known(tmp_path: Path) -> None:
    path = write_database(tmp_path / "other.sqlite", {"contacts": [{"name": "x"}]})
    with pytest.raises(TraceReadError, match="in no format known"):
        read_trace(path)


def test_schema_2_has_its_metadata_in_another_table(tmp_path: Path) -> None:
    """Nsight Systems before 2022: EXPORT_META_DATA, and a report without StringIds is still told by it."""
    about = [{"name": "EXPORT_SCHEMA_VERSION", "value": "2.7.1"}, {"name": "EXPORT_HOST", "value": "box"}]
    path = write_database(tmp_path / "r.sqlite", {"EXPORT_META_DATA": about, KERNEL: [kernel(1, 2)]})
    trace = read_trace(path)
    assert trace.meta["format"] == "nsys-sqlite"
    assert trace.meta["exporter"] == {"EXPORT_SCHEMA_VERSION": "2.7.1"}
    assert kernels(trace).tolist() == [0]


def test_migrations_between_devices_are_no_copies(tmp_path: Path) -> None:
    """Kind 13, which no other profiler has a number for."""
    trace = read(tmp_path, {MEMCPY: [copy(1, 5, 13), copy(6, 9, 8)]})
    assert len(migrations(trace)) == 1
    assert copies(trace).tolist() == [1]


def test_event_records_are_no_slices(tmp_path: Path) -> None:
    """CUDA_EVENT has times of 0 where they were not collected: such a record must make no slice and no span."""
    record = {"timestamp": 0, "deviceId": 0, "contextId": 1, "streamId": 7, "globalPid": gid(10), "eventId": 2}
    trace = read(tmp_path, {KERNEL: [kernel(5, 6)], "CUPTI_ACTIVITY_KIND_CUDA_EVENT": [record, record]})
    assert len(trace) == 1
    assert {name: count for name, _, count in trace.stats} == {"rows_not_read": 2}
    assert trace.meta["events"] == 3


def test_two_processes_on_several_devices_without_any_target_info(tmp_path: Path) -> None:
    """As newer exports leave it out: devices are known by their numbers, and streams by process, device and context."""
    rows = [
        kernel(1, 2, 10), kernel(3, 4, 20), kernel(5, 6, 10, deviceId=3, streamId=15),
        kernel(7, 8, 10, contextId=2), kernel(9, 10, 10),
    ]  # fmt: skip
    calls = [call(0, 1, pid, correlationId=number) for pid in (10, 20) for number in (5, 6)]
    trace = read(tmp_path, {KERNEL: rows, RUNTIME: calls})
    assert devices(trace) == [0, 3]
    assert stream_count(trace, work(trace)) == 4
    assert "gpus" not in trace.meta
    device, host = launches(trace)
    assert (trace["pid"][device] == trace["pid"][host]).all()
    assert len(device) == 5


def test_visible_devices_of_one_process_only(tmp_path: Path) -> None:
    """A process that the table does not name keeps its own numbers; a row without a number is passed over."""
    visible = [{"gpuId": 3, "cudaId": 0, "pid": 10}, {"gpuId": None, "cudaId": 1, "pid": 10}]
    trace = read(tmp_path, {KERNEL: [kernel(1, 2, 10), kernel(1, 2, 20)], "TARGET_INFO_CUDA_DEVICE": visible})
    assert trace["device"].tolist() == [3, 0]


def test_a_report_of_two_sessions_starts_with_the_first(tmp_path: Path) -> None:
    times = [{"utcEpochNs": 1_700_000_000_000_000_000}, {"utcEpochNs": 1_700_000_100_000_000_000}]
    trace = read(tmp_path, {KERNEL: [kernel(1, 2)], "TARGET_INFO_SESSION_START_TIME": times})
    assert trace.meta["clock"] == {"base_ns": 1_700_000_000_000_000_000}
