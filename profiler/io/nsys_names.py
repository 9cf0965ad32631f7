"""Numbers of Nsight Systems and nvprof exports: global ids, kinds of memory, kinds of events."""

from __future__ import annotations

import re
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import MISSING, MemoryKind

Ints = npt.NDArray[np.int64]

#: What exports write for "no stream" and the like.
_NO_NUMBER = 0xFFFFFFFF

#: ENUM_CUDA_MEM_KIND of Nsight Systems; the same numbers before there was such a table.
NSYS_MEMORY = np.array(
    [
        MemoryKind.PAGEABLE,
        MemoryKind.PINNED,
        MemoryKind.DEVICE,
        MemoryKind.DEVICE,  # array
        MemoryKind.MANAGED,
        MemoryKind.DEVICE,  # static
        MemoryKind.MANAGED,  # static
        MemoryKind.UNKNOWN,
    ],
    np.uint8,
)
#: CUpti_ActivityMemoryKind, which nvprof writes.
CUPTI_MEMORY = np.concatenate(([MemoryKind.UNKNOWN], NSYS_MEMORY[:7])).astype(np.uint8)


class NvtxEvent(IntEnum):
    """ENUM_NSYS_EVENT_TYPE, as far as NVTX goes."""

    CATEGORY = 33
    MARK = 34
    THREAD_NAME = 39
    PUSH_POP_RANGE = 59
    START_END_RANGE = 60
    TEXT_MARK = 65
    TEXT_PUSH_POP_RANGE = 70
    TEXT_START_END_RANGE = 71
    DOMAIN = 75


MARKS = (NvtxEvent.MARK, NvtxEvent.TEXT_MARK)
PUSH_POP = (NvtxEvent.PUSH_POP_RANGE, NvtxEvent.TEXT_PUSH_POP_RANGE)
START_END = (NvtxEvent.START_END_RANGE, NvtxEvent.TEXT_START_END_RANGE)
#: Rows that name something and are no events.
NAMING = (NvtxEvent.CATEGORY, NvtxEvent.THREAD_NAME, NvtxEvent.DOMAIN, 97, 98, 99)

#: Where ENUM_CUPTI_SYNC_TYPE is absent: CUpti_ActivitySynchronizationType.
SYNC_NAMES = {1: "Event Sync", 2: "Stream Wait Event", 3: "Stream Sync", 4: "Context Sync"}


def or_missing(numbers: Ints) -> Ints:
    """Numbers with 0xFFFFFFFF as -1."""
    return np.where(numbers == _NO_NUMBER, MISSING, numbers)


def no_number(numbers: Ints) -> Ints:
    """Numbers with -1 as 0xFFFFFFFF."""
    return np.where(numbers == MISSING, _NO_NUMBER, numbers)


def short_name(name: str) -> str:
    """A kernel's name without what it returns, its namespaces, template arguments and parameters.

    A name that is no C++ declaration, or one of an operator, stays as it is.
    """
    plain = name.replace("(anonymous namespace)::", "").replace("<unnamed>::", "")
    end = min((place for place in (plain.find("<"), plain.find("(")) if place >= 0), default=0)
    if not end or "operator" in plain[:end]:
        return name
    return re.split(r"[\s*&:]", plain[:end])[-1] or name


def memory_kinds(table: npt.NDArray[np.uint8], numbers: Ints) -> npt.NDArray[np.uint8]:
    """Memory kinds of an export's numbers; unknown for any other number."""
    inside = (numbers >= 0) & (numbers < len(table))
    return np.where(inside, table[np.where(inside, numbers, 0)], MemoryKind.UNKNOWN).astype(np.uint8)


class ProcessNumbers:
    """Process numbers of global ids: 8 bits hardware, 8 virtual machine, 24 process, 24 thread.

    Two processes of different machines may have one number; the second to appear then keeps its whole id, without the
    thread.
    """

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def of(self, global_id: Ints) -> Ints:
        """Process of each id, -1 for none."""
        whole = global_id >> 24
        values, codes = np.unique(whole, return_inverse=True)
        found = np.array([self._one(value) for value in values.tolist()], np.int64)[codes]
        return np.where(global_id >= 0, found, MISSING)

    def known(self) -> list[int]:
        """Every process number given so far."""
        return list(self._known.values())

    def _one(self, whole: int) -> int:
        if whole not in self._known:
            number = whole & 0xFFFFFF
            self._known[whole] = whole if number in self._known.values() else number
        return self._known[whole]


def threads(global_id: Ints) -> Ints:
    """Thread of each global id, -1 for none."""
    return np.where(global_id >= 0, global_id & 0xFFFFFF, MISSING)
