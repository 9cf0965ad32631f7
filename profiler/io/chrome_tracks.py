"""From the (process, thread) lanes of a Chrome trace to tracks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.json_blocks import LaneKey
from profiler.io.json_events import Event, text_of
from profiler.io.kineto_words import Place
from profiler.trace.interning import Codes
from profiler.trace.schema import MISSING, TrackKind
from profiler.trace.tables import Track

Array = npt.NDArray[Any]

_LAST_NUMBER = re.compile(r"(-?\d+)\s*$")
_KINDS = {
    Place.STREAM: TrackKind.STREAM,
    Place.WAIT: TrackKind.SYNC,
    Place.ANNOTATION: TrackKind.NVTX,
    Place.ASYNC: TrackKind.OTHER,
}
_SUFFIX = {Place.WAIT: "waits", Place.ANNOTATION: "ranges", Place.ASYNC: "async"}

#: Lane, place, device, context, stream.
TrackKey = tuple[int, int, int, int, int]


@dataclass(slots=True)
class LaneNames:
    """What the metadata events of a file say of its processes and threads."""

    processes: dict[Any, dict[str, Any]] = field(default_factory=dict)
    threads: dict[LaneKey, dict[str, Any]] = field(default_factory=dict)

    def to_meta(self) -> dict[str, Any]:
        """What was said, for the trace's metadata: processes by number, threads by ``process/thread``."""
        threads = {f"{pid}/{tid}": said for (pid, tid), said in self.threads.items()}
        found = {"processes": {str(pid): said for pid, said in self.processes.items()}, "threads": threads}
        return {key: said for key, said in found.items() if said}

    def add(self, event: Event, lane: LaneKey) -> bool:
        """Take one metadata event; whether it was one of those known here."""
        owner, _, what = event.name.partition("_")
        if owner not in ("process", "thread") or what not in ("name", "labels", "sort_index"):
            return False
        values = list((event.args or {}).values())
        if len(values) != 1:
            return False
        text = text_of(values[0])
        named = self.processes.setdefault(lane[0], {}) if owner == "process" else self.threads.setdefault(lane, {})
        named[what] = text
        return True


class TrackNumbers:
    """Numbers the tracks of a file as its slices come."""

    def __init__(self, lanes: list[LaneKey]) -> None:
        self.keys: Codes[TrackKey] = Codes()
        self._lanes = lanes
        self._lane_device = np.empty(0, np.int64)
        self._lane_stream = np.empty(0, np.int64)

    def device_of(self, lane: Array) -> Array:
        """The device that a lane names where its slices do not: Kineto writes it as the process."""
        self._learn_lanes()
        return self._lane_device[lane]

    def stream_of(self, lane: Array) -> Array:
        """The stream that a lane names: the thread, or the number at the end of ``stream 7``."""
        self._learn_lanes()
        return self._lane_stream[lane]

    def number(self, lane: Array, place: Array, device: Array, context: Array, stream: Array) -> npt.NDArray[np.int32]:
        """Track numbers of kinds of slices. On the host a track is a lane; on a device also its numbers count."""
        on_host = (place == Place.HOST) | (place == Place.ASYNC)
        columns = [lane, place, *(np.where(on_host, MISSING, column) for column in (device, context, stream))]
        found = [self.keys[key] for key in zip(*(column.tolist() for column in columns), strict=True)]
        return np.array(found, np.int32)

    def lanes(self) -> npt.NDArray[np.int32]:
        """The lane of each track."""
        return np.array([key[0] for key in self.keys], np.int32)

    def on_device(self) -> npt.NDArray[np.bool_]:
        """Which tracks lie on a device."""
        return np.array([key[1] not in (Place.HOST, Place.ASYNC) for key in self.keys], np.bool_)

    def holds_flows(self) -> npt.NDArray[np.bool_]:
        """Which tracks hold slices that flows point at: neither projected ranges nor async slices."""
        return np.array([key[1] not in (Place.ANNOTATION, Place.ASYNC) for key in self.keys], np.bool_)

    def tracks(self, names: LaneNames, processes: dict[int, int]) -> list[Track]:
        """The tracks, in the order of their numbers; ``processes`` has the process of device tracks by number."""
        return [self._track(number, key, names, processes) for key, number in self.keys.items()]

    def _track(self, number: int, key: TrackKey, names: LaneNames, processes: dict[int, int]) -> Track:
        lane, place_number, device, context, stream = key
        pid, tid = self._lanes[lane]
        place = Place(place_number)
        name = names.threads.get((pid, tid), {}).get("name", "").strip()
        if place in (Place.HOST, Place.ASYNC):
            name = name or _host_name(pid, tid)
        elif not name or stream < 0:
            name = _device_name(device, stream, tid)
        kind = _host_kind(pid, tid) if place is Place.HOST else _KINDS[place]
        name = f"{name} {_SUFFIX[place]}" if place in _SUFFIX else name
        return Track(kind, name, processes.get(number, number_of(pid)), number_of(tid), device, context, stream)

    def _learn_lanes(self) -> None:
        known = len(self._lane_device)
        if known == len(self._lanes):
            return
        new = self._lanes[known:]
        self._lane_device = np.append(self._lane_device, [_trailing(pid) for pid, _ in new]).astype(np.int64)
        self._lane_stream = np.append(self._lane_stream, [_stream(tid) for _, tid in new]).astype(np.int64)


def _stream(tid: Any) -> int:
    """The stream a thread names; NVTX lanes end in the number of a host thread."""
    return MISSING if isinstance(tid, str) and tid.lower().startswith("nvtx") else _trailing(tid)


def _trailing(value: Any) -> int:
    """A number, or the one at the end of a text; -1 for none, and for one that no column holds."""
    if isinstance(value, str):
        found = _LAST_NUMBER.search(value)
        value = int(found.group(1)) if found and len(found.group(1)) < 18 else MISSING
    return number_of(value)


def number_of(value: Any) -> int:
    """A process or thread as a number; -1 for a text."""
    return value if isinstance(value, int) and abs(value) < 2**31 else MISSING


def _host_name(pid: Any, tid: Any) -> str:
    if isinstance(tid, int):
        return f"thread {tid}"
    return str(tid) if isinstance(pid, int) or not pid else f"{pid}: {tid}"


def _host_kind(pid: Any, tid: Any) -> TrackKind:
    if isinstance(tid, str) and tid.lower().startswith("nvtx"):
        return TrackKind.NVTX
    return TrackKind.THREAD if _trailing(tid) >= 0 or isinstance(tid, int) else TrackKind.OTHER


def _device_name(device: int, stream: int, tid: Any) -> str:
    if stream >= 0:
        return f"stream {stream}"
    if isinstance(tid, str) and tid:
        return tid
    return f"device {device}" if device >= 0 else "device"
