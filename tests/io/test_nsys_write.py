"""Exports of our own: read back whole, read by an independent reader of Nsight Systems' exports, and by ourselves
without our tables."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nsys_ai.profile import Profile
from nsys_ai.skills.registry import get_skill

from profiler.errors import OutputError, TraceReadError
from profiler.io import nsys_sqlite, read_trace, write_trace
from profiler.io.losses import losses
from profiler.io.nsys_names import short_name
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, MISSING, Category, EdgeKind, MemcpyKind, TrackKind
from profiler.trace.select import copies, devices, graphs, kernels, launches, memsets, migrations, stream_count, work
from profiler.trace.tables import Trace, Track
from profiler.trace.validate import structure, validate
from tests.io.traces import column_of, rest_of, traces

H100 = "nsysai-h100_2gpu_1s.sqlite"
RTX3060 = "flameox-rtx3060-nsight-2025.5.2.sqlite"
T4 = "nsightful-t4-power_iteration.sqlite"
A100 = "hta-a100-trace_diff-control.json.gz"
OWN = ("LANESCOPE_HEADER", "LANESCOPE_SLICES", "LANESCOPE_TRACKS", "LANESCOPE_EDGES", "LANESCOPE_COUNTERS")

Find = Callable[[str], Path]


def rows(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def without_own_tables(path: Path) -> Trace:
    with closing(sqlite3.connect(path)) as connection:
        for table in OWN:
            connection.execute(f"DROP TABLE {table}")
        connection.commit()
    return read_trace(path)


@settings(max_examples=150)
@given(traces())
def test_round_trip(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        nsys_sqlite.write(trace, Path(folder) / "t.sqlite")
        back = read_trace(Path(folder) / "t.sqlite")
    assert (back.meta["format"], back.meta["source_format"]) == ("nsys-sqlite", "made")
    assert back.names == trace.names
    for name in COLUMNS:
        assert back[name].dtype == trace[name].dtype
        assert column_of(back, name) == column_of(trace, name), name
    assert rest_of(back) == rest_of(trace)


def sample() -> Trace:
    """One slice of every category, and some that tables of Nsight Systems cannot hold."""
    builder = TraceBuilder()
    builder.meta |= {"gpus": {"3": {"name": "a GPU", "sm_count": 28}}, "processes": {"40": {"name": "python"}}}
    builder.meta |= {"clock": {"base_ns": 1_700_000_000_000_000_000}, "diagnostics": ["odd"], "default_streams": [7]}
    main = Track(TrackKind.THREAD, "thread 41 (main)", pid=40, tid=41)
    ranges = Track(TrackKind.NVTX, "thread 41 NVTX", pid=40, tid=41)
    stream = Track(TrackKind.STREAM, "stream 7", pid=40, device=3, context=1, stream=7)
    waits = Track(TrackKind.SYNC, "device 3 waits", pid=40, device=3, context=1)
    place = {"pid": 40, "device": 3, "context": 1, "stream": 7}
    base = 2**53 + 1
    args = '{"grid":[4,2,1],"block":[64,1,1],"registers per thread":33}'
    builder.add(
        ts=base, dur=50, category=Category.KERNEL, name="void ns::gemm<int>(int*)", track=stream, args=args,
        correlation_id=5, request=2, chunk=1, queued_ns=base - 4, **place,
    )  # fmt: skip
    builder.add(ts=base + 60, dur=5, category=Category.KERNEL, name="plain name", track=stream, **place)
    copied = {"size_bytes": 4096, "src_kind": 2, "dst_kind": 3, "memcpy_kind": MemcpyKind.HTOD}
    name = "Memcpy HtoD (Pinned -> Device)"
    builder.add(ts=base + 70, dur=9, category=Category.MEMCPY, name=name, track=stream, **copied, **place)
    moved = {"memcpy_kind": MemcpyKind.UM_DTOH, "size_bytes": 1}
    builder.add(ts=base + 80, dur=9, category=Category.MIGRATION, name="moved", track=stream, **moved, **place)
    builder.add(
        ts=base + 90, dur=1, category=Category.MEMSET, name="Memset (Device)", track=stream, dst_kind=3, **place
    )
    builder.add(ts=base + 95, dur=7, category=Category.GRAPH, name="CUDA graph 12", track=stream, **place)
    on_device = {**place, "stream": MISSING}
    builder.add(ts=base + 91, dur=3, category=Category.SYNC, name="Context Sync", track=waits, **on_device)
    for start, category, name in (
        (-20, Category.RUNTIME, "cudaLaunchKernel"), (-10, Category.DRIVER, "cuLaunchKernel"),
        (-5, Category.OVERHEAD, "buffer flush"),
    ):  # fmt: skip
        builder.add(ts=base + start, dur=4, category=category, name=name, track=main, pid=40, correlation_id=5)
    called = builder.name("osrt")
    builder.add(ts=base - 30, dur=4, category=Category.MARKER, name="read", track=main, pid=40, source_category=called)
    for start, dur, name in (
        (0, 100, "outer"),
        (10, 5, "inner"),
        (90, 30, "crossing"),
        (50, 0, "mark"),
        (60, -1, "open"),
    ):
        builder.add(ts=base + start, dur=dur, category=Category.MARKER, name=name, track=ranges, pid=40)
    builder.add(ts=base + 99, dur=-1, category=Category.KERNEL, name="never", track=stream, **place)
    builder.add(ts=base + 99, dur=6, category=Category.STAGE, name="stage", track=stream, **place)
    builder.add_edge(7, 0, EdgeKind.LAUNCH)
    builder.add_counters(
        np.array([base, base + 5]), builder.track(Track(TrackKind.COUNTER, "load")), np.array([1.5, 2])
    )
    return builder.build()


def written_sample() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_trace(sample(), Path(folder) / "t.sqlite")
        return (Path(folder) / "t.sqlite").read_bytes()


def test_tables_of_nsight_systems(tmp_path: Path) -> None:
    path, base = tmp_path / "t.sqlite", 2**53 + 1
    write_trace(sample(), path)
    place = (3, 1, 7, (1 << 48) | 40 << 24)
    where = "deviceId, contextId, streamId, globalPid"
    found = rows(
        path,
        f"SELECT start, end, {where}, correlationId, d.value, s.value, gridX, gridY, blockX, registersPerThread "
        "FROM CUPTI_ACTIVITY_KIND_KERNEL JOIN StringIds d ON d.id = demangledName JOIN StringIds s ON s.id = shortName",
    )
    assert found == [
        (base, base + 50, *place, 5, "void ns::gemm<int>(int*)", "gemm", 4, 2, 64, 33),
        (base + 60, base + 65, *place, None, "plain name", "plain name", 0, 0, 0, 0),
    ]
    copied = f"SELECT start, {where}, bytes, copyKind, srcKind, dstKind FROM CUPTI_ACTIVITY_KIND_MEMCPY"
    assert rows(path, copied) == [(base + 70, *place, 4096, 1, 1, 2), (base + 80, *place, 1, 12, 7, 7)]
    assert rows(path, "SELECT bytes, memKind FROM CUPTI_ACTIVITY_KIND_MEMSET") == [(0, 2)]
    assert rows(path, "SELECT end, graphId FROM CUPTI_ACTIVITY_KIND_GRAPH_TRACE") == [(base + 102, 12)]
    assert rows(path, "SELECT syncType, streamId FROM CUPTI_ACTIVITY_KIND_SYNCHRONIZATION") == [(4, 0xFFFFFFFF)]
    thread = (1 << 48) | 40 << 24 | 41
    called = "SELECT eventClass, globalTid, correlationId, value FROM {} JOIN StringIds ON id = nameId"
    assert rows(path, called.format("CUPTI_ACTIVITY_KIND_RUNTIME")) == [
        (0, thread, 5, "cudaLaunchKernel"), (1, thread, 5, "cuLaunchKernel"),
    ]  # fmt: skip
    assert rows(path, called.format("CUPTI_ACTIVITY_KIND_OVERHEAD")) == [(103, thread, 5, "buffer flush")]
    assert rows(path, "SELECT value FROM OSRT_API JOIN StringIds ON id = nameId") == [("read",)]
    assert rows(path, "SELECT text, eventType, end, globalTid FROM NVTX_EVENTS") == [
        ("outer", 59, base + 100, thread), ("inner", 59, base + 15, thread), ("crossing", 60, base + 120, thread),
        ("mark", 34, None, thread), ("open", 59, None, thread),
    ]  # fmt: skip
    assert rows(path, "SELECT id, name, smCount FROM TARGET_INFO_GPU") == [(3, "a GPU", 28)]
    assert rows(path, "SELECT pid, name FROM PROCESSES WHERE name <> ''") == [(40, "python")]
    assert rows(path, "SELECT value, globalTid FROM ThreadNames JOIN StringIds ON id = nameId") == [("main", thread)]
    assert rows(path, "SELECT utcEpochNs, utcTime FROM TARGET_INFO_SESSION_START_TIME") == [
        (1_700_000_000_000_000_000, "2023-11-14T22:13:20")
    ]


def test_what_no_table_holds_is_joined_by_row(tmp_path: Path) -> None:
    write_trace(sample(), tmp_path / "t.sqlite")
    question = (
        "SELECT k.start, s.request, s.chunk FROM CUPTI_ACTIVITY_KIND_KERNEL k "
        "JOIN LANESCOPE_SLICES s ON s.nsightRow = k.rowid AND s.category = 0"
    )
    assert rows(tmp_path / "t.sqlite", question) == [(2**53 + 1, 2, 1), (2**53 + 61, -1, -1)]


def test_losses_are_said() -> None:
    said = losses(sample(), "nsys-sqlite")
    assert [line.split(",")[0] for line in said] == [
        "2 slices that have no table there or never ended", "1 flows between slices", "2 counter samples",
        "1 request numbers", "1 chunk numbers", "1 times at which work reached its stream",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [H100, RTX3060, T4, A100, "cke-gtx950-6streams-nvprof_gputrace.csv"])
def test_nsights_tables_alone_hold_device_work(name: str, third_party_trace: Find, tmp_path: Path) -> None:
    trace = read_trace(third_party_trace(name))
    write_trace(trace, tmp_path / "t.sqlite")
    back = without_own_tables(tmp_path / "t.sqlite")
    for rows_of in (kernels, copies, memsets, graphs, migrations):
        ours, theirs = rows_of(back), rows_of(trace)
        for column in ("ts", "dur", "device", "context", "stream", "memcpy_kind", "src_kind", "dst_kind"):
            assert (back[column][ours] == trace[column][theirs]).all(), (rows_of, column)
    assert [back.name_of(row) for row in kernels(back)] == [trace.name_of(row) for row in kernels(trace)]
    assert stream_count(back, work(back)) == stream_count(trace, work(trace))
    assert devices(back) == devices(trace)
    assert len(launches(back)[0]) == len(launches(trace)[0])
    assert back.meta.get("gpus", {}).keys() >= trace.meta.get("gpus", {}).keys()
    assert [finding for finding in validate(back) if finding.name == "device_before_launch"] == []


@pytest.mark.parametrize("name", [H100, T4, A100])
def test_an_independent_reader_sees_the_same_kernels_and_copies(
    name: str, third_party_trace: Find, tmp_path: Path
) -> None:
    trace = read_trace(third_party_trace(name))
    write_trace(trace, tmp_path / "t.sqlite")
    judged(trace, tmp_path / "t.sqlite")


def test_an_independent_reader_reads_every_category(tmp_path: Path) -> None:
    write_trace(sample(), tmp_path / "t.sqlite")
    judged(sample(), tmp_path / "t.sqlite")


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    trace = sample()
    longer = trace.dur.copy()
    longer[0] += 1
    write_trace(trace.with_columns({"dur": longer}), tmp_path / "t.sqlite")
    with pytest.raises(AssertionError):
        judged(trace, tmp_path / "t.sqlite")


def judged(trace: Trace, path: Path) -> None:
    """Compare what nsys-ai finds in a file with a trace."""
    with closing(sqlite3.connect(path)) as connection:
        profile = Profile._from_conn(connection)
        assert profile.meta.devices == devices(trace)
        for device in devices(trace):
            wanted = kernels(trace, device=device)
            expected = Counter(
                (int(trace.ts[row]), int(trace.ts[row] + trace.dur[row]), int(trace["stream"][row]), trace.name_of(row))
                for row in wanted.tolist()
            )
            found = profile.kernels(device)
            assert Counter((k["start"], k["end"], k["streamId"], k["demangled"]) for k in found) == expected
            copied = profile.memcpy_in_window(device, (-(2**62), 2**62))
            for key, kind in (("h2d_ns", MemcpyKind.HTOD), ("d2h_ns", MemcpyKind.DTOH), ("d2d_ns", MemcpyKind.DTOD)):
                assert copied[key] == int(trace.dur[copies(trace, kind, device=device)].sum())
        counts = {row["copyKind"]: row["count"] for row in get_skill("memory_transfers").execute(connection)}
        for kind in (MemcpyKind.HTOD, MemcpyKind.DTOH, MemcpyKind.DTOD):
            assert counts.get(kind, 0) == len(copies(trace, kind))


@pytest.mark.parametrize("name", [H100, RTX3060, T4])
def test_short_names_are_those_of_nsight_systems(name: str, third_party_trace: Find) -> None:
    question = (
        "SELECT DISTINCT d.value, s.value FROM CUPTI_ACTIVITY_KIND_KERNEL "
        "JOIN StringIds d ON d.id = demangledName JOIN StringIds s ON s.id = shortName"
    )
    with closing(sqlite3.connect(f"{third_party_trace(name).as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        pairs = connection.execute(question).fetchall()
    assert {long: short_name(long) for long, _ in pairs} == dict(pairs)


def test_tables_that_were_changed_are_read_instead_of_ours(tmp_path: Path) -> None:
    write_trace(sample(), tmp_path / "t.sqlite")
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.execute("DELETE FROM CUPTI_ACTIVITY_KIND_KERNEL WHERE gridX = 4")
        connection.commit()
    trace = read_trace(tmp_path / "t.sqlite")
    assert [trace.name_of(row) for row in kernels(trace)] == ["plain name"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE LANESCOPE_HEADER SET value = '{'",
        "UPDATE LANESCOPE_HEADER SET value = replace(value, '\"version\": 1', '\"version\": 2')",
        "UPDATE LANESCOPE_SLICES SET track = 99",
        "UPDATE LANESCOPE_SLICES SET category = 'kernel'",
        "UPDATE LANESCOPE_SLICES SET device = 5000000000",
        "UPDATE LANESCOPE_EDGES SET target = 99",
        "UPDATE LANESCOPE_TRACKS SET kind = 'no such kind'",
        "UPDATE LANESCOPE_COUNTERS SET value = 'much'",
        "DELETE FROM StringIds WHERE id = 1",
        "DROP TABLE LANESCOPE_TRACKS",
    ],
)  # fmt: skip
def test_damaged_tables_of_ours_are_passed_over(statement: str, tmp_path: Path) -> None:
    write_trace(sample(), tmp_path / "t.sqlite")
    with closing(sqlite3.connect(tmp_path / "t.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()
    trace = read_trace(tmp_path / "t.sqlite")
    assert len(kernels(trace)) == 2
    assert len(trace.edges) == 0


def test_the_file_is_complete_or_absent(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_trace(sample(), tmp_path / "none" / "t.sqlite")
    (tmp_path / "t.sqlite").write_bytes(b"as it was")
    broken = sample().with_columns({"name": np.full(len(sample()), 99, np.int32)})
    with pytest.raises(IndexError):
        write_trace(broken, tmp_path / "t.sqlite")
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.sqlite"]
    assert (tmp_path / "t.sqlite").read_bytes() == b"as it was"


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("profiler.io.nsys_write._fill", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_trace(sample(), tmp_path / "t.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_no_place_for_a_database(tmp_path: Path) -> None:
    (tmp_path / "t.sqlite").symlink_to("/dev/null")
    with pytest.raises(OutputError, match="is not a regular file"):
        write_trace(sample(), tmp_path / "t.sqlite")


WRITTEN = written_sample()


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_damaged_files_are_read_in_part_or_refused(seed: int, flips: int) -> None:
    """Bits of the pages of a file of our own; most hit one of its tables."""
    data, chance = bytearray(WRITTEN), random.Random(seed)
    filled = [place for place, byte in enumerate(data) if byte]
    for _ in range(flips):
        data[chance.choice(filled)] ^= 1 << chance.randrange(8)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.sqlite").write_bytes(data)
        trace = read_or_refuse(Path(folder) / "t.sqlite")
    assert trace is None or structure(trace) == []


def read_or_refuse(path: Path) -> Trace | None:
    try:
        return read_trace(path)
    except TraceReadError as error:
        refused = error
    assert refused.where
    return None
