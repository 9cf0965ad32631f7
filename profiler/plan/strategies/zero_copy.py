"""Zero-copy: no copies at all; the first kernel reads and the last one writes host memory over the link."""

from __future__ import annotations

from profiler.errors import PlanRefused
from profiler.plan.builder import Builder
from profiler.plan.model import Memory, StreamConfig
from profiler.plan.strategy import Parts, Question, Strategy, assemble
from profiler.workload.model import Workload


def resolve(question: Question) -> StreamConfig:
    """One request unless more are asked for.

    Raises
    ------
    PlanRefused
        Pageable memory: a kernel can reach host memory only where it is pinned.
    """
    if question.config.memory != "pinned":
        raise PlanRefused(
            "zero-copy lets kernels use host memory in place, and they cannot reach pageable memory",
            where="--memory",
            remedy="Give pinned, or choose another strategy.",
        )
    return StreamConfig(memory="pinned", requests=question.config.requests or 1)


def draft(workload: Workload, batch: int, config: StreamConfig) -> Builder:
    """The kernels of each request, one request behind the other in one stream."""
    builder = Builder(workload, (batch,), Memory.MAPPED, ["stream 0"], requests=config.requests or 1)
    for chunk in builder.chunks():
        builder.compute(chunk, 0)
    builder.wait_for_all()
    return builder


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    return assemble(draft(workload, batch, config))


STRATEGY = Strategy("zero-copy", frozenset({"memory", "requests"}), resolve, _build)
