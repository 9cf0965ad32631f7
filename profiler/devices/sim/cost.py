"""What a kernel costs on a simulated GPU: a roofline in whole thread blocks.

A kernel's blocks are spread evenly over the SMs. Three roofs bound its time, and the highest holds:

- compute: an SM has its share of the peak of the kernel's precision, of which the kernel's class reaches a fraction.
  The SM with most blocks decides. Blocks resident together share it; with too few threads to hide the latency of
  its instructions (``full_rate_threads_per_sm``) it reaches proportionally less;
- memory: all bytes over the memory rate, of which a fraction is reached (``memory_efficiency``);
- link: bytes in mapped host memory over the link's rate of their direction.

``kernel_fixed_us`` comes on top. A kernel of a fixed duration is priced by that alone, and by the link.

The arithmetic is exact; the duration of a block is rounded up to whole nanoseconds once, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil

from profiler.devices.sim.gpu import GpuModel, transfer_ns
from profiler.errors import UsageError
from profiler.workload.model import KernelCall

#: Operations a nanosecond in one of the units in which peaks are given, 10^12 a second.
_PER_NS = 1000


@dataclass(frozen=True, slots=True)
class KernelCost:
    """A priced kernel.

    Attributes
    ----------
    blocks : int
        Thread blocks, handed out to slots as they fall free.
    slots : int
        Blocks that the GPU runs side by side at this price: as many as fit on its SMs, or fewer where a block gets more
        than its share of an SM. It computes faster then, and takes as much more of the GPU; together the blocks in the
        slots never compute above the peak.
    block_ns : int
        Time a block holds its slot.
    """

    blocks: int
    slots: int
    block_ns: int

    @property
    def waves(self) -> int:
        """Rounds in which the slots are filled, the last perhaps in part."""
        return -(-self.blocks // self.slots)

    @property
    def alone_ns(self) -> int:
        """Duration with the GPU to itself."""
        return self.waves * self.block_ns

    @property
    def work_ns(self) -> int:
        """The duration times the mean share of the slots it fills, rounded down: a lower bound on the SMs' time."""
        return self.blocks * self.block_ns // self.slots


@lru_cache(maxsize=1 << 16)
def price(kernel: KernelCall, gpu: GpuModel, *, mapped_read_bytes: int = 0, mapped_write_bytes: int = 0) -> KernelCost:
    """What ``kernel`` costs on ``gpu``.

    Parameters
    ----------
    kernel : KernelCall
    gpu : GpuModel
    mapped_read_bytes, mapped_write_bytes : int
        Of its bytes, those it reads from and writes to pinned host memory across the link.

    Returns
    -------
    KernelCost
        ``alone_ns`` is no less than any roof, and 0 only if there is nothing to do and ``kernel_fixed_us`` is 0.

    Raises
    ------
    UsageError
        A block needs more threads, registers or shared memory than an SM has.
    """
    link_ns = max(transfer_ns(mapped_read_bytes, gpu.htod_gb_per_s), transfer_ns(mapped_write_bytes, gpu.dtoh_gb_per_s))
    if kernel.duration_ns is not None:
        return KernelCost(blocks=1, slots=1, block_ns=max(kernel.duration_ns, link_ns))
    resident = resident_blocks(kernel, gpu)
    waves = -(-blocks_on_fullest_sm(kernel, gpu) // resident)
    at_peak = int(gpu.sm_count * sm_turns(kernel, gpu) / waves)
    slots = max(-(-kernel.blocks // waves), min(gpu.sm_count * resident, at_peak))
    roof_ns = max(compute_ns(kernel, gpu), memory_ns(kernel, gpu), Fraction(link_ns))
    total_ns = roof_ns + gpu.kernel_fixed_us * 1000
    return KernelCost(blocks=kernel.blocks, slots=slots, block_ns=ceil(total_ns / waves))


def compute_ns(kernel: KernelCall, gpu: GpuModel) -> Fraction:
    """Time of the SM with most blocks."""
    peak = gpu.int8_tops if kernel.precision == "int8" else gpu.fp32_tflops
    sm_rate = peak * _PER_NS * gpu.efficiency_of(kernel.precision, kernel.efficiency_class) / gpu.sm_count
    return Fraction(kernel.flops, kernel.blocks) / sm_rate * sm_turns(kernel, gpu)


def sm_turns(kernel: KernelCall, gpu: GpuModel) -> Fraction:
    """Time of the SM with most blocks, in units of the time that one block's operations take a whole SM.

    It runs as many blocks at once as fit, round by round. A round takes as many turns as it has blocks, but no fewer
    than it would with `GpuModel.full_rate_threads_per_sm` threads.
    """
    least = Fraction(gpu.full_rate_threads_per_sm, kernel.threads)
    resident = resident_blocks(kernel, gpu)
    rounds, rest = divmod(blocks_on_fullest_sm(kernel, gpu), resident)
    return rounds * max(Fraction(resident), least) + (max(Fraction(rest), least) if rest else 0)


def blocks_on_fullest_sm(kernel: KernelCall, gpu: GpuModel) -> int:
    """Blocks of ``kernel`` that the SM with most of them gets when they are spread evenly."""
    return -(-kernel.blocks // gpu.sm_count)


def memory_ns(kernel: KernelCall, gpu: GpuModel) -> Fraction:
    """Time of all bytes at the rate that the memory reaches."""
    return (kernel.read_bytes + kernel.write_bytes) / (gpu.memory_gb_per_s * gpu.memory_efficiency)


def resident_blocks(kernel: KernelCall, gpu: GpuModel) -> int:
    """Blocks of ``kernel`` that one SM of ``gpu`` holds at once.

    Raises
    ------
    UsageError
        Not even one.
    """
    limits = {"threads": gpu.threads_per_sm // kernel.threads, "blocks": gpu.blocks_per_sm}
    if gpu.registers_per_sm:
        limits["registers"] = gpu.registers_per_sm // max(1, kernel.registers * kernel.threads)
    if gpu.shared_bytes_per_sm and kernel.shared_bytes:
        limits["shared memory"] = gpu.shared_bytes_per_sm // kernel.shared_bytes
    lacking = min(limits, key=lambda limit: limits[limit])
    if not limits[lacking]:
        what = f"a block of kernel {kernel.name!r} needs more {lacking} than an SM has"
        raise UsageError(what, where=gpu.name, remedy="Use smaller blocks or another GPU.")
    return limits[lacking]
