"""What a trace holds besides columns (metadata, tracks, statistics) as JSON, and back; and whether its numbers fit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from profiler.errors import TraceReadError
from profiler.trace.schema import LATEST_NS, EdgeKind, Severity, TrackKind
from profiler.trace.tables import Stats, Trace, Track

_LARGEST = 2**63 - 1


def described(trace: Trace) -> dict[str, Any]:
    """``meta``, ``tracks`` and ``stats`` of a trace as JSON-able values."""
    return {
        "meta": trace.meta,
        "tracks": [{**asdict(track), "kind": track.kind.name.lower()} for track in trace.tracks],
        "stats": [[name, severity.name.lower(), count] for name, severity, count in trace.stats],
    }


def tracks_of(header: dict[str, Any]) -> list[Track]:
    """The tracks that `described` wrote down.

    Raises
    ------
    ValueError, TypeError, LookupError
        They are something else.
    """
    tracks = [Track(**{**track, "kind": TrackKind[track["kind"].upper()]}) for track in header["tracks"]]
    for track in tracks:
        name: Any = track.name
        numbers = (track.pid, track.tid, track.device, track.context, track.stream)
        if not isinstance(name, str) or not all(type(n) is int and -_LARGEST - 1 <= n <= _LARGEST for n in numbers):
            raise ValueError(f"{track!r:.200} is no track")
    return tracks


def stats_of(header: dict[str, Any]) -> Stats:
    """The statistics that `described` wrote down.

    Raises
    ------
    ValueError, TypeError, LookupError
        They are something else.
    """
    entries: list[Any] = header["stats"]
    for name, _, count in entries:
        if not isinstance(name, str) or type(count) is not int:
            raise ValueError(f"{name!r:.200} is no entry of statistics")
    return Stats({name: (Severity[severity.upper()], count) for name, severity, count in entries})


def check_numbers(trace: Trace) -> None:
    """Refuse numbers that point outside their tables, and times out of range.

    Raises
    ------
    TraceReadError
        With what is wrong; the caller adds the place.
    """
    for values, size, what in (
        (trace["track"], len(trace.tracks), "track"),
        (trace["name"], len(trace.names), "name"),
        (trace["source_category"], len(trace.names), "source category"),
        (trace.edges.source, len(trace), "edge"),
        (trace.edges.target, len(trace), "edge"),
        (trace.edges.kind, len(EdgeKind), "edge kind"),
        (trace.counters.track, len(trace.tracks), "counter track"),
    ):
        lowest = -1 if what == "source category" else 0
        if len(values) and not (lowest <= int(values.min()) and int(values.max()) < size):
            raise TraceReadError(f"a {what} number points outside its table")
    # A negative length is an end that is not known, or lies before its start: any is let pass.
    for times, earliest in ((trace.ts, -LATEST_NS), (trace.dur, None), (trace.counters.ts, -LATEST_NS)):
        if len(times) and (int(times.max()) > LATEST_NS or (earliest is not None and int(times.min()) < earliest)):
            raise TraceReadError("holds a time beyond 2^62 nanoseconds")
