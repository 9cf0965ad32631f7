"""``trtexec --exportTimes`` and ``--exportProfile``.

A times file has one entry a query: copy in, compute and copy out on the device, and the enqueue call on the host, in
milliseconds of one clock. A profile file has durations of layers only, and no times: each layer is put after the one
before it, which is an order and not a timeline.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.decimals import exact_scaled, parse_scaled
from profiler.io.files import require_file
from profiler.io.text_blocks import whole_text
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import LATEST_NS, Category, Engine, MemcpyKind, Severity, TrackKind
from profiler.trace.tables import Trace, Track

Ints = npt.NDArray[np.int64]
Raw = msgspec.Raw
Entry = dict[str, Raw]

#: A file names no device; its one device is number 0.
_DEVICE = 0
_MS = 6
#: Names of the stages' keys: those of TensorRT 8.5 and later, and those before.
_STAGES = (("H2d", "Compute", "D2h"), ("In", "Compute", "Out"))
_REMEDY = "Write it again with: trtexec ... --exportTimes=FILE"


def sniff(head: bytes, path: Path) -> bool:
    """Whether JSON that starts like this is a list of queries or of layers."""
    text = head.lstrip()
    has_key = b'"startComputeMs"' in text or b'"averageMs"' in text
    return text.startswith(b"[") and has_key and b'"ph"' not in text


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a times file, or the layers of a profile file.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is neither, or an entry of it lacks a time; the message has its number.
    """
    found = require_file(path)
    try:
        entries = _entries(found)
        if entries and "startComputeMs" in entries[0]:
            return _times(entries)
        return _profile(entries)
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy or _REMEDY) from error


def _entries(path: Path) -> list[Entry]:
    try:
        return msgspec.json.decode(whole_text(path), type=list[Entry])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TraceReadError(f"is not a list of JSON objects: {error}") from error


def _times(entries: list[Entry]) -> Trace:
    builder, size = TraceBuilder(), len(entries)
    into, compute, out = next((stages for stages in _STAGES if f"start{stages[0]}Ms" in entries[0]), _STAGES[0])
    host = Track(TrackKind.THREAD, "host")
    rows = (
        ("enqueue", "Enq", Category.RUNTIME, Engine.NONE, MemcpyKind.NONE, host),
        ("copy in", into, Category.MEMCPY, Engine.HTOD, MemcpyKind.HTOD, None),
        ("compute", compute, Category.STAGE, Engine.COMPUTE, MemcpyKind.NONE, None),
        ("copy out", out, Category.MEMCPY, Engine.DTOH, MemcpyKind.DTOH, None),
    )
    for name, key, category, engine, kind, track in rows:
        start, end = (_milliseconds(entries, f"{edge}{key}Ms", builder) for edge in ("start", "end"))
        on_device = track is None
        builder.stats.add("negative_duration", Severity.DATA_LOSS, int((end < start).sum()))
        builder.add_block(
            size,
            {
                "ts": start,
                "dur": end - start,
                "category": int(category),
                "name": builder.name(name),
                "track": builder.track(track or Track(TrackKind.ENGINE, name, device=_DEVICE)),
                "engine": int(engine),
                "memcpy_kind": int(kind),
                "device": _DEVICE if on_device else -1,
                "request": np.arange(size),
            },
        )
    builder.meta.update({"format": "trtexec-times", "events": size, "resolution_ns": _resolution_ns(entries, compute)})
    if all("latencyMs" in entry for entry in entries):
        builder.meta["latencies_ns"] = _milliseconds(entries, "latencyMs", builder).tolist()
    return builder.build()


def _profile(entries: list[Entry]) -> Trace:
    builder = TraceBuilder()
    layers = [entry for entry in entries if "averageMs" in entry]
    if not layers:
        raise TraceReadError("has neither times of queries nor durations of layers")
    dur = _milliseconds(layers, "averageMs", builder)
    builder.stats.add("negative_duration", Severity.DATA_LOSS, int((dur < 0).sum()))
    ends = np.cumsum(dur.clip(0))
    if float(dur.clip(0).astype(np.float64).sum()) > LATEST_NS:
        raise TraceReadError("its layers last longer than 2^62 nanoseconds together")
    names = [_text(entry.get("name")) for entry in layers]
    args = [_args(entry) for entry in layers]
    builder.add_block(
        len(layers),
        {
            "ts": ends - dur.clip(0),
            "dur": dur,
            "category": int(Category.STAGE),
            "name": builder.names(names),
            "track": builder.track(Track(TrackKind.ENGINE, "layers", device=_DEVICE)),
            "engine": int(Engine.COMPUTE),
            "device": _DEVICE,
        },
        args=(b"".join(args), np.array([len(text) for text in args], np.int64)),
    )
    counts = [exact_scaled(bytes(entry["count"]), 0) for entry in entries if "count" in entry]
    builder.meta.update({"format": "trtexec-profile", "events": len(layers), "resolution_ns": 1})
    if counts and counts[0] is not None:
        builder.meta["inferences"] = counts[0][0]
    return builder.build()


def _milliseconds(entries: list[Entry], key: str, builder: TraceBuilder) -> Ints:
    """One value of every entry, as nanoseconds."""
    parsed = parse_scaled([entry.get(key, Raw(b"")) for entry in entries], _MS)
    if len(parsed.bad):
        place = int(parsed.bad[0])
        shown = bytes(entries[place].get(key, Raw(b"nothing"))).decode("utf-8", "replace")[:40]
        raise TraceReadError(f"entry {place} has {shown} as {key}, which is no time")
    late = np.flatnonzero(np.abs(parsed.values) > LATEST_NS)
    if len(late):
        raise TraceReadError(f"entry {late[0]} has a {key} beyond 2^62 nanoseconds, which is no time")
    builder.stats.add("sub_ns_rounded", Severity.REPAIRED, len(parsed.rounded))
    return parsed.values


def _resolution_ns(entries: list[Entry], stage: str) -> int:
    """The step of the coarsest time: trtexec prints six digits, so late times have fewer decimals."""
    tokens = [bytes(entry[f"start{stage}Ms"]).decode() for entry in entries]
    longest = max(len(token.partition(".")[0]) for token in tokens)
    decimals = max(len(token.partition(".")[2]) for token in tokens if len(token.partition(".")[0]) == longest)
    return int(10 ** max(0, _MS - decimals))


def _args(entry: Entry) -> bytes:
    """What no column holds, as JSON in sound UTF-8."""
    text = msgspec.json.encode({key: value for key, value in entry.items() if key != "name"})
    return text.decode("utf-8", "replace").encode()


def _text(raw: Raw | None) -> str:
    """A name as it stands in the file; what is no string, or no sound one, as its characters."""
    text = bytes(raw or b"").decode("utf-8", "replace")
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.MsgspecError:
        return text
