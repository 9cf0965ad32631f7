"""NVTX ranges around requests and chunks, so that every profiler shows a run in the same pieces."""

from __future__ import annotations

from collections.abc import Iterable

from profiler.plan.model import HostSync, RangePop, RangePush, Step

_NOTHING = -1


def with_ranges(steps: Iterable[Step]) -> list[Step]:
    """The steps with a range around each thread's part of each request and, where a request has several, each chunk.

    A wait of the host for the request whose range is open belongs to it; any other wait closes the ranges first. A
    chunk that a thread comes back to (breadth-first does) gets a range each time.
    """
    listed = list(steps)
    nested = any(step.chunk > 0 for step in listed)
    threads: dict[int, _Thread] = {}
    found: list[Step] = []
    for step in listed:
        thread = threads.setdefault(step.thread, _Thread(step.thread))
        if not isinstance(step, HostSync):
            found += thread.enter(step.request, step.chunk if nested else _NOTHING)
        elif step.request == thread.request:
            found += thread.enter(step.request, _NOTHING)
        else:
            found += thread.enter(_NOTHING, _NOTHING)
        found.append(step)
    for thread in threads.values():
        found += thread.enter(_NOTHING, _NOTHING)
    return found


class _Thread:
    """The ranges open on one thread."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.request = _NOTHING
        self.chunk = _NOTHING

    def enter(self, request: int, chunk: int) -> list[Step]:
        """The pushes and pops that lead from the open ranges to these."""
        found: list[Step] = []
        if self.chunk != _NOTHING and (request, chunk) != (self.request, self.chunk):
            found.append(RangePop(request=self.request, chunk=self.chunk, thread=self.number))
            self.chunk = _NOTHING
        if self.request not in (_NOTHING, request):
            found.append(RangePop(request=self.request, thread=self.number))
        if request not in (_NOTHING, self.request):
            found.append(RangePush(name=f"request {request}", request=request, thread=self.number))
        if chunk not in (_NOTHING, self.chunk):
            found.append(RangePush(name=f"chunk {chunk}", request=request, chunk=chunk, thread=self.number))
        self.request, self.chunk = request, chunk
        return found
