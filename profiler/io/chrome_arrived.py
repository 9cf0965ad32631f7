"""The rows of a Chrome trace that have been read so far, for those who draw them while the rest is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from profiler.io.watch import Arrived
from profiler.trace.builder import TraceBuilder
from profiler.trace.tables import Track


def arrived(builder: TraceBuilder, tracks: Sequence[Track], first: int, first_name: int) -> Arrived:
    """The rows and names of ``builder`` from those numbers on."""
    columns = {name: builder.copied(name, first) for name in ("ts", "dur", "category", "name", "track")}
    known = builder.name_codes
    names = tuple(islice(reversed(known), len(known) - first_name))[::-1]
    return Arrived(first=first, first_name=first_name, names=names, tracks=tuple(tracks), **columns)
