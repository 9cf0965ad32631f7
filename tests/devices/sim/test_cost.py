"""The price of a kernel: closed forms, and what must hold whatever the kernel and the GPU."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.devices.sim.cost import KernelCost, price, resident_blocks
from profiler.devices.sim.model import GpuModel, gpu_names, load_gpu, parse_gpu
from profiler.errors import UsageError
from profiler.workload.model import EFFICIENCY_CLASSES, PRECISIONS, KernelCall
from profiler.workload.networks import NETWORKS, network

#: Only the required keys. Each of ten SMs does 1000 operations a nanosecond in FP32 and 4000 in INT8.
IDEAL = parse_gpu(
    """
    name = "ideal"
    copy_engines = 2
    htod_gb_per_s = 10.0
    dtoh_gb_per_s = 20.0
    pageable_htod_gb_per_s = 5.0
    pageable_dtoh_gb_per_s = 5.0
    duplex_factor = 1.0
    copy_overhead_us = 0.0
    kernel_gap_us = 0.0
    launch_latency_us = 0.0
    hardware_queues = 32
    pending_ops = 1024
    sm_count = 10
    threads_per_sm = 1024
    blocks_per_sm = 16
    fp32_tflops = 10.0
    int8_tops = 40.0
    memory_gb_per_s = 100.0
    [call_us]
    launch = 0.0
    memcpy = 0.0
    record = 0.0
    wait = 0.0
    sync = 0.0
    """,
    "ideal.toml",
)

#: Four resident blocks of 256 threads an SM, all of which it takes to compute at full rate.
SLOW_ALONE = replace(IDEAL, full_rate_threads_per_sm=1024)


def kernel(
    blocks: int,
    per_block: int = 0,
    *,
    threads: int = 256,
    read_bytes: int = 0,
    write_bytes: int = 0,
    efficiency_class: str = "direct",
    precision: str = "fp32",
    registers: int = 32,
    shared_bytes: int = 0,
    duration_ns: int | None = None,
) -> KernelCall:
    return KernelCall(
        "k",
        (blocks, 1, 1),
        (threads, 1, 1),
        flops=blocks * per_block,
        read_bytes=read_bytes,
        write_bytes=write_bytes,
        efficiency_class=efficiency_class,
        precision=precision,
        registers=registers,
        shared_bytes=shared_bytes,
        duration_ns=duration_ns,
    )


def test_as_many_blocks_as_sms_take_the_time_of_one_on_its_sm() -> None:
    assert price(kernel(10, 100_000), IDEAL) == KernelCost(blocks=10, slots=10, block_ns=100)


def test_one_block_uses_one_sm_and_leaves_the_others_to_the_next() -> None:
    cost = price(kernel(1, 100_000), IDEAL)
    assert cost == KernelCost(blocks=1, slots=10, block_ns=100)
    assert (cost.waves, cost.alone_ns, cost.work_ns) == (1, 100, 10)


def test_one_block_too_many_costs_as_much_as_a_block_on_every_sm() -> None:
    assert price(kernel(11, 100_000), IDEAL).alone_ns == price(kernel(20, 100_000), IDEAL).alone_ns == 200


def test_resident_blocks_share_their_sm() -> None:
    assert price(kernel(40, 100_000), IDEAL) == KernelCost(blocks=40, slots=40, block_ns=400)


def test_more_blocks_than_fit_run_in_waves_that_never_compute_above_the_peak() -> None:
    cost = price(kernel(50, 100_000), IDEAL)
    assert cost == KernelCost(blocks=50, slots=25, block_ns=250)
    assert (cost.waves, cost.alone_ns, cost.work_ns) == (2, 500, 500)


def test_where_one_block_cannot_keep_an_sm_busy_every_wave_takes_a_whole_ones_time() -> None:
    for blocks in (1, 10, 39, 40):
        assert price(kernel(blocks, 100_000), SLOW_ALONE) == KernelCost(blocks, slots=40, block_ns=400)
    cost = price(kernel(41, 100_000), SLOW_ALONE)
    assert (cost.waves, cost.alone_ns, cost.work_ns) == (2, 800, 410)


def test_a_block_of_fewer_threads_is_slower_alone() -> None:
    assert price(kernel(10, 100_000, threads=512), SLOW_ALONE).alone_ns == 200
    assert price(kernel(10, 100_000, threads=128), SLOW_ALONE).alone_ns == 800


def test_int8_has_its_own_peak() -> None:
    assert price(kernel(10, 100_000, precision="int8"), IDEAL).alone_ns == 25


def test_a_class_reaches_its_share_of_the_peak() -> None:
    gpu = replace(IDEAL, efficiency={"fp32": {"direct": Fraction(1, 4)}, "int8": {"pool": Fraction(1, 2)}})
    assert price(kernel(10, 100_000), gpu).alone_ns == 400
    assert price(kernel(10, 100_000, efficiency_class="pool"), gpu).alone_ns == 100
    assert price(kernel(10, 100_000, precision="int8"), gpu).alone_ns == 25
    assert price(kernel(10, 100_000, efficiency_class="pool", precision="int8"), gpu).alone_ns == 50


def test_the_memory_roof_is_not_quantized() -> None:
    moved = {"read_bytes": 30_000, "write_bytes": 20_000}
    assert price(kernel(10, 100_000, **moved), IDEAL).alone_ns == 500
    assert price(kernel(41, 100, **moved), IDEAL).alone_ns == 500
    assert price(kernel(10, **moved), replace(IDEAL, memory_efficiency=Fraction(1, 2))).alone_ns == 1000


def test_the_link_roof_has_a_rate_for_each_direction() -> None:
    launch = kernel(10, 100_000)
    assert price(launch, IDEAL, mapped_read_bytes=10_000).alone_ns == 1000
    assert price(launch, IDEAL, mapped_write_bytes=10_000).alone_ns == 500
    assert price(launch, IDEAL, mapped_read_bytes=10_000, mapped_write_bytes=30_000).alone_ns == 1500


def test_a_fixed_duration_holds_every_slot_and_is_priced_by_nothing_but_the_link() -> None:
    gpu = replace(IDEAL, kernel_fixed_us=Fraction(5), sm_count=1)
    held = kernel(7, 10**9, read_bytes=10**9, duration_ns=123)
    assert price(held, gpu) == KernelCost(blocks=1, slots=1, block_ns=123)
    assert price(held, gpu, mapped_read_bytes=10_000) == KernelCost(blocks=1, slots=1, block_ns=1000)
    assert price(replace(held, duration_ns=0), gpu) == KernelCost(blocks=1, slots=1, block_ns=0)


def test_the_fixed_time_comes_on_top_once() -> None:
    gpu = replace(IDEAL, kernel_fixed_us=Fraction("1.5"))
    assert price(kernel(10, 100_000), gpu).alone_ns == 1600
    assert price(kernel(80, 100_000), gpu).alone_ns == 800 + 1500
    assert price(kernel(1), gpu).alone_ns == 1500


def test_times_are_exact_and_rounded_up() -> None:
    gpu = replace(IDEAL, memory_gb_per_s=Fraction("0.1"))
    assert price(kernel(1, read_bytes=3), gpu).block_ns == 30
    assert price(kernel(1, 1), IDEAL).block_ns == 1
    assert price(kernel(1, 1001), IDEAL).block_ns == 2
    assert price(kernel(1), IDEAL).block_ns == 0


@pytest.mark.parametrize(
    ("launch", "gpu", "expected"),
    [
        (kernel(1), IDEAL, 4),
        (kernel(1, threads=32), IDEAL, 16),
        (kernel(1, threads=300), IDEAL, 3),
        (kernel(1, registers=255, shared_bytes=10**6), IDEAL, 4),
        (kernel(1, registers=128), replace(IDEAL, registers_per_sm=65536), 2),
        (kernel(1, shared_bytes=40_000), replace(IDEAL, shared_bytes_per_sm=98304), 2),
        (kernel(1, shared_bytes=0), replace(IDEAL, shared_bytes_per_sm=98304), 4),
    ],
)
def test_resident_blocks_by_hand(launch: KernelCall, gpu: GpuModel, expected: int) -> None:
    assert resident_blocks(launch, gpu) == expected


@pytest.mark.parametrize(
    ("launch", "gpu", "lacking"),
    [
        (kernel(1, threads=1025), IDEAL, "threads"),
        (kernel(1, threads=1024, registers=65), replace(IDEAL, registers_per_sm=65536), "registers"),
        (kernel(1, shared_bytes=98305), replace(IDEAL, shared_bytes_per_sm=98304), "shared memory"),
    ],
)
def test_a_block_that_fits_no_sm_is_refused_with_what_it_lacks(launch: KernelCall, gpu: GpuModel, lacking: str) -> None:
    with pytest.raises(UsageError, match=f"ideal: a block of kernel 'k' needs more {lacking} than an SM has"):
        price(launch, gpu)


rates = st.integers(1, 10**6).map(lambda n: Fraction(n, 100))
shares = st.integers(1, 100).map(lambda n: Fraction(n, 100))
bytes_moved = st.integers(0, 10**9)

gpus = st.builds(
    lambda fixed, efficiency, values: replace(
        IDEAL, kernel_fixed_us=fixed, efficiency={p: {"direct": efficiency} for p in PRECISIONS}, **values
    ),
    st.integers(0, 50).map(lambda n: Fraction(n, 10)),
    shares,
    st.fixed_dictionaries(
        {
            "sm_count": st.integers(1, 150),
            "threads_per_sm": st.sampled_from([1024, 1536, 2048]),
            "blocks_per_sm": st.integers(1, 32),
            "registers_per_sm": st.sampled_from([0, 65536]),
            "full_rate_threads_per_sm": st.sampled_from([0, 100, 256, 512, 2048]),
            "fp32_tflops": rates,
            "int8_tops": rates,
            "memory_gb_per_s": rates,
            "memory_efficiency": shares,
            "htod_gb_per_s": rates,
            "dtoh_gb_per_s": rates,
        }
    ),
)

kernels = st.builds(
    KernelCall,
    name=st.just("k"),
    grid=st.tuples(st.integers(1, 5000), st.integers(1, 4), st.just(1)),
    block=st.tuples(st.sampled_from([32, 64, 96, 128, 256, 512, 1024]), st.just(1), st.just(1)),
    flops=st.integers(0, 10**12),
    read_bytes=bytes_moved,
    write_bytes=bytes_moved,
    efficiency_class=st.sampled_from(EFFICIENCY_CLASSES),
    precision=st.sampled_from(PRECISIONS),
    registers=st.sampled_from([16, 32, 64]),
)


def peak(launch: KernelCall, gpu: GpuModel) -> Fraction:
    """Operations a nanosecond that the whole GPU reaches in the kernel's class."""
    whole = gpu.int8_tops if launch.precision == "int8" else gpu.fp32_tflops
    return whole * 1000 * gpu.efficiency_of(launch.precision, launch.efficiency_class)


def slow_compute_ns(launch: KernelCall, gpu: GpuModel) -> Fraction:
    """Deals the blocks out one by one, and lets every SM work off its own in rounds."""
    dealt = [0] * gpu.sm_count
    for block in range(launch.blocks):
        dealt[block % gpu.sm_count] += 1
    rate, work = peak(launch, gpu) / gpu.sm_count, Fraction(launch.flops, launch.blocks)
    resident = resident_blocks(launch, gpu)

    def time_of(blocks: int) -> Fraction:
        total = Fraction(0)
        while blocks:
            count = min(resident, blocks)
            needed = gpu.full_rate_threads_per_sm
            kept_busy = min(Fraction(1), Fraction(count * launch.threads, needed)) if needed else 1
            total += count * work / (rate * kept_busy)
            blocks -= count
        return total

    return max(time_of(blocks) for blocks in {*dealt})


@given(launch=kernels, gpu=gpus)
def test_a_kernel_takes_the_highest_roof_and_the_fixed_time_within_rounding(launch: KernelCall, gpu: GpuModel) -> None:
    cost = price(launch, gpu)
    memory = (launch.read_bytes + launch.write_bytes) / (gpu.memory_gb_per_s * gpu.memory_efficiency)
    exact = max(slow_compute_ns(launch, gpu), memory) + gpu.kernel_fixed_us * 1000
    assert exact <= cost.alone_ns < exact + cost.waves


@given(launch=kernels, gpu=gpus, read=bytes_moved, write=bytes_moved)
def test_no_roof_is_broken(launch: KernelCall, gpu: GpuModel, read: int, write: int) -> None:
    cost = price(launch, gpu, mapped_read_bytes=read, mapped_write_bytes=write)
    roofs = (
        launch.flops / peak(launch, gpu),
        (launch.read_bytes + launch.write_bytes) / gpu.memory_gb_per_s,
        read / gpu.htod_gb_per_s,
        write / gpu.dtoh_gb_per_s,
    )
    assert cost.alone_ns >= max(roofs) + gpu.kernel_fixed_us * 1000
    assert price(launch, gpu).alone_ns <= cost.alone_ns


@given(launch=kernels, gpu=gpus)
def test_slots_waves_and_work_fit_together(launch: KernelCall, gpu: GpuModel) -> None:
    cost = price(launch, gpu)
    assert 1 <= cost.slots <= gpu.sm_count * resident_blocks(launch, gpu)
    assert cost.waves == ceil(launch.blocks / (gpu.sm_count * resident_blocks(launch, gpu)))
    assert 0 <= cost.work_ns <= cost.alone_ns
    idle = launch.flops == launch.read_bytes == launch.write_bytes == gpu.kernel_fixed_us == 0
    assert (cost.block_ns == 0) == idle


@given(launch=kernels, gpu=gpus)
def test_full_slots_never_compute_above_the_peak(launch: KernelCall, gpu: GpuModel) -> None:
    """But for the one block by which slots are rounded up."""
    cost = price(launch, gpu)
    per_block = Fraction(launch.flops, launch.blocks)
    assert (cost.slots - 1) * per_block <= peak(launch, gpu) * cost.block_ns


@given(launch=kernels, gpu=gpus, more=st.integers(1, 10**9))
def test_more_work_never_takes_less_time(launch: KernelCall, gpu: GpuModel, more: int) -> None:
    cost = price(launch, gpu).alone_ns
    for grown in (
        replace(launch, flops=launch.flops + more),
        replace(launch, read_bytes=launch.read_bytes + more),
        replace(launch, write_bytes=launch.write_bytes + more),
    ):
        assert price(grown, gpu).alone_ns >= cost
    less, equal = (price(launch, gpu, mapped_read_bytes=size).alone_ns for size in (more, more + 1))
    assert cost <= less <= equal


@given(launch=kernels, gpu=gpus, times=st.integers(2, 10))
def test_a_faster_gpu_never_takes_longer(launch: KernelCall, gpu: GpuModel, times: int) -> None:
    cost = price(launch, gpu).alone_ns
    for name in ("fp32_tflops", "int8_tops", "memory_gb_per_s"):
        assert price(launch, replace(gpu, **{name: getattr(gpu, name) * times})).alone_ns <= cost
    assert price(launch, replace(gpu, kernel_fixed_us=Fraction(0))).alone_ns <= cost
    assert price(launch, replace(gpu, full_rate_threads_per_sm=0)).alone_ns <= cost
    assert price(launch, replace(gpu, efficiency={}, memory_efficiency=Fraction(1))).alone_ns <= cost


@given(launch=kernels)
def test_on_an_ideal_gpu_full_waves_run_at_the_peak(launch: KernelCall) -> None:
    even = replace(launch, grid=(10 * launch.grid[0], launch.grid[1], 1), read_bytes=0, write_bytes=0)
    cost = price(even, IDEAL)
    exact = even.flops / peak(even, IDEAL)
    assert exact <= cost.alone_ns < exact + cost.waves


@pytest.mark.parametrize("gpu", gpu_names())
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_fits_every_shipped_gpu_and_gains_by_a_larger_batch(name: str, precision: str, gpu: str) -> None:
    model = load_gpu(gpu)
    totals = [sum(price(k, model).alone_ns for k in network(name, precision).kernels(n)) for n in (1, 8, 128)]
    assert all(few < many for few, many in pairwise(totals))
    assert totals[2] / 128 < totals[0]
