"""The result of ``lanescope analyze``."""

from __future__ import annotations

import json

import pytest

from profiler.analysis.analyze import analyze
from profiler.errors import UsageError
from profiler.trace.schema import Severity
from tests.analysis.timelines import Timeline


def _two_devices() -> Timeline:
    timeline = Timeline()
    timeline.host(1_000, 1_010)
    timeline.kernel(1_100, 1_200)
    timeline.htod(1_150, 1_300)
    timeline.kernel(1_500, 1_600, device=1)
    timeline.graph(2_000, 2_100, device=1)
    return timeline


META = {"file": "run.json", "format": "chrome", "resolution_ns": 1}


def test_every_key() -> None:
    trace = _two_devices().trace(**META)
    trace.stats.add("chrome_unmatched_end", Severity.DATA_LOSS, 2)
    found = analyze(trace).to_json()
    assert list(found) == ["file", "format", "resolution_ns", "window", "span_ns", "stats", "devices"]
    assert {key: found[key] for key in META} == META
    assert found["window"] == {"start_ns": 0, "end_ns": 1_100}
    assert found["span_ns"] == 500
    assert found["stats"] == [
        {"name": "chrome_unmatched_end", "severity": "data_loss", "count": 2},
        {"name": "graph_overlap_unknown", "severity": "info", "count": 1},
    ]
    assert [device["device"] for device in found["devices"]] == [0, 1]
    assert trace.stats.count("graph_overlap_unknown") == 0
    json.dumps(found)


@pytest.mark.parametrize("window", ["100:250", (1_100, 1_250)])
def test_a_window(window: str | tuple[int, int]) -> None:
    found = analyze(_two_devices().trace(**META), window=window).to_json()
    assert found["window"] == {"start_ns": 100, "end_ns": 250}
    assert found["span_ns"] == 150
    assert [device["span_ns"] for device in found["devices"]] == [150, 150]
    assert [device["kernels"] for device in found["devices"]] == [1, 0]
    assert found["stats"] == []


def test_groups_on_request() -> None:
    found = analyze(_two_devices().trace(), by="name").to_json()
    assert [[group["key"] for group in device["groups"]] for device in found["devices"]] == [
        ["HtoD", "kernel"],
        ["kernel"],
    ]


def test_wrong_use_is_told() -> None:
    with pytest.raises(UsageError):
        analyze(_two_devices().trace(), by="size")


def test_a_trace_of_nothing() -> None:
    found = analyze(Timeline().trace()).to_json()
    assert found == {
        "file": "",
        "format": "",
        "resolution_ns": None,
        "window": {"start_ns": 0, "end_ns": 0},
        "span_ns": 0,
        "stats": [],
        "devices": [],
    }


@pytest.mark.parametrize("meta", [{"format": "trtexec-times"}, {"format": "parquet", "source_format": "trtexec-times"}])
def test_queries_of_a_timing_file(meta: dict[str, str]) -> None:
    timeline = Timeline()
    for request, compute in enumerate((100, 120, 140, 161)):
        begin = 1_000 + 500 * request
        timeline.htod(begin, begin + 10, stream=-1, request=request)
        timeline.stage(begin + 20, begin + 20 + compute, request=request)
        timeline.dtoh(begin + 200, begin + 205, stream=-1, request=request)
    found = analyze(timeline.trace(**meta)).to_json()
    assert found["format"] == meta["format"]
    assert found["requests"] == {
        "count": 4,
        "compute_sum_ns": 521,
        "compute_span_ns": 1_661,
        "htod_sum_ns": 40,
        "dtoh_sum_ns": 20,
        "latency_median_ns": 145,
    }
    (device,) = found["devices"]
    assert device["kernels"] is None
    assert sum(device["causes"].values()) == device["exposed_ns"] == 60


def test_a_timing_file_without_queries() -> None:
    found = analyze(Timeline().trace(format="trtexec-times")).to_json()
    assert found["requests"]["count"] == 0
    assert found["requests"]["latency_median_ns"] is None


def test_durations_alone_have_no_span() -> None:
    timeline = Timeline()
    timeline.stage(0, 10)
    assert analyze(timeline.trace(format="trtexec-profile")).to_json()["span_ns"] is None
