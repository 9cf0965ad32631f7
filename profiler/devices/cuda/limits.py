"""What the driver says of a GPU that a simulation of it needs: what limits residency, and peaks at its clocks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from profiler.devices.cuda.driver import Driver, version_text
from profiler.devices.cuda.facts import read_facts

#: By compute capability: FP32 multiply-adds of an SM in a clock, and INT8 ones on its fastest unit (dp4a up to 7.0,
#: tensor cores later). Sources: CUDA C++ Programming Guide, throughput of native arithmetic instructions, for FP32 and
#: dp4a; NVIDIA's architecture white papers for tensor cores (dense): Turing 1024, A100 2048, GA10x and AD10x 1024,
#: H100 4096, B200 8192, GB20x 1024.
MULTIPLY_ADDS = {
    (6, 0): (64, 64),
    (6, 1): (128, 512),
    (7, 0): (64, 256),
    (7, 5): (64, 1024),
    (8, 0): (64, 2048),
    (8, 6): (128, 1024),
    (8, 7): (128, 2048),
    (8, 9): (128, 1024),
    (9, 0): (128, 4096),
    (10, 0): (128, 8192),
    (10, 3): (128, 8192),
    (12, 0): (128, 1024),
}

#: Cycles until a dependent operation may follow: so many threads a lane keep it busy. 4 since Volta, 6 before.
#: Source: Jia et al., "Dissecting the NVIDIA Volta GPU Architecture via Microbenchmarking" (2018).
_CYCLES, _CYCLES_BEFORE_VOLTA = 4, 6

_SHIPPED_BY = "operations a clock and SM from NVIDIA's documents, at the clock that the driver reports"


def read_limits(ordinal: int) -> dict[str, Any]:
    """Limits of one GPU, by the names that `profiler.experiment.calibration.limits.Limits` has for them.

    Raises
    ------
    DeviceError
        There is no driver or no such GPU.
    """
    driver = Driver()
    facts = read_facts(driver, ordinal)
    device = driver.call("cuDeviceGet", ordinal)

    def attribute(name: str) -> int:
        key = getattr(driver.api.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
        return int(driver.call("cuDeviceGetAttribute", key, device, doing=name.lower()))

    lanes, narrow = _operations(facts.capability)
    clock_khz = attribute("CLOCK_RATE")
    cycles = _CYCLES if facts.capability >= (7, 0) else _CYCLES_BEFORE_VOLTA
    return {
        "name": facts.name,
        "driver": f"for CUDA {version_text(facts.driver)}",
        "copy_engines": max(1, facts.copy_engines),
        "sm_count": facts.sm_count,
        "threads_per_sm": attribute("MAX_THREADS_PER_MULTIPROCESSOR"),
        "blocks_per_sm": attribute("MAX_BLOCKS_PER_MULTIPROCESSOR"),
        "registers_per_sm": attribute("MAX_REGISTERS_PER_MULTIPROCESSOR"),
        "shared_bytes_per_sm": attribute("MAX_SHARED_MEMORY_PER_MULTIPROCESSOR"),
        "compute_capability": f"{facts.capability[0]}.{facts.capability[1]}",
        "memory_gib": Fraction(facts.memory_bytes * 100 // (1 << 30), 100),
        "fp32_tflops": _tera(lanes, facts.sm_count, clock_khz),
        "int8_tops": _tera(narrow, facts.sm_count, clock_khz),
        "memory_gb_per_s": _memory_rate(attribute("MEMORY_CLOCK_RATE"), attribute("GLOBAL_MEMORY_BUS_WIDTH")),
        "full_rate_threads_per_sm": lanes * cycles,
        "peaks_from": _SHIPPED_BY,
    }


def _operations(capability: tuple[int, int]) -> tuple[int, int]:
    """Multiply-adds of an SM in a clock; an unknown GPU is taken to be like the newest known one that is not newer."""
    older = [known for known in MULTIPLY_ADDS if known <= capability]
    return MULTIPLY_ADDS[max(older)] if older else MULTIPLY_ADDS[min(MULTIPLY_ADDS)]


def _tera(multiply_adds: int, sms: int, clock_khz: int) -> Fraction:
    """10^12 operations a second, a multiply-add being two; at least a thousandth, as a driver may report no clock."""
    return Fraction(max(1, round(2 * multiply_adds * sms * clock_khz / 10**6)), 1000)


def _memory_rate(clock_khz: int, bus_bits: int) -> Fraction:
    """10^9 bytes a second of a memory that transfers twice a clock; at least one, as a driver may report no clock."""
    return Fraction(max(1, round(2 * clock_khz * bus_bits / 8 / 10**6)))
