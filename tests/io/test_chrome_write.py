"""Chrome JSON that Lanescope writes is read back as it was, and is what other tools expect."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given

from profiler.io import chrome
from profiler.io.chrome_write import microseconds
from profiler.io.kineto_words import WRITTEN, category_of
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, Category, EdgeKind, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.io.traces import column_of, rest_of, traces


@given(traces())
def test_round_trip(trace: Trace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        chrome.write(trace, Path(folder) / "t.json")
        back = chrome.read(Path(folder) / "t.json")
    for name in COLUMNS:
        if name != "source_category":
            assert column_of(back, name) == column_of(trace, name), name
    for category, word, written in zip(
        trace.category.tolist(), column_of(trace, "source_category"), column_of(back, "source_category"), strict=True
    ):
        kept = word is not None and category_of(word) == category
        assert written == (word if kept else WRITTEN[Category(category)]) or (written is None and word == "")
    assert {**rest_of(back), "args": None} == {**rest_of(trace), "args": None}
    for ours, theirs in zip(rest_of(back)["args"], rest_of(trace)["args"], strict=True):
        assert json.loads(ours or "{}") == json.loads(theirs or "{}")


def sample() -> Trace:
    builder = TraceBuilder()
    builder.meta["gpus"] = {"1": {"name": "a GPU"}}
    thread = Track(TrackKind.THREAD, "main", pid=40, tid=41)
    stream = Track(TrackKind.STREAM, "stream 7", pid=40, device=1, context=1, stream=7)
    builder.add(
        ts=1_001, dur=2, category=Category.RUNTIME, name="cudaMemcpyAsync", track=thread, pid=40, correlation_id=3
    )
    builder.add(
        ts=5_000_000_123, dur=1_000_001, category=Category.MEMCPY, name="Memcpy HtoD (Pinned -> Device)", track=stream,
        pid=40, correlation_id=3, device=1, context=1, stream=7, size_bytes=4096, memcpy_kind=MemcpyKind.HTOD,
        src_kind=MemoryKind.PINNED, dst_kind=MemoryKind.DEVICE, args='{"bandwidth":4.1}',
    )  # fmt: skip
    builder.add(ts=9, dur=-1, category=Category.MARKER, name="open", track=thread, pid=40)
    builder.add_edge(0, 1, EdgeKind.LAUNCH)
    return builder.build()


def test_what_other_tools_see(tmp_path: Path) -> None:
    chrome.write(sample(), tmp_path / "t.json")
    whole = json.loads((tmp_path / "t.json").read_text(), parse_float=str)
    assert whole["deviceProperties"] == [{"id": 1, "name": "a GPU"}]
    events = whole["traceEvents"]
    assert [event["ph"] for event in events] == ["M", "M", "X", "X", "X", "s", "f"]
    call, copy, still_open = (event for event in events if event["ph"] == "X")
    assert (call["cat"], call["ts"], call["dur"], call["pid"], call["tid"]) == (
        "cuda_runtime",
        "1.001",
        "0.002",
        40,
        41,
    )
    assert (copy["cat"], copy["ts"], copy["dur"]) == ("gpu_memcpy", "5000000.123", "1000.001")
    assert (copy["pid"], copy["tid"]) == (1, 7)
    assert copy["args"] == {
        "device": 1, "context": 1, "stream": 7, "correlation": 3, "bytes": 4096, "bandwidth": "4.1",
    }  # fmt: skip
    assert "dur" not in still_open
    start, end = events[-2:]
    assert (start["pid"], start["tid"], start["ts"]) == (40, 41, "1.001")
    assert (end["pid"], end["tid"], end["ts"], end["bp"]) == (1, 7, "5000000.123", "e")


def test_without_our_header_it_still_reads_as_kineto(tmp_path: Path) -> None:
    chrome.write(sample(), tmp_path / "t.json")
    whole = json.loads((tmp_path / "t.json").read_text())
    del whole["lanescope"]
    (tmp_path / "t.json").write_text(json.dumps(whole))
    trace = chrome.read(tmp_path / "t.json")
    assert trace.meta["format"] == "kineto"
    assert trace["memcpy_kind"].tolist() == [0, MemcpyKind.HTOD, 0]
    assert trace["device"].tolist() == [-1, 1, -1]
    assert trace["pid"].tolist() == [40, 40, 40]
    assert list(zip(trace.edges.source, trace.edges.target, strict=True)) == [(0, 1)]


@pytest.mark.parametrize("own", [7, {"version": 99}, {"version": 1}, {"version": 1, "tracks": [3], "lanes": [1]}])
def test_header_that_was_tampered_with_is_not_believed(own: object, tmp_path: Path) -> None:
    chrome.write(sample(), tmp_path / "t.json")
    whole = json.loads((tmp_path / "t.json").read_text())
    whole["lanescope"] = own
    (tmp_path / "t.json").write_text(json.dumps(whole))
    assert len(chrome.read(tmp_path / "t.json")) == 3


def test_gzip_by_ending(tmp_path: Path) -> None:
    chrome.write(sample(), tmp_path / "t.json")
    chrome.write(sample(), tmp_path / "t.json.gz")
    assert gzip.decompress((tmp_path / "t.json.gz").read_bytes()) == (tmp_path / "t.json").read_bytes()


@pytest.mark.parametrize(
    ("ns", "text"), [(0, "0.000"), (1, "0.001"), (-1, "-0.001"), (1000, "1.000"), (-12_345, "-12.345")]
)
def test_microseconds(ns: int, text: str) -> None:
    assert microseconds(ns) == text
