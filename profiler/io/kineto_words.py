"""What the words of Kineto, of older PyTorch profilers and of converters from Nsight Systems mean.

Sources: libkineto ``ActivityType.cpp`` (category words) and ``CuptiActivity.cpp`` (names of copies) in pytorch/kineto,
BSD-3-Clause; the 2020/2021 words as found in its ``tb_plugin/samples``; ``cuda`` and ``cuda_api`` as nsightful writes.
"""

from __future__ import annotations

import re
from enum import IntEnum

from profiler.trace.schema import Category, MemcpyKind, MemoryKind


class Place(IntEnum):
    """On what a slice of some category lies."""

    HOST = 0  #: the thread itself
    STREAM = 1  #: device work
    WAIT = 2  #: a wait that the file files under a device: a lane of its own, never a stream
    ANNOTATION = 3  #: a range projected onto a stream: a lane of its own
    ASYNC = 4  #: begin and end joined by id, not by thread


_CATEGORIES = {
    "kernel": Category.KERNEL,
    "cuda": Category.KERNEL,
    "concurrent_kernel": Category.KERNEL,
    "gpu_memcpy": Category.MEMCPY,
    "memcpy": Category.MEMCPY,
    "gpu_memset": Category.MEMSET,
    "memset": Category.MEMSET,
    "cuda_graph": Category.GRAPH,
    "stage": Category.STAGE,
    "unified_memory": Category.MIGRATION,
    "runtime": Category.RUNTIME,
    "cuda_runtime": Category.RUNTIME,
    "cuda_api": Category.RUNTIME,
    "hip_runtime": Category.RUNTIME,
    "xpu_runtime": Category.RUNTIME,
    "mtia_runtime": Category.RUNTIME,
    "glow_runtime": Category.RUNTIME,
    "privateuse1_runtime": Category.RUNTIME,
    "driver": Category.DRIVER,
    "cuda_driver": Category.DRIVER,
    "xpu_driver": Category.DRIVER,
    "privateuse1_driver": Category.DRIVER,
    "cuda_sync": Category.SYNC,
    "overhead": Category.OVERHEAD,
}
_PROJECTED = frozenset({"gpu_user_annotation", "nvtx-kernel"})
_PLACES = {
    Category.KERNEL: Place.STREAM,
    Category.MEMCPY: Place.STREAM,
    Category.MEMSET: Place.STREAM,
    Category.GRAPH: Place.STREAM,
    Category.STAGE: Place.STREAM,
    Category.MIGRATION: Place.STREAM,
    Category.SYNC: Place.WAIT,
}

#: The word that Lanescope writes for each category.
WRITTEN = {
    Category.KERNEL: "kernel",
    Category.GRAPH: "cuda_graph",
    Category.MEMCPY: "gpu_memcpy",
    Category.MEMSET: "gpu_memset",
    Category.STAGE: "stage",
    Category.RUNTIME: "cuda_runtime",
    Category.DRIVER: "cuda_driver",
    Category.SYNC: "cuda_sync",
    Category.OVERHEAD: "overhead",
    Category.MARKER: "user_annotation",
    Category.MIGRATION: "unified_memory",
}

#: Words that only a PyTorch profiler uses, and keys of its header.
KINETO_WORDS = frozenset({"cpu_op", "operator", "cuda_runtime", "runtime", "python_function", "gpu_memcpy"})
KINETO_KEYS = frozenset({"schemaVersion", "deviceProperties", "distributedInfo"})

#: Flows whose id is the correlation id of the slices at both ends.
CORRELATION_FLOWS = frozenset({"ac2g", "async", "async_gpu", "async_cpu_to_gpu"})

_DIRECTION = re.compile(r"\b(H|D|A|P)(?:ost|evice|rray)?[- ]?to[- ]?(H|D|A|P)(?:ost|evice|rray)?\b", re.IGNORECASE)
_ENDS = re.compile(r"\(([A-Za-z ]+) -> ([A-Za-z ]+)\)")
_MEMORY = {
    "pageable": MemoryKind.PAGEABLE,
    "pinned": MemoryKind.PINNED,
    "device": MemoryKind.DEVICE,
    "device static": MemoryKind.DEVICE,
    "array": MemoryKind.DEVICE,
    "managed": MemoryKind.MANAGED,
    "managed static": MemoryKind.MANAGED,
}


def category_of(word: str) -> Category:
    """The category that a file's word stands for, in any case; words of no device or runtime are markers."""
    return _CATEGORIES.get(word.lower(), Category.MARKER)


def place_of(word: str) -> Place:
    """On what slices of a file's category lie."""
    return Place.ANNOTATION if word.lower() in _PROJECTED else _PLACES.get(category_of(word), Place.HOST)


def copy_of(name: str) -> tuple[MemcpyKind, MemoryKind, MemoryKind]:
    """Direction and the kinds of memory at both ends, as a copy's name tells: ``Memcpy HtoD (Pageable -> Device)``."""
    direction = _DIRECTION.search(name)
    kind = MemcpyKind.NONE
    if direction is not None:
        letters = f"{direction.group(1)}TO{direction.group(2)}".upper()
        kind = MemcpyKind.__members__.get(letters, MemcpyKind.NONE)
    ends = _ENDS.search(name)
    if ends is None:
        return kind, MemoryKind.UNKNOWN, MemoryKind.UNKNOWN
    source, target = (_MEMORY.get(end.strip().lower(), MemoryKind.UNKNOWN) for end in ends.groups())
    return kind, source, target


def copy_name(kind: MemcpyKind, source: MemoryKind, target: MemoryKind) -> str:
    """The name Kineto gives a copy."""
    letters = {MemcpyKind.UM_HTOD: "HtoD", MemcpyKind.UM_DTOH: "DtoH"}.get(kind)
    if letters is None:
        letters = "Unknown" if kind == MemcpyKind.NONE else f"{kind.name[0]}to{kind.name[-1]}"
    return f"Memcpy {letters} ({source.name.capitalize()} -> {target.name.capitalize()})"
