"""Which rows of a trace count as what: kernels, copies, memsets and the rest, device by device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from profiler.analysis.intervals import NONE, Int64
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.select import of_category
from profiler.trace.tables import Trace
from profiler.trace.whole import counted

_MIGRATION_KINDS = (MemcpyKind.UM_HTOD, MemcpyKind.UM_DTOH)


@dataclass(frozen=True, eq=False)
class DeviceRows:
    """Numbers of the rows of one physical GPU that may be counted; contexts and processes are united.

    Rows that never completed (start and end 0) and rows that end before they start are in none of these.
    """

    trace: Trace = field(repr=False)
    device: int
    kernels: Int64
    stages: Int64
    htod: Int64
    dtoh: Int64
    dtod: Int64
    other_copies: Int64
    memsets: Int64
    graphs: Int64
    migrations_htod: Int64
    migrations_dtoh: Int64

    @cached_property
    def compute(self) -> Int64:
        """Kernels and the compute spans of a trtexec file."""
        return _joined(self.kernels, self.stages)

    @cached_property
    def copies(self) -> Int64:
        """Copies between host and device."""
        return _joined(self.htod, self.dtoh)

    @cached_property
    def streamed(self) -> Int64:
        """Kernels, copies of every kind and memsets: what streams are counted by."""
        return _joined(self.kernels, self.copies, self.dtod, self.other_copies, self.memsets)

    @cached_property
    def work(self) -> Int64:
        """Everything that keeps the device busy."""
        return _joined(self.streamed, self.stages)


def device_rows(trace: Trace) -> list[DeviceRows]:
    """Countable rows of every device that has any, in the order of the device numbers."""
    kernels, stages, memsets, graphs, memcpy, migrations = (
        of_category(trace, category)
        for category in (
            Category.KERNEL,
            Category.STAGE,
            Category.MEMSET,
            Category.GRAPH,
            Category.MEMCPY,
            Category.MIGRATION,
        )
    )
    kind = trace["memcpy_kind"][memcpy]
    moved = _joined(migrations, memcpy[np.isin(kind, _MIGRATION_KINDS)])
    moved_up = trace["memcpy_kind"][moved] != MemcpyKind.UM_DTOH
    named = (MemcpyKind.HTOD, MemcpyKind.DTOH, MemcpyKind.DTOD)
    parts = (
        kernels,
        stages,
        *(memcpy[kind == one] for one in named),
        memcpy[~np.isin(kind, (*named, *_MIGRATION_KINDS))],
        memsets,
        graphs,
        moved[moved_up],
        moved[~moved_up],
    )
    numbers = sorted(_device_numbers(trace, parts))
    return [DeviceRows(trace, number, *(_on_device(trace, part, number) for part in parts)) for number in numbers]


def _device_numbers(trace: Trace, parts: Sequence[Int64]) -> set[int]:
    """Devices of the rows; of a part of a trace, all that the trace has."""
    if trace.part is not None:
        return {device.device for device in trace.part.whole.devices}
    return {number for part in parts for number in counted(trace["device"][part])[0]}


def ends(trace: Trace, rows: Int64) -> Int64:
    """End of each row, ns."""
    ended: Int64 = trace.ts[rows] + trace.dur[rows]
    return ended


def _on_device(trace: Trace, rows: Int64, device: int) -> Int64:
    here = trace["device"][rows] == device
    return rows if here.all() else rows[here]


def _joined(*parts: Int64) -> Int64:
    filled = [part for part in parts if len(part)]
    if len(filled) == 1:
        return filled[0]
    return np.concatenate(filled) if filled else NONE
