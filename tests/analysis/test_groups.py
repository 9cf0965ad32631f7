"""Groups against one group at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.groups import GROUPINGS
from profiler.analysis.overlap import analyze_devices
from profiler.errors import UsageError
from profiler.trace.schema import Engine, MemcpyKind
from tests.analysis.oracle import Oracle, Row, covered_instants
from tests.analysis.timelines import Timeline, timelines


def _groups(timeline: Timeline, by: str, **options: Any) -> list[dict[str, Any]]:
    (device,) = analyze_devices(timeline.trace(), by=by, **options)
    return [group.to_json() for group in device.groups]


def _engine(row: Row) -> str:
    if row["engine"] == Engine.COPY:
        return "copy"
    names = {MemcpyKind.HTOD: "htod", MemcpyKind.DTOH: "dtoh"}
    return names.get(row["memcpy_kind"], "compute" if row["category"] == 0 else "other")


KEYS = {
    "stream": lambda row: "none" if row["stream"] == -1 else str(row["stream"]),
    "engine": _engine,
    "request": lambda row: "none" if row["request"] == -1 else str(row["request"]),
    "name": lambda row: row["text"],
}


@pytest.mark.parametrize("by", GROUPINGS)
@given(timeline=timelines(with_edges=False), data=st.data())
def test_each_group(by: str, timeline: Timeline, data: st.DataObject) -> None:
    for row in timeline.rows:
        row["request"], row["size_bytes"] = data.draw(st.integers(-1, 2)), data.draw(st.integers(-1, 9))
    wanted: dict[str, list[Row]] = {}
    for row in Oracle(timeline.trace()).work:
        wanted.setdefault(KEYS[by](row), []).append(row)
    found = _groups(timeline, by)
    assert {group["key"] for group in found} == set(wanted)
    for group in found:
        rows = wanted[group["key"]]
        lengths = [row["dur"] for row in rows]
        assert group["count"] == len(rows)
        assert group["sum_ns"] == sum(lengths)
        assert group["union_ns"] == len(covered_instants((row["start"], row["end"]) for row in rows))
        assert (group["min_ns"], group["max_ns"]) == (min(lengths), max(lengths))
        assert group["median_ns"] == round(float(np.median(lengths)))
        assert group["size_bytes"] == sum(max(row["size_bytes"], 0) for row in rows)
    sums = [group["sum_ns"] for group in found]
    assert sums == sorted(sums, reverse=True)


def test_groups_are_clipped_to_the_window() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=1)
    timeline.kernel(300, 400, stream=2)
    found = _groups(timeline, "stream", window=(150, 170))
    assert found == [
        {"key": "1", "count": 1, "sum_ns": 20, "union_ns": 20, "min_ns": 20, "median_ns": 20, "max_ns": 20,
         "size_bytes": 0}
    ]  # fmt: skip


def test_streams_of_two_processes_have_two_keys() -> None:
    timeline = Timeline()
    timeline.kernel(100, 200, stream=7, pid=11)
    timeline.kernel(100, 150, stream=7, pid=12)
    assert [group["key"] for group in _groups(timeline, "stream")] == ["11/7", "12/7"]


def test_an_unknown_grouping_is_wrong_use() -> None:
    timeline = Timeline()
    timeline.kernel(1, 2)
    with pytest.raises(UsageError, match="stream, engine, request, name"):
        _groups(timeline, "colour")
