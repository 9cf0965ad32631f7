"""The edges between copies and kernels span exactly the order that streams, events and graphs give."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import given

from profiler.errors import PlanError
from profiler.plan.dependencies import dependencies
from profiler.plan.model import GraphLaunch, HostSync, Launch, Memcpy, Plan, StreamConfig, StreamSpec
from profiler.plan.proof import prove
from profiler.plan.registry import make_plan
from tests.plan.configurations import plans
from tests.plan.oracle import Oracle
from tests.plan.random_plans import bent_plan, free_plan
from tests.plan.toys import SYNC, dtoh, htod, kernel, plan_of, record, toy, wait


def _work(plan: Plan) -> list[int]:
    return [place for place, step in enumerate(plan.steps) if isinstance(step, Memcpy | Launch)]


def _reachable(plan: Plan) -> set[tuple[int, int]]:
    after: dict[int, set[int]] = {}
    for source, target, _ in reversed(dependencies(plan)):
        after.setdefault(source, set()).update({target} | after.get(target, set()))
    return {(source, target) for source, targets in after.items() for target in targets}


@pytest.mark.parametrize("make", [free_plan, bent_plan])
def test_edges_span_the_order_of_the_closure(make) -> None:
    compared = 0
    for seed in range(2000):
        plan = make(Random(seed))
        try:
            prove(plan)
        except PlanError:
            continue
        oracle = Oracle(plan, host=False)
        expected = {(i, j) for i, j in permutations(_work(plan), 2) if oracle.ordered(i, j)}
        assert _reachable(plan) == expected, seed
        compared += 1
    assert compared > 200


@given(plans())
def test_edges_of_a_strategy_point_forward_and_stand_once(plan: Plan) -> None:
    edges = dependencies(plan)
    work = set(_work(plan))
    assert all(source < target for source, target, _ in edges)
    assert len({(source, target) for source, target, _ in edges}) == len(edges)
    assert {step for edge in edges for step in edge[:2]} <= work
    assert {kind for _, _, kind in edges} <= {"stream", "data", "buffer", "order"}
    starts = work - {target for _, target, _ in edges}
    assert min(work) in starts


def test_three_streams_and_two_slots() -> None:
    plan = make_plan("three-stream", toy(1), 3, StreamConfig(chunks=3, buffers=2))
    in_0, k_0, out_0, in_1, k_1, out_1, in_2, k_2, out_2 = _work(plan)
    assert set(dependencies(plan)) == {
        (in_0, k_0, "data"),
        (k_0, out_0, "data"),
        (in_0, in_1, "stream"),
        (in_1, k_1, "data"),
        (k_0, k_1, "stream"),
        (k_1, out_1, "data"),
        (out_0, out_1, "stream"),
        (k_0, in_2, "buffer"),
        (in_1, in_2, "stream"),
        (in_2, k_2, "data"),
        (k_1, k_2, "stream"),
        (out_0, k_2, "buffer"),
        (k_2, out_2, "data"),
        (out_1, out_2, "stream"),
    }


def test_graphs_are_joined_to_what_stands_around_them() -> None:
    plan = make_plan("graph", toy(1, output_bytes=0), 2, StreamConfig(chunks=2, requests=2))
    a_in, a_k, b_in, b_k, c_in, c_k, d_in, d_k = _work(plan)
    assert set(dependencies(plan)) == {
        (a_in, a_k, "stream"),
        (b_in, b_k, "stream"),
        # A launch starts when all nodes of the one before it have ended, on the origin's chain and by its fork.
        (a_k, c_in, "stream"),
        (b_k, c_in, "stream"),
        (a_k, d_in, "order"),
        (b_k, d_in, "order"),
        (c_in, c_k, "stream"),
        (d_in, d_k, "stream"),
    }


def test_a_launch_without_nodes_passes_on_what_came_before() -> None:
    plan = plan_of(htod(1, 0), record(1, 0), wait(0, 0), GraphLaunch(stream=0), kernel(0, [0]), SYNC)
    assert dependencies(plan) == [(0, 4, "data")]


def test_an_event_without_work_before_it_passes_on_what_its_stream_waits_for() -> None:
    plan = plan_of(htod(0, 0), record(0, 0), wait(1, 0, "order"), record(1, 1), wait(2, 1), kernel(2, [0]), SYNC)
    assert dependencies(plan) == [(0, 5, "data")]


def test_the_default_stream_orders_blocking_streams() -> None:
    streams = [StreamSpec("default", legacy_default=True), StreamSpec("a", non_blocking=False), StreamSpec("b")]
    plan = plan_of(htod(1, 0), htod(2, 1), kernel(0, [0]), dtoh(1, 0), dtoh(1, 0), SYNC, streams=streams)
    assert dependencies(plan) == [(0, 2, "order"), (0, 3, "stream"), (2, 3, "order"), (3, 4, "stream")]


def test_a_wait_of_the_host_is_no_edge() -> None:
    assert dependencies(plan_of(htod(0, 0), HostSync(stream=0), kernel(1, [0]), SYNC)) == []


def test_a_malformed_plan_has_no_edges() -> None:
    with pytest.raises(PlanError):
        dependencies(plan_of(wait(0, 0)))
