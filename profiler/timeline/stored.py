"""A timeline in a file that another process maps: lanes, look-up tables and pieces of copies, opened in no time.

save_timeline(timeline, path)               in the process that built it
timeline = open_timeline(path, trace)       in the one that draws it, from its own mapped trace
"""

from __future__ import annotations

import os

from profiler.errors import TraceReadError
from profiler.timeline.model import Timeline
from profiler.trace.mapped import load, save
from profiler.trace.tables import Trace


def save_timeline(timeline: Timeline, path: str | os.PathLike[str]) -> None:
    """Write a timeline without its trace.

    Raises
    ------
    OutputError
        The place cannot be written, or is full.
    """
    save(path, timeline, apart={"trace": timeline.trace})


def open_timeline(path: str | os.PathLike[str], trace: Trace) -> Timeline:
    """The timeline that `save_timeline` wrote, over ``trace``, which must hold the same rows; nothing is copied.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is something else, cut off, or of another trace.
    """
    timeline = load(path, apart={"trace": trace})
    if not isinstance(timeline, Timeline):
        raise TraceReadError("is no timeline", where=str(path))
    return timeline
