"""Figures and causes of a stretch of a trace that is shown."""

from __future__ import annotations

from pathlib import Path

from gui.workers.context import Context
from gui.workers.jobs import Bounds, Figures, RangeFigures, Stretch
from gui.workers.tasks.files import INDEXED_FROM
from gui.workers.tasks.held import held_trace
from profiler.analysis.indexed import DeviceIndex, index_of
from profiler.analysis.overlap import prepare
from profiler.analysis.window import parse_window
from profiler.errors import UsageError
from profiler.trace.mapped import load


def figures(job: Figures, context: Context) -> RangeFigures:
    """Of every device what ``analyze --window`` says."""
    window = (job.start_ns, max(job.end_ns, job.start_ns + 1))
    index = _index(job, context)
    if index is None:
        return RangeFigures(job.start_ns, job.end_ns, [], known=False)
    return RangeFigures(job.start_ns, job.end_ns, [device.figures(window).to_json() for device in index])


def stretch(job: Stretch, context: Context) -> Bounds:
    """The stretch that a text such as ``1.5ms:2ms`` or ``nvtx:NAME`` means.

    Raises
    ------
    UsageError
        It means none.
    """
    try:
        return Bounds(*parse_window(job.text, held_trace(job.trace, context)))
    except UsageError as error:
        # It was typed into the window, not given to an option.
        raise UsageError(error.what, remedy=error.remedy) from error


def _index(job: Figures, context: Context) -> tuple[DeviceIndex, ...] | None:
    """What the figures are looked up in; None where it would take long to make."""
    made_here = (str(Path(job.trace).parent), f"index of {job.trace}")
    if job.index:
        # What was made here until it came is needed no more.
        context.held.drop(*made_here)
        found: tuple[DeviceIndex, ...] = context.held.get(
            str(Path(job.index).parent), job.index, lambda: load(job.index)
        )
        return found
    if job.comes:
        return None
    trace = held_trace(job.trace, context)
    if len(trace) > INDEXED_FROM:
        return None
    made: tuple[DeviceIndex, ...] = context.held.get(*made_here, lambda: index_of(trace, prepare(trace)))
    return made
