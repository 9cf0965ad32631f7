"""Columns, categories and kinds of a trace: the names every format is read into and every analysis reads."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Category(IntEnum):
    """What a slice is. Names in files are the lower-case member names."""

    KERNEL = 0
    GRAPH = 1  #: a CUDA graph traced as one row: drawn, counted apart, in no busy figure
    MEMCPY = 2
    MEMSET = 3
    STAGE = 4  #: a compute span of a trtexec file: not a kernel, drawn as compute
    RUNTIME = 5
    DRIVER = 6
    SYNC = 7  #: a wait, never work
    OVERHEAD = 8
    MARKER = 9  #: NVTX ranges, framework operators, annotations
    MIGRATION = 10  #: unified-memory migration: neither copy nor work


class MemcpyKind(IntEnum):
    """Direction of a copy, CUPTI's numbers."""

    NONE = 0
    HTOD = 1
    DTOH = 2
    HTOA = 3
    ATOH = 4
    ATOA = 5
    ATOD = 6
    DTOA = 7
    DTOD = 8
    HTOH = 9
    PTOP = 10
    UM_HTOD = 11
    UM_DTOH = 12


class MemoryKind(IntEnum):
    """Where the memory of a copy lives."""

    UNKNOWN = 0
    PAGEABLE = 1
    PINNED = 2
    DEVICE = 3
    MANAGED = 4


class TrackKind(IntEnum):
    """What a track stands for."""

    THREAD = 0
    STREAM = 1
    ENGINE = 2
    NVTX = 3
    COUNTER = 4
    SYNC = 5
    OTHER = 6


class Engine(IntEnum):
    """Hardware unit that served a slice, -1 when the source does not say."""

    NONE = -1
    COMPUTE = 0
    HTOD = 1
    DTOH = 2
    COPY = 3


class EdgeKind(IntEnum):
    """Why one slice had to wait for another."""

    STREAM = 0  #: stream order
    EVENT = 1  #: a stream waited for an event for data or order
    BUFFER = 2  #: a stream waited for a ring slot to be freed
    LAUNCH = 3  #: host call to what it started
    FLOW = 4  #: an arrow of the source file


class Severity(IntEnum):
    """How bad an entry of ``Trace.stats`` is."""

    INFO = 0
    REPAIRED = 1
    DATA_LOSS = 2
    ERROR = 3


#: A time, size or number that the source does not have. As ``dur``: the slice began and never ended.
MISSING = -1

#: ``queued_ns`` of a slice whose arrival at the stream is unknown (0 and negative times are real ones).
NO_TIME = np.iinfo(np.int64).min

#: No time of a trace is further from 0, so that sums and differences of two stay inside int64 (146 years of ns).
LATEST_NS = 2**62 - 1

#: Column name to (dtype, value that stands for "not known").
COLUMNS: dict[str, tuple[type[np.generic], int]] = {
    "ts": (np.int64, 0),
    "dur": (np.int64, 0),
    "category": (np.uint8, Category.MARKER),
    "name": (np.int32, 0),
    "track": (np.int32, 0),
    "correlation_id": (np.int64, MISSING),
    "pid": (np.int64, MISSING),
    "queued_ns": (np.int64, NO_TIME),
    "size_bytes": (np.int64, MISSING),
    "memcpy_kind": (np.uint8, MemcpyKind.NONE),
    "src_kind": (np.uint8, MemoryKind.UNKNOWN),
    "dst_kind": (np.uint8, MemoryKind.UNKNOWN),
    "device": (np.int32, MISSING),
    "context": (np.int64, MISSING),
    "stream": (np.int64, MISSING),
    "engine": (np.int8, Engine.NONE),
    "request": (np.int32, MISSING),
    "chunk": (np.int32, MISSING),
    "source_category": (np.int32, MISSING),  # number in ``names`` of the word that the source file used
}

#: Categories that run on a device.
DEVICE_CATEGORIES = (
    Category.KERNEL,
    Category.GRAPH,
    Category.MEMCPY,
    Category.MEMSET,
    Category.STAGE,
    Category.MIGRATION,
)
