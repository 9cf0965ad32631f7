"""Plans move the right data, and where an order is missing it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from profiler.plan.model import HostSync, Plan, StreamWait
from tests.devices.cuda import cases

PLANS: dict[str, dict[str, Any]] = {
    "serial": {},
    "depth-first": {"streams": 3, "buffers": 2},
    "breadth-first": {"streams": 3, "buffers": 2},
    "three-stream": {},
    "graph": {"base": "three-stream"},
    "in-flight": {},
    "zero-copy": {},
}
LATEST = [(1, -1), (2, -1)]


@pytest.mark.parametrize("defer", [(0, -1), *LATEST])
@pytest.mark.parametrize("strategy", PLANS)
def test_every_strategy_computes_what_it_should(
    strategy: str, defer: tuple[int, int], over_fake: Callable[..., Any]
) -> None:
    plan = cases.toy_plan(strategy, **PLANS[strategy])
    ran = over_fake(cases.run, plan, repeats=2, defer=defer)
    assert ran.error == ""
    assert ran.right
    assert (ran.leaks, ran.misuse) == ({}, "")


@pytest.mark.parametrize("knobs", [{"memory": "pageable"}, {"issue_threads": 2}, {"issue_threads": 3}], ids=str)
def test_knobs_change_nothing_of_it(knobs: dict[str, Any], over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("three-stream", **knobs), repeats=2)
    assert (ran.error, ran.right, ran.leaks, ran.misuse) == ("", True, {}, "")


def orders(plan: Plan) -> list[tuple[int, int]]:
    """Late in either order of streams, and with each stream in turn ahead of the others."""
    return [*LATEST, *((mode, eager) for eager in range(len(plan.streams)) for mode in (1, 2))]


@pytest.mark.parametrize("strategy", ["depth-first", "breadth-first", "three-stream"])
def test_a_missing_wait_is_caught(strategy: str, over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan(strategy, **PLANS[strategy])
    waits = [index for index, step in enumerate(plan.steps) if isinstance(step, StreamWait)]
    assert waits
    for wait in waits:
        broken = cases.without(plan, wait)
        assert any(not over_fake(cases.run, broken, defer=order).right for order in orders(plan)), plan.steps[wait]


@pytest.mark.parametrize("strategy", ["serial", "depth-first", "three-stream", "zero-copy"])
def test_a_missing_synchronization_is_caught(strategy: str, over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan(strategy, **PLANS[strategy])
    last = max(index for index, step in enumerate(plan.steps) if isinstance(step, HostSync))
    ran = over_fake(cases.run, cases.without(plan, last), defer=(1, -1))
    assert not ran.right
    assert (ran.leaks, ran.misuse) == ({}, "")
