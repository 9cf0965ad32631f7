"""Woven calls have all the events they need and no others."""

from __future__ import annotations

from random import Random

from profiler.plan.model import HostSync, Plan, StreamWait
from profiler.plan.weave import Marker, weave
from tests.plan.oracle import Oracle
from tests.plan.random_plans import final_syncs, random_calls
from tests.plan.toys import htod, indices, kernel, lines, plan_of, without


def _woven(rng: Random) -> Plan:
    streams, threads = rng.randint(2, 3), rng.randint(1, 2)
    calls = random_calls(rng, streams, threads, rng.randint(2, 7))
    return plan_of(*weave(calls, streams), *final_syncs(threads), streams=streams)


def test_woven_calls_are_safe_and_every_wait_is_needed() -> None:
    waits = 0
    for seed in range(500):
        plan = _woven(Random(seed))
        assert Oracle(plan).is_safe(), seed
        for index in indices(plan, StreamWait):
            assert not Oracle(without(plan, index)).is_safe(), (seed, index)
            waits += 1
    assert waits > 500


def test_one_wait_stands_for_all_that_the_awaited_step_followed() -> None:
    calls = [htod(0, 0), kernel(1, [0], [1]), kernel(2, [0, 1], [2])]
    assert lines(plan_of(*weave(calls, 3))) == [
        "s0 h0 > d0",
        "s0 record 0",
        "s1 wait 0 data",
        "s1 k: d0 > d1",
        "s1 record 1",
        "s2 wait 1 data",
        "s2 k: d0 d1 > d2",
    ]


def test_a_marker_gives_its_place_and_goes() -> None:
    calls = [Marker(stream=0), htod(1, 0), Marker(stream=0)]
    steps = weave(calls, 2, {1: (0,), 2: (1,)})
    assert lines(plan_of(*steps)) == ["s0 record 0", "s1 wait 0 order", "s1 h0 > d0", "s1 record 1", "s0 wait 1 order"]


def test_host_synchronizations_stay_where_they_are() -> None:
    calls = [htod(0, 0), HostSync(stream=0), kernel(0, [0])]
    assert lines(plan_of(*weave(calls, 1))) == ["s0 h0 > d0", "sync s0 r-1", "s0 k: d0 > "]
