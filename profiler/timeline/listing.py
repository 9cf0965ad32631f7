"""The lanes that a trace is drawn in, as a list: what they are called, where they stand, how many slices they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from profiler.timeline.counters import CounterKind
from profiler.timeline.model import Timeline
from profiler.timeline.tree import Node, full_tree

#: What a counter is called where lanes have their `LaneKind`.
COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Listed:
    """A lane or a counter.

    Attributes
    ----------
    groups : tuple of str
        Titles of the groups it stands in, the outermost first. They and ``name`` may hold anything the traced program
        wrote.
    kind : str
        The lane's `LaneKind` in small letters, or ``counter``.
    name : str
    device : int
        -1 for what belongs to none.
    slices : int
        Those drawn in it, which are all that have a place in time; of a counter the samples, or the slices that it is
        derived from.
    rows : int
        Rows that overlapping or nested slices are spread over; 1 for a counter.
    """

    groups: tuple[str, ...]
    kind: str
    name: str
    device: int
    slices: int
    rows: int


def listed(timeline: Timeline) -> tuple[Listed, ...]:
    """All lanes and counters of a timeline, in the order in which they are drawn, also where they start folded."""
    return tuple(one for top in full_tree(timeline) for one in _leaves(timeline, top, ()))


def _leaves(timeline: Timeline, node: Node, above: tuple[str, ...]) -> Iterator[Listed]:
    if node.counter is not None:
        kind = node.counter
        yield Listed(above, COUNTER, node.title, kind.device, _samples(timeline, kind), 1)
    elif node.lane >= 0:
        lane = timeline.lanes[node.lane]
        yield Listed(above, lane.kind.name.lower(), node.title, lane.device, len(lane), len(lane.rows))
    for child in node.children:
        yield from _leaves(timeline, child, (*above, node.title))


def _samples(timeline: Timeline, kind: CounterKind) -> int:
    if kind.track >= 0:
        return int((timeline.trace.counters.track == kind.track).sum())
    return sum(len(timeline.lanes[number]) for number in kind.lanes)
