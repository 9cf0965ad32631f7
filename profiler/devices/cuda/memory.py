"""The buffers of a plan in real memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from profiler.devices.cuda.failures import OUT_OF_MEMORY, DriverError
from profiler.devices.cuda.holdings import Bytes, Holdings, host_view
from profiler.plan.model import Buffer, Memory, Plan
from profiler.units import format_bytes


@dataclass(slots=True)
class PlanMemory:
    """Where each buffer of a plan lies, by its number.

    Attributes
    ----------
    device : dict
        Pointer that kernels and copies use, of device and mapped buffers.
    host : dict
        Address on the host, of all others and of mapped buffers.
    """

    plan: Plan
    device: dict[int, Any] = field(default_factory=dict)
    host: dict[int, int] = field(default_factory=dict)

    def view(self, number: int) -> Bytes:
        """The bytes of a host buffer."""
        return host_view(self.host[number], self.plan.buffers[number].size_bytes)


def allocate(plan: Plan, holdings: Holdings, *, resident_bytes: int = 0) -> PlanMemory:
    """Memory for every buffer, host buffers filled with a pattern that depends on the place only.

    Parameters
    ----------
    resident_bytes : int
        Device memory already taken for the workload, weights for example, which does not grow with the batch.

    Raises
    ------
    DriverError
        Memory does not suffice: how much was asked, how much is free, and which batch would fit.
    """
    memory = PlanMemory(plan)
    free = int(holdings.driver.call("cuMemGetInfo")[0])
    for number, buffer in enumerate(plan.buffers):
        try:
            _place(memory, number, buffer, holdings)
        except DriverError as error:
            if error.answer.code != OUT_OF_MEMORY:
                raise
            raise _too_large(error, plan, buffer, free, resident_bytes) from error
    for number in memory.host:
        fill(memory.view(number), number)
    return memory


def fill(view: Bytes, seed: int) -> None:
    """Write what can be read as anything: as floats these are from 1 to 2, as bytes and integers they differ.

    Constant data would make a GPU draw less power, and run faster, than it does with any real input.
    """
    words = -(-view.size // 4)
    mantissas = np.random.default_rng(seed).integers(0, 1 << 23, words, np.uint32)
    view[:] = (mantissas | np.uint32(0x3F80_0000)).view(np.uint8)[: view.size]


def _place(memory: PlanMemory, number: int, buffer: Buffer, holdings: Holdings) -> None:
    doing = f"{format_bytes(buffer.size_bytes)} of {buffer.memory.name.lower()} memory for {buffer.name!r}"
    match buffer.memory:
        case Memory.DEVICE:
            memory.device[number] = holdings.device_memory(buffer.size_bytes, doing)
        case Memory.PINNED:
            memory.host[number] = holdings.pinned(buffer.size_bytes, doing)
        case Memory.MAPPED:
            memory.host[number] = holdings.pinned(buffer.size_bytes, doing, mapped=True)
            memory.device[number] = holdings.mapped_pointer(memory.host[number])
        case Memory.PAGEABLE:
            memory.host[number] = holdings.pageable(buffer.size_bytes)


def _too_large(error: DriverError, plan: Plan, buffer: Buffer, free: int, resident_bytes: int) -> DriverError:
    on_device = sum(b.size_bytes for b in plan.buffers if b.memory is Memory.DEVICE)
    if buffer.memory is not Memory.DEVICE:
        remedy = "Use a smaller batch, fewer buffers, or --memory pageable: the system locks no more pages."
        return DriverError(error.answer, where=f"plan {plan.strategy}", doing=error.doing, remedy=remedy)
    fits = plan.batch * max(0, free) // on_device
    suffice = f"A batch of {fits} would fit with the same streams and buffers" if fits >= 1 else "No batch would fit"
    resident = f" beside {format_bytes(resident_bytes)} of weights" if resident_bytes else ""
    doing = (
        f"{error.doing}; the plan needs {format_bytes(on_device)} of device memory{resident}, {format_bytes(free)} "
        "were free"
    )
    return DriverError(
        error.answer, where=f"plan {plan.strategy}", doing=doing, remedy=f"{suffice}; fewer buffers need less."
    )
