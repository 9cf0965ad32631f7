"""The device's clock is put on the host's: no effect before its cause, whatever offset and drift it has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.devices.base import ClockPair
from profiler.devices.cuda.clock import MOST_DRIFT_PPM, Bound, map_clocks

OFFSETS = st.integers(-(10**15), 10**15)


@given(offset=OFFSETS, width=st.integers(0, 5000), inside=st.integers(0, 100))
def test_a_handshake_bounds_the_offset(offset: int, width: int, inside: int) -> None:
    true_host = offset + 100
    before = true_host - width * inside // 100
    pair = ClockPair(before + width // 2, 100, -(-width // 2))
    clock = map_clocks([pair])
    assert abs(clock.to_host(100) - true_host) <= clock.uncertainty_ns + 1
    assert clock.contradiction_ns == 0


@given(
    offset=OFFSETS,
    calls=st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 20_000)), min_size=1, max_size=20),
    knowledge=st.integers(0, 20_000),
    slack=st.integers(0, 5000),
)
def test_causality_narrows_it_and_is_kept(
    offset: int, calls: list[tuple[int, int]], knowledge: int, slack: int
) -> None:
    bounds = [Bound(device, device + offset - late, lower=True) for device, late in calls]
    last = max(device for device, _ in calls)
    bounds.append(Bound(last, last + offset + knowledge, lower=False))
    clock = map_clocks([ClockPair(offset, 0, slack)], bounds)
    assert clock.uncertainty_ns <= slack
    assert abs(clock.offset_ns - offset) <= 2 * clock.uncertainty_ns + 1
    assert all(clock.to_host(bound.device_ns) >= bound.host_ns for bound in bounds if bound.lower)
    assert all(clock.to_host(bound.device_ns) <= bound.host_ns for bound in bounds if not bound.lower)


@pytest.mark.parametrize("ppm", [-200, -24, 24, 200])
def test_drift_shows_over_a_long_run(ppm: int) -> None:
    """At 24 ppm, what one GPU was seen to do, a minute is off by 1.4 ms."""
    minute = 60 * 10**9
    host = minute + minute * ppm // 10**6
    clock = map_clocks([ClockPair(5, 0, 500), ClockPair(5 + host, minute, 500)])
    assert abs(clock.drift_ppb - ppm * 1000) <= 20
    for part in range(11):
        device = minute * part // 10
        assert abs(clock.to_host(device) - (5 + device + device * ppm // 10**6)) <= 1000


def test_drift_within_the_uncertainty_is_none() -> None:
    assert map_clocks([ClockPair(0, 0, 600), ClockPair(1_001_000, 1_000_000, 600)]).drift_ppb == 0


def test_a_clock_that_jumps_is_not_believed() -> None:
    clock = map_clocks([ClockPair(0, 0, 10), ClockPair(10**9, 10**8, 10)])
    assert clock.drift_ppb == MOST_DRIFT_PPM * 1000
    assert clock.contradiction_ns > 0


def test_where_bounds_contradict_causes_win() -> None:
    bounds = [Bound(0, 100, lower=True), Bound(0, 50, lower=False)]
    clock = map_clocks([ClockPair(75, 0, 500)], bounds)
    assert clock.to_host(0) == 100
    assert clock.contradiction_ns == 50
