"""A simulated GPU as numbers: the keys of its TOML file, each exact, and the one rule by which they become time.

Decimal numbers of the file become `fractions.Fraction`, so ``25.0`` or ``0.1`` mean exactly that. They turn into
whole nanoseconds in two functions only, `ns_of_us` and `transfer_ns`, and both round up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cached_property
from math import ceil

NS_PER_US = 1_000
BYTES_PER_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class CallCosts:
    """Host time of one call, in microseconds. ``graph_launch`` is what ``launch`` is unless the file gives it."""

    launch: Fraction
    memcpy: Fraction
    record: Fraction
    wait: Fraction
    sync: Fraction
    graph_launch: Fraction


@dataclass(frozen=True)
class GpuModel:
    """A simulated GPU. Field names are the keys of the GPU file; docs/simulator.md says what each does to time.

    Attributes
    ----------
    copy_engines : int
        As the driver reports them. 1: one engine serves both directions; 2 or more: one for each direction.
    htod_gb_per_s, dtoh_gb_per_s, pageable_htod_gb_per_s, pageable_dtoh_gb_per_s, memory_gb_per_s : Fraction
        Rates in 10^9 bytes a second, which is bytes a nanosecond.
    duplex_factor : Fraction
        Share of its rate that each direction keeps while both transfer; in (0, 1].
    copy_overhead_us : Fraction
        Time a copy holds its engine before its first byte.
    copy_latency_us : Fraction
        Least time from the call of a copy to its start on the engine, which is free for others meanwhile.
    kernel_gap_us : Fraction
        Least time between two consecutive kernels of one stream.
    launch_latency_us : Fraction
        Least time from the call of a kernel to its first instruction.
    graph_launch_us : Fraction
        The same for the first node of a graph; 0 stands for ``launch_latency_us``.
    graph_node_gap_us : Fraction
        The gap between two consecutive kernels of a graph's chain; ``kernel_gap_us`` where the file is silent.
    sync_return_us : Fraction
        From the end on the device until a synchronizing host call knows of it.
    kernel_fixed_us : Fraction
        Added to the time of every priced kernel.
    hardware_queues : int
        In-order queues that stream numbers map onto, modulo.
    pending_ops : int
        Operations a stream holds before the next call on it blocks.
    engine_queue : str
        ``request``: an engine serves in the order of requests; ``issue``: in the order of calls.
    late_kernel_signal : bool
        Kernels issued back to back signal completion together, when the last of them ends.
    pageable_async_max_bytes : int
        Pageable copies to the device up to this size return as soon as they are called.
    staging_bytes : int
        The last piece of a larger one, which may still travel when the call returns; 0: none.
    sm_count, threads_per_sm, blocks_per_sm : int
        What limits resident blocks; ``registers_per_sm`` and ``shared_bytes_per_sm`` too where they are not 0.
    fp32_tflops, int8_tops : Fraction
        Peaks, in 10^12 operations a second; a multiply-add is two.
    efficiency : mapping
        Precision to kernel class to the share of peak that it reaches; 1 where silent (`efficiency_of`).
    memory_efficiency : Fraction
        Share of ``memory_gb_per_s`` that kernels reach; in (0, 1].
    full_rate_threads_per_sm : int
        Resident threads below which an SM computes proportionally slower, for lack of work while instructions are
        under way; 0: a single block can keep it busy.
    memory_gib : Fraction
        Device memory; 0 is unlimited.
    compute_capability : str
        Such as ``9.0``; empty where unknown.
    source : mapping
        Where each number comes from, by key; nested keys are dotted (``call_us.launch``).
    """

    name: str
    copy_engines: int
    htod_gb_per_s: Fraction
    dtoh_gb_per_s: Fraction
    pageable_htod_gb_per_s: Fraction
    pageable_dtoh_gb_per_s: Fraction
    duplex_factor: Fraction
    copy_overhead_us: Fraction
    kernel_gap_us: Fraction
    launch_latency_us: Fraction
    hardware_queues: int
    pending_ops: int
    sm_count: int
    threads_per_sm: int
    blocks_per_sm: int
    fp32_tflops: Fraction
    int8_tops: Fraction
    memory_gb_per_s: Fraction
    call_us: CallCosts
    graph_node_gap_us: Fraction
    graph_launch_us: Fraction = Fraction(0)
    copy_latency_us: Fraction = Fraction(0)
    sync_return_us: Fraction = Fraction(0)
    kernel_fixed_us: Fraction = Fraction(0)
    registers_per_sm: int = 0
    shared_bytes_per_sm: int = 0
    memory_efficiency: Fraction = Fraction(1)
    full_rate_threads_per_sm: int = 0
    memory_gib: Fraction = Fraction(0)
    compute_capability: str = ""
    engine_queue: str = "request"
    late_kernel_signal: bool = False
    pageable_async_max_bytes: int = 65536
    staging_bytes: int = 0
    efficiency: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict, hash=False)
    source: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)

    def __hash__(self) -> int:
        """Worked out once: every kernel that is priced asks for it, and exact numbers take long."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, one.name) for one in fields(self) if one.hash is not False))

    @property
    def memory_bytes(self) -> int:
        """Device memory in bytes, rounded down; 0 is unlimited."""
        return int(self.memory_gib * BYTES_PER_GIB)

    def efficiency_of(self, precision: str, efficiency_class: str) -> Fraction:
        """Share of peak that kernels of a class reach in a precision, in (0, 1]; 1 where the file is silent."""
        return self.efficiency.get(precision, {}).get(efficiency_class, Fraction(1))


def ns_of_us(us: Fraction | int | float) -> int:
    """Whole nanoseconds of a time in microseconds, rounded up."""
    return ceil(Fraction(us) * NS_PER_US)


def transfer_ns(size_bytes: int, gb_per_s: Fraction | int | float) -> int:
    """Nanoseconds that ``size_bytes`` take at a rate in 10^9 bytes a second, rounded up; no float touches it."""
    return ceil(size_bytes / Fraction(gb_per_s))
