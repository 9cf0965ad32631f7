"""A trace that is to be merged, its names, processes, devices, requests and times changed to those of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import UsageError
from profiler.trace.conventions import source_format
from profiler.trace.interning import Codes
from profiler.trace.schema import COLUMNS, MISSING, NO_TIME, TrackKind
from profiler.trace.select import countable, on_device
from profiler.trace.tables import Trace, Track
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


def base_ns(member: Member) -> int | None:
    """When the clock of a member began, ns, as its source states it.

    Raises
    ------
    UsageError
        The member has durations and no times.
    """
    if source_format(member.trace) in _NO_TIMES:
        raise UsageError("has durations and no times", where=member.name, remedy="Leave it out.")
    clock = member.trace.meta.get("clock")
    base = clock.get("base_ns") if isinstance(clock, dict) else None
    return base if isinstance(base, int) else None


@dataclass(frozen=True, slots=True)
class Bases:
    """How many rows and tracks come before."""

    rows: int
    tracks: int


@dataclass
class Numbers:
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
class Kinds:
    """The numbers that are given out, by kind."""

    pids: Numbers
    devices: Numbers
    requests: Numbers


@dataclass(frozen=True)
class Part:
    """A member with its numbers changed.

    Attributes
    ----------
    member : Member
    host : str
        The machine; ``#`` and the member's place where nobody knows it.
    offset_ns : int
        What was added to its times.
    bases : Bases
    columns : dict of str to array
    tracks : list of Track
    pids, devices : dict of int to int
        New numbers by old ones.
    """

    member: Member
    host: str
    offset_ns: int
    bases: Bases
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
        numbers: Kinds,
        bases: Bases,
    ) -> Part:
        """A member as the merged trace has it; ``names`` and ``numbers`` learn what it brings.

        Raises
        ------
        UsageError
            Its times leave the range.
        """
        trace = member.trace
        host = member.host or str(trace.meta.get("host") or "") or f"#{number}"
        pid_of = {pid: numbers.pids.of((number, pid), pid) for pid in used(trace, "pid")}
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


def used(trace: Trace, column: str) -> list[int]:
    """Numbers in a column and in the tracks, rising."""
    return sorted({*counted(trace[column])[0], *(getattr(track, column) for track in trace.tracks)})


def _devices(trace: Trace, on_gpu: npt.NDArray[np.bool_]) -> list[int]:
    """Devices that any row or track names; "not known" only where work ran on such a one."""
    unknown = bool((trace["device"][on_gpu] == MISSING).any())
    return [device for device in used(trace, "device") if device != MISSING or unknown]


def _requests(values: Array, owner: int, numbers: Numbers) -> Array:
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
