"""The engines of the co-simulation: copy engines one copy at a time, and the SMs behind a link to them."""

from __future__ import annotations

from profiler.devices.base import Engine
from profiler.devices.sim.agenda import END, REQUEST, Agenda
from profiler.devices.sim.columns import LINK_IN, LINK_OUT, Columns
from profiler.devices.sim.compute import Compute, FirstComeCompute, PriorityCompute
from profiler.devices.sim.hosts import Hosts
from profiler.devices.sim.link import IDLE, CopyEngine
from profiler.devices.sim.streams import Streams
from profiler.devices.sim.times import TimeLists


class Engines:
    """Serves requests in the order in which they come in."""

    def __init__(self, columns: Columns, times: TimeLists, agenda: Agenda, hosts: Hosts, streams: Streams) -> None:
        self._columns = columns
        self._times = times
        self._agenda = agenda
        self._hosts = hosts
        self._streams = streams
        into, out = CopyEngine(columns.rules.duplex), CopyEngine(columns.rules.duplex)
        one = columns.rules.copy_engines == 1
        self._copy = {int(Engine.COPY): into} if one else {int(Engine.HTOD): into, int(Engine.DTOH): out}
        self._other = {} if one or columns.rules.duplex == (1, 1) else {into: out, out: into}
        self._on_link = agenda.kind(self._ask_for_link)
        self._on_first_byte = agenda.kind(self._first_byte)
        self._on_reach = agenda.kind(self._reach)
        #: Of a kernel: how many of its directions it holds already.
        self._links_held: dict[int, int] = {}
        compute = PriorityCompute if len(set(columns.priority)) > 1 else FirstComeCompute
        self._compute: Compute = compute(columns, times, agenda, self)

    def request(self, step: int, now: int) -> None:
        """The step wants its engine from now on."""
        engine = self._columns.engine[step]
        if engine == Engine.COMPUTE:
            self._compute.arrive(step, now)
        else:
            self._queue(self._copy[engine], step, now)

    def begun(self, step: int) -> None:
        """The step has its engine."""
        self._streams.started(step)

    def ended(self, step: int, now: int) -> None:
        """A kernel's last block is through."""
        self._streams.finished(step, now)
        if self._links_held.pop(step, 0):
            for engine in self._links(step):
                self._leave(engine, now)

    def ask_for_link(self, step: int, when: int) -> None:
        """A kernel wants, at that time, the next direction of the link that it needs."""
        self._agenda.add(when, REQUEST, step, self._on_link)

    def _ask_for_link(self, now: int, step: int, _: int) -> None:
        self._queue(self._links(step)[self._links_held.get(step, 0)], step, now)

    def _links(self, step: int) -> list[CopyEngine]:
        """Engines of the directions that a kernel's bytes cross."""
        if Engine.COPY in self._copy:
            return [self._copy[Engine.COPY]]
        bits = self._columns.links[step]
        return [self._copy[engine] for engine, bit in ((Engine.HTOD, LINK_IN), (Engine.DTOH, LINK_OUT)) if bits & bit]

    def _queue(self, engine: CopyEngine, step: int, now: int) -> None:
        engine.queue.append(step)
        if engine.current == IDLE:
            self._take_next(engine, now)

    def _take_next(self, engine: CopyEngine, now: int) -> None:
        if not engine.queue:
            return
        engine.current = step = engine.queue.popleft()
        if self._columns.engine[step] == Engine.COMPUTE:
            self._hold_link(step, now)
            return
        self._times.start[step] = now
        self._streams.started(step)
        fixed = self._columns.fixed_ns[step]
        if fixed:
            self._agenda.add(now + fixed, END, step, self._on_first_byte)
        else:
            self._first_byte(now, step, 0)

    def _hold_link(self, kernel: int, now: int) -> None:
        held = self._links_held[kernel] = self._links_held.get(kernel, 0) + 1
        if held < len(self._links(kernel)):
            self.ask_for_link(kernel, now)
        else:
            self._compute.linked(kernel, now)

    def _first_byte(self, now: int, step: int, _: int) -> None:
        columns = self._columns
        engine = self._copy[columns.engine[step]]
        other = self._other.get(engine)
        shared = other is not None and other.transferring
        engine.begin(now, columns.transfer_ns[step], columns.tail_ns[step], shared=shared)
        self._watch(engine)
        self._tell_other(engine, now, shared=True)

    def _watch(self, engine: CopyEngine) -> None:
        self._agenda.add(engine.next_time(), END, engine.current, self._on_reach, engine.version)

    def _reach(self, now: int, step: int, version: int) -> None:
        engine = self._copy[self._columns.engine[step]]
        if version != engine.version:
            return
        if engine.at_mark(now):
            self._hosts.staged(step, now)
            self._watch(engine)
            return
        self._leave(engine, now)
        self._streams.finished(step, now)

    def _leave(self, engine: CopyEngine, now: int) -> None:
        was_transferring = engine.transferring
        engine.release()
        if was_transferring:
            self._tell_other(engine, now, shared=False)
        self._take_next(engine, now)

    def _tell_other(self, engine: CopyEngine, now: int, *, shared: bool) -> None:
        other = self._other.get(engine)
        if other is not None and other.transferring:
            other.share(now, shared=shared)
            self._watch(other)
