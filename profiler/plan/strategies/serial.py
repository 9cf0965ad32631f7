"""Serial: one stream, the whole batch at once, and the host waits after each request."""

from __future__ import annotations

from profiler.plan.builder import Builder
from profiler.plan.model import StreamConfig
from profiler.plan.settings import host_memory
from profiler.plan.strategy import Parts, Question, Strategy, assemble
from profiler.workload.model import Workload


def resolve(question: Question) -> StreamConfig:
    """Memory as given, one request unless more are asked for."""
    return StreamConfig(memory=question.config.memory, requests=question.config.requests or 1)


def draft(workload: Workload, batch: int, config: StreamConfig) -> Builder:
    """Copy in, compute, copy out, wait: request by request."""
    builder = Builder(workload, (batch,), host_memory(config), ["stream 0"], requests=config.requests or 1)
    for chunk in builder.chunks():
        builder.copy_in(chunk, 0)
        builder.compute(chunk, 0)
        builder.copy_out(chunk, 0)
        builder.wait_for(chunk.request, 0)
    return builder


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    return assemble(draft(workload, batch, config))


STRATEGY = Strategy("serial", frozenset({"memory", "requests"}), resolve, _build)
