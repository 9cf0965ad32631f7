"""A timeline in files that another process maps: lanes, look-up tables and pieces of copies, opened in no time.

save_timeline(timeline, path)                       in the process that built it
save_pieces(timeline, path_of_pieces)               once it is known what is exposed, which takes longer
timeline = open_timeline(path, trace, pieces=...)   in the one that draws it, from its own mapped trace
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

from profiler.errors import TraceReadError
from profiler.timeline.lanes import Lane
from profiler.timeline.mipmap import Mipmap
from profiler.timeline.model import Timeline
from profiler.timeline.pieces import build_pieces
from profiler.trace.mapped import load, save
from profiler.trace.tables import Trace

#: What stands first in the files, so that neither is taken for the other or for something else.
_TABLES, _PIECES = "timeline 1", "pieces 1"

#: What is written of a lane, its rows apart.
_HEAD = tuple(entry.name for entry in fields(Lane) if entry.name != "rows")


def save_timeline(timeline: Timeline, path: str | os.PathLike[str]) -> None:
    """Write a timeline without its trace and without its pieces of copies.

    Raises
    ------
    OutputError
        The place cannot be written, or is full.
    """
    tables = timeline.mipmap
    # The rows of lanes are stretches of one table; written with the lanes they would be there twice.
    heads = [(*(getattr(lane, name) for name in _HEAD), len(lane.rows)) for lane in timeline.lanes]
    parts = {
        "offset": tables.offset,
        "rows": tables.rows,
        "starts": tables.starts,
        "paints": tables.paint,
        "buckets": tables.buckets,
        "pyramid": tables.pyramid,
        "longest": tables.longest,
    }
    save(path, (_TABLES, heads, (timeline.start_ns, timeline.end_ns), parts))


def save_pieces(timeline: Timeline, path: str | os.PathLike[str]) -> None:
    """Write which parts of a timeline's copies are exposed and which are hidden.

    Raises
    ------
    OutputError
        The place cannot be written, or is full.
    """
    save(path, (_PIECES, timeline.exposed, timeline.hidden))


def open_timeline(
    path: str | os.PathLike[str], trace: Trace, *, pieces: str | os.PathLike[str] | None = None
) -> Timeline:
    """The timeline that `save_timeline` wrote, over ``trace``, which must hold the same rows; nothing is copied.

    Parameters
    ----------
    path : path
    trace : Trace
    pieces : path, optional
        What `save_pieces` wrote; without it copies are drawn neither exposed nor hidden.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        A file is something else, cut off, or of another trace.
    """
    heads, extent, parts = _read(path, _TABLES)
    mipmap = Mipmap(trace, **parts)
    if len(mipmap.paint) != len(trace):
        raise TraceReadError(f"is of a trace of {len(mipmap.paint)} slices, not of {len(trace)}", where=str(path))
    rows = iter(tables.rows for tables in mipmap.maps)
    lanes = [
        Lane(**dict(zip(_HEAD, head, strict=True)), rows=tuple(next(rows) for _ in range(depth)))
        for *head, depth in heads
    ]
    if pieces is None:
        exposed = hidden = build_pieces(extent[0], len(mipmap.maps), {})
    else:
        exposed, hidden = _read(pieces, _PIECES)
    return Timeline.restored(trace, lanes, mipmap, extent, exposed, hidden)


def _read(path: str | os.PathLike[str], kind: str) -> tuple[Any, ...]:
    found = load(path)
    if not isinstance(found, tuple) or not found or found[0] != kind:
        raise TraceReadError(f"holds no {kind.split()[0]}", where=str(path))
    return found[1:]
