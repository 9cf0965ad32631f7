"""What a trace file holds, without its rows where the file itself says it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from profiler.io.described import tracks_of
from profiler.io.files import HEAD_BYTES, format_meta, opened, require_file
from profiler.io.parquet import sniff
from profiler.io.parquet_file import native_file
from profiler.io.registry import read_trace
from profiler.trace.tables import Stats, Trace, Track
from profiler.trace.whole import Whole, whole_of


@dataclass(frozen=True)
class Summary:
    """A trace in numbers.

    Attributes
    ----------
    whole : Whole
        Counts, times and devices.
    tracks : tuple of Track
    stats : Stats
    meta : dict
    names, edges, counters : int
        How many the trace has.
    """

    whole: Whole
    tracks: tuple[Track, ...]
    stats: Stats
    meta: dict[str, Any]
    names: int
    edges: int
    counters: int


def summary_of(trace: Trace) -> Summary:
    """The numbers of a trace in memory."""
    counts = len(trace.names), len(trace.edges), len(trace.counters)
    return Summary(whole_of(trace), trace.tracks, trace.stats, trace.meta, *counts)


def summarize(path: str | os.PathLike[str]) -> Summary:
    """The numbers of a trace file; of one that was cut off, those of what is whole.

    A native file that Lanescope wrote is not read further than its footer.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file cannot be read.
    """
    found = require_file(path)
    with opened(found) as file:
        native = sniff(file.read(HEAD_BYTES), found)
    return (_from_footer(path) if native else None) or summary_of(read_trace(path, partial=True))


def _from_footer(path: str | os.PathLike[str]) -> Summary | None:
    """The numbers in the footer; ``None`` where another program wrote it, or the trace was cut off."""
    with native_file(path) as file:
        stats = file.stats()
        if not file.sealed or stats.count("truncated"):
            return None
        counts = (int(file.header["parts"].get(name, {}).get("rows", 0)) for name in ("names", "edges", "counters"))
        meta = format_meta(file.header["meta"], "parquet")
        return Summary(file.whole, tuple(tracks_of(file.header)), stats, meta, *counts)
