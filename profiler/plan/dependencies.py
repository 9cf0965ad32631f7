"""Which copies and kernels wait directly for which others."""

from __future__ import annotations

from collections.abc import Iterable

from profiler.plan.model import GraphLaunch, Launch, Memcpy, Plan, RecordEvent, StreamStep, StreamWait
from profiler.plan.order import call_order
from profiler.plan.structure import check_structure

#: (source step, target step, why): ``stream`` order, or the reason of a wait: ``data``, ``buffer`` or ``order``.
Dependency = tuple[int, int, str]

#: Steps that the next work of a stream waits for, and why.
_Front = dict[int, str]


def dependencies(plan: Plan) -> list[Dependency]:
    """Pairs of copies and kernels in which the target cannot start before the source has ended.

    Records, waits and graph launches are collapsed: what a wait orders stands as an edge between the work on either
    side, with the reason of the last wait on the way. The first nodes of a graph follow what its launch follows; what
    comes behind the launch follows the last nodes. What only a host synchronization orders is not listed.

    Returns
    -------
    list of (int, int, str)
        Source and target as step numbers, in the order of calls by target. No pair is listed twice; where a target
        waits for a source for two reasons, stream order and then the first wait is named.

    Raises
    ------
    PlanError
        The plan's steps are malformed, or its waits have no possible order.
    """
    structure = check_structure(plan)
    fronts = _Fronts(plan, structure.issuer)
    for index in call_order(plan, structure):
        step = plan.steps[index]
        if isinstance(step, StreamStep):
            fronts.take(index, step)
    return fronts.found


class _Fronts:
    """The front of every stream, moved forward step by step."""

    def __init__(self, plan: Plan, issuer: dict[int, int]) -> None:
        self._streams: dict[int, _Front] = {number: {} for number in range(len(plan.streams))}
        self._nodes: dict[int, _Front] = {}
        self._launch: GraphLaunch | None = None
        self._events: dict[int, tuple[int, ...]] = {}
        self._issuer = issuer
        self._seen: dict[tuple[int, int], tuple[int, ...]] = {}
        self._legacy = next((n for n, stream in enumerate(plan.streams) if stream.legacy_default), None)
        self._blocking = [n for n, s in enumerate(plan.streams) if not (s.non_blocking or s.legacy_default)]
        self.found: list[Dependency] = []

    def take(self, index: int, step: StreamStep) -> None:
        """Move the front of the step's stream over it."""
        if step.graph < 0:
            self._leave_graph()
            self._default_stream(step.stream)
        fronts = self._streams if step.graph < 0 else self._nodes
        front = fronts.setdefault(step.stream, {})
        if isinstance(step, Memcpy | Launch):
            self.found += [(source, index, why) for source, why in front.items()]
            fronts[step.stream] = {index: "stream"}
        elif isinstance(step, RecordEvent):
            self._events[step.event] = tuple(front)
        elif isinstance(step, StreamWait):
            _extend(front, self._events[step.event], step.reason)
        elif isinstance(step, GraphLaunch):
            self._launch = step
            self._nodes = {step.stream: dict(front)}

    def _leave_graph(self) -> None:
        """The launching stream goes on behind the last nodes, all of which its own chain has joined."""
        if self._launch is not None:
            stream = self._launch.stream
            self._streams[stream] = {
                source: self._streams[stream].get(source, "stream") for source in self._nodes[stream]
            }
            self._launch = None

    def _default_stream(self, stream: int) -> None:
        if stream == self._legacy:
            others = self._blocking
        elif stream in self._blocking and self._legacy is not None:
            others = [self._legacy]
        else:
            return
        for other in others:
            sources = tuple(self._streams[other])
            same_thread = self._issuer.get(other) == self._issuer.get(stream)
            if same_thread and self._seen.get((stream, other)) != sources:
                self._seen[(stream, other)] = sources
                _extend(self._streams[stream], sources, "order")


def _extend(front: _Front, sources: Iterable[int], why: str) -> None:
    for source in sources:
        front.setdefault(source, why)
