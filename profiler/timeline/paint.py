"""What a slice is drawn as: one number for each kind of work that has a colour of its own."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from profiler.trace.blocks import blocks
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.tables import Trace

UInt8 = npt.NDArray[np.uint8]


class Paint(IntEnum):
    """Kinds of work with a colour of their own. The numbers fit four bits."""

    KERNEL = 0
    GRAPH = 1
    STAGE = 2
    HTOD = 3
    DTOH = 4
    DTOD = 5  #: every copy that does not cross the link to the host
    MEMSET = 6
    MIGRATION = 7
    HOST = 8
    OVERHEAD = 9
    SYNC = 10
    MARKER = 11
    WAIT = 12  #: the stream has reached the work, the engine has not taken it


_OF_CATEGORY = {
    Category.KERNEL: Paint.KERNEL,
    Category.GRAPH: Paint.GRAPH,
    Category.MEMCPY: Paint.DTOD,
    Category.MEMSET: Paint.MEMSET,
    Category.STAGE: Paint.STAGE,
    Category.RUNTIME: Paint.HOST,
    Category.DRIVER: Paint.HOST,
    Category.SYNC: Paint.SYNC,
    Category.OVERHEAD: Paint.OVERHEAD,
    Category.MARKER: Paint.MARKER,
    Category.MIGRATION: Paint.MIGRATION,
}

_OF_COPY = {
    MemcpyKind.HTOD: Paint.HTOD,
    MemcpyKind.DTOH: Paint.DTOH,
    MemcpyKind.UM_HTOD: Paint.MIGRATION,
    MemcpyKind.UM_DTOH: Paint.MIGRATION,
}


def _paint_table() -> UInt8:
    """`Paint` of every pair of a category and a copy's kind, the category in the upper eight bits."""
    table = np.full((256, 256), Paint.MARKER, np.uint8)
    for category, paint in _OF_CATEGORY.items():
        table[category] = paint
    for kind, paint in _OF_COPY.items():
        table[Category.MEMCPY, kind] = paint
    return table.ravel()


_TABLE = _paint_table()


def paint_of(trace: Trace) -> UInt8:
    """`Paint` of every row."""
    paints = np.empty(len(trace), np.uint8)
    category, copy = trace.category, trace["memcpy_kind"]
    for rows in blocks(len(paints)):
        paints[rows] = _TABLE.take((category[rows].astype(np.intp) << 8) | copy[rows])
    return paints
