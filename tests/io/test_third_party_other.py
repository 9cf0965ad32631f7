"""Every SQLite, CSV and trtexec file of others gives exactly the figures that two independent programs found in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiler.io import read_trace, write_trace
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.select import (
    copies,
    countable,
    devices,
    graphs,
    kernels,
    launches,
    memsets,
    of_category,
    stream_count,
    work,
)
from profiler.trace.tables import Trace
from profiler.trace.validate import validate

CSV = "cke-gtx950-6streams-nvprof_gputrace.csv"
H100 = "nsysai-h100_2gpu_1s.sqlite"
RTX3060 = "flameox-rtx3060-nsight-2025.5.2.sqlite"
T4 = "nsightful-t4-power_iteration.sqlite"
NSYS = [H100, RTX3060, T4, "mordred-rtx6000-report1-old.sqlite"]
_KINDS = {"HtoD": MemcpyKind.HTOD, "DtoH": MemcpyKind.DTOH, "DtoD": MemcpyKind.DTOD}

Find = Callable[[str], Path]


def by_kind(trace: Trace, value: Callable[[Any], int]) -> dict[str, int]:
    found = {key: copies(trace, kind) for key, kind in _KINDS.items()}
    return {key: value(rows) for key, rows in found.items() if len(rows)}


@pytest.mark.parametrize("name", [*NSYS, CSV])
def test_figures(name: str, third_party_trace: Find, facts: dict[str, Any]) -> None:
    trace, known = read_trace(third_party_trace(name)), facts[name]["facts"]
    rows = work(trace)
    found: dict[str, Any] = {
        "events": trace.meta["events"],
        "kernels": len(kernels(trace)),
        "memcpy_kinds": by_kind(trace, len),
        "memsets": len(memsets(trace)),
        "kernel_time_sum_ns": int(trace.dur[kernels(trace)].sum()),
        "hd_sum_ns": int(trace.dur[copies(trace, MemcpyKind.HTOD, MemcpyKind.DTOH)].sum()),
        "gpu_first_ns": int(trace.ts[rows].min()),
        "gpu_span_ns": int((trace.ts[rows] + trace.dur[rows]).max() - trace.ts[rows].min()),
        "gpu_streams": stream_count(trace, rows),
        "zero_or_neg_dur": int((trace.dur[rows] <= 0).sum()),
    }
    assert found == {key: known[key] for key in found}
    assert len(devices(trace)) == len(known["devices"])
    if name != CSV:
        assert by_kind(trace, lambda some: int(trace["size_bytes"][some].sum())) == known["bytes_by_kind"]
        assert [gpu["name"] for gpu in trace.meta.get("gpus", {}).values()] == known.get("gpus", [])
    assert validate(trace) == []
    assert {row["severity"] for row in trace.stats.to_json()} <= {"info"}


def test_two_processes_share_correlation_ids(third_party_trace: Find) -> None:
    trace = read_trace(third_party_trace(H100))
    device, host = launches(trace)
    of_kernels = np.isin(device, kernels(trace))
    assert int(of_kernels.sum()) == 1632
    assert (trace.ts[host] <= trace.ts[device]).all()
    assert sorted(set(trace["pid"][kernels(trace)].tolist())) == [111, 112]


def test_graphs_traced_whole_are_no_kernels(third_party_trace: Find) -> None:
    trace = read_trace(third_party_trace(RTX3060))
    assert len(graphs(trace)) == 2
    assert trace.stats.count("graphs_traced_whole") == 2


def test_one_run_in_two_formats(third_party_trace: Find) -> None:
    first = read_trace(third_party_trace(T4))
    second = read_trace(third_party_trace("nsightful-t4-power_iteration.chrome.json"))
    times = [sorted(zip(t.ts[kernels(t)].tolist(), t.dur[kernels(t)].tolist(), strict=True)) for t in (first, second)]
    assert times[0] == times[1]


@pytest.mark.parametrize("name", ["trex-a100-resnet18-fp32.timing.json", "trex-a100-resnet18-int8qat.timing.json"])
def test_times_of_trtexec(name: str, third_party_trace: Find, facts: dict[str, Any]) -> None:
    trace, known = read_trace(third_party_trace(name)), facts[name]["facts"]
    compute = of_category(trace, Category.STAGE)
    assert len(compute) == known["inferences"]
    assert int(trace.dur[compute].sum()) == known["compute_sum_ns"]
    assert int((trace.ts[compute] + trace.dur[compute]).max() - trace.ts[compute].min()) == known["compute_span_ns"]
    assert int(trace.dur[copies(trace)].sum()) == known["h2d_sum_ns"] + known["d2h_sum_ns"]
    assert len(copies(trace)) == 2 * known["inferences"]
    assert np.median(trace.meta["latencies_ns"]) == pytest.approx(known["median_latency_ms"] * 1e6, abs=0.5)


def test_profile_of_trtexec(third_party_trace: Find, facts: dict[str, Any]) -> None:
    name = "trex-a100-resnet18-int8qat.profile.json"
    trace, known = read_trace(third_party_trace(name)), facts[name]["facts"]
    assert len(trace) == known["layers"]
    assert countable(trace).all()
    assert int(trace.dur.sum()) == round(known["sum_average_ms"] * 1e6)
    assert trace.meta["inferences"] == known["count"]


@pytest.mark.parametrize("name", [T4, CSV, "trex-a100-resnet18-fp32.timing.json"])
@pytest.mark.parametrize("ending", [".parquet", ".json.gz"])
def test_conversion_keeps_every_column(name: str, ending: str, third_party_trace: Find, tmp_path: Path) -> None:
    trace = read_trace(third_party_trace(name))
    write_trace(trace, tmp_path / f"copy{ending}")
    back = read_trace(tmp_path / f"copy{ending}")
    for column in ("ts", "dur", "category", "track", "pid", "device", "stream", "memcpy_kind", "size_bytes", "request"):
        assert (back[column] == trace[column]).all(), column
    assert back.tracks == trace.tracks
    assert back.meta["source_format"] == trace.meta["format"]
