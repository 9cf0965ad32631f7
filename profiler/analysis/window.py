"""The window of ``--window``: a stretch of a trace's own time."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from profiler.analysis.partial import Source
from profiler.analysis.rows import ends
from profiler.errors import UsageError
from profiler.trace.schema import Category
from profiler.trace.select import of_category
from profiler.trace.tables import Trace
from profiler.units import parse_duration_ns

_REMEDY = "Write two times from the first record, such as 1.5ms:2ms, ':200us' or '3s:', or nvtx:NAME."
_RANGE = "nvtx:"
_LATEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Outline:
    """What a window is told from: first start and last end of the trace, and of the ranges of each name."""

    extent: tuple[int, int]
    ranges: Callable[[], Mapping[str, tuple[int, int]]]


def parse_window(text: str, trace: Trace | Source) -> tuple[int, int]:
    """Start and end of a window in the trace's own clock, ns.

    Parameters
    ----------
    text : str
        ``A:B``, each a time from the trace's first record with a unit (bare: ns); an empty A is the first record, an
        empty B the end of the last one. Or ``nvtx:NAME``: from the start of the first range of that name to the end
        of the last.
    trace : Trace or Source

    Raises
    ------
    UsageError
        The text is neither, the window is empty, or no range has that name.
    """
    if isinstance(trace, Trace):
        outline = _Outline(extent(trace), lambda: _ranges(trace))
    else:
        outline = _Outline(trace.whole.extent, trace.ranges)
    if text.startswith(_RANGE):
        return _named_range(text.removeprefix(_RANGE), outline.ranges())
    parts = text.split(":")
    if len(parts) != 2:
        raise UsageError(f"{text!r} is not a window", where="--window", remedy=_REMEDY)
    first, last = outline.extent
    start = first + parse_duration_ns(parts[0], "--window") if parts[0].strip() else first
    end = first + parse_duration_ns(parts[1], "--window") if parts[1].strip() else last
    if end <= start:
        raise UsageError(f"window {text!r} holds no time", where="--window", remedy=_REMEDY)
    return start, end


def extent(trace: Trace) -> tuple[int, int]:
    """First start and last end over all records of a trace, ns; (0, 0) when it has none."""
    if trace.part is not None:
        return trace.part.whole.extent
    rows = of_category(trace, *Category)
    return (int(trace.ts[rows].min()), int(ends(trace, rows).max())) if len(rows) else (0, 0)


def _ranges(trace: Trace) -> dict[str, tuple[int, int]]:
    """First start and last end of the ranges of each name, in the order of the names."""
    rows = of_category(trace, Category.MARKER)
    first, last = (np.full(len(trace.names), worst, np.int64) for worst in (_LATEST, -_LATEST))
    np.minimum.at(first, trace["name"][rows], trace.ts[rows])
    np.maximum.at(last, trace["name"][rows], ends(trace, rows))
    found: dict[str, tuple[int, int]] = {}
    for number in np.flatnonzero(first != _LATEST).tolist():
        name, start, end = trace.names[number], int(first[number]), int(last[number])
        known = found.get(name, (start, end))
        found[name] = min(start, known[0]), max(end, known[1])
    return found


def _named_range(name: str, ranges: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    if name not in ranges:
        raise UsageError(f"no range is called {name!r}", where="--window", remedy=_suggestion(name, list(ranges)))
    start, end = ranges[name]
    if end <= start:
        raise UsageError(f"range {name!r} holds no time", where="--window", remedy=_REMEDY)
    return start, end


def _suggestion(name: str, known: list[str]) -> str:
    if not known:
        return "The trace has no ranges; give two times instead, such as 1.5ms:2ms."
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
    return f"Ranges of the trace: {', '.join(repr(one) for one in near)}{' ...' if len(known) > len(near) else ''}"
