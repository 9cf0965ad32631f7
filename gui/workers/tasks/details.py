"""Everything about one slice: what its source says, what started it, what it is joined with, who stands beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from gui.workers.context import Context
from gui.workers.jobs import About, Details, Partner
from gui.workers.tasks.described import columns_of
from gui.workers.tasks.held import held_timeline, held_trace
from profiler.analysis.exposure import Exposure
from profiler.errors import UsageError
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.trace.mapped import load
from profiler.trace.schema import DEVICE_CATEGORIES, MISSING, Category, EdgeKind, MemcpyKind
from profiler.trace.tables import Trace

#: Rows named in one list at most.
_MOST = 200

_CALLS = (Category.RUNTIME, Category.DRIVER)
_COPIES = (MemcpyKind.HTOD, MemcpyKind.DTOH)
_LANE_WORDS = {LaneKind.ENGINE: "engine", LaneKind.STREAM: "stream"}


def details(job: Details, context: Context) -> About:
    """What is known of the slice in a row.

    Raises
    ------
    UsageError
        The trace has no such row.
    """
    trace = held_trace(job.trace, context)
    if not 0 <= job.row < len(trace):
        raise UsageError(f"there is no slice {job.row}", where="details", remedy=f"There are {len(trace)}.")
    timeline = held_timeline(job.timeline, job.trace, context)
    partners, left_out = _partners(trace, job.row)
    before, after, parents, children = _around(trace, timeline, job.row)
    exposed = _exposed(job, trace, context)
    return About(
        row=job.row,
        columns=columns_of(trace, job.row, timeline.start_ns),
        arguments=_arguments(trace, job.row),
        launch=_launch(trace, job.row, partners),
        launched=_launched(trace, job.row, partners),
        partners=partners,
        partners_left_out=left_out,
        before=before,
        after=after,
        parents=parents,
        children=children,
        hidden_ns=None if exposed is None else int(trace.dur[job.row]) - sum(exposed.values()),
        exposed_ns=None if exposed is None else sum(exposed.values()),
        causes=exposed or {},
    )


def _arguments(trace: Trace, row: int) -> Any:
    text = trace.args[row] if trace.args is not None else ""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _partners(trace: Trace, row: int) -> tuple[list[Partner], int]:
    """The other ends of the slice's edges, and how many more there are."""
    edges = trace.edges
    found: list[Partner] = []
    total = 0
    for mine, others, into in ((edges.target, edges.source, True), (edges.source, edges.target, False)):
        places = np.flatnonzero(mine == row)
        total += len(places)
        for place in places[: _MOST - len(found)].tolist():
            found.append(Partner(int(others[place]), EdgeKind(int(edges.kind[place])).name.lower(), into))
    return found, total - len(found)


def _launch(trace: Trace, row: int, partners: list[Partner]) -> int | None:
    """The host call that started device work: by edge, else by process and correlation id."""
    if trace.category[row] not in DEVICE_CATEGORIES:
        return None
    by_edge = [partner.row for partner in partners if partner.kind == "launch" and partner.into]
    if by_edge:
        return by_edge[0]
    calls = _correlated(trace, row, _CALLS)
    return calls[0] if calls else None


def _launched(trace: Trace, row: int, partners: list[Partner]) -> list[int]:
    if trace.category[row] not in _CALLS:
        return []
    by_edge = [partner.row for partner in partners if partner.kind == "launch" and not partner.into]
    return by_edge or _correlated(trace, row, DEVICE_CATEGORIES)


def _correlated(trace: Trace, row: int, categories: tuple[Category, ...]) -> list[int]:
    """Rows of the categories with the same process and correlation id, in order of time."""
    number = trace["correlation_id"][row]
    if number == MISSING:
        return []
    rows = np.flatnonzero(trace["correlation_id"] == number)
    rows = rows[(trace["pid"][rows] == trace["pid"][row]) & np.isin(trace.category[rows], categories) & (rows != row)]
    return [int(found) for found in rows[np.argsort(trace.ts[rows], kind="stable")][:_MOST]]


def _around(trace: Trace, timeline: Timeline, row: int) -> tuple[dict[str, int], dict[str, int], list[int], list[int]]:
    """Neighbours on each lane the slice stands in, and on a host lane the slices around and directly inside it."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    parents: list[int] = []
    children: list[int] = []
    start = int(trace.ts[row])
    end = start + max(int(trace.dur[row]), 1)
    for lane, first in zip(timeline.lanes, timeline.first_row, strict=True):
        depth, place = _place(timeline, first, len(lane.rows), row, start)
        if depth < 0:
            continue
        rows = lane.rows[depth]
        word = _LANE_WORDS.get(lane.kind, "host")
        if place > 0:
            before[word] = int(rows[place - 1])
        if place + 1 < len(rows):
            after[word] = int(rows[place + 1])
        if lane.kind > LaneKind.STREAM:
            for above in range(depth):
                inside, _ = timeline.mipmap.visible(first + above, start, start + 1)
                parents += _enclosing(trace, lane.rows[above], inside, start, end)
            if depth + 1 < len(lane.rows):
                low, high = timeline.mipmap.visible(first + depth + 1, start, end)
                children = [int(child) for child in lane.rows[depth + 1][low : min(high, low + _MOST)]]
    return before, after, parents, children


def _place(timeline: Timeline, first: int, depths: int, row: int, start: int) -> tuple[int, int]:
    """Which row of a lane the slice stands in, and where in it; -1 where it does not."""
    for depth in range(depths):
        tables = timeline.mipmap.maps[first + depth]
        place = int(np.searchsorted(tables.starts, start))
        if place < len(tables.rows) and int(tables.rows[place]) == row:
            return depth, place
    return -1, -1


def _enclosing(trace: Trace, rows: Any, place: int, start: int, end: int) -> list[int]:
    if place >= len(rows):
        return []
    row = int(rows[place])
    begins, ends = int(trace.ts[row]), int(trace.ts[row]) + max(int(trace.dur[row]), 1)
    return [row] if begins <= start and ends >= end else []


def _exposed(job: Details, trace: Trace, context: Context) -> dict[str, int] | None:
    """Exposed time of a copy between host and device by cause; None of anything else, and where it is not known."""
    row = job.row
    if not job.exposures or trace.category[row] != Category.MEMCPY or trace["memcpy_kind"][row] not in _COPIES:
        return None
    exposures: dict[int, Exposure] = context.held.get(
        str(Path(job.exposures).parent), job.exposures, lambda: load(job.exposures)
    )
    exposure = exposures.get(int(trace["device"][row]), Exposure.empty())
    start = int(trace.ts[row])
    return dict(exposure.between(start, start + max(int(trace.dur[row]), 0)))
