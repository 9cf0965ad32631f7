"""What is over before each step starts, as vector clocks.

A chain is a sequence of steps that run one after another: a stream, or a stream as captured in the graphs that one
stream launches. A step's time is its place in the order of calls. A clock is a list with one time a chain: all steps
of that chain up to this time are over. Stream order, record and wait, host synchronization, graph launch and the
legacy default stream pass clocks on; nothing else is promised, and nothing else is assumed.

Source of the method: C. Fidge, Australian Computer Science Communications 10 (1988), 56-66; its use for races:
C. Flanagan and S. Freund, FastTrack, PLDI 2009.
"""

from __future__ import annotations

from profiler.plan.describe import plan_error
from profiler.plan.model import GraphLaunch, HostSync, Launch, Memcpy, Plan, RecordEvent, Step, StreamStep, StreamWait
from profiler.plan.structure import Structure, thread_of

Clock = list[int]


class Clocks:
    """Walks through the steps in the order of calls: `reach` each step, then `leave` it; `finish` at the end."""

    def __init__(self, plan: Plan, structure: Structure) -> None:
        self._plan = plan
        self._structure = structure
        first = len(plan.streams)
        self._node_chain = {key: first + number for number, key in enumerate(structure.chains)}
        self._size = first + len(self._node_chain)
        self._known = [self._nothing() for _ in range(self._size)]
        self._hosts: dict[int, Clock] = {}
        self._news = dict.fromkeys(range(first), 0)
        self._version: dict[int, int] = {}
        self._events: dict[int, Clock] = {}
        self._event_hosts: dict[int, Clock] = {}
        self._graph = _NO_GRAPH
        self._legacy = next((n for n, stream in enumerate(plan.streams) if stream.legacy_default), None)
        self._blocking = [n for n, s in enumerate(plan.streams) if not (s.non_blocking or s.legacy_default)]

    def host(self, thread: int) -> Clock:
        """What a host thread knows to be over."""
        if thread not in self._hosts:
            self._hosts[thread] = self._nothing()
        return self._hosts[thread]

    def chain(self, step: StreamStep) -> int:
        """The chain a step runs in."""
        if step.graph < 0:
            return step.stream
        launch = self._plan.steps[step.graph]
        assert isinstance(launch, GraphLaunch)
        return self._node_chain[(launch.stream, step.stream)]

    def known(self, chain: int) -> Clock:
        """What is over before the next step of a chain starts. Changes as steps are reached."""
        return self._known[chain]

    def reach(self, step: Step) -> None:
        """Take in all that the step waits for."""
        if step.graph < 0 and self._graph is not _NO_GRAPH:
            self._close_graph()
        if isinstance(step, StreamStep):
            if step.graph < 0:
                self._called(step)
            else:
                self._enter_node(step)
            if isinstance(step, StreamWait):
                self._await(step)
        elif isinstance(step, HostSync):
            self._synchronize(step)

    def leave(self, step: StreamStep, time: int) -> None:
        """Note that the step stands in its chain at this time: whoever follows comes after it."""
        chain = self.chain(step)
        if isinstance(step, GraphLaunch):
            self._graph = _Graph(step, self._known[chain].copy())
            return
        self._known[chain][chain] = time
        if isinstance(step, RecordEvent):
            self._events[step.event] = self._known[chain].copy()
            self._event_hosts[step.event] = self.host(thread_of(self._plan, step)).copy()
        elif step.graph >= 0 and isinstance(step, Memcpy | Launch):
            self._graph.last_work[chain] = time

    def finish(self) -> Clock:
        """What the host threads together know to be over when all of them are through."""
        if self._graph is not _NO_GRAPH:
            self._close_graph()
        everything = self._nothing()
        for host in self._hosts.values():
            merge(everything, host)
        return everything

    def _nothing(self) -> Clock:
        return [-1] * self._size

    def _called(self, step: StreamStep) -> None:
        stream, thread = step.stream, step.thread
        version = self._version.get(thread, 0)
        if self._news[stream] != version:
            self._news[stream] = version
            merge(self._known[stream], self.host(thread))
        if self._legacy is not None:
            self._default_stream(stream, thread)

    def _default_stream(self, stream: int, thread: int) -> None:
        """Order against the legacy default stream, as far as one thread's calls fix it."""
        if stream == self._legacy:
            others = self._blocking
        elif stream in self._blocking and self._legacy is not None:
            others = [self._legacy]
        else:
            others = []
        for other in others:
            if self._structure.issuer.get(other) == thread:
                merge(self._known[stream], self._known[other])

    def _await(self, step: StreamWait) -> None:
        merge(self._known[self.chain(step)], self._events[step.event])
        thread = thread_of(self._plan, step)
        record = self._plan.steps[self._structure.records[step.event]]
        if thread_of(self._plan, record) != thread:
            self._learn(thread, self._event_hosts[step.event])

    def _synchronize(self, step: HostSync) -> None:
        if step.event is not None:
            self._learn(step.thread, self._events[step.event])
        elif step.stream is not None:
            self._learn(step.thread, self._known[step.stream])
        else:
            # Of other threads' streams only what happens to be called by then would be waited for.
            for stream, thread in self._structure.issuer.items():
                if thread == step.thread:
                    self._learn(thread, self._known[stream])

    def _learn(self, thread: int, clock: Clock) -> None:
        merge(self.host(thread), clock)
        self._version[thread] = self._version.get(thread, 0) + 1

    def _enter_node(self, step: StreamStep) -> None:
        chain = self.chain(step)
        if chain not in self._graph.chains:
            self._graph.chains.append(chain)
            self._known[chain] = self._graph.before.copy()

    def _close_graph(self) -> None:
        graph, self._graph = self._graph, _NO_GRAPH
        stream = graph.launch.stream
        origin = self._node_chain.get((stream, stream), -1)
        for chain, time in graph.last_work.items():
            if chain != origin and self._known[origin][chain] < time:
                captured = next(key[1] for key, number in self._node_chain.items() if number == chain)
                raise plan_error(
                    self._plan,
                    f"the chain of stream {captured} in graph {graph.launch.name!r}, launched in stream {stream}, "
                    f"is not joined to that stream's chain at the end",
                    "Record an event at its end and let the launching stream's chain wait for it.",
                )
        for chain in graph.chains:
            merge(self._known[stream], self._known[chain])


class _Graph:
    """A graph between its launch and the next ordinary call."""

    def __init__(self, launch: GraphLaunch, before: Clock) -> None:
        self.launch = launch
        self.before = before
        self.chains: list[int] = []
        self.last_work: dict[int, int] = {}


_NO_GRAPH = _Graph(GraphLaunch(stream=-1), [])


def merge(into: Clock, other: Clock) -> None:
    """Raise ``into`` to the later of both times, chain by chain."""
    for chain, time in enumerate(other):
        if time > into[chain]:
            into[chain] = time
