"""Cells of tables of slices, made only for the rows that are seen."""

from __future__ import annotations

from collections.abc import Callable

from gui.state.document import Document
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.tables import Trace
from profiler.units import format_bytes, format_ns

Cell = Callable[[Document, Trace, int], str]


def name(document: Document, trace: Trace, row: int) -> str:
    """Its name."""
    return trace.name_of(row)


def kind(document: Document, trace: Trace, row: int) -> str:
    """Its category, copies by their direction."""
    category = Category(int(trace.category[row]))
    direction = MemcpyKind(int(trace["memcpy_kind"][row]))
    if category is Category.MEMCPY and direction is not MemcpyKind.NONE:
        return {MemcpyKind.HTOD: "HtoD", MemcpyKind.DTOH: "DtoH", MemcpyKind.DTOD: "DtoD"}.get(
            direction, direction.name.lower()
        )
    return category.name.lower()


def start(document: Document, trace: Trace, row: int) -> str:
    """Its start from the document's first record."""
    return f"{int(trace.ts[row]) - document.origin_ns:,} ns"


def start_about(document: Document, trace: Trace, row: int) -> str:
    """Its start from the document's first record, to a few digits."""
    return format_ns(int(trace.ts[row]) - document.origin_ns)


def duration(document: Document, trace: Trace, row: int) -> str:
    """Its length."""
    length = int(trace.dur[row])
    return "never ended" if length < 0 else format_ns(length)


def track(document: Document, trace: Trace, row: int) -> str:
    """What it ran on, by the source's own word."""
    return trace.tracks[int(trace["track"][row])].name


def device(document: Document, trace: Trace, row: int) -> str:
    """Number of its GPU."""
    return _number(int(trace["device"][row]))


def stream(document: Document, trace: Trace, row: int) -> str:
    """Number of its stream."""
    return _number(int(trace["stream"][row]))


def size(document: Document, trace: Trace, row: int) -> str:
    """Bytes it moved."""
    moved = int(trace["size_bytes"][row])
    return format_bytes(moved) if moved >= 0 else ""


def _number(value: int) -> str:
    return str(value) if value >= 0 else ""
