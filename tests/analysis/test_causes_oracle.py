"""Causes of random timelines against the definitions taken one nanosecond at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiler.analysis.exposure import Cause
from profiler.analysis.overlap import prepare
from profiler.trace.schema import MISSING
from profiler.trace.tables import Trace
from tests.analysis.oracle import Oracle
from tests.analysis.timelines import Timeline, complete, pipelines, timelines

METAS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(complete, st.integers(1, 2), st.integers(1, 2), kernel_gap_ns=st.sampled_from([0, 4])),
    st.builds(complete, default_streams=st.just([2])),
    st.just({"format": "chrome", "kernel_gap_ns": 3}),
    st.just({"format": "chrome", "default_streams": [1], "requests": 2}),
)
SLOW = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Timeline, dict[str, Any]]:
    meta = draw(METAS)
    if draw(st.booleans()):
        return draw(timelines(with_edges=bool(meta.get("complete")))), meta
    pipeline = draw(pipelines())
    if not meta.get("complete"):
        pipeline.edges.clear()
        for row in pipeline.rows:
            row["chunk"] = MISSING
    return pipeline, meta


def _found(trace: Trace) -> list[tuple[int, dict[str, int], dict[str, int]]]:
    return [
        (device.rows.device, dict(device.exposure.sums_ns()), dict(device.exposure_alone.sums_ns()))
        for device in prepare(trace)
    ]


@SLOW
@given(cases())
def test_against_the_oracle(case: tuple[Timeline, dict[str, Any]]) -> None:
    timeline, meta = case
    trace = timeline.trace(**meta)
    ((_, causes, alone),) = _found(trace)
    assert causes == Oracle(trace).causes()
    assert alone == Oracle(trace, without_communication=True).causes()


@SLOW
@given(cases())
def test_pieces_are_disjoint_joined_and_exactly_the_exposed_time(case: tuple[Timeline, dict[str, Any]]) -> None:
    timeline, meta = case
    trace = timeline.trace(**meta)
    (device,) = prepare(trace)
    found = device.exposure
    pieces = list(zip(found.start.tolist(), found.end.tolist(), found.cause.tolist(), strict=True))
    assert [t for start, end, _ in pieces for t in range(start, end)] == Oracle(trace).exposed
    for (_, end, cause), (start, _, following) in pairwise(pieces):
        assert end < start or cause != following
    assert not meta.get("complete") or Cause.UNKNOWN not in found.cause


@given(cases(), st.randoms())
def test_the_order_of_rows_does_not_matter(case: tuple[Timeline, dict[str, Any]], random: st.Random) -> None:
    timeline, meta = case
    order = list(range(len(timeline.rows)))
    random.shuffle(order)
    assert _found(timeline.shuffled(order, **meta)) == _found(timeline.trace(**meta))


@given(cases(), st.sampled_from([10**6, 1_661_203_462_599_325_000]))
def test_the_time_of_day_does_not_matter(case: tuple[Timeline, dict[str, Any]], by: int) -> None:
    timeline, meta = case
    assert _found(timeline.shifted(by, **meta)) == _found(timeline.trace(**meta))


@given(cases(), st.lists(st.integers(0, 90), max_size=5))
def test_causes_of_the_parts_add_up(case: tuple[Timeline, dict[str, Any]], cuts: list[int]) -> None:
    timeline, meta = case
    trace = timeline.trace(**meta)
    (device,) = prepare(trace)
    edges = [0, *sorted(cuts), 200]
    total: dict[str, int] = {}
    for window in pairwise(edges):
        for name, ns in device.exposure.sums_ns(*window).items():
            total[name] = total.get(name, 0) + ns
    assert total == device.exposure.sums_ns()


@pytest.mark.parametrize("cause", list(Cause))
def test_labels(cause: Cause) -> None:
    assert cause.label == cause.name.lower().replace("_", "-")
