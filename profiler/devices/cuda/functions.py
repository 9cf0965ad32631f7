"""Kernels as the driver launches them: functions of loaded modules, and blocks of parameters."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from profiler.devices.cuda.holdings import Bytes, Holdings
from profiler.plan.model import Plan
from profiler.workload.model import Dim3, KernelCall

#: Dynamic shared memory that a kernel may have without asking for more. Source: CUDA programming guide, section on
#: shared memory of compute capability 7.x and later.
SHARED_WITHOUT_ASKING = 48 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """Memory that a kernel is given: its address there, and its length."""

    address: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Bound:
    """What one launch needs: its function, the ctypes values of its parameters, dynamic shared memory.

    ``grid`` and ``block`` are those of its `KernelCall` where they are not given.
    """

    entry: str
    values: tuple[Any, ...]
    shared_bytes: int = 0
    grid: Dim3 | None = None
    block: Dim3 | None = None


class KernelTable(Protocol):
    """Where kernels come from: their code, and the arguments that a plan's launches give them."""

    def image(self, entry: str, capability: tuple[int, int]) -> bytes:
        """A cubin that holds the function ``entry`` for a GPU of this compute capability."""

    def resident_bytes(self, plan: Plan) -> int:
        """Device memory for what all launches share, such as weights."""

    def resident(self, plan: Plan) -> Bytes | None:
        """Its content; None for zeros."""

    def bind(self, plan: Plan, spans: dict[int, Span], resident: Span) -> dict[int, Bound]:
        """Entry and arguments of every launch, by step number.

        ``spans`` has the plan's buffers that kernels can reach, by number.
        """


class Functions:
    """Functions and parameter blocks of one run, held as long as ``holdings``."""

    def __init__(self, holdings: Holdings, table: KernelTable, capability: tuple[int, int]) -> None:
        self._holdings = holdings
        self._table = table
        self._capability = capability
        self._functions: dict[str, Any] = {}
        self._modules: dict[bytes, Any] = {}
        self._shared: dict[str, int] = {}
        self._kept: list[Any] = []

    def get(self, bound: Bound) -> Any:
        """The function of a bound kernel, allowed the shared memory it asks for."""
        function = self.named(bound.entry)
        if bound.shared_bytes > max(SHARED_WITHOUT_ASKING, self._shared.get(bound.entry, 0)):
            attribute = self._holdings.driver.api.CUfunction_attribute
            self._holdings.driver.call(
                "cuFuncSetAttribute",
                function,
                attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                bound.shared_bytes,
                doing=f"{bound.shared_bytes} bytes of shared memory for {bound.entry}",
            )
            self._shared[bound.entry] = bound.shared_bytes
        return function

    def named(self, entry: str) -> Any:
        """The function called ``entry``, its module loaded at the first time."""
        if entry not in self._functions:
            image = self._table.image(entry, self._capability)
            if image not in self._modules:
                self._modules[image] = self._holdings.module(image, f"loading the code of {entry}")
            self._functions[entry] = self._holdings.driver.call(
                "cuModuleGetFunction", self._modules[image], entry.encode("ascii"), doing=f"looking up {entry}"
            )
        return self._functions[entry]

    def parameters(self, values: Sequence[Any]) -> int:
        """Address of a ``void*[]`` to these ctypes values, valid as long as this object; 0 where there are none."""
        if not values:
            return 0
        block = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
        self._kept.append((tuple(values), block))
        return ctypes.addressof(block)


def launch_arguments(function: Any, kernel: KernelCall, bound: Bound, stream: Any, parameters: int) -> tuple[Any, ...]:
    """The arguments of ``cuLaunchKernel``."""
    grid, block = bound.grid or kernel.grid, bound.block or kernel.block
    return (function, *grid, *block, bound.shared_bytes, stream, parameters, 0)
