"""Selectors against the obvious loop over rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.trace import select
from profiler.trace.schema import COLUMNS, DEVICE_CATEGORIES, MISSING, Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track

rows = st.lists(
    st.fixed_dictionaries(
        {
            "ts": st.integers(0, 3),
            "dur": st.integers(-3, 3),
            "category": st.sampled_from(Category),
            "memcpy_kind": st.sampled_from([MemcpyKind.NONE, MemcpyKind.HTOD, MemcpyKind.DTOH, MemcpyKind.DTOD]),
            "device": st.integers(-1, 2),
            "pid": st.integers(-1, 2),
            "context": st.integers(-1, 1),
            "stream": st.integers(-1, 2),
            "correlation_id": st.integers(-1, 4),
        }
    ),
    max_size=30,
)


def trace_of(table: list[dict[str, int]]) -> Trace:
    keys = table[0] if table else ["ts"]
    columns = {key: np.array([int(row[key]) for row in table], COLUMNS[key][0]) for key in keys}
    return Trace(columns, names=["x"], tracks=[Track(TrackKind.STREAM, "s")])


def counts(row: dict[str, int]) -> bool:
    if row["dur"] < 0:
        return False
    return not (row["category"] in DEVICE_CATEGORIES and row["ts"] == row["dur"] == 0)


@given(rows)
def test_countable(table: list[dict[str, int]]) -> None:
    assert select.countable(trace_of(table)).tolist() == [counts(row) for row in table]


@given(rows, st.one_of(st.none(), st.integers(-1, 3)))
def test_rows_by_category_kind_and_device(table: list[dict[str, int]], device: int | None) -> None:
    trace = trace_of(table)

    def wanted(categories: set[Category], kinds: set[MemcpyKind] | None = None) -> list[int]:
        return [
            place
            for place, row in enumerate(table)
            if counts(row)
            and row["category"] in categories
            and (device is None or row["device"] == device)
            and (kinds is None or row["memcpy_kind"] in kinds)
        ]

    assert select.kernels(trace, device=device).tolist() == wanted({Category.KERNEL})
    assert select.memsets(trace, device=device).tolist() == wanted({Category.MEMSET})
    assert select.graphs(trace, device=device).tolist() == wanted({Category.GRAPH})
    assert select.migrations(trace, device=device).tolist() == wanted({Category.MIGRATION})
    assert select.copies(trace, device=device).tolist() == wanted({Category.MEMCPY})
    both = {MemcpyKind.HTOD, MemcpyKind.DTOH}
    assert select.copies(trace, *both, device=device).tolist() == wanted({Category.MEMCPY}, both)
    assert select.work(trace, device=device).tolist() == wanted({Category.KERNEL, Category.MEMCPY, Category.MEMSET})


@given(rows)
def test_devices_and_streams(table: list[dict[str, int]]) -> None:
    trace = trace_of(table)
    on_device = [row for row in table if counts(row) and row["category"] in DEVICE_CATEGORIES]
    assert select.devices(trace) == sorted({row["device"] for row in on_device})
    keys = {(row["pid"], row["device"], row["context"], row["stream"]) for row in table}
    assert select.stream_count(trace, np.arange(len(table))) == len(keys)


@given(rows)
def test_launches(table: list[dict[str, int]]) -> None:
    calls: dict[tuple[int, int], int] = {}
    for place, row in enumerate(table):
        if row["category"] in (Category.RUNTIME, Category.DRIVER) and counts(row) and row["correlation_id"] != MISSING:
            calls.setdefault((row["pid"], row["correlation_id"]), place)
    wanted = [
        (place, calls[(row["pid"], row["correlation_id"])])
        for place, row in enumerate(table)
        if row["category"] in DEVICE_CATEGORIES and (row["pid"], row["correlation_id"]) in calls
    ]
    device, host = select.launches(trace_of(table))
    assert list(zip(device.tolist(), host.tolist(), strict=True)) == wanted
