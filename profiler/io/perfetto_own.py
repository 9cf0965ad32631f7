"""What Lanescope writes into a Perfetto file beside what that format knows: tracks, edges, statistics, metadata."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from profiler.io.perfetto_words import Packet
from profiler.io.proto_wire import WireError, fields, message, text
from profiler.io.sound_meta import sound_counted
from profiler.trace.schema import LATEST_NS, Severity, TrackKind
from profiler.trace.tables import Edges, Stats, Trace, Track

VERSION = 1

#: A track's uuid holds its number in the trace, the lane (slices that overlap without nesting need several), and
#: whether counter samples or slices lie on it.
_LANE_BITS = 24
_MOST_LANES = 1 << _LANE_BITS - 1

_JSON, _SOURCE, _TARGET, _KIND = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class OwnHeader:
    """The header, read back."""

    meta: dict[str, Any]
    tracks: list[Track]
    stats: Stats
    shift_ns: int
    edges: Edges


def uuid_of(track: int, lane: int = 0, *, counter: bool = False) -> int:
    """The uuid of a lane of a track."""
    return track + 1 << _LANE_BITS | min(lane, _MOST_LANES - 1) << 1 | counter


def track_of(uuid: Hashable, known: int) -> int | None:
    """The track that `uuid_of` gave a uuid, if there are so many."""
    number = (uuid >> _LANE_BITS) - 1 if isinstance(uuid, int) else -1
    return number if 0 <= number < known else None


def write_header(trace: Trace, shift_ns: int) -> bytes:
    """The packet that holds the header; ``shift_ns`` was added to every time."""
    described = {
        "version": VERSION,
        "meta": trace.meta,
        "tracks": [{**asdict(track), "kind": track.kind.name.lower()} for track in trace.tracks],
        "stats": [[name, severity.name.lower(), count] for name, severity, count in trace.stats],
        "shift_ns": shift_ns,
    }
    edges = trace.edges
    columns = ((_SOURCE, edges.source, "<i8"), (_TARGET, edges.target, "<i8"), (_KIND, edges.kind, "u1"))
    packed = [message(field, column.astype(dtype).tobytes()) for field, column, dtype in columns]
    return message(Packet.OWN_HEADER, text(_JSON, json.dumps(described)), *packed)


def read_header(data: bytes | None) -> OwnHeader | None:
    """The header of a file that Lanescope wrote; None for any other, and for one that was damaged."""
    if data is None:
        return None
    try:
        parts = {number: value for number, _, value in fields(data) if isinstance(value, bytes)}
        own = json.loads(parts[_JSON])
        if own["version"] != VERSION:
            return None
        columns = [
            np.frombuffer(parts[field], dtype) for field, dtype in ((_SOURCE, "<i8"), (_TARGET, "<i8"), (_KIND, "u1"))
        ]
        if len({len(column) for column in columns}) != 1:
            return None
        shift_ns = int(own["shift_ns"])
        if abs(shift_ns) > LATEST_NS:
            return None
        stats = Stats({str(name): (Severity[level.upper()], int(count)) for name, level, count in own["stats"]})
        return OwnHeader(
            sound_counted(own["meta"], stats),
            [_track(entry) for entry in own["tracks"]],
            stats,
            shift_ns,
            Edges(columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2]),
        )
    except (WireError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _track(entry: dict[str, Any]) -> Track:
    numbers = {key: int(entry[key]) for key in ("pid", "tid", "device", "context", "stream")}
    if any(abs(value) > LATEST_NS for value in numbers.values()):
        raise ValueError("a number of a track is out of range")
    return Track(TrackKind[entry["kind"].upper()], str(entry["name"]), **numbers)
