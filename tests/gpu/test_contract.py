"""What every device promises, kept by this GPU: the suite of `tests.devices.test_contract` with kernels that spin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from profiler.devices.cuda.device import CudaDevice
from profiler.plan.model import Plan, StreamConfig
from profiler.plan.registry import STRATEGIES, make_plan
from profiler.workload.model import KernelCall, Workload
from tests.devices.test_contract import (
    test_a_copy_engine_serves_one_copy_at_a_time,
    test_a_graph_covers_its_nodes,
    test_a_plan_that_races_is_refused,
    test_calls_of_a_thread_follow_each_other,
    test_every_step_has_the_times_it_should,
    test_no_effect_comes_before_its_cause,
    test_progress_is_told_up_to_the_end,
    test_records_and_waits_take_no_time,
    test_shapes_and_types,
    test_streams_are_in_order,
    test_the_engine_is_the_one_that_can,
    test_the_host_knows_the_end_only_after_it,
    test_waits_are_honoured,
    timings,
)

pytestmark = pytest.mark.gpu

__all__ = [
    "test_a_copy_engine_serves_one_copy_at_a_time",
    "test_a_graph_covers_its_nodes",
    "test_a_plan_that_races_is_refused",
    "test_calls_of_a_thread_follow_each_other",
    "test_every_step_has_the_times_it_should",
    "test_no_effect_comes_before_its_cause",
    "test_progress_is_told_up_to_the_end",
    "test_records_and_waits_take_no_time",
    "test_shapes_and_types",
    "test_streams_are_in_order",
    "test_the_engine_is_the_one_that_can",
    "test_the_host_knows_the_end_only_after_it",
    "test_waits_are_honoured",
    "timings",
]

#: Nanoseconds of the three kernels of a chunk.
DURATIONS = (5_000, 40_000, 20_000)


def kernels(samples: int) -> tuple[KernelCall, ...]:
    return tuple(
        KernelCall(f"spin {number}", (1, 1, 1), (32, 1, 1), duration_ns=duration)
        for number, duration in enumerate(DURATIONS)
    )


WORKLOAD = Workload("three spins", "fp32", 600_000, 40_000, kernels, workspace_bytes=1_000)


@pytest.fixture(scope="module")
def device(ordinal: int) -> Iterator[CudaDevice]:
    opened = CudaDevice(ordinal)
    yield opened
    opened.close()
    opened.close()


@pytest.fixture(scope="module", params=[*STRATEGIES, "two threads", "pageable"])
def plan(request: pytest.FixtureRequest) -> Plan:
    if request.param == "two threads":
        return make_plan("three-stream", WORKLOAD, 8, StreamConfig(issue_threads=2, requests=2))
    if request.param == "pageable":
        return make_plan("depth-first", WORKLOAD, 8, StreamConfig(memory="pageable"))
    return make_plan(request.param, WORKLOAD, 8, StreamConfig(requests=4, streams=3))
