"""Databases of nvprof and the Visual Profiler."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.trace.select import kernels, launches, stream_count, work
from profiler.trace.validate import validate
from tests.io.databases import Table, write_database
from tests.io.sample_case import row_of

CUPTI = "CUPTI_ACTIVITY_KIND_"
STRINGS: Table = [
    {"_id_": 1, "value": "_Z4gemmPi"},
    {"_id_": 2, "value": "GeForce GTX 950"},
    {"_id_": 3, "value": "step"},
    {"_id_": 4, "value": "mark"},
]
PLACE = {"deviceId": 0, "contextId": 1, "streamId": 13}


def kernel(start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"_id_": 1, "start": start, "end": end, **PLACE, "correlationId": 5, "name": 1, "gridX": 2, **more}


def marker(flags: int, stamp: int, number: int, name: int, thread: int = 11) -> dict[str, Any]:
    where = struct.pack("<III", 10, thread, 0)
    return {"flags": flags, "timestamp": stamp, "id": number, "objectKind": 2, "objectId": where, "name": name}


def read(path: Path, tables: dict[str, Table]) -> Any:
    return read_trace(
        write_database(path / "p.nvvp", {"StringTable": STRINGS, **{CUPTI + k: v for k, v in tables.items()}})
    )


def test_rows_of_every_kind(tmp_path: Path) -> None:
    calls = {"cbid": 211, "processId": 10, "threadId": 11, "correlationId": 5}
    trace = read(
        tmp_path,
        {
            "KERNEL": [kernel(10**18, 10**18 + 1)],
            "CONCURRENT_KERNEL": [kernel(10**18 + 5, 10**18 + 9, streamId=14)],
            "MEMCPY": [
                {"start": 10**18, "end": 10**18 + 3, **PLACE, "bytes": 64, "copyKind": 1, "srcKind": 1, "dstKind": 3}
            ],
            "MEMSET": [{"start": 10**18 + 3, "end": 10**18 + 4, **PLACE, "bytes": 8}],
            "RUNTIME": [
                {"start": 10**18 - 9, "end": 10**18 - 5, **calls},
                {"start": 1, "end": 2, **calls, "cbid": 999},
            ],
            "DRIVER": [{"start": 10**18 - 8, "end": 10**18 - 6, **calls, "cbid": 307, "correlationId": 4}],
            "DEVICE": [{"id": 0, "name": 2}],
            "CONTEXT": [{"contextId": 1}],
            "OVERHEAD": [{"start": 1, "end": 2}],
        },
    )
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [(row["category"], row["name"]) for row in found] == [
        ("kernel", "_Z4gemmPi"),
        ("kernel", "_Z4gemmPi"),
        ("memcpy", "Memcpy HtoD (Pageable -> Device)"),
        ("memset", "Memset"),
        ("runtime", "cudaLaunchKernel"),
        ("runtime", "runtime call 999"),
        ("driver", "cuLaunchKernel"),
    ]
    assert {row["pid"] for row in found} == {10}
    assert (found[2]["kind"], found[2]["from"], found[2]["to"]) == ("htod", "pageable", "device")
    assert stream_count(trace, work(trace)) == 2
    assert launches(trace)[0].tolist() == [0, 1]
    assert trace.meta["format"] == "nvprof-sqlite"
    assert trace.meta["gpus"] == {"0": {"name": "GeForce GTX 950"}}
    assert trace.meta["events"] == 8
    assert {name: count for name, _, count in trace.stats} == {"rows_not_read": 1}
    assert validate(trace) == []


def test_records_that_never_completed(tmp_path: Path) -> None:
    trace = read(tmp_path, {"CONCURRENT_KERNEL": [kernel(0, 0, completed=0), kernel(5, 9, completed=9)]})
    assert kernels(trace).tolist() == [1]
    assert trace.stats.count("never_completed") == 1


def test_markers_are_two_rows_a_range(tmp_path: Path) -> None:
    rows = [marker(2, 10, 1, 3), marker(2, 20, 2, 3, 12), marker(1, 15, 9, 4), marker(4, 30, 1, 0), marker(4, 50, 8, 0)]
    trace = read(tmp_path, {"MARKER": rows})
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [(row["name"], row["ts"], row["dur"], row["track"]) for row in found] == [
        ("step", 10, 20, "thread 11 NVTX"),
        ("step", 20, -1, "thread 12 NVTX"),
        ("mark", 15, 0, "thread 11 NVTX"),
    ]
    assert {name: count for name, _, count in trace.stats} == {"never_completed": 1, "nvprof_unmatched_end": 1}


def test_calls_of_two_processes_leave_the_process_open(tmp_path: Path) -> None:
    calls = [
        {"start": 1, "end": 2, "cbid": 31, "processId": pid, "threadId": 1, "correlationId": 5} for pid in (10, 20)
    ]
    trace = read(tmp_path, {"KERNEL": [kernel(5, 6)], "RUNTIME": calls})
    assert trace["pid"].tolist() == [-1, 10, 20]


def test_view_is_refused(tmp_path: Path) -> None:
    path = write_database(
        tmp_path / "p.nvvp",
        {"StringTable": STRINGS, f"{CUPTI}MEMSET": [{"start": 1, "end": 2}]},
        f"CREATE VIEW {CUPTI}KERNEL AS SELECT 1 AS start",
    )
    with pytest.raises(TraceReadError, match="a view"):
        read_trace(path)


def test_either_table_of_kernels_may_be_empty(tmp_path: Path) -> None:
    path = write_database(
        tmp_path / "p.nvvp",
        {"StringTable": STRINGS, f"{CUPTI}CONCURRENT_KERNEL": [kernel(10**18, 10**18 + 2)]},
        f"CREATE TABLE {CUPTI}KERNEL (start INTEGER, end INTEGER, name INTEGER)",
    )
    trace = read_trace(path)
    assert kernels(trace).tolist() == [0]
    assert trace.ts.tolist() == [10**18]


def test_kinds_of_copies(tmp_path: Path) -> None:
    kinds = (1, 2, 8, 10, 11, 12)
    rows = [{"start": 1, "end": 2, **PLACE, "bytes": 4, "copyKind": k, "srcKind": 3, "dstKind": 3} for k in kinds]
    trace = read(tmp_path, {"MEMCPY": rows})
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [(row["kind"], row["category"]) for row in found] == [
        ("htod", "memcpy"), ("dtoh", "memcpy"), ("dtod", "memcpy"), ("ptop", "memcpy"), ("um_htod", "migration"),
        ("um_dtoh", "migration"),
    ]  # fmt: skip
