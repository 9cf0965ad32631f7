"""Each reader, what its files are made of, and one function that throws bytes at it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from profiler.devices.sim.model import load_gpu
from profiler.workload.files import load_workload
from tests.fuzz import make_json, make_parquet, make_perfetto, make_sqlite, make_xplane
from tests.fuzz.draw import Draw
from tests.fuzz.oracle import check_both_ways, check_columns, check_native, check_reader, check_table

#: Bytes that start with this are choices, of which a file is made; all others are the file.
CHOICES = b"\x00"


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader to be fuzzed.

    Attributes
    ----------
    check : callable
        Reads a file of the kind at a path, and raises whatever is not a sound result or a proper refusal.
    make : callable or None
        A file made by choices.
    words : tuple of bytes
        What the format's files are full of, for the fuzzer to insert.
    longest : int
        Bytes of one input.
    file : str
        What its file is called.
    """

    check: Callable[[Path], object]
    make: Callable[[Draw], bytes] | None = None
    words: tuple[bytes, ...] = ()
    longest: int = 2048
    file: str = "trace"


def _nsys(draw: Draw) -> bytes:
    return make_sqlite.database(draw, make_sqlite.NSYS, make_sqlite.VALUES)


def _nvprof(draw: Draw) -> bytes:
    return make_sqlite.database(draw, make_sqlite.NVPROF, make_sqlite.VALUES)


_NUMBERS = (b"0", b"-1", b"1e309", b"NaN", b"Infinity", b"9223372036854775807", b"1e19", b"0.0005", b"1600000000.123")
_JSON = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"\\u0000", b"\\ud800", b"\xff", *_NUMBERS)
_STAGES = [f'"{edge}{stage}Ms":'.encode() for edge in ("start", "end") for stage in ("Enq", "H2d", "Compute", "D2h")]
_TRTEXEC = (*_JSON, *_STAGES, b'"startInMs":', b'"latencyMs":', b'"averageMs":', b'"count":', b'"name":')
_FIELDS = ("ph", "name", "cat", "ts", "dur", "pid", "tid", "args", "id", "id2", "bp", "traceEvents", "correlation")
_CHROME = (*_JSON, *(f'"{key}":'.encode() for key in _FIELDS), *(f'"{phase}"'.encode() for phase in "XBEsftCMibne"))
_ROCPROF = (
    *_JSON,
    *(
        f'"{key}":'.encode()
        for key in (
            *("rocprofiler-sdk-tool", "metadata", "pid", "agents", "id", "handle", "type", "logical_node_type_id"),
            *("buffer_records", "kernel_dispatch", "memory_copy", "hip_api", "hsa_api", "marker_api", "strings"),
            *("start_timestamp", "end_timestamp", "correlation_id", "internal", "dispatch_info", "agent_id"),
            *("kernel_id", "kernel_symbols", "formatted_kernel_name", "operation", "kind", "thread_id", "bytes"),
            *("queue_id", "stream_id", "src_agent_id", "dst_agent_id", "grid_size", "workgroup_size", "key", "value"),
        )
    ),
)
_CSV = (
    *(f"{name},".encode() for name in ("Start", "Duration", "Name", "Grid X", "Size", "Throughput", "SrcMemType")),
    *(f"{name},".encode() for name in ("DstMemType", "Device", "Context", "Stream", "Registers Per Thread")),
    *(b"s,", b"ms,", b"us,", b"ns,", b"MB,", b"GB,", b"==1== ", b"\n", b'"', b",", b"[CUDA memcpy HtoD]", b"k [12]"),
    *(b"[CUDA memset]", b"GPU (0)", b"Pinned", b"Pageable", b"\x1e", b"\xc2\x85", *_NUMBERS),
)

_TOML = (
    b"[[kernel]]\n",
    b"[call_us]\n",
    b"[efficiency.fp32]\n",
    b" = ",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b"\n",
    *_NUMBERS,
)

READERS = {
    "trtexec": Reader(partial(check_reader, "trtexec"), words=_TRTEXEC),
    "nvprof_csv": Reader(partial(check_reader, "nvprof_csv"), words=_CSV),
    "nvprof_sqlite": Reader(partial(check_reader, "nvprof_sqlite"), make=_nvprof),
    "nsys_sqlite": Reader(partial(check_reader, "nsys_sqlite"), make=_nsys),
    "perfetto": Reader(partial(check_reader, "perfetto"), make=make_perfetto.trace),
    "perfetto_columns": Reader(check_columns, make=make_perfetto.trace),
    "chrome": Reader(check_both_ways, make=make_json.trace, words=_CHROME),
    "parquet": Reader(check_native, make=make_parquet.trace, longest=4096),
    "capture_stream": Reader(partial(check_reader, "capture_stream"), longest=8192),
    "xplane": Reader(partial(check_reader, "xplane"), make=make_xplane.trace),
    "rocprof": Reader(partial(check_reader, "rocprof"), words=_ROCPROF, longest=4096),
    "workload_toml": Reader(partial(check_table, load_workload), words=_TOML, file="workload.toml", longest=4096),
    "gpu_toml": Reader(partial(check_table, load_gpu), words=_TOML, file="gpu.toml", longest=4096),
}


def file_of(name: str, data: bytes) -> bytes:
    """The file that ``data`` stands for."""
    make = READERS[name].make
    if make is None or not data.startswith(CHOICES):
        return data
    return make(Draw(data[1:]))


def fuzz_one(name: str, data: bytes) -> object:
    """Read what ``data`` stands for by one reader; anything but a sound result or a proper refusal raises."""
    folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / READERS[name].file
        path.write_bytes(file_of(name, data))
        return READERS[name].check(path)
