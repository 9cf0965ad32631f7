"""What led to a slice and what it led to: launch calls and edges, found without an index, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import DEVICE_CATEGORIES, MISSING, EdgeKind
from profiler.trace.tables import Trace

Int64 = npt.NDArray[np.int64]

#: Rows that are compared in one step.
STEP = 2_000_000

#: Links of one slice that are kept.
MOST_LINKS = 64


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from one row of the trace to another."""

    source: int
    target: int
    kind: EdgeKind


def find_links(trace: Trace, row: int, *, step: int = STEP) -> Iterator[tuple[Link, ...]]:
    """All links of a slice found so far, after each step; the last one is the whole answer.

    Notes
    -----
    A slice of a device and a host call with its process and correlation id belong together: the call started the work.
    """
    links: dict[tuple[int, int], Link] = {}
    for first in range(0, max(len(trace.edges), 1), step):
        _add_edges(links, trace, row, slice(first, first + step))
        yield _kept(links)
    number, pid = int(trace["correlation_id"][row]), int(trace["pid"][row])
    if number == MISSING:
        return
    on_device = _on_device(trace, np.array([row], np.int64))[0]
    for first in range(0, len(trace), step):
        part = trace["correlation_id"][first : first + step]
        same = np.flatnonzero(part == number) + first
        same = same[(trace["pid"][same] == pid) & (_on_device(trace, same) != on_device)]
        for other in same[:MOST_LINKS].tolist():
            source, target = (other, row) if on_device else (row, other)
            links.setdefault((source, target), Link(source, target, EdgeKind.LAUNCH))
        yield _kept(links)


def _add_edges(links: dict[tuple[int, int], Link], trace: Trace, row: int, part: slice) -> None:
    edges = trace.edges
    mine = np.flatnonzero((edges.source[part] == row) | (edges.target[part] == row)) + part.start
    for place in mine[:MOST_LINKS].tolist():
        source, target = int(edges.source[place]), int(edges.target[place])
        links[source, target] = Link(source, target, EdgeKind(int(edges.kind[place])))


def _on_device(trace: Trace, rows: Int64) -> npt.NDArray[np.bool_]:
    return np.isin(trace.category[rows], DEVICE_CATEGORIES)


def _kept(links: dict[tuple[int, int], Link]) -> tuple[Link, ...]:
    return tuple(links.values())[:MOST_LINKS]
