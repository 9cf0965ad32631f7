"""Event times come as 32-bit floats of milliseconds, and are exact to some nanoseconds all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiler.devices.cuda.readback import LONGEST_HOP_NS, read_events, tick_ns


class FloatDriver:
    """Answers as ``cuEventElapsedTime`` does; an event is its true time."""

    def __init__(self) -> None:
        self.hops: list[int] = []

    def call(self, name: str, first: int, second: int, *, doing: str = "") -> float:
        assert name == "cuEventElapsedTime"
        self.hops.append(second - first)
        return float(np.float32((second - first) * 1e-6))


def read(times: list[int]) -> list[int]:
    driver: Any = FloatDriver()
    return read_events(driver, 0, times)


@given(st.lists(st.integers(0, LONGEST_HOP_NS), max_size=30))
def test_within_a_hop_rounding_costs_less_than_4_ns(times: list[int]) -> None:
    assert all(abs(found - time) < 4.1 for found, time in zip(read(times), times, strict=True))


@given(st.lists(st.integers(0, LONGEST_HOP_NS // 2), min_size=1, max_size=200), st.randoms())
def test_over_seconds_it_costs_less_than_4_ns_a_hop(gaps: list[int], random: Any) -> None:
    times = np.cumsum(gaps).tolist()
    random.shuffle(times)
    hops = max(times) // (LONGEST_HOP_NS // 2) + 1
    assert all(abs(found - time) <= 4.1 * hops for found, time in zip(read(times), times, strict=True))


def test_ten_seconds_of_many_events_are_off_by_less_than_from_one_far_base() -> None:
    times = list(range(0, 10 * 10**9, 1_234_567))
    worst = max(abs(found - time) for found, time in zip(read(times), times, strict=True))
    assert worst < 100 * 4
    far = max(abs(round(float(np.float32(time * 1e-6)) * 10**6) - time) for time in times)
    assert far > 400


def test_differences_of_neighbours_are_exact_to_8_ns() -> None:
    times = list(range(0, 10 * 10**9, 1_234_567))
    assert np.abs(np.diff(read(times)) - 1_234_567).max() <= 8


def test_an_operation_longer_than_a_hop_is_measured_as_well_as_a_float_can() -> None:
    (found,) = read([7_654_321_987])
    assert abs(found - 7_654_321_987) <= 7_654_321_987 * 6e-8


def test_no_times_need_no_calls() -> None:
    assert read([]) == []


def test_the_tick_is_what_all_distances_are_multiples_of() -> None:
    assert tick_ns([64, 128, 224, 64]) == 32
    assert tick_ns([5, 5]) == 0
    assert tick_ns([]) == 0
