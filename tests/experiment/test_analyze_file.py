"""A window of a large file, read without the rest, has the figures and causes of the whole trace."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.spans import as_trace, make_spans
from profiler.analysis.analyze import analyze
from profiler.analysis.window import parse_window
from profiler.errors import UsageError
from profiler.experiment import analyze_file as module
from profiler.experiment.analyze_file import analyze_file
from profiler.io import chrome, parquet, parquet_order
from profiler.io.parquet_window import open_window_file
from profiler.trace.schema import Category, EdgeKind
from profiler.trace.tables import Trace
from tests.analysis.timelines import Timeline, timelines
from tests.helpers.patience import PATIENCE_S
from tests.helpers.random_traces import random_trace

#: One unit of the random timelines, ns: the way of a launch is two of them, the gap floor three.
UNIT = 10_000


def stretched(timeline: Timeline) -> Timeline:
    for row in timeline.rows:
        for name in ("ts", "dur", "queued_ns"):
            row[name] = row[name] * UNIT if abs(row[name]) < 10**6 else row[name]
    return timeline


def figures(trace: Trace, window: str, by: str) -> dict[str, Any]:
    found = analyze(trace, window=parse_window(window, trace), by=by).to_json()
    return {**found, "file": "", "format": ""}


def in_parts(path: Path, window: str, by: str) -> dict[str, Any]:
    with mock.patch.object(module, "read_trace", side_effect=AssertionError("read whole")):
        return {**analyze_file(path, window=window, by=by).to_json(), "file": "", "format": ""}


@settings(max_examples=150, deadline=None)
@given(timelines(with_edges=False), st.integers(0, 80), st.integers(1, 30), st.integers(1, 6))
def test_parts_of_small_timelines_agree_with_the_whole(timeline: Timeline, start: int, length: int, rows: int) -> None:
    window = f"{start * UNIT - UNIT // 2 if start else 0}:{(start + length) * UNIT}"
    trace = stretched(timeline).trace(kernel_gap_ns=3 * UNIT)
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(parquet_order, "ROWS_PER_GROUP", rows):
        path = Path(folder) / "t.parquet"
        parquet.write(trace, path)
        with open_window_file(path) as source:
            assume(source is not None)
        assert in_parts(path, window, "name") == figures(trace, window, "name")


@pytest.mark.parametrize("seed", range(12))
def test_parts_of_longer_traces_agree_with_the_whole(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 8)
    random = np.random.default_rng(seed)
    meta = {"default_streams": [0], "requests": 2} if seed % 2 else {}
    length = int(random.choice([1_000_000, 4_000_000, 40_000_000]))
    trace = random_trace(seed, size=int(random.integers(60, 300)), length=length, **meta)
    parquet.write(trace, tmp_path / "t.parquet")
    for _ in range(4):
        start = int(random.integers(length))
        window = f"{start}:{start + int(random.integers(1, length // 10))}"
        assert in_parts(tmp_path / "t.parquet", window, "stream") == figures(trace, window, "stream")


def long_ago() -> Timeline:
    """A kernel that runs over everything, and much short work inside it."""
    timeline = Timeline()
    timeline.kernel(0, 1_000_000_000, stream=1)
    timeline.add(Category.MARKER, 5_000_000, 6_000_000, "step")
    for place in range(400):
        timeline.htod(place * 1_000_000, place * 1_000_000 + 500, stream=2)
    return timeline


def test_a_slice_from_long_before_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 16)
    trace = long_ago().trace()
    parquet.write(trace, tmp_path / "t.parquet")
    with open_window_file(tmp_path / "t.parquet") as source:
        assert source is not None
        assert len(source.rows(200_000_000, 202_000_000)) < 40
    found = in_parts(tmp_path / "t.parquet", "200ms:202ms", "name")
    assert found == figures(trace, "200ms:202ms", "name")
    (device,) = found["devices"]
    assert (device["kernels"], device["htod"], device["hidden_ns"], device["exposed_ns"]) == (1, 2, 1000, 0)


def test_a_named_range_is_found_without_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 16)
    trace = long_ago().trace()
    parquet.write(trace, tmp_path / "t.parquet")
    found = in_parts(tmp_path / "t.parquet", "nvtx:step", "name")
    assert found["window"] == {"start_ns": 5_000_000, "end_ns": 6_000_000}
    assert found == figures(trace, "nvtx:step", "name")
    with pytest.raises(UsageError, match="'step'"):
        analyze_file(tmp_path / "t.parquet", window="nvtx:stop")


def test_what_hangs_together_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 4)
    timeline = long_ago()
    timeline.edge(0, 1, EdgeKind.EVENT)
    for name, trace in (("edges", timeline.trace()), ("complete", long_ago().trace(complete=True))):
        path = tmp_path / f"{name}.parquet"
        parquet.write(trace, path)
        with open_window_file(path) as source:
            assert source is None
        assert analyze_file(path, window="0:1ms").to_json()["devices"] == figures(trace, "0:1ms", "")["devices"]


def test_other_formats_and_expressions_read_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", 16)
    trace = long_ago().trace()
    chrome.write(trace, tmp_path / "t.json")
    parquet.write(trace, tmp_path / "t.parquet")
    one = analyze_file(tmp_path / "t.json", window="1ms:9ms").to_json()
    assert one["devices"] == in_parts(tmp_path / "t.parquet", "1ms:9ms", "")["devices"]
    other = analyze_file(tmp_path / "t.parquet", window="1ms:9ms", communication="kern").to_json()
    assert other["devices"][0]["communication_kernels"] == 1


_MEASURE = """
import sys
import pyarrow.compute, pyarrow.parquet
from profiler.experiment.analyze_file import analyze_file
def told(file, key):
    with open(f"/proc/self/{file}") as lines:
        return int(dict(line.split(":") for line in lines)[key].split()[0])
def taken():
    return told("io", "rchar"), told("status", "VmHWM") * 1024
analyze_file(sys.argv[2], window=sys.argv[3])
before = taken()
analyze_file(sys.argv[1], window=sys.argv[3])
print(*(now - then for now, then in zip(taken(), before)))
"""


def test_a_hundredth_of_the_time_is_a_few_hundredths_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many row groups as ten million slices have; the footer, read to check and to decode it, weighs more here."""
    size = 1_000_000
    path, warm = tmp_path / "t.parquet", tmp_path / "warm.parquet"
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", size // 153)
    parquet.write(as_trace(make_spans(size)), path)
    parquet.write(as_trace(make_spans(size // 10)), warm)
    data = path.read_bytes()
    footer = int.from_bytes(data[-8:-4], "little")
    command = [sys.executable, "-c", _MEASURE, path, warm, "2s:2.05s"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    read, memory = map(int, done.stdout.split())
    assert read - 3 * footer < 0.05 * len(data)
    assert memory < 40 * size
