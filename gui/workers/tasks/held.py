"""Traces and timelines that a worker keeps mapped from one job to the next."""

from __future__ import annotations

from pathlib import Path

from gui.workers.context import Context
from profiler.io.shared_arrow import open_shared
from profiler.timeline.model import Timeline
from profiler.timeline.stored import open_timeline
from profiler.trace.tables import Trace


def held_trace(path: str, context: Context) -> Trace:
    """The trace in a file."""
    trace: Trace = context.held.get(str(Path(path).parent), path, lambda: open_shared(path))
    return trace


def held_timeline(path: str, trace: str, context: Context) -> Timeline:
    """The timeline in a file, over the trace in another."""
    timeline: Timeline = context.held.get(
        str(Path(path).parent), path, lambda: open_timeline(path, held_trace(trace, context))
    )
    return timeline
