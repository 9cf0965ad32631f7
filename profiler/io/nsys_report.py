"""Tables of an exported Nsight Systems report to a `Trace`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

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
from profiler.io.nsys_meta import report_meta
from profiler.io.nsys_names import (
    NSYS_MEMORY,
    SYNC_NAMES,
    ProcessNumbers,
    memory_kinds,
    or_missing,
    threads,
)
from profiler.io.nsys_nvtx import add_nvtx
from profiler.io.sqlite_tables import Database
from profiler.trace.builder import TraceBuilder
from profiler.trace.interning import Codes
from profiler.trace.schema import MISSING, Category, MemcpyKind, MemoryKind, Severity, TrackKind
from profiler.trace.tables import Trace, Track

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Block = dict[str, Ints]

_PLACE = {
    "deviceId": MISSING,
    "contextId": MISSING,
    "streamId": MISSING,
    "globalPid": MISSING,
    "correlationId": MISSING,
}
_HOST = {"globalTid": MISSING, "correlationId": MISSING, "nameId": MISSING}
_GRID = (*GRID, "graphNodeId")
_DRIVER_CLASS = 1
#: 13 is device to device.
_MIGRATIONS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH, 13)
_VERSION = re.compile(r"_v\d{4,5}(?=$|_ptsz$|_ptds$)")


class Report:
    """One report being read."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._builder = TraceBuilder()
        self._processes = ProcessNumbers()
        self._texts = strings(database, self._builder.stats, "StringIds", "id value")
        self._context_device: dict[tuple[int, int], int] = {}
        self._gpus = {
            (int(pid), int(cuda)): int(gpu)
            for gpu, cuda, pid in database.rows("TARGET_INFO_CUDA_DEVICE", "gpuId cudaId pid")
            if None not in (gpu, cuda, pid)
        }
        self._thread_names = {
            int(thread): self._texts.get(name, "")
            for thread, name in database.rows("ThreadNames", "globalTid nameId")
            if thread is not None
        }

    def trace(self) -> Trace:
        """Everything the report holds that is a slice; the rest counted."""
        copied = {**TIMES, **_PLACE, "bytes": MISSING, "copyKind": 0, "srcKind": 7, "dstKind": 7}
        self._add_kernels()
        self._each("MEMCPY", copied, self._add_copies)
        self._each("MEMSET", {**TIMES, **_PLACE, "bytes": MISSING, "memKind": 7}, self._add_memsets)
        self._each("GRAPH_TRACE", {**TIMES, **_PLACE, "graphId": MISSING}, self._add_graphs)
        self._each("SYNCHRONIZATION", {**TIMES, **_PLACE, "syncType": 0}, self._add_syncs)
        for table in ("RUNTIME", "DRIVER"):
            self._each(table, {**TIMES, **_HOST, "eventClass": MISSING}, self._add_calls)
        self._each("OVERHEAD", {**TIMES, **_HOST}, self._add_overhead)
        for block in self._db.blocks("OSRT_API", {**TIMES, **_HOST}):
            self._add_host(block, Category.MARKER, self._names(block["nameId"]), "OS calls", "osrt")
        add_nvtx(self._db, self._builder, self._texts, self._add_ranges)
        self._builder.meta.update(report_meta(self._db, self._builder.stats, self._processes))
        return self._builder.build()

    def _each(self, kind: str, columns: dict[str, int], add: Callable[[Block], None]) -> None:
        for block in self._db.blocks(CUPTI + kind, columns):
            add(block)

    def _add_kernels(self) -> None:
        columns = {**TIMES, **_PLACE, "demangledName": MISSING, "shortName": MISSING}
        for block, args in self._db.blocks_with(CUPTI + "KERNEL", columns, _GRID, Arguments(_GRID).__getitem__):
            name = np.where(block["demangledName"] != MISSING, block["demangledName"], block["shortName"])
            self._add_device(block, Category.KERNEL, self._names(name), args)

    def _add_copies(self, block: Block) -> None:
        category, names, columns = copies(self._builder, block, NSYS_MEMORY, _MIGRATIONS)
        self._add_device(block, category, names, (), **columns)

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
        first, codes = distinct(block["nameId"], block["eventClass"])
        kinds = [
            Category.DRIVER if self._is_driver(name, kind) else Category.RUNTIME
            for name, kind in zip(block["nameId"][first].tolist(), block["eventClass"][first].tolist(), strict=True)
        ]
        category = np.array(kinds, np.int64)[codes]
        self._add_host(block, category, self._names(block["nameId"]), "", "cuda_api")

    def _is_driver(self, name: int, kind: int) -> bool:
        text = self._texts.get(name, "")
        return kind == _DRIVER_CLASS or (kind == MISSING and text.startswith("cu") and not text.startswith("cuda"))

    def _add_overhead(self, block: Block) -> None:
        self._add_host(block, Category.OVERHEAD, self._names(block["nameId"]), "overhead", "overhead")

    def _add_device(
        self, block: Block, category: Array | int, names: Array, args: Sequence[bytes] = (), **columns: Array
    ) -> None:
        process = self._processes.of(block["globalPid"])
        context, stream = or_missing(block["contextId"]), or_missing(block["streamId"])
        waits = np.ndim(category) == 0 and category == Category.SYNC
        device = self._device(process, context, or_missing(block["deviceId"]), is_wait=waits)
        where = (process, device, context, stream, np.full(len(process), int(waits)))
        track = tracks(self._builder, device_track, *where)
        columns |= {"device": device, "context": context, "stream": stream, "pid": process}
        add_activities(self._builder, block, category, names, track, args=args, **columns)

    def _add_host(self, block: Block, category: Array | int, names: Array, what: str, word: str) -> None:
        process = self._processes.of(block["globalTid"])
        where = (process, threads(block["globalTid"]), block["globalTid"])
        track = tracks(self._builder, lambda *key: self._thread_track(key, what), *where)
        source = self._builder.name(word)
        add_activities(self._builder, block, category, names, track, pid=process, source_category=source)

    def _add_ranges(self, block: Block, names: Array, domain: list[str]) -> None:
        """NVTX ranges and marks; ``domain`` names the lane of each within its thread."""
        process = self._processes.of(block["globalTid"])
        lanes: Codes[str] = Codes()
        where = (process, threads(block["globalTid"]), block["globalTid"], lanes.of_all(domain).astype(np.int64))
        known = list(lanes)
        track = tracks(self._builder, lambda *key: self._thread_track(key[:3], known[key[3]], TrackKind.NVTX), *where)
        source = self._builder.name("nvtx")
        add_activities(self._builder, block, Category.MARKER, names, track, pid=process, source_category=source)

    def _names(self, ids: Ints) -> Array:
        """Name numbers of string ids; an id without a string is an empty name, and counted."""
        first, codes = distinct(ids)
        values = ids[first].tolist()
        unknown = [number for number in values if number not in self._texts]
        if unknown:
            self._builder.stats.add("missing_string", Severity.DATA_LOSS, int(np.isin(ids, unknown).sum()))
        return self._builder.names(_unversioned(self._texts.get(number, "")) for number in values)[codes]

    def _thread_track(self, key: tuple[int, ...], what: str, kind: TrackKind = TrackKind.THREAD) -> Track:
        process, thread, whole = key
        name = self._thread_names.get(whole, "")
        name = f"thread {thread} ({name})" if name else f"thread {thread}"
        return Track(kind, f"{name} {what}".strip(), process, thread)

    def _device(self, process: Ints, context: Ints, device: Ints, *, is_wait: bool) -> Ints:
        """Physical devices. Waits carry device 0 whatever their context's device is: they get that of its work."""
        first, codes = distinct(process, context, device)
        found = []
        for pid, number, visible in zip(
            *(column[first].tolist() for column in (process, context, device)), strict=True
        ):
            # A process that sees only some GPUs numbers these from 0.
            own = self._gpus.get((pid & 0xFFFFFF, visible), visible)
            if is_wait:
                own = self._context_device.get((pid, number), own)
            else:
                self._context_device[(pid, number)] = own
            found.append(own)
        return np.array(found, np.int64)[codes]


def _unversioned(name: str) -> str:
    """``cudaMemcpyAsync`` of ``cudaMemcpyAsync_v3020``, as every other profiler calls it."""
    return _VERSION.sub("", name) if name.startswith("cu") else name
