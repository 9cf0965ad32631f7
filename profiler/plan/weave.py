"""Puts in the events that the buffers of a run demand, and no others.

A strategy says which copies and kernels go to which stream, in issue order. From the buffers these touch follows
what has to wait for what: a step that reads a buffer waits for the one that wrote it (``data``), a step that writes
waits for whoever used the old content (``buffer``). Stream order gives most of this for nothing; only the rest costs
an event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profiler.plan.accesses import accesses
from profiler.plan.model import HostSync, RecordEvent, Step, StreamStep, StreamWait

#: Place of a call in the list, and why it must be over first.
Need = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker(StreamStep):
    """A place in a stream that others can be ordered after, or that is ordered after others. It becomes no step."""


def weave(
    calls: Sequence[StreamStep | HostSync], streams: int, after: Mapping[int, Sequence[int]] | None = None
) -> list[Step]:
    """The calls with a wait before each one that stream order alone leaves too early, and the records these wait for.

    Parameters
    ----------
    calls : sequence of StreamStep or HostSync
        In issue order, without any event. A `Marker` is dropped once it has given its place.
    streams : int
        Number of streams the calls use.
    after : mapping, optional
        Further order: place of a call in ``calls`` to the places of earlier calls it must follow.

    Returns
    -------
    list of Step
        Events are numbered from 0 in the order in which they are recorded. Every wait is needed: without it, two
        steps that touch one buffer would be unordered (or an ``after`` not kept).
    """
    needs = _Needs(calls, streams, after or {}).all()
    sources = sorted({source for found in needs.values() for source, _ in found})
    events = {source: event for event, source in enumerate(sources)}
    steps: list[Step] = []
    for place, call in enumerate(calls):
        if isinstance(call, HostSync):
            steps.append(call)
            continue
        for source, reason in needs.get(place, ()):
            steps.append(_wait(call, events[source], reason))
        if not isinstance(call, Marker):
            steps.append(call)
        if place in events:
            steps.append(_record(call, events[place]))
    return steps


def _wait(call: StreamStep, event: int, reason: str) -> StreamWait:
    return StreamWait(
        stream=call.stream, event=event, reason=reason, request=call.request, chunk=call.chunk, thread=call.thread
    )


def _record(call: StreamStep, event: int) -> RecordEvent:
    return RecordEvent(stream=call.stream, event=event, request=call.request, chunk=call.chunk, thread=call.thread)


class _Needs:
    """What each call has to wait for beyond its stream's order.

    A call's place in the list stands for the call. ``_known[s][u]`` is the last call of stream ``u`` that is over
    before anything further in stream ``s`` starts; ``_before[c]`` is that row as it was when call ``c`` was made.
    """

    def __init__(
        self, calls: Sequence[StreamStep | HostSync], streams: int, after: Mapping[int, Sequence[int]]
    ) -> None:
        self._calls = calls
        self._after = after
        self._stream = [call.stream if isinstance(call, StreamStep) else -1 for call in calls]
        self._known = [(-1,) * streams for _ in range(streams)]
        self._before: list[tuple[int, ...]] = []
        self._writer: dict[int, int] = {}
        self._readers: dict[int, dict[int, int]] = {}

    def all(self) -> dict[int, list[Need]]:
        """Place of a call to what it needs, for the calls that need anything."""
        found: dict[int, list[Need]] = {}
        for place, call in enumerate(self._calls):
            stream = self._stream[place]
            if stream < 0:
                self._before.append(())
                continue
            if needs := self._unmet(stream, self._conflicts(place, call)):
                found[place] = needs
                for source, _ in needs:
                    self._learn(stream, source)
            self._before.append(self._known[stream])
            self._touch(place, call)
        return found

    def _conflicts(self, place: int, call: Step) -> dict[int, str]:
        reads, writes = accesses(call)
        reasons = dict.fromkeys(self._after.get(place, ()), "order")
        for buffer in writes:
            reasons.update(dict.fromkeys(self._readers.get(buffer, {}).values(), "buffer"))
            if buffer in self._writer:
                reasons[self._writer[buffer]] = "buffer"
        for buffer in reads:
            if buffer in self._writer:
                reasons[self._writer[buffer]] = "data"
        return reasons

    def _unmet(self, stream: int, reasons: dict[int, str]) -> list[Need]:
        """Those that neither the stream's own order nor another one of them already gives."""
        known = self._known[stream]
        open_ = [c for c in sorted(reasons) if self._stream[c] != stream and known[self._stream[c]] < c]
        return [(c, reasons[c]) for c in open_ if not any(self._implies(other, c) for other in open_)]

    def _implies(self, later: int, earlier: int) -> bool:
        if self._stream[later] == self._stream[earlier]:
            return later > earlier
        return self._before[later][self._stream[earlier]] >= earlier

    def _learn(self, stream: int, source: int) -> None:
        merged = [max(pair) for pair in zip(self._known[stream], self._before[source], strict=True)]
        merged[self._stream[source]] = max(merged[self._stream[source]], source)
        self._known[stream] = tuple(merged)

    def _touch(self, place: int, call: Step) -> None:
        reads, writes = accesses(call)
        for buffer in reads:
            self._readers.setdefault(buffer, {})[self._stream[place]] = place
        for buffer in writes:
            self._writer[buffer] = place
            self._readers.pop(buffer, None)
