"""Latency of requests, makespan, throughput and percentiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.latency import makespan_ns, percentiles, request_times, throughput_per_s
from profiler.trace.schema import Category
from tests.analysis.timelines import Timeline


def _request(timeline: Timeline, number: int, at: int, *, waits: bool) -> None:
    load = timeline.htod(at + 10, at + 30, request=number)
    kernel = timeline.kernel(at + 30, at + 60, request=number)
    other = timeline.kernel(at + 50, at + 70, stream=4, request=number)
    result = timeline.dtoh(at + 70, at + 75, request=number)
    for place, row in enumerate((load, kernel, other, result)):
        timeline.call(row, at + 2 * place, at + 2 * place + 1)
    if waits:
        timeline.sync(at + 8, at + 80, request=number)


def test_one_request_after_another() -> None:
    timeline = Timeline()
    _request(timeline, 0, 100, waits=True)
    _request(timeline, 1, 200, waits=True)
    found = request_times(timeline.trace())
    assert found.request.tolist() == [0, 1]
    assert found.network_ns.tolist() == [80, 80]
    assert found.hardware_ns.tolist() == [40, 40]
    assert found.enqueue_ns.tolist() == [4, 4]
    assert makespan_ns(timeline.trace()) == 180


def test_without_a_wait_of_its_own_a_request_ends_with_its_last_slice() -> None:
    timeline = Timeline()
    _request(timeline, 0, 100, waits=False)
    _request(timeline, 1, 150, waits=False)
    timeline.sync(170, 400)
    found = request_times(timeline.trace())
    assert found.network_ns.tolist() == [75, 75]
    assert makespan_ns(timeline.trace()) == 300


def test_calls_of_two_threads_add_up_and_nested_calls_do_not() -> None:
    timeline = Timeline()
    timeline.host(0, 10, request=3)
    timeline.host(2, 8, request=3)
    timeline.host(5, 15, thread=1, request=3)
    timeline.host(16, 25, thread=1, name="cudaStreamSynchronize", request=3)
    timeline.kernel(20, 30, request=3)
    found = request_times(timeline.trace())
    assert found.request.tolist() == [3]
    assert found.enqueue_ns.tolist() == [20]
    assert found.network_ns.tolist() == [30]


def test_a_request_without_a_host_side_has_no_network_latency() -> None:
    timeline = Timeline()
    timeline.kernel(20, 30, request=1)
    assert request_times(timeline.trace()).request.tolist() == []
    timeline.host(0, 1, request=2)
    assert request_times(timeline.trace()).request.tolist() == []
    assert makespan_ns(Timeline().trace()) is None


def test_a_request_without_kernels_took_no_hardware_time() -> None:
    timeline = Timeline()
    timeline.host(0, 1, request=2)
    timeline.htod(1, 9, request=2)
    found = request_times(timeline.trace())
    assert (found.network_ns.tolist(), found.hardware_ns.tolist()) == ([9], [0])


def test_compute_spans_count_as_hardware() -> None:
    timeline = Timeline()
    timeline.host(0, 1, request=0)
    timeline.stage(5, 9, request=0)
    assert request_times(timeline.trace()).hardware_ns.tolist() == [4]


def test_ranges_are_no_host_action() -> None:
    timeline = Timeline()
    _request(timeline, 0, 100, waits=True)
    timeline.add(Category.MARKER, 0, 500, "request 0", request=0)
    assert makespan_ns(timeline.trace()) == 80
    assert request_times(timeline.trace()).network_ns.tolist() == [80]


def test_throughput_is_samples_over_the_makespan() -> None:
    assert throughput_per_s(128, 1_000_000_000) == 128
    assert throughput_per_s(128, 0) is None
    assert throughput_per_s(128, None) is None


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=30))
def test_percentiles_are_numpys_rounded_half_to_even(values: list[int]) -> None:
    found = percentiles(values)
    for name, share in (("median", 50), ("p05", 5), ("p95", 95)):
        assert abs(found[name] - np.percentile(values, share)) <= 0.5 + 1e-3
        assert isinstance(found[name], int)
    assert min(values) <= found["p05"] <= found["median"] <= found["p95"] <= max(values)


@pytest.mark.parametrize(("values", "median"), [([1, 2], 2), ([2, 3], 2), ([4, 1, 9], 4), ([-1, 0], 0), ([7], 7)])
def test_medians(values: list[int], median: int) -> None:
    assert percentiles(values)["median"] == median


def test_percentiles_beyond_float_precision_are_exact() -> None:
    assert percentiles([2**60 + 1] * 3) == {"median": 2**60 + 1, "p05": 2**60 + 1, "p95": 2**60 + 1}


def test_percentiles_of_nothing() -> None:
    assert percentiles(np.empty(0, np.int64)) == {"median": None, "p05": None, "p95": None}
