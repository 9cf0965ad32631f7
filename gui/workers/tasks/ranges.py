"""Figures and causes of a stretch of a trace that is shown."""

from __future__ import annotations

from pathlib import Path

from gui.workers.context import Context
from gui.workers.jobs import Figures, RangeFigures
from profiler.analysis.overlap import prepare
from profiler.io.shared_arrow import open_shared
from profiler.trace.tables import Trace


def figures(job: Figures, context: Context) -> RangeFigures:
    """Of every device what ``analyze --window`` says."""
    prepared = context.held.get(
        str(Path(job.trace).parent), "prepared", lambda: prepare(held_trace(job.trace, context))
    )
    window = (job.start_ns, job.end_ns)
    return RangeFigures(job.start_ns, job.end_ns, [device.figures(window).to_json() for device in prepared])


def held_trace(path: str, context: Context) -> Trace:
    """A trace kept open from one job to the next."""
    trace: Trace = context.held.get(str(Path(path).parent), path, lambda: open_shared(path))
    return trace
