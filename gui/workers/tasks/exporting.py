"""Traces and tables written to files of the user's; a file is complete or not there."""

from __future__ import annotations

import numpy as np

from gui.workers.context import Context
from gui.workers.jobs import Export, ExportRows, Written
from gui.workers.tasks.held import held_timeline, held_trace
from gui.workers.tasks.tables import rows_of_lanes
from profiler.errors import UsageError
from profiler.io import csv_trace
from profiler.io.registry import format_of, write_trace
from profiler.trace.mapped import load
from profiler.trace.subset import subset, touching


def export(job: Export, context: Context) -> Written:
    """The trace, or the slices that touch a stretch of it, of all lanes or of some, in the format of the path's ending.

    Raises
    ------
    UsageError
        The ending names no format, or there is no such lane.
    OutputError
        The place cannot be written.
    """
    format_of(job.path)
    trace = held_trace(job.trace, context)
    if job.start_ns is not None and job.end_ns is not None:
        between = (job.start_ns, job.end_ns)
        if job.lanes is None:
            rows = touching(trace, *between)
        else:
            rows = rows_of_lanes(held_timeline(job.timeline, job.trace, context), job.lanes, *between)
        trace = subset(trace, rows, between=between)
    context.progress(None, "writing")
    write_trace(trace, job.path)
    return Written(path=job.path, slices=len(trace))


def export_rows(job: ExportRows, context: Context) -> Written:
    """Rows in the order given, as a CSV table.

    Raises
    ------
    UsageError
        A row that the trace does not have.
    OutputError
        The place cannot be written.
    """
    trace = held_trace(job.trace, context)
    rows = np.asarray(load(job.rows)["rows"] if job.rows else job.chosen, np.int64)
    if len(rows) and not (int(rows.min()) >= 0 and int(rows.max()) < len(trace)):
        raise UsageError("a row is not in the trace", where=job.path)
    context.progress(None, "writing")
    csv_trace.write(subset(trace, rows), job.path)
    return Written(path=job.path, slices=len(rows))
