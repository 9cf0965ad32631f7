"""Traces of several processes or hosts as one trace on one clock.

What is numbered per file is kept apart: a process id that two files use is two processes (so that correlation ids join
within their own), a device number is the same GPU only on the same host or with the same UUID, requests are not one
because their numbers are. Times are brought onto the clock of the first trace by the time at which each clock began, as
the sources state it (``meta["clock"]["base_ns"]``: PyTorch's ``baseTimeNanoseconds``, the session start of Nsight
Systems), or by offsets that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import UsageError
from profiler.trace.conventions import default_streams, source_format
from profiler.trace.interning import Codes
from profiler.trace.schema import COLUMNS, MISSING, NO_TIME, Severity, TrackKind
from profiler.trace.select import countable, on_device
from profiler.trace.tables import Counters, Edges, Stats, TextColumn, Trace, Track
from profiler.trace.whole import counted

Array = npt.NDArray[Any]

_LATEST = 1 << 62
_NO_TIMES = ("trtexec-profile",)


@dataclass(frozen=True)
class Member:
    """One trace to be merged.

    Attributes
    ----------
    trace : Trace
    name : str
        What messages and the metadata call it; its file.
    offset_ns : int, optional
        To be added to its times, in place of what its clock's stated beginning says.
    host : str, optional
        The machine it was recorded on. Without, that of ``meta["host"]``, and without that one of its own.
    """

    trace: Trace
    name: str
    offset_ns: int | None = None
    host: str | None = None


def merge(members: Sequence[Member]) -> Trace:
    """One trace of all members, rows in their order, on the clock of the first.

    Raises
    ------
    UsageError
        Only some members state when their clock began, times leave the range, or a member has no times.
    """
    offsets = _offsets(members)
    names: Codes[str] = Codes()
    numbers = _Kinds(_Numbers(), _Numbers(), _Numbers())
    parts = []
    rows = tracks = 0
    for number, (member, offset) in enumerate(zip(members, offsets, strict=True)):
        part = _Part.of(member, number, offset, names, numbers, _Bases(rows, tracks))
        parts.append(part)
        rows, tracks = rows + len(member.trace), tracks + len(member.trace.tracks)
    return Trace(
        {name: np.concatenate([part.columns[name] for part in parts]) for name in COLUMNS},
        names=list(names),
        tracks=[track for part in parts for track in part.tracks],
        edges=_edges(parts),
        counters=_counters(parts),
        stats=_stats(parts),
        meta=_meta(parts),
        args=_args([part.member.trace for part in parts]),
    )


@dataclass(frozen=True, slots=True)
class _Bases:
    """How many rows and tracks come before."""

    rows: int
    tracks: int


@dataclass
class _Numbers:
    """New numbers for those of a kind that several owners use; "not known" is a number like the others."""

    taken: set[int] = field(default_factory=set)
    known: dict[object, int] = field(default_factory=dict)
    _next: int = 0

    def of(self, key: object, number: int) -> int:
        """The number of what ``key`` stands for: ``number`` where nobody else has it, else the next that is free."""
        found = self.known.get(key)
        if found is None:
            found = number if number not in self.taken else self._free()
            self.taken.add(found)
            self.known[key] = found
        return found

    def _free(self) -> int:
        while self._next in self.taken:
            self._next += 1
        return self._next


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The numbers that are given out, by kind."""

    pids: _Numbers
    devices: _Numbers
    requests: _Numbers


@dataclass(frozen=True)
class _Part:
    """A member with its numbers changed."""

    member: Member
    host: str
    offset_ns: int
    bases: _Bases
    columns: dict[str, Array]
    tracks: list[Track]
    pids: dict[int, int]
    devices: dict[int, int]

    @classmethod
    def of(
        cls,
        member: Member,
        number: int,
        offset: int,
        names: Codes[str],
        numbers: _Kinds,
        bases: _Bases,
    ) -> _Part:
        trace = member.trace
        host = member.host or str(trace.meta.get("host") or "") or f"#{number}"
        pid_of = {pid: numbers.pids.of((number, pid), pid) for pid in _used(trace, "pid")}
        on_gpu = on_device(trace)
        device_of = {
            device: numbers.devices.of(_gpu(trace, host, device), device) for device in _devices(trace, on_gpu)
        }
        named = np.append(names.of_all(trace.names), np.int32(MISSING))
        columns = {name: trace[name] for name in COLUMNS}
        columns.update(
            **_times(member, offset),
            name=named[trace["name"]],
            source_category=named[trace["source_category"]],
            track=trace["track"] + np.int32(bases.tracks),
            pid=_mapped(trace["pid"], pid_of),
            device=_mapped(trace["device"], device_of, where=on_gpu),
            request=_requests(trace["request"], number, numbers.requests),
        )
        tracks = [
            replace(
                track,
                pid=pid_of.get(track.pid, track.pid),
                device=device_of.get(track.device, track.device) if _is_lane(track) else track.device,
            )
            for track in trace.tracks
        ]
        return cls(member, host, offset, bases, columns, tracks, pid_of, device_of)


def _gpu(trace: Trace, host: str, device: int) -> object:
    """What tells one GPU from another: its UUID where the source has it, else its number on its host."""
    gpus = trace.meta.get("gpus")
    about = gpus.get(str(device)) if isinstance(gpus, dict) else None
    uuid = about.get("uuid") if isinstance(about, dict) else None
    return uuid if isinstance(uuid, str) and uuid else (host, device)


def _is_lane(track: Track) -> bool:
    return track.device != MISSING or track.kind in (TrackKind.STREAM, TrackKind.ENGINE)


def _used(trace: Trace, column: str) -> list[int]:
    """Numbers in a column and in the tracks, rising."""
    return sorted({*counted(trace[column])[0], *(getattr(track, column) for track in trace.tracks)})


def _devices(trace: Trace, on_gpu: npt.NDArray[np.bool_]) -> list[int]:
    """Devices that any row or track names; "not known" only where work ran on such a one."""
    unknown = bool((trace["device"][on_gpu] == MISSING).any())
    return [device for device in _used(trace, "device") if device != MISSING or unknown]


def _requests(values: Array, owner: int, numbers: _Numbers) -> Array:
    """Requests under numbers that no other member has; there may be many, so all are changed at once."""
    known, inverse = np.unique(values, return_inverse=True)
    new = [request if request == MISSING else numbers.of((owner, request), request) for request in known.tolist()]
    return np.array(new, np.int32)[inverse]


def _mapped(values: Array, table: dict[int, int], where: npt.NDArray[np.bool_] | None = None) -> Array:
    """Each number's new one, "not known" only ``where`` it may be changed; those that have none stay."""
    found = values.copy()
    for old, new in table.items():
        if old != new:
            here = values == old
            found[here & where if old == MISSING and where is not None else here] = new
    return found


def _offsets(members: Sequence[Member]) -> list[int]:
    """What to add to the times of each member to have them on the clock of the first."""
    bases = [_base(member) for member in members]
    anything = any(base is not None for base in bases) or any(member.offset_ns is not None for member in members)
    found = []
    for number, (member, base) in enumerate(zip(members, bases, strict=True)):
        if member.offset_ns is not None:
            found.append(member.offset_ns)
        elif not number or not anything:
            found.append(0)
        elif base is not None and bases[0] is not None:
            found.append(base - bases[0])
        else:
            silent = members[0].name if base is not None else member.name
            raise UsageError(
                "does not say when its clock began, so its place among the others is unknown",
                where=silent,
                remedy=f"Give what to add to the times: --offset {member.name}=TIME.",
            )
    return found


def _base(member: Member) -> int | None:
    if source_format(member.trace) in _NO_TIMES:
        raise UsageError("has durations and no times", where=member.name, remedy="Leave it out.")
    clock = member.trace.meta.get("clock")
    base = clock.get("base_ns") if isinstance(clock, dict) else None
    return base if isinstance(base, int) else None


def _times(member: Member, offset: int) -> dict[str, Array]:
    """Starts and arrivals moved. Device records that never ran are written as time 0 and stay there."""
    trace = member.trace
    low, high = (int(edge) + offset for edge in (trace.ts.min(initial=0), trace.ts.max(initial=0)))
    if low < -_LATEST or high > _LATEST:
        raise UsageError(
            f"its times leave the range of 64 bits when {offset:,} ns are added",
            where=member.name,
            remedy="Check the offset, and which clocks the traces are of.",
        )
    if not offset:
        return {}
    moves = countable(trace) | (trace.dur < 0)
    queued = trace["queued_ns"]
    return {
        "ts": np.where(moves, trace.ts + offset, trace.ts),
        "queued_ns": np.where(queued == NO_TIME, queued, queued + offset),
    }


def _edges(parts: Sequence[_Part]) -> Edges:
    tables = [part.member.trace.edges for part in parts]
    return Edges(
        np.concatenate([table.source + part.bases.rows for table, part in zip(tables, parts, strict=True)]),
        np.concatenate([table.target + part.bases.rows for table, part in zip(tables, parts, strict=True)]),
        np.concatenate([table.kind for table in tables]),
    )


def _counters(parts: Sequence[_Part]) -> Counters:
    tables = [part.member.trace.counters for part in parts]
    return Counters(
        np.concatenate([table.ts + part.offset_ns for table, part in zip(tables, parts, strict=True)]),
        np.concatenate([table.track + np.int32(part.bases.tracks) for table, part in zip(tables, parts, strict=True)]),
        np.concatenate([table.value for table in tables]),
    )


def _args(traces: Sequence[Trace]) -> TextColumn | None:
    if all(trace.args is None for trace in traces):
        return None
    offsets, data, at = [np.zeros(1, np.int64)], [], 0
    for trace in traces:
        if trace.args is None:
            offsets.append(np.full(len(trace), at, np.int64))
            continue
        offsets.append(trace.args.offsets[1:] - trace.args.offsets[0] + at)
        data.append(trace.args.data[int(trace.args.offsets[0]) : int(trace.args.offsets[-1])])
        at += len(data[-1])
    return TextColumn(np.concatenate(offsets), b"".join(data))


def _stats(parts: Sequence[_Part]) -> Stats:
    stats = Stats()
    for part in parts:
        for name, severity, count in part.member.trace.stats:
            stats.add(name, severity, count)
    silent = sum(_base(part.member) is None and part.member.offset_ns is None for part in parts)
    stats.add("clock_base_unknown", Severity.INFO, silent if silent == len(parts) else 0)
    stats.add(
        "processes_renumbered", Severity.INFO, sum(old != new for part in parts for old, new in part.pids.items())
    )
    stats.add(
        "devices_renumbered", Severity.INFO, sum(old != new for part in parts for old, new in part.devices.items())
    )
    return stats


def _meta(parts: Sequence[_Part]) -> dict[str, Any]:
    """What holds for all, devices and processes under their new numbers, and where everything came from."""
    metas = [part.member.trace.meta for part in parts]
    formats = {source_format(part.member.trace) for part in parts}
    steps: list[Any] = [meta.get("resolution_ns") for meta in metas]
    found: dict[str, Any] = {
        "format": formats.pop() if len(formats) == 1 and "trtexec-times" not in formats else "merged",
        "resolution_ns": None if None in steps else max(steps),
        "gpus": _renumbered(parts, "gpus", lambda part: part.devices),
        "processes": _renumbered(parts, "processes", lambda part: part.pids),
        "default_streams_of": {
            str(pid): default_streams(part.member.trace) for part in parts for pid in _new_pids(part)
        },
        "sources": [_source(part) for part in parts],
    }
    for key in ("clock", "kernel_gap_ns"):
        value = metas[0].get(key)
        if value is not None and (key == "clock" or all(meta.get(key) == value for meta in metas)):
            found[key] = value
    return found


def _new_pids(part: _Part) -> list[int]:
    return [part.pids.get(pid, pid) for pid in _used(part.member.trace, "pid")]


def _renumbered(
    parts: Sequence[_Part], key: str, numbers: Callable[[_Part], dict[int, int]]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        told = part.member.trace.meta.get(key)
        for old, new in numbers(part).items():
            known = told.get(str(old)) if isinstance(told, dict) else None
            entry = {**(known if isinstance(known, dict) else {}), "source": part.member.name}
            found.setdefault(str(new), entry if old == new else {**entry, "number": old})
    return found


def _source(part: _Part) -> dict[str, Any]:
    meta = {key: value for key, value in part.member.trace.meta.items() if key not in ("gpus", "processes")}
    host = {} if part.host.startswith("#") else {"host": part.host}
    return {
        "file": part.member.name,
        "offset_ns": part.offset_ns,
        **host,
        "events": len(part.member.trace),
        "meta": meta,
    }
