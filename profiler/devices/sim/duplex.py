"""Two copy engines that slow each other down, for the fast scheduler: copies end at events, not when they start."""

from __future__ import annotations

from heapq import heappush

from profiler.devices.base import Engine
from profiler.devices.sim.columns import NONE, Columns
from profiler.devices.sim.link import IDLE, CopyEngine

#: Entries of the fast scheduler's heap: (time, step) for a request, (time, -engine) for an event of a copy engine.
Heap = list[tuple[int, int]]


class DuplexCopies:
    """Both copy engines. Their events stand on the scheduler's heap and, at one instant, before all requests."""

    def __init__(self, columns: Columns, start: list[int], heap: Heap) -> None:
        self._columns = columns
        self._start = start
        self._heap = heap
        into, out = CopyEngine(columns.rules.duplex), CopyEngine(columns.rules.duplex)
        self._engines = {int(Engine.HTOD): into, int(Engine.DTOH): out}
        self._others = {int(Engine.HTOD): int(Engine.DTOH), int(Engine.DTOH): int(Engine.HTOD)}
        #: When the event of each engine is due that counts; others of its on the heap are void.
        self._due = {int(Engine.HTOD): NONE, int(Engine.DTOH): NONE}

    def request(self, step: int, now: int) -> None:
        """A copy wants its engine from now on."""
        number = self._columns.engine[step]
        engine = self._engines[number]
        engine.queue.append(step)
        if engine.current == IDLE:
            self._take_next(number, engine, now)

    def event(self, number: int, now: int) -> int:
        """Deal with an event of an engine; the copy that ends with it, or `NONE`."""
        engine = self._engines[number]
        if self._due[number] != now:
            return NONE
        if not engine.transferring:
            self._begin(number, engine, now)
            return NONE
        step = engine.current
        engine.release()
        self._due[number] = NONE
        self._tell(self._others[number], now, shared=False)
        self._take_next(number, engine, now)
        return step

    def _take_next(self, number: int, engine: CopyEngine, now: int) -> None:
        if not engine.queue:
            return
        engine.current = step = engine.queue.popleft()
        self._start[step] = now
        fixed = self._columns.fixed_ns[step]
        if fixed:
            self._put(number, now + fixed)
        else:
            self._begin(number, engine, now)

    def _begin(self, number: int, engine: CopyEngine, now: int) -> None:
        other = self._others[number]
        shared = self._engines[other].transferring
        engine.begin(now, self._columns.transfer_ns[engine.current], 0, shared=shared)
        self._put(number, engine.next_time())
        self._tell(other, now, shared=True)

    def _tell(self, number: int, now: int, *, shared: bool) -> None:
        engine = self._engines[number]
        if engine.transferring:
            engine.share(now, shared=shared)
            self._put(number, engine.next_time())

    def _put(self, number: int, when: int) -> None:
        self._due[number] = when
        heappush(self._heap, (when, -number))
