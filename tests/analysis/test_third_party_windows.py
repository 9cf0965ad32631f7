"""Windows, groups and differences of other people's traces: parts add up to the whole, to the nanosecond."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiler.analysis.analyze import analyze
from profiler.analysis.diff import HOST_CATEGORIES, diff
from profiler.analysis.overlap import prepare
from profiler.analysis.rows import device_rows
from profiler.analysis.window import extent
from profiler.experiment.analyze_file import analyze_file
from profiler.io import parquet, parquet_order, read_trace
from profiler.io.sql import SqlSession
from profiler.trace.schema import DEVICE_CATEGORIES
from profiler.trace.tables import Trace
from tests.analysis.test_overlap import ADDITIVE
from tests.analysis.test_third_party import KINETO, OTHERS

Fetch = Callable[[str], Path]


@pytest.fixture(scope="module", params=(*KINETO, *OTHERS))
def named(request: pytest.FixtureRequest, third_party_trace: Fetch) -> tuple[str, Trace]:
    return request.param, read_trace(third_party_trace(request.param))


def cuts(trace: Trace, seed: int, count: int) -> list[int]:
    first, last = extent(trace)
    inside = np.random.default_rng(seed).integers(first, last, count).tolist()
    return sorted({first, last, *inside})


@pytest.mark.parametrize("seed", [1, 2])
def test_windows_of_a_cut_add_up_to_the_whole(seed: int, named: tuple[str, Trace]) -> None:
    _, trace = named
    edges = cuts(trace, seed, 12)
    for device in prepare(trace):
        parts = [device.figures(window) for window in pairwise(edges)]
        whole, unclipped = device.figures((edges[0], edges[-1])), device.figures()
        for key in ADDITIVE:
            assert sum(getattr(part, key) for part in parts) == getattr(whole, key), key
            assert key in ("span_ns", "idle_ns") or getattr(whole, key) == getattr(unclipped, key), key
        for cause in {cause for part in (whole, *parts) for cause in part.causes}:
            assert sum(part.causes.get(cause, 0) for part in parts) == whole.causes[cause], cause
        assert sum(whole.causes.values()) == whole.exposed_ns


@pytest.mark.parametrize("by", ["stream", "engine", "request", "name"])
def test_sums_of_the_groups_are_those_of_the_device(by: str, named: tuple[str, Trace]) -> None:
    _, trace = named
    first, last = extent(trace)
    window = (first + (last - first) // 3, first + (last - first) // 2)
    works = [device.work for device in device_rows(trace)]
    for bounds in (None, window):
        low, high = bounds or (first, last)
        for device, rows in zip(analyze(trace, by=by, window=bounds).devices, works, strict=True):
            counted = device.kernels or 0
            counted += device.htod + device.dtoh + device.dtod + device.other_copies + device.memsets
            assert sum(group.count for group in device.groups) == counted
            length = np.minimum(trace.ts[rows] + trace.dur[rows], high) - np.maximum(trace.ts[rows], low)
            assert sum(group.sum_ns for group in device.groups) == int(np.maximum(length, 0).sum())
            if by == "engine":
                sums = {group.key: group.sum_ns for group in device.groups}
                assert sums.get("compute", 0) == device.kernel_sum_ns
                assert sums.get("htod", 0) + sums.get("dtoh", 0) == device.copy_sum_ns


def test_a_trace_does_not_differ_from_itself(named: tuple[str, Trace]) -> None:
    _, trace = named
    found = diff(trace, trace, categories=(*DEVICE_CATEGORIES, *HOST_CATEGORIES))
    assert (found.only_a, found.only_b) == (0, 0)
    assert all(row.a_ns == row.b_ns and row.change == "same" for row in found.rows)


def test_sql_sums_are_the_figures(named: tuple[str, Trace], facts: dict[str, Any]) -> None:
    name, trace = named
    with SqlSession(trace) as session, session.query("select sum(dur), count(*) from kernels") as result:
        ((total, count),) = result.rows()
    known = facts[name]["facts"]
    assert (total, count) == (known["kernel_time_sum_ns"], known["kernels"])
    assert total == sum(device.kernel_sum_ns for device in analyze(trace).devices)


def test_windows_read_in_parts_are_those_of_the_whole(
    named: tuple[str, Trace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, trace = named
    monkeypatch.setattr(parquet_order, "ROWS_PER_GROUP", max(len(trace) // 40, 4))
    path = tmp_path / "t.parquet"
    parquet.write(trace, path)
    first, _ = extent(trace)
    for start, end in pairwise(cuts(trace, 3, 8)):
        part = analyze_file(path, window=f"{start - first}:{end - first}", by="name").to_json()
        whole = analyze(trace, window=(start, end), by="name").to_json()
        assert {**part, "file": "", "format": ""} == {**whole, "file": "", "format": ""}
