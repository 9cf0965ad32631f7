"""The planes of an XPlane file: lines to tracks, events to slices."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.kineto_words import copy_name
from profiler.io.proto_columns import PADDING, Fields, repeated, scan
from profiler.io.proto_wire import BYTES, as_double, as_signed, fields
from profiler.io.watch import current
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import MISSING, Category, MemcpyKind, MemoryKind, Severity, TrackKind
from profiler.trace.tables import Track

Ints = npt.NDArray[np.int64]

_PLANE_NAME, _LINES, _EVENT_NAMES, _STAT_NAMES, _PLANE_STATS = 2, 3, 4, 5, 6
_LINE_ID, _LINE_NAME, _LINE_NS, _EVENTS, _LINE_SHOWN = 1, 2, 3, 4, 11
_EVENT_ID, _OFFSET_PS, _DURATION_PS, _STATS, _OCCURRENCES = 1, 2, 3, 4, 5
_STAT_ID, _DOUBLE, _UNSIGNED, _SIGNED, _TEXT, _DATA, _REFERENCE = range(1, 8)
_DEVICE = re.compile(r"/device:([A-Z]+):(\d{1,6})\b")
_STREAM = re.compile(r"Stream #(\d{1,9})\b")
_SIZE = re.compile(r"\b(kind_src|kind_dst|size):(\w+)")
_COPIES = {"H2D": MemcpyKind.HTOD, "D2H": MemcpyKind.DTOH, "D2D": MemcpyKind.DTOD, "P2P": MemcpyKind.PTOP,
           "H2H": MemcpyKind.HTOH}  # fmt: skip
_LATEST_PS = 1 << 62
#: Statistics that are columns of a trace.
_COLUMNS = {"correlation_id": "correlation_id", "context_id": "context"}


@dataclass(slots=True)
class _Plane:
    """What a plane says beside its lines."""

    name: str = ""
    lines: list[bytes] = field(default_factory=list)
    events: dict[int, str] = field(default_factory=dict)
    stats: dict[int, str] = field(default_factory=dict)
    about: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """What a line says beside its events."""

    number: int = 0
    name: str = ""
    start_ns: int = 0


def add_plane(builder: TraceBuilder, data: bytes) -> int:
    """Add the events of a plane; how many there are.

    Raises
    ------
    WireError, ValueError
        The plane is damaged.
    """
    plane = _plane(data)
    device = _DEVICE.match(plane.name)
    number = int(device.group(2)) if device is not None else MISSING
    if device is not None:
        about = dict(_stat(stat, plane) for stat in plane.about)
        name = str(about.get("device_type_string", f"{device.group(1)} {number}"))
        builder.meta.setdefault("gpus", {})[str(number)] = {"name": name}
    return sum(_add_line(builder, plane, number, line) for line in plane.lines)


def _plane(data: bytes) -> _Plane:
    plane = _Plane()
    for number, wire, value in fields(data):
        if wire != BYTES or not isinstance(value, bytes):
            continue
        if number == _PLANE_NAME:
            plane.name = value.decode("utf-8", "replace")
        elif number == _LINES:
            plane.lines.append(value)
        elif number == _PLANE_STATS:
            plane.about.append(value)
        elif number in (_EVENT_NAMES, _STAT_NAMES):
            key, name = _named(value)
            (plane.events if number == _EVENT_NAMES else plane.stats)[key] = name
    return plane


def _named(entry: bytes) -> tuple[int, str]:
    """Key and name of an entry of a map; an event is called what it is to be shown as, where that is said."""
    key, names = 0, {2: "", 4: ""}
    for number, _, value in fields(entry):
        if number == 1 and isinstance(value, int):
            key = as_signed(value)
        elif number == 2 and isinstance(value, bytes):
            for inner, _, text in fields(value):
                if inner in names and isinstance(text, bytes):
                    names[inner] = text.decode("utf-8", "replace")
    return key, names[2] or names[4]


def _add_line(builder: TraceBuilder, plane: _Plane, device: int, data: bytes) -> int:
    current().step()
    columns = np.frombuffer(data + bytes(PADDING), np.uint8)
    start, end, others = repeated(data, _EVENTS)
    line = _Line()
    for number, value in others:
        if number == _LINE_ID and isinstance(value, int):
            line.number = as_signed(value)
        elif number == _LINE_NS and isinstance(value, int):
            line.start_ns = as_signed(value)
        elif number in (_LINE_NAME, _LINE_SHOWN) and isinstance(value, bytes) and not line.name:
            line.name = value.decode("utf-8", "replace")
    events = scan(columns, start, end)
    if events.damaged.any():
        raise ValueError("an event is cut")
    if abs(line.start_ns) > _LATEST_PS:
        raise ValueError("a line starts beyond 2^62 nanoseconds")
    size = len(start)
    shown = np.ones(size, np.bool_)
    shown[events.owner[events.number == _OCCURRENCES]] = False
    builder.stats.add("xplane_aggregated", Severity.INFO, int((~shown).sum()))
    offset, duration, kind = (_last(events, number, size) for number in (_OFFSET_PS, _DURATION_PS, _EVENT_ID))
    rows = np.flatnonzero(shown)
    ts, cut_start = _nanoseconds(offset[rows])
    dur, cut = _nanoseconds(duration[rows])
    builder.stats.add("sub_ns_rounded", Severity.REPAIRED, int((cut | cut_start).sum()))
    names = [plane.events.get(number, f"event {number}") for number in kind[rows].tolist()]
    stats = _stats(columns, data, events, plane, size)
    _add(builder, plane, device, line, names, ts + line.start_ns, dur, [stats[row] for row in rows.tolist()])
    return size


def _add(
    builder: TraceBuilder,
    plane: _Plane,
    device: int,
    line: _Line,
    names: list[str],
    ts: Ints,
    dur: Ints,
    stats: list[dict[str, Any]],
) -> None:
    stream = _STREAM.search(line.name) if device >= 0 else None
    number = int(stream.group(1)) if stream is not None else MISSING
    if stream is not None:
        track = Track(TrackKind.STREAM, f"stream {number}", device=device, stream=number)
    elif device >= 0:
        track = Track(TrackKind.NVTX, line.name or f"line {line.number}", device=device)
    else:
        track = Track(TrackKind.THREAD, line.name or f"thread {line.number}", tid=line.number)
    place = builder.track(track)
    builder.stats.add("negative_duration", Severity.DATA_LOSS, int((dur < 0).sum()))
    at_zero = (ts == 0) & (dur == 0) if stream is not None else np.zeros(0)
    builder.stats.add("never_completed", Severity.DATA_LOSS, int(at_zero.sum()))
    for name, start, length, said in zip(names, ts.tolist(), dur.tolist(), stats, strict=True):
        category = _category(name, plane, line, stream is not None)
        found: dict[str, int] = {"device": device, "stream": number}
        if category == Category.MEMCPY:
            name = _copy(name, said, found)
        for key, column in _COLUMNS.items():
            if type(said.get(key)) is int and 0 <= said[key] < 1 << 62:
                found[column] = said.pop(key)
        text = json.dumps(said, ensure_ascii=False) if said else ""
        builder.add(ts=start, dur=length, category=category, name=name, track=place, args=text, **found)


def _category(name: str, plane: _Plane, line: _Line, on_stream: bool) -> Category:
    """Work on streams; what other lines of a device repeat by module or step is no work of its own."""
    if on_stream:
        if name.startswith("Memset"):
            return Category.MEMSET
        return Category.MEMCPY if name.startswith("Memcpy") else Category.KERNEL
    if plane.name.startswith("/device:TPU") and line.name == "XLA Ops":
        return Category.STAGE
    if plane.name.startswith("/host:CUPTI"):
        return Category.RUNTIME if name.startswith("cuda") else Category.DRIVER
    return Category.MARKER


def _copy(name: str, said: dict[str, Any], found: dict[str, int]) -> str:
    """Direction, kinds of memory and size of a copy; its name as Kineto writes it."""
    kind = _COPIES.get(name.removeprefix("Memcpy")[:3], MemcpyKind.NONE)
    details = dict(_SIZE.findall(str(said.get("memcpy_details", ""))))
    ends = [MemoryKind.__members__.get(details.get(end, "").upper(), MemoryKind.UNKNOWN) for end in _ENDS]
    found |= {"memcpy_kind": int(kind), "src_kind": int(ends[0]), "dst_kind": int(ends[1])}
    size = details.get("size", "")
    if size.isascii() and size.isdigit() and len(size) < 19:
        found["size_bytes"] = int(size)
    return copy_name(kind, *ends)


_ENDS = ("kind_src", "kind_dst")


def _stats(
    columns: npt.NDArray[np.uint8], data: bytes, events: Fields, plane: _Plane, size: int
) -> list[dict[str, Any]]:
    """The statistics of each event by name."""
    found: list[dict[str, Any]] = [{} for _ in range(size)]
    chosen = events.of((events.number == _STATS) & (events.wire == BYTES))
    known: dict[bytes, tuple[str, Any]] = {}
    for owner, start, end in zip(chosen.owner.tolist(), chosen.start.tolist(), chosen.end.tolist(), strict=True):
        text = data[start:end]
        if text not in known:
            known[text] = _stat(text, plane)
        name, value = known[text]
        found[owner][name] = value
    return found


def _stat(data: bytes, plane: _Plane) -> tuple[str, Any]:
    """Name and value of a statistic, as JSON can hold it."""
    name = ""
    value: str | float | None = None
    for number, _, found in fields(data):
        if number == _STAT_ID and isinstance(found, int):
            name = plane.stats.get(as_signed(found), f"stat {as_signed(found)}")
        else:
            value = _value(number, found, plane)
    return name, value


def _value(number: int, found: int | bytes, plane: _Plane) -> str | float | None:
    if isinstance(found, bytes):
        return found.decode("utf-8", "replace") if number == _TEXT else found.hex()
    if number == _DOUBLE:
        double = as_double(found)
        return double if math.isfinite(double) else None
    if number == _REFERENCE:
        return plane.stats.get(found, "")
    return as_signed(found) if number == _SIGNED else found


def _last(events: Fields, number: int, size: int) -> Ints:
    found, chosen = np.zeros(size, np.int64), events.number == number
    found[events.owner[chosen]] = events.value[chosen].view(np.int64)
    return found


def _nanoseconds(ps: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Picoseconds as nanoseconds, half to even, and which had a part below one."""
    if len(ps) and (int(ps.min()) < -_LATEST_PS or int(ps.max()) > _LATEST_PS):
        raise ValueError("a time in it is beyond 2^62 picoseconds")
    whole, rest = np.divmod(ps, 1000)
    up = (rest > 500) | ((rest == 500) & (whole % 2 == 1))
    return whole + up, rest != 0
