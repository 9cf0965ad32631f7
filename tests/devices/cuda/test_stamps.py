"""Where stamps are placed: one behind each operation, one more only where its stream was held up by something else."""

from __future__ import annotations

import pytest

from profiler.devices.cuda.stamps import place_stamps
from profiler.plan.model import GraphLaunch, Launch, Memcpy, Plan
from profiler.plan.registry import STRATEGIES
from tests.devices.cuda.cases import toy_plan
from tests.helpers.plans import Steps


def work(plan: Plan) -> list[int]:
    return [index for index, step in enumerate(plan.steps) if isinstance(step, Memcpy | Launch | GraphLaunch)]


def test_a_stream_in_order_has_one_stamp_an_operation_and_one_to_begin() -> None:
    steps = Steps()
    first, second, third = steps.htod(0, 8), steps.kernel(0, 5), steps.dtoh(0, 8)
    steps.sync(stream=0)
    stamps = place_stamps(steps.plan())
    assert stamps.count == 4
    assert stamps.before == {first: 0}
    assert stamps.reached == {first: 0, second: 1, third: 2}
    assert stamps.end == stamps.behind == {first: 1, second: 2, third: 3}


def test_one_more_after_a_wait_for_another_stream() -> None:
    steps = Steps()
    copy = steps.htod(0, 8)
    steps.record(0, 0)
    early = steps.kernel(1, 5)
    steps.wait(1, 0)
    late, last = steps.kernel(1, 5), steps.kernel(1, 5)
    stamps = place_stamps(steps.plan(2))
    assert set(stamps.before) == {copy, early, late}
    assert stamps.reached[last] == stamps.end[late]


def test_one_more_after_the_host_waited_for_that_stream_only() -> None:
    steps = Steps()
    steps.kernel(0, 5)
    steps.kernel(1, 5)
    steps.sync(stream=0)
    again, other = steps.kernel(0, 5), steps.kernel(1, 5)
    stamps = place_stamps(steps.plan(2))
    assert again in stamps.before
    assert other not in stamps.before


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies_are_stamped_with_about_one_event_an_operation(strategy: str) -> None:
    plan = toy_plan(strategy, 8, requests=4)
    stamps = place_stamps(plan)
    operations = work(plan)
    assert set(stamps.end) == set(stamps.reached) == set(operations)
    assert stamps.count == len(operations) + len(stamps.before)


def test_a_phase_is_one_run_of_kernels_of_one_chunk() -> None:
    steps = Steps()
    copy = steps.htod(0, 8, request=0, chunk=0)
    one, two, three = (steps.kernel(0, 5, request=0, chunk=0) for _ in range(3))
    other = steps.kernel(0, 5, request=0, chunk=1)
    back = steps.dtoh(0, 8, request=0, chunk=1)
    stamps = place_stamps(steps.plan(), detail="phase")
    assert set(stamps.end) == {copy, one, other, back}
    assert stamps.behind[three] == stamps.end[one]
    assert two not in stamps.behind
    assert stamps.reached[other] == stamps.end[one]
    assert stamps.count == 5


def test_a_wait_or_a_synchronization_ends_a_phase() -> None:
    steps = Steps()
    steps.htod(1, 8)
    steps.record(1, 0)
    one = steps.kernel(0, 5)
    steps.wait(0, 0)
    two = steps.kernel(0, 5)
    steps.sync(stream=0)
    three = steps.kernel(0, 5)
    stamps = place_stamps(steps.plan(2), detail="phase")
    assert {one, two, three} <= set(stamps.end)
    assert {two, three} <= set(stamps.before)


def test_a_phase_has_fewer_stamps() -> None:
    plan = toy_plan("depth-first", 8)
    assert place_stamps(plan, detail="phase").count < place_stamps(plan).count
