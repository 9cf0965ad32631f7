"""Each hand-made Chrome or Kineto file gives exactly the rows written beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from profiler.io import chrome
from tests.io.sample_case import Case, row_of
from tests.io.samples import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_bytes(case.text.encode("utf-8", "surrogatepass"))
    trace = chrome.read(path)
    found = [row_of(trace, row) for row in range(len(trace))]
    assert [{key: row[key] for key in wanted} for row, wanted in zip(found, case.rows, strict=True)] == case.rows
    assert {name: count for name, _, count in trace.stats} == case.stats
    assert sorted(zip(trace.edges.source.tolist(), trace.edges.target.tolist(), strict=True)) == sorted(case.edges)
    samples = zip(trace.counters.ts, trace.counters.track, trace.counters.value, strict=True)
    assert [(int(ts), trace.tracks[track].name, float(value)) for ts, track, value in samples] == case.counters
    assert trace.meta["format"] == case.format
    assert {key: trace.meta.get(key) for key in case.meta} == case.meta
