"""Times and profiles of trtexec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.select import copies, kernels, of_category
from tests.io.sample_case import row_of

NEW = ("H2d", "Compute", "D2h")


def query(start: float, stages: tuple[str, str, str] = NEW, **more: Any) -> dict[str, Any]:
    edges = (("Enq", 0.0, 0.5), (stages[0], 0.25, 0.25), (stages[1], 0.25, 2.25), (stages[2], 2.25, 3.0))
    times = {
        f"{edge}{key}Ms": start + at for key, *pair in edges for edge, at in zip(("start", "end"), pair, strict=True)
    }
    return {**times, "latencyMs": 2.75, **more}


def read(path: Path, entries: Any) -> Any:
    (path / "t.json").write_text(json.dumps(entries))
    return read_trace(path / "t.json")


@pytest.mark.parametrize("stages", [NEW, ("In", "Compute", "Out")])
def test_times(stages: tuple[str, str, str], tmp_path: Path) -> None:
    trace = read(tmp_path, [query(0.0, stages), query(10.0, stages)])
    assert trace.meta["format"] == "trtexec-times"
    assert trace.meta["latencies_ns"] == [2_750_000, 2_750_000]
    compute = of_category(trace, Category.STAGE)
    assert trace.ts[compute].tolist() == [250_000, 10_250_000]
    assert trace.dur[compute].tolist() == [2_000_000] * 2
    assert trace["request"][compute].tolist() == [0, 1]
    assert trace.dur[copies(trace, MemcpyKind.HTOD)].tolist() == [0, 0]
    assert trace.dur[copies(trace, MemcpyKind.DTOH)].tolist() == [750_000] * 2
    assert len(kernels(trace)) == 0
    host = row_of(trace, 0)
    assert (host["track"], host["track_kind"], host["category"], host["device"]) == ("host", "thread", "runtime", -1)
    assert {track.kind.name for track in trace.tracks} == {"THREAD", "ENGINE"}


def test_resolution_is_that_of_the_last_digit(tmp_path: Path) -> None:
    text = json.dumps([query(0.0), query(3203.0)]).replace("3203.25", "3203.26")
    (tmp_path / "t.json").write_text(text)
    assert read_trace(tmp_path / "t.json").meta["resolution_ns"] == 10_000


def test_profile_is_a_list_of_durations(tmp_path: Path) -> None:
    layers = [
        {"name": name, "timeMs": 2 * ms, "averageMs": ms, "percentage": 1}
        for name, ms in (("a", 0.5), ("b", 0), ("c", 0.25))
    ]
    trace = read(tmp_path, [{"count": 2}, *layers])
    assert trace.meta["format"] == "trtexec-profile"
    assert trace.meta["inferences"] == 2
    assert [trace.name_of(row) for row in range(3)] == ["a", "b", "c"]
    assert trace.dur.tolist() == [500_000, 0, 250_000]
    assert trace.ts.tolist() == [0, 500_000, 500_000]
    assert json.loads(trace.args[0])["timeMs"] == 1.0


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([query(0.0), query(1.0, endComputeMs="x")], "entry 1 has .* as endComputeMs"),
        ([query(0.0), {}], "entry 1 has nothing as startEnqMs"),
        ([query(0.0), 5], "not a list of JSON objects"),
    ],
)
def test_entries_that_cannot_be_read(entries: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match=message):
        read(tmp_path, entries)


def test_cut_file(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps([query(0.0)] * 3)[:-20])
    with pytest.raises(TraceReadError, match="not a list of JSON objects"):
        read_trace(tmp_path / "t.json")
