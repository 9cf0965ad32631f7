"""JSON of rocprofv3 (``rocprofv3 --output-format json``), AMD's profiler.

Times are whole nanoseconds. One file may hold several processes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError
from profiler.io.cupti_rows import add_activities, device_track, tracks
from profiler.io.files import require_file
from profiler.io.kineto_words import copy_name
from profiler.io.rocprof_records import Dispatch, File, Id, Process, Record
from profiler.io.text_blocks import whole_text
from profiler.io.watch import current
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import MISSING, NO_TIME, Category, MemcpyKind, MemoryKind, Severity, TrackKind
from profiler.trace.tables import Trace, Track

Array = npt.NDArray[Any]

_KEY = b'"rocprofiler-sdk-tool"'
_GPU = 2
_LARGEST = (1 << 62) - 1
_REMEDY = "Record it again with: rocprofv3 --sys-trace --output-format json -- PROGRAM"
#: Ends of the names of copies, which older versions write without MEMORY_COPY_ before.
_DIRECTIONS = {
    "HOST_TO_DEVICE": MemcpyKind.HTOD,
    "DEVICE_TO_HOST": MemcpyKind.DTOH,
    "DEVICE_TO_DEVICE": MemcpyKind.DTOD,
    "HOST_TO_HOST": MemcpyKind.HTOH,
}


def sniff(head: bytes, path: Path) -> bool:
    """Whether JSON that starts like this is rocprofv3's."""
    return head.lstrip().startswith(b"{") and _KEY in head[:512]


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a file.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is damaged, or a record has something else than its field is for; the message has the place.
    """
    found = require_file(path)
    builder = TraceBuilder()
    try:
        tool = msgspec.json.decode(whole_text(found), type=File).tool
        processes = tool if isinstance(tool, list) else [tool]
        events = sum(_Reader(builder, process).take() for process in processes)
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy or _REMEDY) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, OverflowError) as error:
        raise TraceReadError(f"is no JSON of rocprofv3: {error}", where=str(path), remedy=_REMEDY) from error
    builder.meta |= {"format": "rocprof-json", "resolution_ns": 1, "events": events}
    return builder.build()


class _Reader:
    """One process of a file."""

    def __init__(self, builder: TraceBuilder, process: Process) -> None:
        self._builder = builder
        self._process = process
        self._pid = process.metadata.pid
        gpus = [agent for agent in process.agents if agent.type == _GPU]
        self._device = {
            agent.id.handle: place if agent.logical_node_type_id < 0 else agent.logical_node_type_id
            for place, agent in enumerate(gpus)
        }
        known = builder.meta.setdefault("gpus", {})
        for agent in gpus:
            described = {"name": agent.product_name or agent.name, "sm_count": agent.cu_count}
            known.setdefault(str(self._device[agent.id.handle]), described)
        if process.metadata.command and self._pid >= 0:
            names = builder.meta.setdefault("processes", {})
            names[str(self._pid)] = {"name": os.path.basename(process.metadata.command[0])}
        self._kernels = {
            symbol.kernel_id if symbol.kernel_id >= 0 else place: symbol.formatted_kernel_name or symbol.kernel_name
            for place, symbol in enumerate(process.kernel_symbols)
        }
        self._messages = {message.key: message.value for message in process.strings.marker_api}

    def take(self) -> int:
        """Add every record that is a slice, count the others; how many there are."""
        events = 0
        for name, records in self._process.buffer_records.items():
            current().step()
            found = records or []
            events += len(found)
            if name in ("kernel_dispatch", "kernel_dispatches"):
                self._add_kernels([record for record in found if record.dispatch_info is not None])
            elif name == "memory_copy":
                self._add_copies(found)
            elif name == "marker_api":
                self._add_host(found, Category.MARKER, name, TrackKind.NVTX)
            elif name.endswith("_api"):
                self._add_host(found, Category.DRIVER if name == "hsa_api" else Category.RUNTIME, name)
            else:
                self._builder.stats.add("rows_not_read", Severity.INFO, len(found))
        return events

    def _add_kernels(self, records: Sequence[Record]) -> None:
        launches = [record.dispatch_info or Dispatch(Id()) for record in records]
        names = [self._kernels.get(launch.kernel_id, f"kernel {launch.kernel_id}") for launch in launches]
        devices = [self._device.get(launch.agent_id.handle, MISSING) for launch in launches]
        streams = [
            record.stream_id.handle if record.stream_id.handle >= 0 else launch.queue_id.handle
            for record, launch in zip(records, launches, strict=True)
        ]
        self._add_device(records, Category.KERNEL, names, devices, streams, list(map(_launched, launches)))

    def _add_copies(self, records: Sequence[Record]) -> None:
        kinds, names, devices, ends = [], [], [], []
        for record in records:
            source, target = (self._device.get(end.handle) for end in (record.src_agent_id, record.dst_agent_id))
            kind = self._direction(record, source, target)
            memory = [MemoryKind.UNKNOWN if place is None else MemoryKind.DEVICE for place in (source, target)]
            at = source if kind == MemcpyKind.DTOH or target is None else target
            devices.append(MISSING if at is None else at)
            kinds.append(kind)
            ends.append(memory)
            names.append(copy_name(kind, *memory))
        memory_kinds = np.array(ends, np.uint8).reshape(-1, 2)
        columns: dict[str, Array] = {
            "memcpy_kind": np.array(kinds, np.uint8),
            "size_bytes": _whole(record.bytes for record in records),
        }
        columns |= {"src_kind": memory_kinds[:, 0], "dst_kind": memory_kinds[:, 1]}
        streams = [record.stream_id.handle for record in records]
        self._add_device(records, Category.MEMCPY, names, devices, streams, (), **columns)

    def _direction(self, record: Record, source: int | None, target: int | None) -> MemcpyKind:
        name = self._operation(record)
        kind = next((kind for end, kind in _DIRECTIONS.items() if name.endswith(end)), MemcpyKind.NONE)
        between = kind == MemcpyKind.DTOD and None not in (source, target) and source != target
        return MemcpyKind.PTOP if between else kind

    def _add_device(
        self,
        records: Sequence[Record],
        category: Category,
        names: Sequence[str],
        devices: Sequence[int],
        streams: Sequence[int],
        args: Sequence[bytes] = (),
        **columns: Array,
    ) -> None:
        device, stream = _whole(devices), _whole(streams)
        process, context, waits = (np.full(len(device), number) for number in (self._pid, MISSING, 0))
        track = tracks(self._builder, device_track, process, device, context, stream, waits)
        where: dict[str, Array | int] = {"device": device, "stream": stream, "pid": self._pid}
        self._add(records, category, names, track, args, **where, **columns)

    def _add_host(
        self, records: Sequence[Record], category: Category, word: str, kind: TrackKind = TrackKind.THREAD
    ) -> None:
        names = [self._operation(record) for record in records]
        if category == Category.MARKER:
            said = (self._messages.get(record.correlation_id.internal) for record in records)
            names = [name if message is None else message for name, message in zip(names, said, strict=True)]
        ending = " markers" if kind == TrackKind.NVTX else ""
        track = [
            self._builder.track(Track(kind, f"thread {record.thread_id}{ending}", self._pid, record.thread_id))
            for record in records
        ]
        source = self._builder.name(word)
        self._add(records, category, names, track, pid=self._pid, source_category=source)

    def _add(
        self,
        records: Sequence[Record],
        category: Category,
        names: Sequence[str],
        track: Sequence[int] | Array,
        args: Sequence[bytes] = (),
        **columns: Array | int,
    ) -> None:
        block = {
            "start": _times(record.start_timestamp for record in records),
            "end": _times(record.end_timestamp for record in records),
            "correlationId": _whole(record.correlation_id.internal for record in records),
        }
        numbers = self._builder.names(names)
        add_activities(self._builder, block, int(category), numbers, np.array(track, np.int32), args=args, **columns)

    def _operation(self, record: Record) -> str:
        """The name of what a record is about."""
        kinds = self._process.strings.buffer_records
        operations = kinds[record.kind].operations if 0 <= record.kind < len(kinds) else []
        if 0 <= record.operation < len(operations):
            return operations[record.operation]
        return f"operation {record.kind}:{record.operation}"


def _launched(launch: Dispatch) -> bytes:
    grid, block = launch.grid_size, launch.workgroup_size
    said = {"grid_size": [grid.x, grid.y, grid.z], "workgroup_size": [block.x, block.y, block.z]}
    sizes = {"private_segment_size": launch.private_segment_size, "group_segment_size": launch.group_segment_size}
    return msgspec.json.encode({**said, **sizes})


def _times(values: Any) -> npt.NDArray[np.int64]:
    return np.array([NO_TIME if value is None else value for value in values], np.int64)


def _whole(values: Any) -> npt.NDArray[np.int64]:
    """Handles and numbers; those beyond 62 bits, which only marks of "none" are, become -1."""
    return np.array([value if 0 <= value <= _LARGEST else MISSING for value in values], np.int64)
