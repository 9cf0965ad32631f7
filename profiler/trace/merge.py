"""Traces of several processes or hosts as one trace on one clock.

What is numbered per file is kept apart: a process id that two files use is two processes (so that correlation ids join
within their own), a device number is the same GPU only on the same host or with the same UUID, requests are not one
because their numbers are. Times are brought onto the clock of the first trace by the time at which each clock began, as
the sources state it (``meta["clock"]["base_ns"]``: PyTorch's ``baseTimeNanoseconds``, the session start of Nsight
Systems), or by offsets that are given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.errors import UsageError
from profiler.trace.interning import Codes
from profiler.trace.merge_meta import merged_meta, merged_stats
from profiler.trace.merge_parts import Bases, Kinds, Member, Numbers, Part, base_ns
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Counters, Edges, TextColumn, Trace

__all__ = ["Member", "merge"]


def merge(members: Sequence[Member]) -> Trace:
    """One trace of all members, rows in their order, on the clock of the first.

    Raises
    ------
    UsageError
        Only some members state when their clock began, times leave the range, or a member has no times.
    """
    offsets = _offsets(members)
    names: Codes[str] = Codes()
    numbers = Kinds(Numbers(), Numbers(), Numbers())
    parts = []
    rows = tracks = 0
    for number, (member, offset) in enumerate(zip(members, offsets, strict=True)):
        part = Part.of(member, number, offset, names, numbers, Bases(rows, tracks))
        parts.append(part)
        rows, tracks = rows + len(member.trace), tracks + len(member.trace.tracks)
    return Trace(
        {name: np.concatenate([part.columns[name] for part in parts]) for name in COLUMNS},
        names=list(names),
        tracks=[track for part in parts for track in part.tracks],
        edges=_edges(parts),
        counters=_counters(parts),
        stats=merged_stats(parts),
        meta=merged_meta(parts),
        args=_args([part.member.trace for part in parts]),
    )


def _offsets(members: Sequence[Member]) -> list[int]:
    """What to add to the times of each member to have them on the clock of the first."""
    bases = [base_ns(member) for member in members]
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


def _edges(parts: Sequence[Part]) -> Edges:
    tables = [part.member.trace.edges for part in parts]
    return Edges(
        np.concatenate([table.source + part.bases.rows for table, part in zip(tables, parts, strict=True)]),
        np.concatenate([table.target + part.bases.rows for table, part in zip(tables, parts, strict=True)]),
        np.concatenate([table.kind for table in tables]),
    )


def _counters(parts: Sequence[Part]) -> Counters:
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
