"""Rows of CUPTI's activity tables into a trace, as Nsight Systems and nvprof both write them to SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.distinct import distinct
from profiler.io.kineto_words import copy_name
from profiler.io.nsys_names import memory_kinds
from profiler.io.sqlite_tables import Database, durations
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import (
    DEVICE_CATEGORIES,
    MISSING,
    NO_TIME,
    Category,
    MemcpyKind,
    MemoryKind,
    Severity,
    TrackKind,
)
from profiler.trace.tables import Stats, Track

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Block = dict[str, Ints]

CUPTI = "CUPTI_ACTIVITY_KIND_"
TIMES = {"start": NO_TIME, "end": NO_TIME}
#: What a kernel was launched with, which becomes arguments.
GRID = (
    "gridX",
    "gridY",
    "gridZ",
    "blockX",
    "blockY",
    "blockZ",
    "registersPerThread",
    "staticSharedMemory",
    "dynamicSharedMemory",
)
_MIGRATIONS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH)
_MOST_TEXTS = 1 << 16


def strings(database: Database, stats: Stats, table: str, columns: str) -> dict[int, str]:
    """Texts by their number; of two that share one the first counts, as ``duplicate_string`` says."""
    found: dict[int, str] = {}
    others = 0
    for number, text in database.rows(table, columns):
        if not isinstance(number, int):
            raise TraceReadError(f"its {table} numbers a text {number!r}", remedy="Export the report again.")
        others += found.setdefault(number, str(text)) != str(text)
    stats.add("duplicate_string", Severity.DATA_LOSS, others)
    return found


class Arguments(dict[tuple[Any, ...], bytes]):
    """Values of some columns to the JSON object they make; nulls and -1 are left out, and an object without any is b"".

    Launches repeat: a text is made once.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self._keys = tuple(keys)

    def __missing__(self, values: tuple[Any, ...]) -> bytes:
        pairs = [(key, value) for key, value in zip(self._keys, values, strict=True) if value not in (None, MISSING)]
        for key, value in pairs:
            if not isinstance(value, int):
                raise TraceReadError(
                    f"its column {key} holds something other than whole numbers", remedy="Export the report again."
                )
        if len(self) >= _MOST_TEXTS:
            self.clear()
        inside = ",".join(f'"{key}":{value}' for key, value in pairs)
        found = self[values] = f"{{{inside}}}".encode() if inside else b""
        return found


def add_activities(
    builder: TraceBuilder,
    block: Block,
    category: Array | int,
    names: Array,
    track: Array,
    *,
    args: Sequence[bytes] = (),
    **columns: Array | int,
) -> None:
    """Add a block of records with ``start``, ``end`` and perhaps ``correlationId``; count those that never ended.

    Records without a start are left out, and counted as ``missing_start``.

    Parameters
    ----------
    builder : TraceBuilder
    block : dict of str to array
        Columns of the table; a time of `NO_TIME` is not known.
    category, names, track : array, or int for the category
        Of each record.
    args : sequence of bytes
        JSON of what no column holds, one a record; or nothing.
    **columns : array or int
        Further columns of the trace.
    """
    size, ts = len(block["start"]), block["start"]
    found = {
        "ts": ts,
        "dur": durations(ts, block["end"]),
        "category": category,
        "name": names,
        "track": track,
        "correlation_id": block.get("correlationId", MISSING),
        **columns,
    }
    if bool((ts == NO_TIME).any()):
        kept = np.flatnonzero(ts != NO_TIME)
        builder.stats.add("missing_start", Severity.DATA_LOSS, size - len(kept))
        found = {name: column[kept] if isinstance(column, np.ndarray) else column for name, column in found.items()}
        args = [args[row] for row in kept.tolist()] if args else ()
        size = len(kept)
    _count_incomplete(builder, found, block["end"][ts != NO_TIME], size)
    lengths = np.fromiter(map(len, args), np.int64, len(args))
    builder.add_block(size, found, args=(b"".join(args), lengths) if args else None)


def _count_incomplete(builder: TraceBuilder, found: dict[str, Any], end: Ints, size: int) -> None:
    dur = found["dur"]
    at_zero = (found["ts"] == 0) & (dur == 0)
    if bool(at_zero.any()):
        at_zero &= np.isin(np.broadcast_to(found["category"], size), DEVICE_CATEGORIES)
    never = (end == NO_TIME) | at_zero
    builder.stats.add("never_completed", Severity.DATA_LOSS, int(never.sum()))
    builder.stats.add("negative_duration", Severity.DATA_LOSS, int(((dur < 0) & ~never).sum()))


def copies(
    builder: TraceBuilder, block: Block, memory: npt.NDArray[np.uint8], migrations: Sequence[int] = _MIGRATIONS
) -> tuple[Array, Array, dict[str, Array]]:
    """Categories, names and columns of a block of copies; migrations are counted.

    Parameters
    ----------
    builder : TraceBuilder
    block : dict of str to array
        With ``copyKind``, ``srcKind``, ``dstKind`` and ``bytes``.
    memory : array
        Memory kind of each number that the export has for one.
    migrations : sequence of int
        The copy kinds that are migrations of unified memory.
    """
    migrated = np.isin(block["copyKind"], migrations)
    builder.stats.add("unified_memory_migrations", Severity.INFO, int(migrated.sum()))
    known = np.isin(block["copyKind"], [int(kind) for kind in MemcpyKind])
    kind = np.where(known, block["copyKind"], MemcpyKind.NONE)
    source, target = (memory_kinds(memory, block[column]) for column in ("srcKind", "dstKind"))
    first, codes = distinct(kind, source.astype(np.int64), target.astype(np.int64))
    found = [
        copy_name(MemcpyKind(int(kind[row])), MemoryKind(int(source[row])), MemoryKind(int(target[row])))
        for row in first.tolist()
    ]
    columns = {"memcpy_kind": kind, "src_kind": source, "dst_kind": target, "size_bytes": block["bytes"]}
    return np.where(migrated, Category.MIGRATION, Category.MEMCPY), builder.names(found)[codes], columns


def tracks(builder: TraceBuilder, track_of: Callable[..., Track], *columns: Ints) -> Array:
    """Track numbers of rows: ``track_of`` is called once with each distinct row of ``columns``."""
    first, codes = distinct(*columns)
    keys = zip(*(column[first].tolist() for column in columns), strict=True)
    numbers = [builder.track(track_of(*key)) for key in keys]
    return np.array(numbers, np.int32)[codes]


def device_track(process: int, device: int, context: int, stream: int, waits: int) -> Track:
    """The track of device work, or of the waits for a stream or a device."""
    name = f"stream {stream}" if stream >= 0 else f"device {device}"
    kind = TrackKind.SYNC if waits else TrackKind.STREAM
    return Track(kind, f"{name} waits" if waits else name, process, MISSING, device, context, stream)
