"""Figures and causes of a stretch of a trace that is shown."""

from __future__ import annotations

from pathlib import Path

from gui.workers.context import Context
from gui.workers.jobs import Bounds, Figures, RangeFigures, Stretch
from gui.workers.tasks.held import held_trace
from profiler.analysis.overlap import prepare
from profiler.analysis.window import parse_window


def figures(job: Figures, context: Context) -> RangeFigures:
    """Of every device what ``analyze --window`` says."""
    prepared = context.held.get(
        str(Path(job.trace).parent), "prepared", lambda: prepare(held_trace(job.trace, context))
    )
    window = (job.start_ns, job.end_ns)
    return RangeFigures(job.start_ns, job.end_ns, [device.figures(window).to_json() for device in prepared])


def stretch(job: Stretch, context: Context) -> Bounds:
    """The stretch that a text such as ``1.5ms:2ms`` or ``nvtx:NAME`` means.

    Raises
    ------
    UsageError
        It means none.
    """
    return Bounds(*parse_window(job.text, held_trace(job.trace, context)))
