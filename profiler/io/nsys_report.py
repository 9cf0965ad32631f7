"""Tables of an exported Nsight Systems report to a `Trace`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.cupti_rows import add_activities
from profiler.io.kineto_words import copy_name
from profiler.io.nsys_meta import report_meta
from profiler.io.nsys_names import (
    NSYS_MEMORY,
    SYNC_NAMES,
    ProcessNumbers,
    json_args,
    memory_kinds,
    or_missing,
    threads,
)
from profiler.io.nsys_nvtx import add_nvtx
from profiler.io.sqlite_tables import Database
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
Ints = npt.NDArray[np.int64]
Block = dict[str, Ints]

_CUPTI = "CUPTI_ACTIVITY_KIND_"
_TIMES = {"start": 0, "end": NO_TIME}
_PLACE = {
    "deviceId": MISSING,
    "contextId": MISSING,
    "streamId": MISSING,
    "globalPid": MISSING,
    "correlationId": MISSING,
}
_HOST = {"globalTid": MISSING, "correlationId": MISSING, "nameId": MISSING}
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
    "graphNodeId",
)
_DRIVER_CLASS = 1
_MIGRATIONS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH, 13)
_VERSION = re.compile(r"_v\d{4,5}(?=$|_ptsz$|_ptds$)")


class Report:
    """One report being read."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._builder = TraceBuilder()
        self._processes = ProcessNumbers()
        self._texts = {int(number): str(text) for number, text in database.rows("StringIds", "id value")}
        self._context_device: dict[tuple[int, int], int] = {}
        self._gpus = {
            (int(pid), int(cuda)): int(gpu)
            for gpu, cuda, pid in database.rows("TARGET_INFO_CUDA_DEVICE", "gpuId cudaId pid")
            if gpu is not None
        }
        self._thread_names = {
            int(thread): self._texts.get(name, "")
            for thread, name in database.rows("ThreadNames", "globalTid nameId")
            if thread is not None
        }

    def trace(self) -> Trace:
        """Everything the report holds that is a slice; the rest counted."""
        kernels = {**_TIMES, **_PLACE, "demangledName": MISSING, "shortName": MISSING, **dict.fromkeys(_GRID, MISSING)}
        copies = {**_TIMES, **_PLACE, "bytes": MISSING, "copyKind": 0, "srcKind": 7, "dstKind": 7}
        self._each("KERNEL", kernels, self._add_kernels)
        self._each("MEMCPY", copies, self._add_copies)
        self._each("MEMSET", {**_TIMES, **_PLACE, "bytes": MISSING, "memKind": 7}, self._add_memsets)
        self._each("GRAPH_TRACE", {**_TIMES, **_PLACE, "graphId": MISSING}, self._add_graphs)
        self._each("SYNCHRONIZATION", {**_TIMES, **_PLACE, "syncType": 0}, self._add_syncs)
        for table in ("RUNTIME", "DRIVER"):
            self._each(table, {**_TIMES, **_HOST, "eventClass": MISSING}, self._add_calls)
        self._each("OVERHEAD", {**_TIMES, **_HOST}, self._add_overhead)
        for block in self._db.blocks("OSRT_API", {**_TIMES, **_HOST}):
            self._add_host(
                block, np.full(len(block["start"]), Category.MARKER), self._names(block["nameId"]), "OS calls", "osrt"
            )
        add_nvtx(self._db, self._builder, self._texts, self._add_ranges)
        self._builder.meta.update(report_meta(self._db, self._builder.stats, self._processes))
        return self._builder.build()

    def _each(self, kind: str, columns: dict[str, int], add: Callable[[Block], None]) -> None:
        for block in self._db.blocks(_CUPTI + kind, columns):
            add(block)

    def _add_kernels(self, block: Block) -> None:
        name = np.where(block["demangledName"] != MISSING, block["demangledName"], block["shortName"])
        args = json_args({key: block[key] for key in _GRID})
        self._add_device(block, Category.KERNEL, self._names(name), args=args)

    def _add_copies(self, block: Block) -> None:
        migrated = np.isin(block["copyKind"], _MIGRATIONS)
        known = np.isin(block["copyKind"], [int(kind) for kind in MemcpyKind])
        kind = np.where(known, block["copyKind"], MemcpyKind.NONE)
        ends = [memory_kinds(NSYS_MEMORY, block[column]) for column in ("srcKind", "dstKind")]
        keys, codes = np.unique(np.stack((kind, *ends), axis=1), axis=0, return_inverse=True)
        found = [copy_name(MemcpyKind(k), MemoryKind(s), MemoryKind(d)) for k, s, d in keys.tolist()]
        self._builder.stats.add("unified_memory_migrations", Severity.INFO, int(migrated.sum()))
        self._add_device(
            block,
            np.where(migrated, Category.MIGRATION, Category.MEMCPY),
            self._builder.names(found)[codes.reshape(-1)],
            memcpy_kind=kind,
            src_kind=ends[0],
            dst_kind=ends[1],
            size_bytes=block["bytes"],
        )

    def _add_memsets(self, block: Block) -> None:
        kinds = memory_kinds(NSYS_MEMORY, block["memKind"])
        found = [f"Memset ({kind.name.capitalize()})" for kind in MemoryKind]
        self._add_device(
            block, Category.MEMSET, self._builder.names(found)[kinds], size_bytes=block["bytes"], dst_kind=kinds
        )

    def _add_graphs(self, block: Block) -> None:
        names = self._builder.names(f"CUDA graph {number}" for number in block["graphId"].tolist())
        self._builder.stats.add("graphs_traced_whole", Severity.INFO, len(names))
        self._add_device(block, Category.GRAPH, names)

    def _add_syncs(self, block: Block) -> None:
        labels = {
            int(number): str(label) for number, label in self._db.rows("ENUM_CUPTI_SYNC_TYPE", "id label")
        } or SYNC_NAMES
        names = self._builder.names(labels.get(number, "Synchronization") for number in block["syncType"].tolist())
        self._add_device(block, Category.SYNC, names)

    def _add_calls(self, block: Block) -> None:
        driver = block["eventClass"] == _DRIVER_CLASS
        named = np.array(
            [
                self._texts.get(number, "").startswith("cu") and not self._texts.get(number, "").startswith("cuda")
                for number in block["nameId"].tolist()
            ],
            np.bool_,
        )
        category = np.where(driver | ((block["eventClass"] == MISSING) & named), Category.DRIVER, Category.RUNTIME)
        self._add_host(block, category, self._names(block["nameId"]), "", "cuda_api")

    def _add_overhead(self, block: Block) -> None:
        self._add_host(
            block, np.full(len(block["start"]), Category.OVERHEAD), self._names(block["nameId"]), "overhead", "overhead"
        )

    def _add_device(
        self, block: Block, category: Array | int, names: Array, *, args: list[str] | None = None, **columns: Array
    ) -> None:
        size = len(block["start"])
        process = self._processes.of(block["globalPid"])
        context, stream = or_missing(block["contextId"]), or_missing(block["streamId"])
        device = self._device(
            process,
            context,
            or_missing(block["deviceId"]),
            is_wait=np.ndim(category) == 0 and category == Category.SYNC,
        )
        category = np.broadcast_to(np.asarray(category), size)
        keys = np.stack((process, device, context, stream, (category == Category.SYNC).astype(np.int64)), axis=1)
        add_activities(
            self._builder,
            block,
            category,
            names,
            self._tracks(keys, _device_track),
            args=args,
            device=device,
            context=context,
            stream=stream,
            pid=process,
            **columns,
        )

    def _add_host(self, block: Block, category: Array, names: Array, what: str, word: str) -> None:
        process = self._processes.of(block["globalTid"])
        keys = np.stack((process, threads(block["globalTid"]), block["globalTid"]), axis=1)
        track = self._tracks(keys, lambda key: self._thread_track(key, what))
        add_activities(
            self._builder, block, category, names, track, pid=process, source_category=self._builder.name(word)
        )

    def _add_ranges(self, block: Block, names: Array, domain: list[str]) -> None:
        """NVTX ranges and marks; ``domain`` names the lane of each within its thread."""
        process = self._processes.of(block["globalTid"])
        lanes, codes = np.unique(np.array(domain, object), return_inverse=True)
        keys = np.stack((process, threads(block["globalTid"]), block["globalTid"], codes), axis=1)
        track = self._tracks(keys, lambda key: self._thread_track(key[:3], str(lanes[key[3]]), TrackKind.NVTX))
        category = np.full(len(names), Category.MARKER)
        add_activities(
            self._builder, block, category, names, track, pid=process, source_category=self._builder.name("nvtx")
        )

    def _names(self, ids: Ints) -> Array:
        """Name numbers of string ids; an id without a string is an empty name, and counted."""
        values, codes = np.unique(ids, return_inverse=True)
        unknown = [number for number in values.tolist() if number not in self._texts]
        if unknown:
            self._builder.stats.add("missing_string", Severity.DATA_LOSS, int(np.isin(ids, unknown).sum()))
        return self._builder.names(_unversioned(self._texts.get(number, "")) for number in values.tolist())[codes]

    def _tracks(self, keys: Array, track_of: Callable[[tuple[int, ...]], Track]) -> Array:
        """Track numbers of the rows of ``keys``."""
        if not len(keys):
            return np.empty(0, np.int32)
        values, codes = np.unique(keys, axis=0, return_inverse=True)
        numbers = [self._builder.track(track_of(tuple(key))) for key in values.tolist()]
        return np.array(numbers, np.int32)[codes.reshape(-1)]

    def _thread_track(self, key: tuple[int, ...], what: str, kind: TrackKind = TrackKind.THREAD) -> Track:
        process, thread, whole = key
        name = self._thread_names.get(whole, "")
        name = f"thread {thread} ({name})" if name else f"thread {thread}"
        return Track(kind, f"{name} {what}".strip(), process, thread)

    def _device(self, process: Ints, context: Ints, device: Ints, *, is_wait: bool) -> Ints:
        """Physical devices. Waits carry device 0 whatever their context's device is: they get that of its work."""
        device = self._physical(process, device)
        keys, codes = np.unique(np.stack((process, context, device), axis=1), axis=0, return_inverse=True)
        if is_wait:
            found = [self._context_device.get((pid, number), own) for pid, number, own in keys.tolist()]
            return np.array(found, np.int64)[codes.reshape(-1)]
        self._context_device.update({(pid, number): own for pid, number, own in keys.tolist()})
        return device

    def _physical(self, process: Ints, device: Ints) -> Ints:
        """The GPU's number in the machine: a process that sees only some GPUs numbers these from 0."""
        if not self._gpus:
            return device
        keys, codes = np.unique(np.stack((process, device), axis=1), axis=0, return_inverse=True)
        found = [self._gpus.get((pid & 0xFFFFFF, number), number) for pid, number in keys.tolist()]
        return np.array(found, np.int64)[codes.reshape(-1)]


def _device_track(key: tuple[int, ...]) -> Track:
    process, device, context, stream, waits = key
    name = f"stream {stream}" if stream >= 0 else f"device {device}"
    kind = TrackKind.SYNC if waits else TrackKind.STREAM
    return Track(kind, f"{name} waits" if waits else name, process, MISSING, device, context, stream)


def _unversioned(name: str) -> str:
    """``cudaMemcpyAsync`` of ``cudaMemcpyAsync_v3020``, as every other profiler calls it."""
    return _VERSION.sub("", name) if name.startswith("cu") else name
