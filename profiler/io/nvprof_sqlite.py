"""Databases of nvprof and the Visual Profiler (``nvprof -o FILE``, often ``.nvvp`` or ``.nvprof``).

Source of the tables: the CUPTI activity records of CUDA 9 to 11 (``cupti_activity.h``), a table for each kind and a
column for each field. Times are absolute nanoseconds; kernel names are mangled and stay so; there is no process column
on device records: a file that shows calls of one process has one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.chrome_pairs import closing_times
from profiler.io.cupti_rows import add_activities
from profiler.io.files import require_file
from profiler.io.kineto_words import copy_name
from profiler.io.nsys_names import CUPTI_MEMORY, SYNC_NAMES, json_args, memory_kinds, or_missing
from profiler.io.nvprof_calls import call_name
from profiler.io.sqlite_tables import MAGIC, Database, opened_database
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import (
    MISSING,
    NO_TIME,
    Category,
    MemcpyKind,
    MemoryKind,
    Severity,
    TrackKind,
)
from profiler.trace.tables import Trace, Track

Array = npt.NDArray[Any]
Block = dict[str, npt.NDArray[np.int64]]

_CUPTI = "CUPTI_ACTIVITY_KIND_"
_TIMES = {"start": 0, "end": NO_TIME}
_PLACE = {"deviceId": MISSING, "contextId": MISSING, "streamId": MISSING, "correlationId": MISSING}
_GRID = (
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
_CALLS = {**_TIMES, "cbid": MISSING, "processId": MISSING, "threadId": MISSING, "correlationId": MISSING}
_READ = ("KERNEL", "CONCURRENT_KERNEL", "MEMCPY", "MEMCPY2", "MEMSET", "SYNCHRONIZATION", "RUNTIME", "DRIVER", "MARKER")
#: Kinds that describe and are no events.
_DESCRIBING = (
    "DEVICE",
    "DEVICE_ATTRIBUTE",
    "CONTEXT",
    "NAME",
    "ENVIRONMENT",
    "FUNCTION",
    "MODULE",
    "STREAM",
    "METRIC",
    "EVENT",
)
_MIGRATIONS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH)
#: CUpti_ActivityFlag of marker records.
_INSTANT, _START, _END = 1, 2, 4
_THREAD_OBJECT = 2


def sniff(head: bytes, path: Path) -> bool:
    """Whether the file is a SQLite database with nvprof's string table."""
    if not head.startswith(MAGIC):
        return False
    try:
        with opened_database(path) as database:
            return "StringTable" in database.tables and any(table.startswith(_CUPTI) for table in database.tables)
    except TraceReadError:
        return False


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a database.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is no such database, or is damaged.
    """
    found = require_file(path)
    try:
        with opened_database(found) as database:
            return _Profile(database).trace()
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise TraceReadError(
            f"its tables hold something unexpected: {error}", where=str(path), remedy="Record the profile again."
        ) from error


class _Profile:
    """One database being read."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._builder = TraceBuilder()
        self._texts = {int(number): str(text) for number, text in database.rows("StringTable", "_id_ value")}
        calls = {int(pid) for table in ("RUNTIME", "DRIVER") for (pid,) in database.rows(_CUPTI + table, "processId")}
        self._process = calls.pop() if len(calls) == 1 else MISSING

    def trace(self) -> Trace:
        """Every record that is a slice; the rest counted."""
        kernels = {**_TIMES, **_PLACE, "name": MISSING, **dict.fromkeys(_GRID, MISSING)}
        for kind in ("KERNEL", "CONCURRENT_KERNEL"):
            for block in self._blocks(kind, kernels):
                args = json_args({key: block[key] for key in _GRID})
                self._add_device(block, Category.KERNEL, self._names(block["name"]), args=args)
        copies = {**_TIMES, **_PLACE, "bytes": MISSING, "copyKind": 0, "srcKind": 0, "dstKind": 0}
        for kind in ("MEMCPY", "MEMCPY2"):
            for block in self._blocks(kind, copies):
                self._add_copies(block)
        for block in self._blocks("MEMSET", {**_TIMES, **_PLACE, "bytes": MISSING}):
            self._add_device(block, Category.MEMSET, self._same("Memset", block), size_bytes=block["bytes"])
        for block in self._blocks("SYNCHRONIZATION", {**_TIMES, **_PLACE, "type": 0}):
            names = self._builder.names(SYNC_NAMES.get(number, "Synchronization") for number in block["type"].tolist())
            self._add_device(block, Category.SYNC, names)
        for table, category in (("RUNTIME", Category.RUNTIME), ("DRIVER", Category.DRIVER)):
            for block in self._blocks(table, _CALLS):
                self._add_calls(block, category)
        self._add_markers()
        self._builder.meta.update(self._meta())
        return self._builder.build()

    def _blocks(self, kind: str, columns: dict[str, int]) -> Iterator[Block]:
        return self._db.blocks(_CUPTI + kind, columns)

    def _names(self, ids: Array) -> Array:
        return self._builder.names(self._texts.get(number, "") for number in ids.tolist())

    def _same(self, name: str, block: Block) -> Array:
        return np.full(len(block["start"]), self._builder.name(name), np.int32)

    def _add_copies(self, block: Block) -> None:
        known = np.isin(block["copyKind"], [int(kind) for kind in MemcpyKind])
        kind = np.where(known, block["copyKind"], MemcpyKind.NONE)
        ends = [memory_kinds(CUPTI_MEMORY, block[column]) for column in ("srcKind", "dstKind")]
        names = self._builder.names(
            copy_name(MemcpyKind(k), MemoryKind(s), MemoryKind(d))
            for k, s, d in zip(kind.tolist(), ends[0].tolist(), ends[1].tolist(), strict=True)
        )
        migrated = np.isin(kind, _MIGRATIONS)
        self._builder.stats.add("unified_memory_migrations", Severity.INFO, int(migrated.sum()))
        category = np.where(migrated, Category.MIGRATION, Category.MEMCPY)
        self._add_device(
            block, category, names, memcpy_kind=kind, src_kind=ends[0], dst_kind=ends[1], size_bytes=block["bytes"]
        )

    def _add_device(
        self, block: Block, category: Array | int, names: Array, *, args: list[str] | None = None, **columns: Array
    ) -> None:
        context, stream = or_missing(block["contextId"]), or_missing(block["streamId"])
        device = or_missing(block["deviceId"])
        waits = np.ndim(category) == 0 and category == Category.SYNC
        tracks = [
            self._builder.track(_device_track(self._process, d, c, s, waits))
            for d, c, s in zip(device.tolist(), context.tolist(), stream.tolist(), strict=True)
        ]
        places = {"device": device, "context": context, "stream": stream}
        add_activities(
            self._builder,
            block,
            category,
            names,
            np.array(tracks, np.int32),
            args=args,
            pid=self._process,
            **places,
            **columns,
        )

    def _add_calls(self, block: Block, category: Category) -> None:
        names = self._builder.names(call_name(category, number) for number in block["cbid"].tolist())
        lanes = zip(block["processId"].tolist(), block["threadId"].tolist(), strict=True)
        tracks = [self._builder.track(Track(TrackKind.THREAD, f"thread {tid}", pid, tid)) for pid, tid in lanes]
        add_activities(self._builder, block, int(category), names, np.array(tracks, np.int32), pid=block["processId"])

    def _add_markers(self) -> None:
        """NVTX: a range is two rows of one id, a mark is one."""
        columns = {"flags": 0, "timestamp": 0, "id": MISSING, "objectKind": 0, "name": 0}
        found = list(self._db.blocks_with_text(_CUPTI + "MARKER", columns, "objectId"))
        if not found:
            return
        block = {name: np.concatenate([part[name] for part, _ in found]) for name in columns}
        objects = [value for _, values in found for value in values]
        instant, opens = (block["flags"] & _INSTANT) > 0, (block["flags"] & _START) > 0
        paired = np.flatnonzero(opens | ((block["flags"] & _END) > 0))
        stamps, order = block["timestamp"], np.arange(len(block["flags"]))
        ends, unmatched = closing_times(block["id"][paired], stamps[paired], order[paired], opens[paired])
        rows = np.flatnonzero(instant | opens)
        end = stamps.copy()
        end[paired[opens[paired]]] = ends
        self._builder.stats.add("nvprof_unmatched_end", Severity.DATA_LOSS, unmatched)
        lanes = [
            _thread_of(kind, objects[row]) for kind, row in zip(block["objectKind"][rows].tolist(), rows, strict=True)
        ]
        tracks = [self._builder.track(Track(TrackKind.NVTX, f"thread {tid} NVTX", pid, tid)) for pid, tid in lanes]
        times = {"start": stamps[rows], "end": end[rows]}
        names = self._names(block["name"][rows])
        pids = np.array([pid for pid, _ in lanes], np.int64)
        add_activities(self._builder, times, int(Category.MARKER), names, np.array(tracks, np.int32), pid=pids)

    def _meta(self) -> dict[str, Any]:
        devices = self._db.rows(_CUPTI + "DEVICE", "id name")
        gpus = {str(number): {"name": self._texts.get(name, "")} for number, name in devices}
        kinds = {table: self._db.count(table) for table in self._db.tables if table.startswith(_CUPTI)}
        events = {table: count for table, count in kinds.items() if table.removeprefix(_CUPTI) not in _DESCRIBING}
        ignored = sum(count for table, count in events.items() if table.removeprefix(_CUPTI) not in _READ)
        self._builder.stats.add("rows_not_read", Severity.INFO, ignored)
        return {"format": "nvprof-sqlite", "resolution_ns": 1, "events": sum(events.values()), "gpus": gpus}


def _device_track(process: int, device: int, context: int, stream: int, waits: bool) -> Track:
    name = f"stream {stream}" if stream >= 0 else f"device {device}"
    kind = TrackKind.SYNC if waits else TrackKind.STREAM
    return Track(kind, f"{name} waits" if waits else name, process, MISSING, device, context, stream)


def _thread_of(kind: int, value: Any) -> tuple[int, int]:
    """Process and thread of a marker's object: two 32-bit numbers in a blob."""
    if kind == _THREAD_OBJECT and isinstance(value, bytes) and len(value) >= 8:
        process, thread = struct.unpack("<II", value[:8])
        return process, thread
    return MISSING, MISSING
