"""The tree that lanes stand in: GPU > engines and streams by context, host process > threads with their ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from profiler.timeline.counters import CounterKind, counter_kinds
from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import Lane
from profiler.timeline.model import Timeline
from profiler.trace.tables import Trace

#: Streams of a context, lanes of a process and rows of a lane up to which they are drawn open unless asked otherwise.
OPEN_STREAMS = 12
OPEN_HOST_LANES = 24
OPEN_ROWS = 48

#: Lanes of a timeline up to which its counters are drawn open.
OPEN_COUNTERS = 24


@dataclass(frozen=True, slots=True)
class Node:
    """A lane or a group of lanes.

    Attributes
    ----------
    key : str
        The same for the same lane of the same file at any time.
    title : str
        May hold anything the traced program wrote.
    lane : int
        Number of the lane; -1 for a group.
    children : tuple of Node
        Of a group.
    starts_folded : bool
        Drawn as one row unless it is opened.
    counter : CounterKind, optional
        What is plotted, where it is a counter.
    """

    key: str
    title: str
    lane: int = -1
    children: tuple[Node, ...] = ()
    starts_folded: bool = False
    counter: CounterKind | None = None

    def lanes(self) -> Iterator[int]:
        """Numbers of all lanes in it, from top to bottom."""
        if self.lane >= 0:
            yield self.lane
        for child in self.children:
            yield from child.lanes()

    def walk(self) -> Iterator[Node]:
        """The node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def lane_tree(trace: Trace, lanes: Sequence[Lane], counters: Sequence[CounterKind] = ()) -> tuple[Node, ...]:
    """The top groups of a trace's lanes: each GPU, then each host process, then counters that belong to no device."""
    devices: dict[int, _Pairs] = {}
    processes: dict[int, _Pairs] = {}
    for number, lane in enumerate(lanes):
        group = (
            devices.setdefault(lane.device, []) if lane.kind <= LaneKind.STREAM else processes.setdefault(lane.pid, [])
        )
        group.append((number, lane))
    plotted: dict[int, list[CounterKind]] = {}
    for kind in counters:
        plotted.setdefault(kind.device if kind.device >= 0 and kind.device in devices else -1, []).append(kind)
    rest = plotted.pop(-1, [])
    folded = len(lanes) > OPEN_COUNTERS
    nodes = [
        _device(trace, device, devices[device], _counters(f"gpu:{device}", plotted.get(device, []), folded))
        for device in sorted(devices)
    ]
    nodes += [_process(pid, mine, len(processes)) for pid, mine in processes.items()]
    return (*nodes, *_counters("trace", rest, folded))


def full_tree(timeline: Timeline) -> tuple[Node, ...]:
    """The tree of a timeline's lanes and counters."""
    return lane_tree(timeline.trace, timeline.lanes, counter_kinds(timeline))


def device_title(trace: Trace, device: int) -> str:
    """``GPU 0 · NVIDIA A100``; records that name no device stand under ``GPU``."""
    if device < 0:
        return "GPU"
    gpus = trace.meta.get("gpus", {})
    model = gpus.get(str(device), {}).get("name", "") if isinstance(gpus, dict) else ""
    return f"GPU {device}" + (f" · {model}" if model else "")


_Pairs = list[tuple[int, Lane]]


def _counters(parent: str, kinds: Sequence[CounterKind], folded: bool) -> tuple[Node, ...]:
    if not kinds:
        return ()
    leaves = tuple(Node(kind.key, kind.title, counter=kind) for kind in kinds)
    return (Node(f"{parent}/counters", "counters", children=leaves, starts_folded=folded),)


def _device(trace: Trace, device: int, lanes: _Pairs, counters: tuple[Node, ...]) -> Node:
    key = f"gpu:{device}"
    engines = [_leaf(key, number, lane) for number, lane in lanes if lane.kind == LaneKind.ENGINE]
    streams = [pair for pair in lanes if pair[1].kind == LaneKind.STREAM]
    return Node(key, device_title(trace, device), children=(*engines, *_contexts(key, streams), *counters))


def _contexts(parent: str, streams: _Pairs) -> Iterator[Node]:
    """One group of streams for each context of each process."""

    def place(pair: tuple[int, Lane]) -> tuple[int, int]:
        return pair[1].pid, pair[1].context

    groups = [(where, list(members)) for where, members in groupby(sorted(streams, key=place), place)]
    processes = len({pid for (pid, _), _ in groups})
    for (pid, context), members in groups:
        key = f"{parent}/{pid}:{context}"
        leaves = tuple(_leaf(key, number, lane) for number, lane in members)
        title = "streams" if len(groups) == 1 else f"context {context}" if context >= 0 else "streams"
        title += f" · process {pid}" if processes > 1 else ""
        yield Node(key, title, children=leaves, starts_folded=len(leaves) > OPEN_STREAMS)


def _process(pid: int, lanes: _Pairs, processes: int) -> Node:
    """Threads of a process, each with its ranges and waits below it."""
    key = f"host:{pid}"
    first = {lane.track: place for place, (_, lane) in reversed(list(enumerate(lanes)))}
    lanes = sorted(lanes, key=lambda pair: (first[pair[1].track], pair[1].kind))
    title = f"Process {pid}" if processes > 1 and pid >= 0 else "Host"
    leaves = tuple(_leaf(key, number, lane) for number, lane in lanes)
    return Node(key, title, children=leaves, starts_folded=processes > 1 and len(leaves) > OPEN_HOST_LANES)


def _leaf(parent: str, number: int, lane: Lane) -> Node:
    return Node(
        f"{parent}/{lane.kind.name.lower()}:{lane.name}",
        lane.name,
        number,
        starts_folded=len(lane.rows) > OPEN_ROWS,
    )
