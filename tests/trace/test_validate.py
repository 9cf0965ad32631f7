"""Each kind of trouble is found, by name and row, and a sound trace is left in peace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from profiler.trace.schema import COLUMNS, Category, EdgeKind, MemcpyKind, Severity, TrackKind
from profiler.trace.tables import Counters, Edges, TextColumn, Trace, Track
from profiler.trace.validate import validate

TRACKS = [Track(TrackKind.STREAM, "stream 7"), Track(TrackKind.THREAD, "main"), Track(TrackKind.SYNC, "waits")]

#: A launch, its kernel, a copy with direction, and a wait.
SOUND: dict[str, list[int]] = {
    "ts": [10, 20, 40, 50],
    "dur": [5, 10, 5, 5],
    "category": [Category.RUNTIME, Category.KERNEL, Category.MEMCPY, Category.SYNC],
    "track": [1, 0, 0, 2],
    "correlation_id": [1, 1, -1, -1],
    "memcpy_kind": [0, 0, MemcpyKind.DTOH, 0],
}


def trace_of(changes: dict[str, tuple[int, int]] | None = None, **more: Any) -> Trace:
    columns = {key: np.array(values, COLUMNS[key][0]) for key, values in SOUND.items()}
    for key, (row, value) in (changes or {}).items():
        columns.setdefault(key, np.full(4, COLUMNS[key][1], COLUMNS[key][0]))[row] = value
    return Trace(columns, names=["a"], tracks=TRACKS, **more)


def test_sound_trace_has_no_findings() -> None:
    edges = Edges(np.array([0]), np.array([1]), np.array([EdgeKind.LAUNCH], np.uint8))
    assert validate(trace_of(edges=edges, args=TextColumn(np.array([0, 0, 2, 2, 2]), b"{}"))) == []
    assert validate(Trace({})) == []


@pytest.mark.parametrize(
    ("name", "severity", "changes", "row"),
    [
        ("name_out_of_range", Severity.ERROR, {"name": (2, 1)}, 2),
        ("source_category_out_of_range", Severity.ERROR, {"source_category": (2, 1)}, 2),
        ("unknown_track", Severity.ERROR, {"track": (1, 3)}, 1),
        ("unknown_category", Severity.ERROR, {"category": (3, 99)}, 3),
        ("unknown_memcpy_kind", Severity.ERROR, {"memcpy_kind": (2, 77)}, 2),
        ("negative_duration", Severity.DATA_LOSS, {"dur": (1, -2)}, 1),
        ("never_completed", Severity.DATA_LOSS, {"dur": (1, -1)}, 1),
        ("never_completed", Severity.DATA_LOSS, {"ts": (1, 0), "dur": (1, 0)}, 1),
        ("device_before_launch", Severity.ERROR, {"ts": (1, 9)}, 1),
        ("sync_on_stream", Severity.ERROR, {"track": (3, 0)}, 3),
        ("work_off_stream", Severity.ERROR, {"track": (2, 1)}, 2),
        ("copy_without_direction", Severity.DATA_LOSS, {"memcpy_kind": (2, MemcpyKind.NONE)}, 2),
        ("migration_as_copy", Severity.ERROR, {"memcpy_kind": (2, MemcpyKind.UM_HTOD)}, 2),
    ],
)
def test_each_trouble(name: str, severity: Severity, changes: dict[str, tuple[int, int]], row: int) -> None:
    found = {finding.name: finding for finding in validate(trace_of(changes))}
    assert found[name].severity == severity
    assert found[name].first == row
    assert found[name].meaning
    assert set(found) == {name}


def test_queued_after_start() -> None:
    (finding,) = validate(trace_of({"queued_ns": (1, 21)}))
    assert (finding.name, finding.first, finding.count) == ("queued_after_start", 1, 1)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("edge_out_of_range", {"edges": Edges(np.array([0]), np.array([4]), np.zeros(1, np.uint8))}),
        ("unknown_edge_kind", {"edges": Edges(np.array([0]), np.array([1]), np.array([9], np.uint8))}),
        ("counter_on_unknown_track", {"counters": Counters(np.array([0]), np.array([3], np.int32), np.zeros(1))}),
        ("args_out_of_step", {"args": TextColumn(np.array([0, 1, 2]), b"ab")}),
        ("args_out_of_step", {"args": TextColumn(np.array([0, 1, 2, 1, 2]), b"ab")}),
    ],
)
def test_tables_out_of_step(name: str, more: dict[str, Any]) -> None:
    assert [finding.name for finding in validate(trace_of(**more))] == [name]


def test_same_correlation_in_another_process_is_no_launch() -> None:
    assert validate(trace_of({"ts": (1, 9), "pid": (1, 5)})) == []
