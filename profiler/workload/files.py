"""Workloads that a person describes in TOML: one batch, cut into chunks that copy in, compute and copy out.

A kernel is given either by its duration or by its cost. Durations are exact: a launch over n samples takes
``fixed + per_sample * n`` microseconds, computed exactly and rounded once to whole nanoseconds, a half to the even one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path

from profiler.errors import UsageError
from profiler.units import NS_PER_US
from profiler.workload.model import EFFICIENCY_CLASSES, PRECISIONS, KernelCall, Workload
from profiler.workload.toml_table import TomlTable, parse_toml, read_toml

Number = int | Decimal

#: Largest operations or bytes a sample, and a launch: sums over a run stay within 64 bits.
_MAX_COUNT = 10**15
_MAX_BYTES = 10**12
_MAX_LAUNCH = 10**18
#: Longest duration, 1000 s for a key and about 11 days for a launch.
_MAX_US = 10**9
_MAX_LAUNCH_NS = 10**15
_MAX_BLOCKS = 2**31 - 1  # of a grid's first dimension, every compute capability

_DURATION_KEYS = ("duration_us",)
_COST_KEYS = (
    "flops_per_sample",
    "bytes_per_sample",
    "read_bytes_per_sample",
    "write_bytes_per_sample",
    "blocks_per_sample",
    "threads_per_block",
    "efficiency_class",
    "precision",
    "registers",
    "shared_bytes",
)
_FILE_KEYS = ("name", "precision", "input_bytes", "output_bytes", "weight_bytes", "workspace_bytes", "kernel")


@dataclass(frozen=True, slots=True)
class Duration:
    """A kernel that takes ``fixed_us + per_sample_us * n`` and holds every SM slot meanwhile."""

    name: str
    fixed_us: Number = 0
    per_sample_us: Number = 0

    def call(self, samples: int) -> KernelCall:
        """The launch over ``samples`` samples."""
        exact = (Fraction(self.fixed_us) + Fraction(self.per_sample_us) * samples) * NS_PER_US
        return KernelCall(
            name=self.name,
            grid=(1, 1, 1),
            block=(1, 1, 1),
            duration_ns=_fitting(round(exact), _MAX_LAUNCH_NS, self.name, samples),
        )

    def toml(self) -> Iterator[str]:
        """Lines of its ``[[kernel]]``."""
        yield f"duration_us = {{ fixed = {self.fixed_us}, per_sample = {self.per_sample_us} }}"


@dataclass(frozen=True, slots=True)
class Cost:
    """A kernel that the GPU file's model prices. Operations, bytes and blocks of a launch are rounded up."""

    name: str
    flops_per_sample: Number
    read_bytes_per_sample: Number
    write_bytes_per_sample: Number
    blocks_per_sample: Number
    threads_per_block: int
    efficiency_class: str = "elementwise"
    precision: str = "fp32"
    registers: int = 32
    shared_bytes: int = 0

    def call(self, samples: int) -> KernelCall:
        """The launch over ``samples`` samples."""
        return KernelCall(
            name=self.name,
            grid=(_fitting(_up(self.blocks_per_sample, samples), _MAX_BLOCKS, self.name, samples), 1, 1),
            block=(self.threads_per_block, 1, 1),
            flops=_fitting(_up(self.flops_per_sample, samples), _MAX_LAUNCH, self.name, samples),
            read_bytes=_fitting(_up(self.read_bytes_per_sample, samples), _MAX_LAUNCH, self.name, samples),
            write_bytes=_fitting(_up(self.write_bytes_per_sample, samples), _MAX_LAUNCH, self.name, samples),
            efficiency_class=self.efficiency_class,
            precision=self.precision,
            registers=self.registers,
            shared_bytes=self.shared_bytes,
        )

    def toml(self) -> Iterator[str]:
        """Lines of its ``[[kernel]]``."""
        yield f"flops_per_sample = {self.flops_per_sample}"
        yield f"read_bytes_per_sample = {self.read_bytes_per_sample}"
        yield f"write_bytes_per_sample = {self.write_bytes_per_sample}"
        yield f"blocks_per_sample = {self.blocks_per_sample}"
        yield f"threads_per_block = {self.threads_per_block}"
        yield f"efficiency_class = {_quoted(self.efficiency_class)}"
        yield f"precision = {_quoted(self.precision)}"
        yield f"registers = {self.registers}"
        yield f"shared_bytes = {self.shared_bytes}"


@dataclass(frozen=True, slots=True)
class WorkloadFile:
    """A workload as described, with the numbers as written; `workload` makes it runnable."""

    name: str
    precision: str
    input_bytes: int
    output_bytes: int
    kernels: tuple[Duration | Cost, ...]
    weight_bytes: int = 0
    workspace_bytes: int = 0

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        """Kernels of one chunk of ``samples`` samples."""
        return tuple(kernel.call(samples) for kernel in self.kernels)

    def workload(self) -> Workload:
        """The workload this describes."""
        return Workload(
            name=self.name,
            precision=self.precision,
            input_bytes=self.input_bytes,
            output_bytes=self.output_bytes,
            build=self,
            weight_bytes=self.weight_bytes,
            workspace_bytes=self.workspace_bytes,
        )


def load_workload(path: str | Path) -> WorkloadFile:
    """The workload that a TOML file describes.

    Raises
    ------
    UsageError
        The file is missing or wrong; the message names the file, the ``[[kernel]]`` by number, and the key.
    """
    return _described(TomlTable(read_toml(path), str(path)))


def parse_workload(text: str, where: str) -> WorkloadFile:
    """The workload that a TOML text describes; ``where`` names it in errors."""
    return _described(TomlTable(parse_toml(text, where), where))


def to_toml(description: WorkloadFile) -> str:
    """TOML that reads back as an equal description."""
    lines = [
        f"name = {_quoted(description.name)}",
        f"precision = {_quoted(description.precision)}",
        f"input_bytes = {description.input_bytes}",
        f"output_bytes = {description.output_bytes}",
        f"weight_bytes = {description.weight_bytes}",
        f"workspace_bytes = {description.workspace_bytes}",
    ]
    for kernel in description.kernels:
        lines += ["", "[[kernel]]", f"name = {_quoted(kernel.name)}", *kernel.toml()]
    return "\n".join(lines) + "\n"


def _described(table: TomlTable) -> WorkloadFile:
    if not table.values:
        raise UsageError(
            "the file is empty", where=table.where, remedy=f"It needs {', '.join(_FILE_KEYS[:4])} and [[kernel]]."
        )
    table.only(_FILE_KEYS)
    precision = table.text("precision", choices=PRECISIONS)
    description = WorkloadFile(
        name=table.text("name"),
        precision=precision,
        input_bytes=table.whole("input_bytes", high=_MAX_BYTES),
        output_bytes=table.whole("output_bytes", high=_MAX_BYTES),
        weight_bytes=table.whole("weight_bytes", high=_MAX_BYTES, default=0),
        workspace_bytes=table.whole("workspace_bytes", high=_MAX_BYTES, default=0),
        kernels=tuple(_kernel(item, precision) for item in table.tables("kernel")),
    )
    if not description.kernels:
        raise table.error("kernel", "the list is empty", "A workload needs one [[kernel]] at least.")
    return description


def _kernel(table: TomlTable, precision: str) -> Duration | Cost:
    table.only(("name", *_DURATION_KEYS, *_COST_KEYS))
    name = table.text("name")
    costs = [key for key in _COST_KEYS if key in table]
    if "duration_us" not in table:
        if not costs:
            remedy = "Give duration_us, or flops_per_sample, bytes_per_sample, blocks_per_sample and threads_per_block."
            raise UsageError("neither a duration nor a cost is given", where=table.where, remedy=remedy)
        return _cost(table, name, precision)
    if costs:
        raise table.error(costs[0], "a duration is given as well", "Keep duration_us or the cost, not both.")
    return _duration(table.table("duration_us"), name)


def _duration(table: TomlTable, name: str) -> Duration:
    table.only(("fixed", "per_sample"))
    if not table.values:
        raise UsageError("the table is empty", where=table.where, remedy="Give fixed, per_sample or both.")
    return Duration(
        name, table.number("fixed", high=_MAX_US, default=0), table.number("per_sample", high=_MAX_US, default=0)
    )


def _cost(table: TomlTable, name: str, precision: str) -> Cost:
    read, write = _traffic(table)
    blocks = table.number("blocks_per_sample", high=_MAX_BLOCKS)
    if not blocks:
        raise table.error("blocks_per_sample", "a kernel without blocks computes nothing", "Give a number above 0.")
    return Cost(
        name=name,
        flops_per_sample=table.number("flops_per_sample", high=_MAX_COUNT),
        read_bytes_per_sample=read,
        write_bytes_per_sample=write,
        blocks_per_sample=blocks,
        threads_per_block=table.whole("threads_per_block", low=1, high=1024),
        efficiency_class=table.text("efficiency_class", choices=EFFICIENCY_CLASSES, default="elementwise"),
        precision=table.text("precision", choices=PRECISIONS, default=precision),
        registers=table.whole("registers", low=1, high=255, default=32),
        shared_bytes=table.whole("shared_bytes", high=2**20, default=0),
    )


def _traffic(table: TomlTable) -> tuple[Number, Number]:
    """Bytes read and written a sample. ``bytes_per_sample`` alone counts as read: both cost a model the same."""
    split = [key for key in ("read_bytes_per_sample", "write_bytes_per_sample") if key in table]
    if not split:
        return table.number("bytes_per_sample", high=_MAX_COUNT), 0
    if "bytes_per_sample" in table:
        raise table.error(split[0], "bytes_per_sample is given as well", "Keep the sum or its parts, not both.")
    read, write = (
        table.number(key, high=_MAX_COUNT, default=0) for key in ("read_bytes_per_sample", "write_bytes_per_sample")
    )
    return read, write


def _up(per_sample: Number, samples: int) -> int:
    return ceil(Fraction(per_sample) * samples)


def _fitting(value: int, largest: int, kernel: str, samples: int) -> int:
    if value > largest:
        remedy = "Use a smaller batch or more chunks."
        raise UsageError(f"kernel {kernel!r} is too large for one launch over {samples} samples", remedy=remedy)
    return value


def _quoted(text: str) -> str:
    """A TOML text in quotes. JSON's escapes are TOML's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
