"""Which buffers a step touches."""

from __future__ import annotations

from profiler.plan.model import Launch, Memcpy, Step

Buffers = tuple[int, ...]


def accesses(step: Step) -> tuple[Buffers, Buffers]:
    """Numbers of the buffers that the step reads and of those it writes, each touched as a whole."""
    if isinstance(step, Memcpy):
        return (step.src,), (step.dst,)
    if isinstance(step, Launch):
        return step.reads, step.writes
    return (), ()
