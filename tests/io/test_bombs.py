"""A small file that stands for a huge one is refused while it is small in memory too."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from profiler.errors import TraceReadError
from profiler.io import parquet_seal, read_trace
from profiler.io.json_reader import LIMIT_BYTES
from profiler.io.proto_wire import message

pytestmark = pytest.mark.fuzz

#: Bytes of text in each bomb, and what the process may take, its own code and libraries included. In the same
#: proportion 10 GiB of text stay far below 1 GiB.
TEXT_BYTES, MOST_MIB = 12 << 20, 300
#: Seconds of processor time for all of them together, after which the system ends the process.
MOST_CPU_S = 60

START = b'{"traceEvents":['
CHROME = {
    "events": (START, b'{"ph":"X","ts":1,"dur":1},'),
    "empty events": (START, b"{},"),
    "nulls": (START, b"null,"),
    "one string": (START + b'{"ph":"X","name":"', b"a"),
    "one number": (START + b'{"ph":"X","ts":', b"7"),
    "nested lists": (START, b"["),
    "nested objects": (START, b'{"a":'),
    "zero bytes": (START, b"\0"),
    "a header": (b"{", b'"a":1,'),
    "a nested header": (b'{"x":', b"["),
    "a bare list": (b"[", b'{"ph":"X","ts":1,"dur":1},'),
    "spaces": (b"", b" "),
    "queries": (b'[{"startComputeMs":1}', b",{}"),
    "layers": (b'[{"averageMs":1}', b',{"a":1,"b":2}'),
    "rows": (b"Start,Duration,Name\nms,ms,\n", b"1,1,k\n"),
    "one line": (b"Start,Duration,Name\nms,ms,\n", b"k"),
    "packets": (b"\x0a\x0b\x40\x01\x50\x01\x5a\x05\x48\x03\xb2\x01\x00", b"\x0a\x00"),
}

RUNNER = """
import contextlib, io, json, resource, sys
from profiler.cli import main
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1])))
found = {}
for path in sys.argv[2:]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(["info", path])
    # The peak that getrusage tells is that of the process before it became this program, where that was larger.
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    found[path] = [code, said.getvalue(), int(peak.split()[1]) >> 10]
print(json.dumps(found))
"""


def text_of(head: bytes, repeated: bytes) -> bytes:
    return head + repeated * ((TEXT_BYTES - len(head)) // len(repeated))


def read_all(paths: list[Path]) -> dict[str, list[Any]]:
    """Exit code, message and peak MiB so far of ``lanescope info`` on each, all in one process."""
    command = [sys.executable, "-c", RUNNER, str(MOST_CPU_S), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {Path(path).name: values for path, values in json.loads(done.stdout).items()}


def test_bombs_of_text(tmp_path: Path) -> None:
    paths = []
    for name, (head, repeated) in CHROME.items():
        text = text_of(head, repeated)
        path = tmp_path / f"{name}.json.gz"
        path.write_bytes(gzip.compress(text, 6, mtime=0))
        assert path.stat().st_size < TEXT_BYTES // 90, name
        paths.append(path)
    packed = tmp_path / "events.json.zst"
    with pa.OSFile(str(packed), "wb") as file, pa.CompressedOutputStream(file, "zstd") as stream:
        stream.write(text_of(*CHROME["events"]))
    twice = tmp_path / "twice.json.gz"
    twice.write_bytes(gzip.compress(gzip.compress(text_of(*CHROME["events"]), mtime=0), mtime=0))
    found = read_all([*paths, packed, twice])
    assert {name: code for name, (code, _, _) in found.items() if code != 3} == {}
    assert all(message.count("\n") == 1 and len(message) < 1000 for _, message, _ in found.values())
    assert max(peak for _, _, peak in found.values()) < MOST_MIB


@pytest.mark.parametrize("start", [START, b'{"x":', START + b'{"name":"'])
def test_no_event_and_no_header_is_looked_at_without_end(start: bytes, tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_bytes(start + b"[" * (LIMIT_BYTES + (1 << 20)))
    found = read_all([tmp_path / "plain.json"])
    assert [code for code, _, _ in found.values()] == [3]
    assert max(peak for _, _, peak in found.values()) < 700


def test_bombs_in_compressed_packets(tmp_path: Path) -> None:
    inner = zlib.compress(message(1, b"") * (TEXT_BYTES // 2), 9)
    (tmp_path / "one.pftrace").write_bytes(message(1, message(50, inner)))
    deep = b"\x40\x01"
    for _ in range(2000):
        deep = message(1, message(50, zlib.compress(deep)))
    (tmp_path / "deep.pftrace").write_bytes(deep)
    many = message(1, message(50, zlib.compress(message(1, b"\x40\x01" * 500) * 1000, 9)))
    (tmp_path / "many.pftrace").write_bytes(many * 200)
    found = read_all(sorted(tmp_path.iterdir()))
    assert {code for code, _, _ in found.values()} == {3}
    assert max(peak for _, _, peak in found.values()) < MOST_MIB


def test_a_native_file_of_rows_that_take_no_room(tmp_path: Path) -> None:
    size = 1 << 20
    numbers = {name: pa.array(np.zeros(size, dtype)) for name, dtype in (("ts", "i8"), ("dur", "i8"), ("track", "i4"))}
    words = {
        name: pa.array([word] * size).dictionary_encode() for name, word in (("category", "kernel"), ("name", "k"))
    }
    track = {"kind": "stream", "name": "s", "pid": 1, "tid": 1, "device": 0, "context": 0, "stream": 7}
    header = {"version": 2, "meta": {}, "tracks": [track], "stats": [], "parts": {}, "constants": [], "whole": {}}
    table = pa.table({**numbers, **words})
    with (tmp_path / "rows.parquet").open("w+b") as file:
        with pq.ParquetWriter(pa.PythonFile(file, mode="w"), table.schema, compression="zstd") as writer:
            for _ in range(12):
                writer.write_table(table)
            writer.add_key_value_metadata({"lanescope": json.dumps(header), parquet_seal.KEY: parquet_seal.OPEN})
        parquet_seal.seal(file)
    with pytest.raises(TraceReadError, match="times its size"):
        read_trace(tmp_path / "rows.parquet")
