"""The window of ``--window``: a stretch of a trace's own time."""

from __future__ import annotations

import difflib

import numpy as np

from profiler.analysis.intervals import Int64
from profiler.analysis.rows import countable_rows, ends
from profiler.errors import UsageError
from profiler.trace.schema import Category
from profiler.trace.tables import Trace
from profiler.units import parse_duration_ns

_REMEDY = "Write two times from the first record, such as 1.5ms:2ms, ':200us' or '3s:', or nvtx:NAME."
_RANGE = "nvtx:"


def parse_window(text: str, trace: Trace) -> tuple[int, int]:
    """Start and end of a window in the trace's own clock, ns.

    Parameters
    ----------
    text : str
        ``A:B``, each a time from the trace's first record with a unit (bare: ns); an empty A is the first record, an
        empty B the end of the last one. Or ``nvtx:NAME``: from the start of the first range of that name to the end
        of the last.
    trace : Trace

    Raises
    ------
    UsageError
        The text is neither, the window is empty, or no range has that name.
    """
    if text.startswith(_RANGE):
        return _named_range(text.removeprefix(_RANGE), trace)
    parts = text.split(":")
    if len(parts) != 2:
        raise UsageError(f"{text!r} is not a window", where="--window", remedy=_REMEDY)
    first, last = extent(trace)
    start = first + parse_duration_ns(parts[0]) if parts[0].strip() else first
    end = first + parse_duration_ns(parts[1]) if parts[1].strip() else last
    if end <= start:
        raise UsageError(f"window {text!r} holds no time", where="--window", remedy=_REMEDY)
    return start, end


def extent(trace: Trace) -> tuple[int, int]:
    """First start and last end over all records of a trace, ns; (0, 0) when it has none."""
    rows = countable_rows(trace, *Category)
    return (int(trace.ts[rows].min()), int(ends(trace, rows).max())) if len(rows) else (0, 0)


def _named_range(name: str, trace: Trace) -> tuple[int, int]:
    rows = countable_rows(trace, Category.MARKER)
    wanted = [number for number, known in enumerate(trace.names) if known == name]
    chosen = rows[np.isin(trace["name"][rows], wanted)]
    if not len(chosen):
        raise UsageError(f"no range is called {name!r}", where="--window", remedy=_suggestion(name, trace, rows))
    start, end = int(trace.ts[chosen].min()), int(ends(trace, chosen).max())
    if end <= start:
        raise UsageError(f"range {name!r} holds no time", where="--window", remedy=_REMEDY)
    return start, end


def _suggestion(name: str, trace: Trace, rows: Int64) -> str:
    known = [trace.names[number] for number in np.unique(trace["name"][rows])]
    if not known:
        return "The trace has no ranges; give two times instead, such as 1.5ms:2ms."
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
    return f"Ranges of the trace: {', '.join(repr(one) for one in near)}{' ...' if len(known) > len(near) else ''}"
