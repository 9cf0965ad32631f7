"""Graph: the plan of another strategy for one request, captured once and replayed, one launch a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from profiler.errors import PlanRefused, suggestion
from profiler.plan.builder import Builder
from profiler.plan.model import GraphLaunch, HostSync, RecordEvent, Step, StreamConfig, StreamStep, StreamWait
from profiler.plan.ranges import with_ranges
from profiler.plan.strategies import breadth_first, depth_first, serial, three_stream, zero_copy
from profiler.plan.strategy import Parts, Question, Strategy
from profiler.plan.weave import Marker, weave
from profiler.workload.model import Workload

_BASES: dict[str, tuple[Strategy, Callable[[Workload, int, StreamConfig], Builder]]] = {
    "depth-first": (depth_first.STRATEGY, depth_first.draft),
    "breadth-first": (breadth_first.STRATEGY, breadth_first.draft),
    "three-stream": (three_stream.STRATEGY, three_stream.draft),
    "serial": (serial.STRATEGY, serial.draft),
    "zero-copy": (zero_copy.STRATEGY, zero_copy.draft),
}

#: The stream that launches the graph, and the one its capture begins and ends in.
ORIGIN = 0


def graph_bases(batch: int) -> tuple[str, ...]:
    """Strategies a graph can capture, the default first, leaving out those that give the same graph.

    A batch of one sample is one chunk, and all orders of one chunk are the same; ``serial`` then differs from
    ``depth-first`` only in that the host waits after each request.
    """
    return tuple(_BASES) if batch > 1 else ("serial", "depth-first", "zero-copy")


def resolve(question: Question) -> StreamConfig:
    """The knobs of the base for one request, as many launches as requests, one issue thread.

    Raises
    ------
    PlanRefused
        The base cannot be captured, or memory is pageable.
    """
    given = question.config
    base = given.base or ("serial" if question.batch == 1 else "depth-first")
    if base not in _BASES:
        raise _refused(base)
    if given.memory != "pinned":
        raise PlanRefused(
            "a copy of pageable memory makes the host wait, which a graph cannot capture",
            where="--memory",
            remedy="Give pinned, or choose another strategy.",
        )
    once = replace(given, requests=1, issue_threads=1)
    strategy, _ = _BASES[base]
    resolved = strategy.resolve(replace(question, config=once))
    return replace(resolved, requests=given.requests or 1, base=base)


def _refused(base: str) -> PlanRefused:
    reasons = {
        "in-flight": "in-flight makes the host wait between requests, which a graph cannot capture",
        "graph": "a graph cannot capture the launch of another one made by this strategy",
    }
    what = reasons.get(base, f"there is no strategy {base!r} to capture")
    return PlanRefused(what, where="--base", remedy=suggestion(base, _BASES))


def _build(workload: Workload, batch: int, config: StreamConfig) -> Parts:
    base = config.base or "serial"
    requests = config.requests or 1
    _, draft = _BASES[base]
    builder = draft(workload, batch, replace(config, requests=1))
    nodes = _captured(builder)
    steps = with_ranges(_launches(base, requests))
    return Parts(builder.stream_specs, tuple(builder.buffers), tuple(_expanded(steps, nodes)))


def _launches(base: str, requests: int) -> Iterator[Step]:
    """What the host calls: the launches, back to back, or one at a time where the base is serial."""
    for request in range(requests):
        yield GraphLaunch(stream=ORIGIN, name=f"{base} graph", request=request)
        if base == "serial":
            yield HostSync(stream=ORIGIN, request=request)
    if base != "serial":
        yield HostSync(stream=ORIGIN, request=0 if requests == 1 else -1)


def _captured(builder: Builder) -> list[Step]:
    """Steps of one request with the order a capture needs: every stream starts after, and ends before, the origin."""
    work = [call for call in builder.calls if isinstance(call, StreamStep)]
    calls: list[StreamStep | HostSync] = [Marker(stream=ORIGIN, request=0), *work, Marker(stream=ORIGIN, request=0)]
    others = [(place, call.stream) for place, call in enumerate(work, start=1) if call.stream != ORIGIN]
    first = {stream: place for place, stream in reversed(others)}
    last = {stream: place for place, stream in others}
    forks: dict[int, tuple[int, ...]] = dict.fromkeys(first.values(), (0,))
    after = forks | {len(calls) - 1: tuple(last.values())}
    return weave(calls, len(builder.streams), after)


def _expanded(steps: Iterable[Step], nodes: list[Step]) -> Iterator[Step]:
    """The steps with a copy of the nodes behind each launch, under its request and with events of their own."""
    events = sum(isinstance(node, RecordEvent) for node in nodes)
    place = 0
    for step in steps:
        yield step
        place += 1
        if isinstance(step, GraphLaunch):
            yield from (_node(node, step.request, place - 1, step.request * events) for node in nodes)
            place += len(nodes)


def _node(node: Step, request: int, launch: int, first_event: int) -> Step:
    if isinstance(node, RecordEvent | StreamWait):
        return replace(node, request=request, graph=launch, event=node.event + first_event)
    return replace(node, request=request, graph=launch)


STRATEGY = Strategy("graph", frozenset({"base", "streams", "chunks", "buffers", "memory", "requests"}), resolve, _build)
