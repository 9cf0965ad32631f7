"""A capture that was killed gives back every block that it had written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.cli import app
from profiler.errors import OutputError, TraceReadError
from profiler.io import read_trace
from profiler.io.capture_stream import CaptureStream, read, sniff
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, Category, EdgeKind, Severity, TrackKind
from profiler.trace.select import launches
from profiler.trace.tables import Trace, Track
from profiler.trace.validate import validate
from tests.io.traces import column_of, traces


def block(number: int) -> Trace:
    builder = TraceBuilder()
    stream = Track(TrackKind.STREAM, f"stream {number}", pid=1, device=0, stream=number)
    thread = Track(TrackKind.THREAD, "main", pid=1, tid=1)
    call = builder.add(ts=100 * number, dur=5, category=Category.RUNTIME, name="cudaLaunchKernel", track=thread, pid=1,
                       correlation_id=number)  # fmt: skip
    work = builder.add(ts=100 * number + 20, dur=50, category=Category.KERNEL, name=f"k{number % 2}", track=stream,
                       pid=1, device=0, stream=number, correlation_id=number, args=f'{{"n":{number}}}')  # fmt: skip
    builder.add_edge(call, work, EdgeKind.LAUNCH)
    builder.meta[f"key{number}"] = number
    return builder.build()


@settings(max_examples=40, deadline=None)
@given(st.lists(traces(), max_size=3))
def test_blocks_come_back_one_after_another(blocks: list[Trace]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.arrows"
        with CaptureStream(path) as stream:
            for one in blocks:
                stream.append(one)
        back = read(path)
    at = 0
    for one in blocks:
        rows = slice(at, at := at + len(one))
        for name in COLUMNS:
            if name != "track":
                assert column_of(back, name)[rows] == column_of(one, name), name
        tracks = [back.tracks[track] for track in back["track"][rows]]
        assert tracks == [one.tracks[track] for track in one["track"]]
        texts = [back.args[row] if back.args is not None else "" for row in range(rows.start, rows.stop)]
        assert texts == [one.args[row] if one.args is not None else "" for row in range(len(one))]
    assert len(back) == at
    assert len(back.edges) == sum(len(one.edges) for one in blocks)
    assert back.counters.value.tolist() == [value for one in blocks for value in one.counters.value.tolist()]
    assert not back.stats.count("truncated")


_KILLED = """
import sys
from profiler.io.capture_stream import CaptureStream
from tests.io.test_capture_stream import block
stream = CaptureStream(sys.argv[1])
for number in range(10_000):
    stream.append(block(number))
    print(number, flush=True)
"""


def test_a_killed_capture_is_recovered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = str(tmp_path / "run.arrows"), str(tmp_path / "out.parquet")
    with subprocess.Popen([sys.executable, "-c", _KILLED, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 20:
                process.send_signal(signal.SIGKILL)
                break
    assert app.run(["convert", path, out]) == 3
    assert "--partial" in capsys.readouterr().err
    assert app.run(["convert", path, out, "--partial"]) == 0
    back = read_trace(out)
    assert len(back) >= 2 * 21
    assert back.ts.tolist() == [100 * (row // 2) + 20 * (row % 2) for row in range(len(back))]
    assert back.stats.count("cut_off") == 1
    device, host = launches(back)
    assert (back.ts[device] - back.ts[host] == 20).all()
    assert len(back.edges) == len(device) == len(back) // 2
    capsys.readouterr()
    assert app.run(["info", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], found["events"]) == ("capture", len(back))
    assert found["meta"]["key3"] == 3


def test_a_file_cut_anywhere_gives_the_blocks_before(tmp_path: Path) -> None:
    path = tmp_path / "run.arrows"
    with CaptureStream(path) as stream:
        for number in range(3):
            stream.append(block(number))
    whole = path.read_bytes()
    sizes = set()
    for keep in range(len(whole) // 4, len(whole), 97):
        path.write_bytes(whole[:keep])
        try:
            back = read(path)
        except TraceReadError:
            continue
        assert back.ts.tolist() == [100 * (row // 2) + 20 * (row % 2) for row in range(len(back))]
        assert back.stats.count("truncated") == 1 or len(back) == 6
        sizes.add(len(back))
    assert sizes >= {2, 4, 6}


def test_the_first_bytes_tell(tmp_path: Path) -> None:
    path = tmp_path / "run.arrows"
    with CaptureStream(path) as stream:
        stream.append(block(0))
    assert sniff(path.read_bytes()[:4096], path)
    assert not sniff(b"\xff\xff\xff\xff" + bytes(100), path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(TraceReadError):
        read(path)


def test_an_unwritable_place(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        CaptureStream(tmp_path / "no" / "run.arrows")


def test_an_error_leaves_what_was_written_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "run.arrows"
    stream = CaptureStream(path)
    stream.append(block(0))
    stream.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    back = read(path)
    assert (len(back), back.stats.count("truncated")) == (2, 1)
    assert np.array_equal(back.ts, block(0).ts)


def test_no_flipped_bit_ends_in_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "run.arrows"
    with CaptureStream(path) as stream:
        stream.append(block(0))
    whole = path.read_bytes()
    for at in range(0, len(whole), 29):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        try:
            back = read(path)
        except TraceReadError as error:
            refused = error
        else:
            refused = None
            assert all(finding.severity < Severity.ERROR or finding.name in ANY for finding in validate(back))
        assert refused is None or (refused.where == str(path) and refused.remedy)


#: What a flipped bit may well say.
ANY = {"device_before_launch", "work_off_stream", "sync_on_stream", "migration_as_copy"}
