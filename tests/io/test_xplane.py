"""XPlane files, made with Google's own protocol buffers from the public schema."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.trace.schema import MemcpyKind
from profiler.trace.select import copies, kernels, launches, memsets, stream_count, work
from profiler.trace.tables import Trace
from profiler.trace.validate import structure, validate
from tests.io.sample_case import row_of

INT64, UINT64, DOUBLE, STRING, DATA, MESSAGE = 3, 4, 1, 9, 12, 11
#: Field, number, type, and "repeated" or the type of its message.
SCHEMA: dict[str, list[tuple[str, int, int, str]]] = {
    "XSpace": [("planes", 1, MESSAGE, "XPlane*"), ("errors", 2, STRING, "*"), ("warnings", 3, STRING, "*"),
               ("hostnames", 4, STRING, "*")],
    "XPlane": [("id", 1, INT64, ""), ("name", 2, STRING, ""), ("lines", 3, MESSAGE, "XLine*"),
               ("event_metadata", 4, MESSAGE, "EventEntry*"), ("stat_metadata", 5, MESSAGE, "StatEntry*"),
               ("stats", 6, MESSAGE, "XStat*")],
    "EventEntry": [("key", 1, INT64, ""), ("value", 2, MESSAGE, "XEventMetadata")],
    "StatEntry": [("key", 1, INT64, ""), ("value", 2, MESSAGE, "XStatMetadata")],
    "XLine": [("id", 1, INT64, ""), ("name", 2, STRING, ""), ("timestamp_ns", 3, INT64, ""),
              ("events", 4, MESSAGE, "XEvent*"), ("duration_ps", 9, INT64, ""), ("display_id", 10, INT64, ""),
              ("display_name", 11, STRING, "")],
    "XEvent": [("metadata_id", 1, INT64, ""), ("offset_ps", 2, INT64, ""), ("duration_ps", 3, INT64, ""),
               ("stats", 4, MESSAGE, "XStat*"), ("num_occurrences", 5, INT64, "")],
    "XStat": [("metadata_id", 1, INT64, ""), ("double_value", 2, DOUBLE, ""), ("uint64_value", 3, UINT64, ""),
              ("int64_value", 4, INT64, ""), ("str_value", 5, STRING, ""), ("bytes_value", 6, DATA, ""),
              ("ref_value", 7, UINT64, "")],
    "XEventMetadata": [("id", 1, INT64, ""), ("name", 2, STRING, ""), ("display_name", 4, STRING, "")],
    "XStatMetadata": [("id", 1, INT64, ""), ("name", 2, STRING, "")],
}  # fmt: skip


def space_class() -> Any:
    """The class of XSpace, with explicit presence as its proto2 wire twin has it."""
    file = descriptor_pb2.FileDescriptorProto(name="x.proto", package="x", syntax="proto2")
    for name, described in SCHEMA.items():
        made = file.message_type.add(name=name)
        for key, number, kind, more in described:
            label = 3 if more.endswith("*") else 1
            one = made.field.add(name=key, number=number, type=kind, label=label)
            if kind == MESSAGE:
                one.type_name = f".x.{more.rstrip('*')}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("x.XSpace"))


SPACE = space_class()


class Plane:
    """A plane in the making, which numbers names as they come."""

    def __init__(self, space: Any, name: str) -> None:
        self.plane = space.planes.add(id=3, name=name)
        self.events: dict[str, int] = {}
        self.stats: dict[str, int] = {}

    def stat(self, found: Any, name: str, **value: Any) -> None:
        if name not in self.stats:
            self.stats[name] = len(self.stats) + 1
            self.plane.stat_metadata.add(key=self.stats[name]).value.name = name
        found.add(metadata_id=self.stats[name], **value)

    def line(self, number: int, name: str, start_ns: int) -> Any:
        return self.plane.lines.add(id=number, name=name, timestamp_ns=start_ns)

    def event(self, line: Any, name: str, offset_ps: int, duration_ps: int, **stats: int | str) -> Any:
        if name not in self.events:
            self.events[name] = len(self.events) + 1
            self.plane.event_metadata.add(key=self.events[name]).value.name = name
        event = line.events.add(metadata_id=self.events[name], offset_ps=offset_ps, duration_ps=duration_ps)
        for key, value in stats.items():
            self.stat(event.stats, key, **({"str_value": value} if isinstance(value, str) else {"uint64_value": value}))
        return event


BASE = 1_700_000_000_000_000_001


def sample() -> Any:
    space = SPACE()
    gpu = Plane(space, "/device:GPU:1")
    gpu.stat(gpu.plane.stats, "device_type_string", str_value="NVIDIA H100")
    stream = gpu.line(14, "Stream #14(Compute,MemcpyH2D)", BASE)
    gpu.event(stream, "gemm", 5_000, 3_000, correlation_id=9, context_id=2, kernel_details="regs:32 grid:4,1,1")
    details = "kind_src:pageable kind_dst:device size:4096 dest:0 async:1"
    gpu.event(stream, "MemcpyH2D", 9_500, 1_499, correlation_id=10, memcpy_details=details)
    gpu.event(stream, "MemcpyD2H", 12_000, 0)
    gpu.event(stream, "Memset", 13_000, 1_000)
    modules = gpu.line(0, "XLA Modules", BASE)
    gpu.event(modules, "jit_step", 0, 99_000)
    host = Plane(space, "/host:CPU")
    thread = host.line(4242, "python", BASE - 10)
    traced = host.event(thread, "step", 0, 2_500)
    host.stat(traced.stats, "share", double_value=0.5)
    host.stat(traced.stats, "odd", double_value=float("nan"))
    host.stat(traced.stats, "raw", bytes_value=b"\xff\x00")
    host.stat(traced.stats, "left", int64_value=-4)
    host.stat(traced.stats, "name", ref_value=host.stats["share"])
    host.plane.lines[0].events.add(metadata_id=77, num_occurrences=5, duration_ps=9)
    calls = Plane(space, "/host:CUPTI")
    line = calls.line(7, "", BASE)
    calls.event(line, "cuLaunchKernel", 1_000, 500, correlation_id=9)
    calls.event(line, "cudaMemcpyAsync", 2_000, 500, correlation_id=10)
    tpu = Plane(space, "/device:TPU:0")
    tpu.event(tpu.line(1, "XLA Ops", BASE), "fusion.1", 0, 8_000)
    space.hostnames.append("box")
    space.warnings.append("dropped some")
    return space


def read(folder: Path, space: Any) -> Trace:
    (folder / "t.xplane.pb").write_bytes(space.SerializeToString())
    return read_trace(folder / "t.xplane.pb")


def test_planes_of_every_kind(tmp_path: Path) -> None:
    trace = read(tmp_path, sample())
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [(row["name"], row["category"], row["ts"] - BASE, row["dur"], row["track"]) for row in found] == [
        ("gemm", "kernel", 5, 3, "stream 14"), ("Memcpy HtoD (Pageable -> Device)", "memcpy", 10, 1, "stream 14"),
        ("Memcpy DtoH (Unknown -> Unknown)", "memcpy", 12, 0, "stream 14"), ("Memset", "memset", 13, 1, "stream 14"),
        ("jit_step", "marker", 0, 99, "XLA Modules"), ("step", "marker", -10, 2, "python"),
        ("cuLaunchKernel", "driver", 1, 0, "thread 7"), ("cudaMemcpyAsync", "runtime", 2, 0, "thread 7"),
        ("fusion.1", "stage", 0, 8, "XLA Ops"),
    ]  # fmt: skip
    assert found[0] | {"device": 1, "stream": 14, "context": 2, "correlation": 9} == found[0]
    assert json.loads(found[0]["args"]) == {"kernel_details": "regs:32 grid:4,1,1"}
    assert (found[1]["bytes"], found[1]["from"], found[1]["to"]) == (4096, "pageable", "device")
    assert json.loads(found[5]["args"]) == {"share": 0.5, "odd": None, "raw": "ff00", "left": -4, "name": "share"}
    assert (found[4]["track_kind"], found[5]["tid"]) == ("nvtx", 4242)
    assert {name: count for name, _, count in trace.stats} == {"sub_ns_rounded": 4, "xplane_aggregated": 1}
    assert trace.meta == {
        "format": "xplane", "resolution_ns": 1, "events": 10, "hosts": ["box"], "diagnostics": ["dropped some"],
        "gpus": {"1": {"name": "NVIDIA H100"}, "0": {"name": "TPU 0"}},
    }  # fmt: skip
    assert validate(trace) == []


def test_work_is_counted_and_joined(tmp_path: Path) -> None:
    trace = read(tmp_path, sample())
    assert (len(kernels(trace)), len(memsets(trace)), len(copies(trace, MemcpyKind.HTOD))) == (1, 1, 1)
    assert stream_count(trace, work(trace)) == 2
    device, host = launches(trace)
    assert [(trace.name_of(a), trace.name_of(b)) for a, b in zip(device.tolist(), host.tolist(), strict=True)] == [
        ("gemm", "cuLaunchKernel"), ("Memcpy HtoD (Pageable -> Device)", "cudaMemcpyAsync"),
    ]  # fmt: skip


@pytest.mark.parametrize(("ps", "ns"), [(499, 0), (500, 0), (501, 1), (1_500, 2), (2_500, 2), (-500, 0), (-1_500, -2)])
def test_picoseconds_are_rounded_half_to_even(ps: int, ns: int, tmp_path: Path) -> None:
    space = SPACE()
    plane = Plane(space, "/host:CPU")
    plane.event(plane.line(1, "main", 0), "x", ps, 0)
    trace = read(tmp_path, space)
    assert trace.ts.tolist() == [ns]
    assert trace.stats.count("sub_ns_rounded") == 1


def test_packed_file(tmp_path: Path) -> None:
    (tmp_path / "t.pb.gz").write_bytes(gzip.compress(sample().SerializeToString()))
    assert read_trace(tmp_path / "t.pb.gz").meta["format"] == "xplane"


def test_an_empty_plane_first(tmp_path: Path) -> None:
    space = SPACE()
    Plane(space, "Task Environment")
    assert len(read(tmp_path, space)) == 0


@pytest.mark.parametrize("value", [2**62 + 1, -(2**62) - 1])
def test_times_beyond_reason(value: int, tmp_path: Path) -> None:
    for at in ("offset_ps", "timestamp_ns"):
        space = SPACE()
        plane = Plane(space, "/host:CPU")
        line = plane.line(1, "main", value if at == "timestamp_ns" else 0)
        plane.event(line, "x", value if at == "offset_ps" else 0, 0)
        with pytest.raises(TraceReadError, match="beyond 2"):
            read(tmp_path, space)


def test_a_cut_file(tmp_path: Path) -> None:
    (tmp_path / "t.xplane.pb").write_bytes(sample().SerializeToString()[:-30])
    with pytest.raises(TraceReadError, match="damaged") as caught:
        read_trace(tmp_path / "t.xplane.pb")
    assert caught.value.where == str(tmp_path / "t.xplane.pb")


DATA_OF_SAMPLE = sample().SerializeToString()


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_damaged_files(seed: int, flips: int) -> None:
    data = bytearray(DATA_OF_SAMPLE)
    chance = random.Random(seed)
    for _ in range(flips):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t").write_bytes(data)
        trace = read_or_refuse(Path(folder) / "t")
    assert trace is None or structure(trace) == []


def read_or_refuse(path: Path) -> Trace | None:
    try:
        return read_trace(path)
    except TraceReadError as error:
        refused = error
    assert refused.where
    return None
