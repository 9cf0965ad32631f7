"""The figures of a trace file, read no further than they need."""

from __future__ import annotations

import os
from dataclasses import replace

from profiler.analysis.analyze import Analysis, analyze
from profiler.analysis.partial import part_for
from profiler.analysis.window import parse_window
from profiler.io import read_trace
from profiler.io.parquet_window import open_window_file

#: What no figure needs.
_UNUSED = ("args", "source_category")


def analyze_file(
    path: str | os.PathLike[str],
    *,
    window: str | None = None,
    by: str | None = None,
    communication: str | None = None,
    partial: bool = False,
) -> Analysis:
    """All figures of a trace file, as `analyze` has them.

    Of a native file of several row groups only those are read that a window hangs on, so that it need not fit into
    memory. With an expression for communication kernels it is read whole: what it says of the whole trace was noted
    without that expression.

    Parameters
    ----------
    path : path
    window : str, optional
        As `parse_window` reads it.
    by, communication
        As for `analyze`.
    partial : bool
        Take what is whole of a file that was cut off.

    Raises
    ------
    UsageError
        No such file, or an option makes no sense.
    TraceReadError
        The file cannot be read.
    """
    found = _windowed(path, window, by) if window is not None and not communication else None
    if found is None:
        trace = read_trace(path, partial=partial, without=_UNUSED)
        bounds = parse_window(window, trace) if window is not None else None
        found = analyze(trace, window=bounds, by=by, communication=communication)
    return replace(found, file=str(path))


def _windowed(path: str | os.PathLike[str], window: str, by: str | None) -> Analysis | None:
    with open_window_file(path) as source:
        if source is None:
            return None
        bounds = parse_window(window, source)
        return analyze(part_for(source, bounds), window=bounds, by=by)
