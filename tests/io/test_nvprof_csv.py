"""``nvprof --print-gpu-trace --csv``, in the units and columns of several versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.trace.select import copies, kernels, memsets, stream_count, work
from tests.io.sample_case import row_of

COLUMNS = "Start,Duration,Grid X,Grid Y,Grid Z,Block X,Block Y,Block Z,Size,Device,Context,Stream,Name"
HEADER = ",".join(f'"{name}"' for name in COLUMNS.split(","))
ROWS = """\
515.301806,266.655000,,,,,,,1.562500,"GeForce GTX 950 (0)","1","13","[CUDA memcpy HtoD]"
515.852619,57.791000,1600,1,1,256,1,1,,"GeForce GTX 950 (0)","1","13","vectorAdd(float const *, int) [230]"
516.000000,1.000000,,,,,,,0.000004,"GeForce GTX 950 (1)","2","7","[CUDA memset]"
"""


def read(path: Path, text: str, name: str = "t.csv") -> Any:
    (path / name).write_text(text)
    return read_trace(path / name)


def test_rows(tmp_path: Path) -> None:
    trace = read(tmp_path, f"==7== NVPROF is profiling\nhello, world\n{HEADER}\nms,us,,,,,,,MB,,,,\n{ROWS}")
    found = [row_of(trace, row) for row in range(3)]
    assert found[0] | {
        "ts": 515_301_806, "dur": 266_655, "category": "memcpy", "kind": "htod", "bytes": 1_638_400, "device": 0,
        "context": 1, "stream": 13, "track": "stream 13", "args": "",
    } == found[0]  # fmt: skip
    assert found[1] | {
        "ts": 515_852_619, "dur": 57_791, "category": "kernel", "name": "vectorAdd(float const *, int)", "bytes": -1,
        "correlation": 230,
        "args": '{"Grid X":1600,"Grid Y":1,"Grid Z":1,"Block X":256,"Block Y":1,"Block Z":1}',
    } == found[1]  # fmt: skip
    assert found[2] | {"category": "memset", "device": 1, "bytes": 4} == found[2]
    assert trace.meta["gpus"] == {"0": {"name": "GeForce GTX 950"}, "1": {"name": "GeForce GTX 950"}}
    assert stream_count(trace, work(trace)) == 2


@pytest.mark.parametrize(
    ("units", "start", "duration", "ts", "dur"),
    [
        ("s,ms", "1.5", "2.25", 1_500_000_000, 2_250_000),
        ("us,us", "0.001", "1e3", 1, 1_000_000),
        ("ns,ns", "7", "9", 7, 9),
    ],
)
def test_units(units: str, start: str, duration: str, ts: int, dur: int, tmp_path: Path) -> None:
    trace = read(tmp_path, f"Start,Duration,Name\n{units},\n{start},{duration},k\n")
    assert (trace.ts.tolist(), trace.dur.tolist()) == ([ts], [dur])
    assert (len(kernels(trace)), len(copies(trace)), len(memsets(trace))) == (1, 0, 0)


def test_memory_kinds_of_newer_versions(tmp_path: Path) -> None:
    text = "Start,Duration,SrcMemType,DstMemType,Name\nms,us,,,\n1,1,Pinned,Device,[CUDA memcpy HtoD]\n"
    row = row_of(read(tmp_path, text), 0)
    assert (row["from"], row["to"]) == ("pinned", "device")


def test_header_after_much_output_of_the_program(tmp_path: Path) -> None:
    assert len(read(tmp_path, "chatter\n" * 2000 + f"{HEADER}\nms,us,,,,,,,MB,,,,\n{ROWS}")) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Start,Duration,Name\n", "ends after its header"),
        ("Start,Duration,Name\nfortnights,us,\n1,1,k\n", "unit of Start is 'fortnights'"),
        ("Start,Duration,Name\nms,us,\n1,1,k\n1,soon,k\n", "line 4: Duration 'soon'"),
        ("Start,Duration,Name\nms,us,\n1,1,k\n\n1,1\n", "line 5 has 2 cells, not 3"),
    ],
)
def test_rows_that_cannot_be_read(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match=message) as caught:
        read(tmp_path, text)
    assert caught.value.where == str(tmp_path / "t.csv")
    assert "nvprof" in str(caught.value.remedy)


def test_records_that_never_completed(tmp_path: Path) -> None:
    trace = read(tmp_path, "Start,Duration,Name\nms,us,\n0,0,k\n1,0,k\n")
    assert kernels(trace).tolist() == [1]
    assert trace.stats.count("never_completed") == 1
