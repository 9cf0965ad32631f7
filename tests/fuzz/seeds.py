"""Inputs to start from: small files of each format, made by hand, and random choices."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from profiler.io import chrome, nsys_sqlite, parquet, perfetto
from profiler.io.capture_stream import CaptureStream
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Category, EdgeKind, Engine, MemcpyKind, Severity, TrackKind
from profiler.trace.tables import Trace, Track
from tests.fuzz.readers import CHOICES, READERS
from tests.io.databases import write_database
from tests.io.samples import CASES

_EXAMPLES = Path(__file__).parents[2] / "examples"
_STAGES = (("Enq", "H2d", "Compute", "D2h"), ("Enq", "In", "Compute", "Out"))
_TABLE = (
    b"==1== x\nStart,Duration,Grid X,Size,Throughput,SrcMemType,DstMemType,Device,Context,Stream,Name\n"
    b"ms,us,,MB,GB/s,,,,,,\n1.5,2,3,,,,,GPU (0),1,7,k [3]\n"
    b'2,1,,4,1.5,Pinned,Device,GPU (0),1,7,[CUDA memcpy HtoD]\n3,1,,4,,,,"GPU, 2 (1)",1,7,[CUDA memset]\n'
)


def seeds(reader: str) -> list[bytes]:
    """The inputs a reader's fuzzing starts from where nothing is kept yet."""
    chance = random.Random(reader)
    choices = [CHOICES + chance.randbytes(size) for size in (8, 30, 100, 200, 300, 500, 900, 1500) for _ in range(6)]
    made = choices if READERS[reader].make is not None else []
    return [*_FILES[reader](), *made]


def _trtexec() -> list[bytes]:
    found = []
    for stages in _STAGES:
        entry = {f"{edge}{stage}Ms": 0.5 + place for edge in ("start", "end") for place, stage in enumerate(stages)}
        found.append(json.dumps([{**entry, "latencyMs": 1.25}] * 3).encode())
    layers = [{"count": 10}, {"name": "conv", "timeMs": 1.5, "averageMs": 0.15, "percentage": 10.0}]
    return [*found, json.dumps(layers).encode(), gzip.compress(found[0], mtime=0)]


def _nvprof_csv() -> list[bytes]:
    return [_TABLE, _TABLE.partition(b"\n")[2], gzip.compress(_TABLE, mtime=0)]


def _rocprof() -> list[bytes]:
    times = {"start_timestamp": 1, "end_timestamp": 9, "correlation_id": {"internal": 2}, "thread_id": 4}
    agents = [{"id": {"handle": 5}, "type": 2, "name": "gfx90a", "cu_count": 104}, {"id": {"handle": 6}, "type": 1}]
    records = {
        "kernel_dispatch": [{**times, "dispatch_info": {"agent_id": {"handle": 5}, "kernel_id": 0}}],
        "memory_copy": [{**times, "dst_agent_id": {"handle": 5}, "src_agent_id": {"handle": 6}, "operation": 2}],
        "hip_api": [{**times, "kind": 1, "operation": 0}],
        "marker_api": [{**times, "kind": 2, "operation": 1}],
    }
    process = {"metadata": {"pid": 4, "command": ["a"]}, "agents": agents, "buffer_records": records}
    symbols = {"kernel_symbols": [{"kernel_id": 0, "formatted_kernel_name": "k"}]}
    strings = {"strings": {"marker_api": [{"key": 2, "value": "range"}], "buffer_records": []}}
    found = [process, {**process, **symbols}, {**process, **strings}, {**process, **symbols, **strings}]
    return [json.dumps({"rocprofiler-sdk-tool": [one, one]}).encode() for one in found]


def _chrome() -> list[bytes]:
    cases = [case.text.encode("utf-8", "surrogatepass") for case in CASES]
    return [*cases, _written(chrome.write), gzip.compress(cases[0], mtime=0)]


def _written(write: Callable[[Trace, Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(_small(), Path(folder) / "t")
        return (Path(folder) / "t").read_bytes()


def _small() -> Trace:
    """A trace with something of everything."""
    builder = TraceBuilder()
    host = builder.track(Track(TrackKind.THREAD, "main", pid=1, tid=5))
    stream = builder.track(Track(TrackKind.STREAM, "stream 7", pid=1, device=0, context=1, stream=7))
    call = builder.add(ts=0, dur=5, category=Category.RUNTIME, name="cudaLaunchKernel", track=host, correlation_id=1)
    work = {"device": 0, "context": 1, "stream": 7, "pid": 1}
    kernel = builder.add(
        ts=10,
        dur=20,
        category=Category.KERNEL,
        name="k[/foo]",
        track=stream,
        correlation_id=1,
        args='{"grid":1}',
        **work,
    )
    copy = {"memcpy_kind": MemcpyKind.HTOD, "engine": Engine.HTOD, "size_bytes": 4096, "src_kind": 2, "dst_kind": 3}
    builder.add(ts=40, dur=-1, category=Category.MEMCPY, name="Memcpy HtoD", track=stream, **work, **copy)
    builder.add_edge(call, kernel, EdgeKind(0))
    counter = builder.track(Track(TrackKind.COUNTER, "power", pid=1))
    builder.add_counters(np.array([0, 9]), counter, np.array([1.5, 2.0]))
    builder.stats.add("never_completed", Severity.DATA_LOSS)
    builder.meta.update({"format": "kineto", "resolution_ns": 1, "gpus": {"0": {"name": "GPU"}}})
    return builder.build()


def _database(kind: str) -> list[bytes]:
    times = {"start": 1, "end": 2, "deviceId": 0, "streamId": 7}
    tables = {
        "nsys": {
            "StringIds": [{"id": 1, "value": "k"}],
            "CUPTI_ACTIVITY_KIND_KERNEL": [{**times, "globalPid": 1 << 24, "shortName": 1}],
        },
        "nvprof": {
            "StringTable": [{"_id_": 1, "value": "k"}],
            "CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL": [{**times, "contextId": 1, "name": 1}],
        },
    }[kind]
    with tempfile.TemporaryDirectory() as folder:
        return [write_database(Path(folder) / "a", tables).read_bytes()]


def _capture() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        with CaptureStream(path) as stream:
            stream.append(_small())
        return [path.read_bytes()]


_FILES = {
    "capture_stream": _capture,
    "trtexec": _trtexec,
    "nvprof_csv": _nvprof_csv,
    "nvprof_sqlite": lambda: _database("nvprof"),
    "nsys_sqlite": lambda: [*_database("nsys"), _written(nsys_sqlite.write)],
    "chrome": _chrome,
    "rocprof": _rocprof,
    "xplane": list,
    "workload_toml": lambda: [(_EXAMPLES / "pipeline.toml").read_bytes()],
    "gpu_toml": lambda: [(_EXAMPLES / "my-gpu.toml").read_bytes()],
    "perfetto": lambda: [_written(perfetto.write)],
    "perfetto_columns": lambda: [_written(perfetto.write)],
    "parquet": lambda: [_written(parquet.write)],
}
