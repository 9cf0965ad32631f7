"""In flight: several requests overlapped, each on its own stream and buffers; the next starts when one is done."""

from __future__ import annotations

from profiler.errors import PlanRefused
from profiler.plan.builder import Builder
from profiler.plan.model import StreamConfig
from profiler.plan.settings import DEFAULT_IN_FLIGHT, DEFAULT_STREAMS, at_most, host_memory
from profiler.plan.strategy import Parts, Question, Strategy, assemble
from profiler.workload.model import Workload


def resolve(question: Question) -> StreamConfig:
    """Eight requests over eight streams unless given, no more streams than requests.

    Raises
    ------
    PlanRefused
        A single request: there is nothing to have in flight beside it.
    """
    given = question.config
    requests = given.requests or DEFAULT_IN_FLIGHT
    if requests < 2:
        raise PlanRefused(
            "in-flight overlaps whole requests, and one request is not enough for that",
            where="--requests",
            remedy="Give 2 or more, or choose another strategy.",
        )
    streams = at_most(given.streams, min(DEFAULT_STREAMS, question.hardware_queues), requests)
    return StreamConfig(
        streams=streams,
        memory=given.memory,
        requests=requests,
        issue_threads=min(given.issue_threads, streams),
    )


def draft(workload: Workload, batch: int, config: StreamConfig) -> Builder:
    """Request i goes to stream and slot i modulo k, after the host has waited for request i - k.

    A slot's issue thread runs its own closed loop over the slots it has.
    """
    slots, requests = config.streams or 1, config.requests or 1
    builder = Builder(
        workload,
        (batch,),
        host_memory(config),
        [f"stream {number}" for number in range(slots)],
        requests=requests,
        slots=slots,
        threads=[slot % config.issue_threads for slot in range(slots)],
    )
    for chunk in builder.chunks():
        if chunk.request >= slots:
            builder.wait_for(chunk.request - slots, chunk.slot)
        builder.copy_in(chunk, chunk.slot)
        builder.compute(chunk, chunk.slot)
        builder.copy_out(chunk, chunk.slot)
    for request in range(requests - slots, requests):
        builder.wait_for(request, request % slots)
    return builder


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    return assemble(draft(workload, batch, config))


STRATEGY = Strategy("in-flight", frozenset({"streams", "memory", "requests", "issue_threads"}), resolve, _build)
