"""Slices found by name."""

from __future__ import annotations

import numpy as np

from gui.workers.context import Context
from gui.workers.jobs import Found, Search
from gui.workers.tasks.held import held_trace
from gui.workers.tasks.names import matching_names
from profiler.trace.mapped import save
from profiler.trace.select import countable_among


def search(job: Search, context: Context) -> Found:
    """Every slice that has a place in time and whose name matches, in order of time.

    Raises
    ------
    UsageError
        The text is no regular expression.
    """
    trace = held_trace(job.trace, context)
    marked = matching_names(trace, job.text, regex=job.regex)
    rows = np.empty(0, np.int64)
    if marked.any():
        rows = countable_among(trace, np.flatnonzero(marked[trace["name"]]))
        starts = trace.ts[rows]
        if (starts[1:] < starts[:-1]).any():
            rows = rows[np.argsort(starts, kind="stable")]
    file = context.folder / "found"
    save(file, {"rows": rows, "starts_ns": trace.ts[rows] - job.origin_ns})
    return Found(file=str(file), count=len(rows), names=int(marked.sum()))
