"""CUDA graphs: the nodes of a launch captured once, uploaded, and then launched by one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from profiler.devices.cuda.failures import DriverError
from profiler.devices.cuda.holdings import Holdings
from profiler.devices.cuda.replay import Call
from profiler.plan.describe import describe_step
from profiler.plan.model import Plan

#: A call made while capturing, and the step it belongs to.
NodeCall = tuple[int, Call]


def nodes_of(plan: Plan, launch: int) -> Iterator[int]:
    """Numbers of the steps that a graph launch releases; they stand right behind it."""
    number = launch + 1
    while number < len(plan.steps) and plan.steps[number].graph == launch:
        yield number
        number += 1


def captured_graph(plan: Plan, holdings: Holdings, stream: Any, calls: Sequence[NodeCall]) -> Any:
    """An executable graph of these calls, on the device already.

    Raises
    ------
    DriverError
        It names the step that cannot be captured.
    """
    driver = holdings.driver
    mode = driver.api.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
    driver.call("cuStreamBeginCapture", stream, mode, doing="capturing a graph")
    for step, (function, arguments) in calls:
        code = function(*arguments)[0]
        if code is not driver.success:
            where = f"plan {plan.strategy}, {describe_step(plan, step)}"
            raise _abandoned(holdings, stream, driver.failure(function.__name__, code, doing="capture", where=where))
    graph = holdings.captured(stream)
    driver.call("cuGraphUpload", graph, stream, doing="uploading a graph")
    return graph


def _abandoned(holdings: Holdings, stream: Any, failure: DriverError) -> DriverError:
    """The failure, once the capture it leaves behind is ended; what it had captured is thrown away."""
    code, graph = holdings.driver.api.cuStreamEndCapture(stream)
    if code is holdings.driver.success and int(graph):
        holdings.driver.attempt("cuGraphDestroy", graph)
    return failure
