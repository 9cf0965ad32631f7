"""Toy GPUs: an ideal machine with the required keys only, and changes to it."""

from __future__ import annotations

from typing import Any

from profiler.devices.sim.model import GpuModel, parse_gpu

#: One byte is one nanosecond on the link, one block runs on each of 10 SMs, and nothing else costs any time.
IDEAL: dict[str, Any] = {
    "name": "ideal",
    "copy_engines": 2,
    "htod_gb_per_s": 1.0,
    "dtoh_gb_per_s": 1.0,
    "pageable_htod_gb_per_s": 0.5,
    "pageable_dtoh_gb_per_s": 0.5,
    "duplex_factor": 1.0,
    "copy_overhead_us": 0.0,
    "kernel_gap_us": 0.0,
    "launch_latency_us": 0.0,
    "hardware_queues": 32,
    "pending_ops": 1024,
    "sm_count": 10,
    "threads_per_sm": 1024,
    "blocks_per_sm": 1,
    "fp32_tflops": 1.0,
    "int8_tops": 4.0,
    "memory_gb_per_s": 100.0,
}
NO_CALL_COST = {"launch": 0.0, "memcpy": 0.0, "record": 0.0, "wait": 0.0, "sync": 0.0}


def gpu_text(*, call_us: dict[str, Any] | None = None, without: tuple[str, ...] = (), **changes: Any) -> str:
    """A GPU file: the ideal machine with other values, further keys, or keys left out."""
    keys = {key: value for key, value in (IDEAL | changes).items() if key not in without}
    calls = {key: value for key, value in (NO_CALL_COST | (call_us or {})).items() if f"call_us.{key}" not in without}
    lines = [f"{key} = {_toml(value)}" for key, value in keys.items()]
    return "\n".join([*lines, "[call_us]", *(f"{key} = {_toml(value)}" for key, value in calls.items()), ""])


def toy_gpu(*, call_us: dict[str, Any] | None = None, **changes: Any) -> GpuModel:
    """The ideal machine with other values or further keys."""
    return parse_gpu(gpu_text(call_us=call_us, **changes), "toy.toml")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
