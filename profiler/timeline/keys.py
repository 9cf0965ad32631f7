"""Which lane each row of a trace belongs to, found for all rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from profiler.timeline.paint import Paint, paint_of
from profiler.trace.ranks import joint_ranks, renumbered
from profiler.trace.schema import DEVICE_CATEGORIES, Category, Engine, TrackKind
from profiler.trace.tables import Trace, Track


class LaneKind(IntEnum):
    """What a lane stands for, in the order in which lanes are drawn."""

    ENGINE = 0  #: a hardware unit: copies in, compute, copies out
    STREAM = 1
    HOST = 2
    MARKER = 3
    SYNC = 4


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a lane: see `profiler.timeline.lanes.Lane`."""

    name: str
    kind: LaneKind
    device: int = -1
    stream: int = -1
    engine: Engine = Engine.NONE
    pid: int = -1
    context: int = -1
    track: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class RowKeys:
    """Row i of the trace belongs to ``keys[codes[i]]``, to none where the code is -1.

    The codes have 16 bits where they fit.
    """

    codes: npt.NDArray[np.integer]
    keys: tuple[Key, ...]


#: Places on a device: the engines, what the source assigns to none of them, and migrations.
_OTHER, _MIGRATION = 4, 5
_ENGINE_NAMES = {Engine.COMPUTE: "compute", Engine.HTOD: "HtoD", Engine.DTOH: "DtoH", Engine.COPY: "copy"}

_SLOT_OF_PAINT = np.full(256, -1, np.int8)
_SLOT_OF_PAINT[[Paint.KERNEL, Paint.GRAPH, Paint.STAGE]] = Engine.COMPUTE
_SLOT_OF_PAINT[Paint.HTOD], _SLOT_OF_PAINT[Paint.DTOH] = Engine.HTOD, Engine.DTOH
_SLOT_OF_PAINT[[Paint.DTOD, Paint.MEMSET]] = _OTHER
_SLOT_OF_PAINT[Paint.MIGRATION] = _MIGRATION


def engine_keys(trace: Trace) -> RowKeys:
    """The engine lane of every row that ran on a device."""
    slots = _engine_slots(trace)
    codes, firsts = joint_ranks([trace["device"], slots])
    keys: list[Key] = []
    number_of = np.full(len(firsts), -1, np.int32)
    for code, first in enumerate(firsts.tolist()):
        slot, engine = int(slots[first]), Engine.NONE
        if slot < 0:
            continue
        if slot == _MIGRATION:
            name = "unified memory"
        elif slot == _OTHER:
            name = _other_name(trace.category[codes == code])
        else:
            engine = Engine(slot)
            name = _ENGINE_NAMES[engine]
        number_of[code] = len(keys)
        keys.append(Key(name, LaneKind.ENGINE, int(trace["device"][first]), engine=engine))
    return RowKeys(renumbered(codes, number_of), tuple(keys))


#: What a stream lane is made of, and a host lane.
_STREAM_FIELDS = ("device", "pid", "context", "stream")

#: Rows that ran on a device, where others have the kind of their host lane.
_ON_DEVICE = -1


def track_keys(trace: Trace) -> RowKeys:
    """The stream lane of every row that ran on a stream; for the others the lane of their host track."""
    kinds = _KIND[trace.category]
    codes, firsts = joint_ranks([kinds, *(trace[name] for name in _STREAM_FIELDS), trace["track"]])
    # Of the few combinations that occur, those that differ in what does not make a lane are one lane.
    combinations: dict[tuple[int, ...], list[int]] = {}
    for code, first in enumerate(firsts.tolist()):
        place: tuple[int, ...] = ()
        kind = int(kinds[first])
        if kind != _ON_DEVICE:
            place = (1, kind, int(trace["track"][first]))
        elif _is_streamed(trace, first):
            place = (0, *(int(trace[name][first]) for name in _STREAM_FIELDS))
        if place:
            combinations.setdefault(place, []).append(code)
    keys, number_of = [], np.full(len(firsts), -1, np.int32)
    for number, (place, members) in enumerate(sorted(combinations.items())):
        number_of[members] = number
        first = int(firsts[members].min())
        keys.append(_host_key(trace, first) if place[0] else _stream_key(trace, first))
    return RowKeys(renumbered(codes, number_of), tuple(keys))


def _is_streamed(trace: Trace, row: int) -> bool:
    return int(trace["stream"][row]) >= 0 or _track(trace, row).kind == TrackKind.STREAM


def _engine_slots(trace: Trace) -> npt.NDArray[np.int8]:
    """Engine of every row as a small number; -1 off the device. What the source says of a copy's engine holds."""
    slots = _SLOT_OF_PAINT[paint_of(trace)]
    told = np.flatnonzero(trace["engine"] != Engine.NONE)
    told = told[np.isin(trace.category[told], (Category.MEMCPY, Category.MEMSET)) & (slots[told] != _MIGRATION)]
    slots[told] = trace["engine"][told]
    return slots


def _other_name(categories: npt.NDArray[np.uint8]) -> str:
    names = [
        name for category, name in ((Category.MEMCPY, "DtoD"), (Category.MEMSET, "memset")) if category in categories
    ]
    return ", ".join(names)


#: The kind of lane of every category that does not run on a device.
HOST_KIND = np.full(256, LaneKind.HOST, np.int64)
HOST_KIND[Category.MARKER] = LaneKind.MARKER
HOST_KIND[Category.SYNC] = LaneKind.SYNC

_KIND = HOST_KIND.astype(np.int8)
_KIND[list(DEVICE_CATEGORIES)] = _ON_DEVICE


def _stream_key(trace: Trace, row: int) -> Key:
    stream, track = int(trace["stream"][row]), _track(trace, row)
    named = track.name if track.kind == TrackKind.STREAM else ""
    return Key(
        named or f"stream {stream}",
        LaneKind.STREAM,
        int(trace["device"][row]),
        stream,
        pid=int(trace["pid"][row]),
        context=int(trace["context"][row]),
    )


def _host_key(trace: Trace, row: int) -> Key:
    track, kind = _track(trace, row), LaneKind(int(HOST_KIND[trace.category[row]]))
    name = track.name or (f"thread {track.tid}" if track.tid >= 0 else "host")
    if track.kind in (TrackKind.THREAD, TrackKind.STREAM):
        name += {LaneKind.MARKER: " ranges", LaneKind.SYNC: " waits"}.get(kind, "")
    pid = track.pid if track.pid >= 0 else int(trace["pid"][row])
    return Key(name, kind, pid=pid, track=int(trace["track"][row]))


def _track(trace: Trace, row: int) -> Track:
    index = int(trace["track"][row])
    return trace.tracks[index] if index < len(trace.tracks) else Track(TrackKind.OTHER, "")
