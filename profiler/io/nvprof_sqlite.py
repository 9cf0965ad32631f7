"""Databases of nvprof and the Visual Profiler (``nvprof -o FILE``, often ``.nvvp`` or ``.nvprof``).

Source of the tables: the CUPTI activity records of CUDA 9 to 11 (``cupti_activity.h``), a table for each kind and a
column for each field. Times are absolute nanoseconds; kernel names are mangled and stay so; there is no process column
on device records: a file that shows calls of one process has one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.chrome_pairs import closing_times
from profiler.io.cupti_rows import (
    CUPTI,
    GRID,
    TIMES,
    Arguments,
    add_activities,
    copies,
    device_track,
    strings,
    tracks,
)
from profiler.io.distinct import distinct
from profiler.io.nsys_names import CUPTI_MEMORY, SYNC_NAMES, or_missing
from profiler.io.nvprof_calls import call_name
from profiler.io.sqlite_tables import Database, has_tables, read_database
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import MISSING, Category, Severity, TrackKind
from profiler.trace.tables import Trace, Track

Array = npt.NDArray[Any]
Block = dict[str, npt.NDArray[np.int64]]

_PLACE = {"deviceId": MISSING, "contextId": MISSING, "streamId": MISSING, "correlationId": MISSING}
_CALLS = {**TIMES, "cbid": MISSING, "processId": MISSING, "threadId": MISSING, "correlationId": MISSING}
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
#: CUpti_ActivityFlag of marker records.
_INSTANT, _START, _END = 1, 2, 4
_THREAD_OBJECT = 2


def sniff(head: bytes, path: Path) -> bool:
    """Whether the file is a SQLite database with nvprof's string table."""
    return has_tables(
        head, path, lambda tables: "StringTable" in tables and any(table.startswith(CUPTI) for table in tables)
    )


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a database.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is no such database, or is damaged.
    """
    return read_database(path, lambda database: _Profile(database).trace(), "Record the profile again.")


class _Profile:
    """One database being read."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._builder = TraceBuilder()
        self._texts = strings(database, self._builder.stats, "StringTable", "_id_ value")
        calls = {int(pid) for table in ("RUNTIME", "DRIVER") for (pid,) in database.rows(CUPTI + table, "processId")}
        self._process = calls.pop() if len(calls) == 1 else MISSING

    def trace(self) -> Trace:
        """Every record that is a slice; the rest counted."""
        kernels, make = {**TIMES, **_PLACE, "name": MISSING}, Arguments(GRID).__getitem__
        for kind in ("KERNEL", "CONCURRENT_KERNEL"):
            for block, args in self._db.blocks_with(CUPTI + kind, kernels, GRID, make):
                self._add_device(block, Category.KERNEL, self._names(block["name"]), args)
        copied = {**TIMES, **_PLACE, "bytes": MISSING, "copyKind": 0, "srcKind": 0, "dstKind": 0}
        for kind in ("MEMCPY", "MEMCPY2"):
            for block in self._blocks(kind, copied):
                self._add_copies(block)
        for block in self._blocks("MEMSET", {**TIMES, **_PLACE, "bytes": MISSING}):
            self._add_device(block, Category.MEMSET, self._same("Memset", block), size_bytes=block["bytes"])
        for block in self._blocks("SYNCHRONIZATION", {**TIMES, **_PLACE, "type": 0}):
            names = self._builder.names(SYNC_NAMES.get(number, "Synchronization") for number in block["type"].tolist())
            self._add_device(block, Category.SYNC, names)
        for table, category in (("RUNTIME", Category.RUNTIME), ("DRIVER", Category.DRIVER)):
            for block in self._blocks(table, _CALLS):
                self._add_calls(block, category)
        self._add_markers()
        self._builder.meta.update(self._meta())
        return self._builder.build()

    def _blocks(self, kind: str, columns: dict[str, int]) -> Iterator[Block]:
        return self._db.blocks(CUPTI + kind, columns)

    def _names(self, ids: Array) -> Array:
        first, codes = distinct(ids)
        return self._builder.names(self._texts.get(number, "") for number in ids[first].tolist())[codes]

    def _same(self, name: str, block: Block) -> Array:
        return np.full(len(block["start"]), self._builder.name(name), np.int32)

    def _add_copies(self, block: Block) -> None:
        category, names, columns = copies(self._builder, block, CUPTI_MEMORY)
        self._add_device(block, category, names, (), **columns)

    def _add_device(
        self, block: Block, category: Array | int, names: Array, args: Sequence[bytes] = (), **columns: Array
    ) -> None:
        device, context, stream = (or_missing(block[name]) for name in ("deviceId", "contextId", "streamId"))
        waits = np.full(len(device), np.ndim(category) == 0 and category == Category.SYNC, np.int64)
        process = np.full(len(device), self._process, np.int64)
        track = tracks(self._builder, device_track, process, device, context, stream, waits)
        columns |= {"device": device, "context": context, "stream": stream, "pid": process}
        add_activities(self._builder, block, category, names, track, args=args, **columns)

    def _add_calls(self, block: Block, category: Category) -> None:
        first, codes = distinct(block["cbid"])
        names = self._builder.names(call_name(category, number) for number in block["cbid"][first].tolist())[codes]
        track = tracks(self._builder, _thread_track, block["processId"], block["threadId"])
        add_activities(self._builder, block, int(category), names, track, pid=block["processId"])

    def _add_markers(self) -> None:
        """NVTX: a range is two rows of one id, a mark is one."""
        columns = {"flags": 0, "timestamp": 0, "id": MISSING, "objectKind": 0, "name": 0}
        found = list(self._db.blocks_with(CUPTI + "MARKER", columns, ("objectId",), _two_numbers))
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
            objects[row] if kind == _THREAD_OBJECT else (MISSING, MISSING)
            for kind, row in zip(block["objectKind"][rows].tolist(), rows.tolist(), strict=True)
        ]
        numbers = [self._builder.track(Track(TrackKind.NVTX, f"thread {tid} NVTX", pid, tid)) for pid, tid in lanes]
        times = {"start": stamps[rows], "end": end[rows]}
        names = self._names(block["name"][rows])
        pids = np.array([pid for pid, _ in lanes], np.int64)
        add_activities(self._builder, times, int(Category.MARKER), names, np.array(numbers, np.int32), pid=pids)

    def _meta(self) -> dict[str, Any]:
        devices = self._db.rows(CUPTI + "DEVICE", "id name")
        gpus = {str(number): {"name": self._texts.get(name, "")} for number, name in devices}
        kinds = {table: self._db.count(table) for table in self._db.tables if table.startswith(CUPTI)}
        events = {table: count for table, count in kinds.items() if table.removeprefix(CUPTI) not in _DESCRIBING}
        ignored = sum(count for table, count in events.items() if table.removeprefix(CUPTI) not in _READ)
        self._builder.stats.add("rows_not_read", Severity.INFO, ignored)
        return {"format": "nvprof-sqlite", "resolution_ns": 1, "events": sum(events.values()), "gpus": gpus}


def _thread_track(process: int, thread: int) -> Track:
    return Track(TrackKind.THREAD, f"thread {thread}", process, thread)


def _two_numbers(values: tuple[Any, ...]) -> tuple[int, int]:
    """Process and thread of a marker's object: two 32-bit numbers in a blob."""
    if isinstance(values[0], bytes) and len(values[0]) >= 8:
        process, thread = struct.unpack("<II", values[0][:8])
        return process, thread
    return MISSING, MISSING
