"""Strategies by name, and the plan that one of them makes."""

from __future__ import annotations

from profiler.errors import UsageError, suggestion
from profiler.plan.model import Plan, StreamConfig
from profiler.plan.settings import check_numbers, check_size, chunk_sizes
from profiler.plan.strategies import (
    breadth_first,
    depth_first,
    graph,
    in_flight,
    serial,
    three_stream,
    zero_copy,
)
from profiler.plan.strategies.graph import graph_bases
from profiler.plan.strategy import Question, Strategy
from profiler.workload.model import Workload

__all__ = ["STRATEGIES", "graph_bases", "knobs", "make_plan"]

_STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        serial.STRATEGY,
        depth_first.STRATEGY,
        breadth_first.STRATEGY,
        three_stream.STRATEGY,
        graph.STRATEGY,
        in_flight.STRATEGY,
        zero_copy.STRATEGY,
    )
}

#: Names of all strategies, in the order in which they are listed to a user.
STRATEGIES = tuple(_STRATEGIES)


def knobs(strategy: str) -> frozenset[str]:
    """Fields of `StreamConfig` that mean something to a strategy.

    Raises
    ------
    UsageError
        There is no such strategy.
    """
    return _find(strategy).knobs


def make_plan(
    strategy: str,
    workload: Workload,
    batch: int,
    config: StreamConfig | None = None,
    *,
    hardware_queues: int = 8,
) -> Plan:
    """The plan a strategy makes. A pure function: the same arguments give an equal plan.

    Parameters
    ----------
    strategy : str
        One of `STRATEGIES`.
    workload : Workload
    batch : int
        Samples of a request.
    config : StreamConfig, optional
        Knobs; ``None`` in it takes the strategy's own default, and a knob the strategy does not have is ignored.
    hardware_queues : int
        Work queues of the device: the default number of streams does not exceed them, a number that was given may.

    Returns
    -------
    Plan
        ``Plan.config`` holds the knobs as they were used.

    Raises
    ------
    UsageError
        An unknown strategy or base, a number out of range, a combination the strategy cannot run, or a run too long.
    """
    found = _find(strategy)
    given = config or StreamConfig()
    check_numbers(batch, given)
    if hardware_queues < 1:
        raise UsageError(f"{hardware_queues} hardware queues carry no work", remedy="Give 1 or more.")
    resolved = found.resolve(Question(batch, given, hardware_queues))
    sizes = chunk_sizes(batch, resolved.chunks) if resolved.chunks else (batch,)
    check_size(workload, sizes, resolved.requests or 1)
    parts = found.build(workload, batch, resolved)
    return Plan(found.name, resolved, workload, batch, parts.steps, parts.streams, parts.buffers)


def _find(name: str) -> Strategy:
    if name not in _STRATEGIES:
        raise UsageError(f"there is no strategy {name!r}", where="--strategy", remedy=suggestion(name, STRATEGIES))
    return _STRATEGIES[name]
