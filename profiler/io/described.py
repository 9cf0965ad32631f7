"""What a trace holds besides columns (metadata, tracks, statistics) as JSON, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from profiler.trace.schema import Severity, TrackKind
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
