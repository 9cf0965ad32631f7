"""What a trace holds besides columns (metadata, tracks, statistics) as JSON, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from profiler.trace.schema import Severity, TrackKind
from profiler.trace.tables import Stats, Trace, Track


def described(trace: Trace) -> dict[str, Any]:
    """``meta``, ``tracks`` and ``stats`` of a trace as JSON-able values."""
    return {
        "meta": trace.meta,
        "tracks": [{**asdict(track), "kind": track.kind.name.lower()} for track in trace.tracks],
        "stats": [[name, severity.name.lower(), count] for name, severity, count in trace.stats],
    }


def tracks_of(header: dict[str, Any]) -> list[Track]:
    """The tracks that `described` wrote down."""
    return [Track(**{**track, "kind": TrackKind[track["kind"].upper()]}) for track in header["tracks"]]


def stats_of(header: dict[str, Any]) -> Stats:
    """The statistics that `described` wrote down."""
    return Stats({name: (Severity[severity.upper()], count) for name, severity, count in header["stats"]})
