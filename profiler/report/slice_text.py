"""What is said of one slice where the pointer rests on it, line by line, as plain text."""

from __future__ import annotations

from profiler.report.palette import PAINT_NAMES
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.trace.schema import MISSING, NO_TIME, MemoryKind
from profiler.trace.tables import Trace
from profiler.units import format_bytes, format_ns

#: No name is quoted at greater length.
NAME_LIMIT = 300


def slice_lines(timeline: Timeline, row: int, *, cause: str = "") -> list[str]:
    """Name, start, length, bytes and rate, where it ran, what it waited for, and how much of it is exposed and why.

    Parameters
    ----------
    timeline : Timeline
    row : int
        Of the trace.
    cause : str
        Why the copy is exposed, in words.

    Returns
    -------
    list of str
        Without empty lines. Texts of the file stand in it as they are: escape them for where they are shown.
    """
    trace, paint = timeline.trace, Paint(int(timeline.mipmap.paint[row]))
    start, length = int(trace.ts[row]), int(trace.dur[row])
    name = trace.name_of(row) or PAINT_NAMES[paint]
    lines = [
        name if len(name) <= NAME_LIMIT else name[:NAME_LIMIT] + "…",
        f"at {format_ns(start - timeline.start_ns)} for {format_ns(length)}",
        _bytes(trace, row, length),
        _place(trace, row),
        _wait(trace, row, start),
        _hiding(timeline, row, paint, length, cause),
    ]
    return [line for line in lines if line]


def _bytes(trace: Trace, row: int, length: int) -> str:
    size = int(trace["size_bytes"][row])
    if size == MISSING:
        return ""
    kinds = [MemoryKind(int(trace[column][row])) for column in ("src_kind", "dst_kind")]
    memory = "".join(f", {kind.name.lower()}" for kind in kinds if kind in (MemoryKind.PAGEABLE, MemoryKind.PINNED))
    rate = f" at {size / length:.3g} GB/s" if length > 0 else ""
    return f"{format_bytes(size)}{rate}{memory}"


def _place(trace: Trace, row: int) -> str:
    names = ("device", "stream", "request", "chunk")
    numbers = [(name, int(trace[name][row])) for name in names]
    return ", ".join(f"{name} {number}" for name, number in numbers if number != MISSING)


def _wait(trace: Trace, row: int, start: int) -> str:
    queued = int(trace["queued_ns"][row])
    return f"waited {format_ns(start - queued)} for the engine" if queued not in (NO_TIME, start) else ""


def _hiding(timeline: Timeline, row: int, paint: Paint, length: int, cause: str) -> str:
    exposed = timeline.exposed_ns_of(row) if paint in (Paint.HTOD, Paint.DTOH) and length > 0 else None
    if exposed is None:
        return ""
    if exposed == 0:
        return "hidden under kernels"
    why = f": {cause}" if cause else ""
    return f"exposed{why}" if exposed == length else f"exposed for {format_ns(exposed)}{why}, hidden for the rest"
