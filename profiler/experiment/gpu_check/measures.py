"""The measures stage: what the hardware does with plans that ask one thing each."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np

from profiler.devices.base import Device
from profiler.errors import LanescopeError
from profiler.experiment.calibration.chains import pending_operations
from profiler.experiment.calibration.copies import measure_links
from profiler.experiment.calibration.draft import AHEAD_BYTES, Draft, middle, tiny_kernel
from profiler.experiment.calibration.draft import run as run_plan
from profiler.experiment.gpu_check.context import Context, Outcome, listed, open_checked
from profiler.experiment.gpu_check.results import FAILED, PASSED
from profiler.plan.model import Memory
from profiler.workload.micro import array_sum, gemm
from profiler.workload.model import KernelCall

_COPY_BYTES = 16_000_000

#: Elements that one thread adds in the kernel that only takes long: a fraction of a millisecond or more.
_LOOP = 100_000

CONNECTIONS = "CUDA_DEVICE_MAX_CONNECTIONS"


def run(context: Context) -> Outcome:
    """All measures; one that fails is noted, and the others go on."""
    found: dict[str, Any] = {}
    failed = []
    for name, measure in MEASURES.items():
        if context.remaining_s() <= 0:
            failed.append(name)
            found[name] = {"error": "time was up"}
            continue
        try:
            found[name] = measure(context)
        except LanescopeError as error:
            failed.append(name)
            found[name] = {"error": str(error)}
        context.save(**found)
        context.say(f"{name} done")
    summary = f"{len(MEASURES) - len(failed)} of {len(MEASURES)} measures" + (
        f"; without {listed(failed)}" if failed else ""
    )
    return Outcome(FAILED if failed else PASSED, summary, found)


def contended_copies(device: Device, repeats: int) -> dict[str, Any]:
    """Four streams copy in at once: what a pair of events would show, against execution, in units of a copy alone."""
    draft = Draft("contended copies", streams=4)
    pairs = [(draft.buffer(Memory.PINNED, _COPY_BYTES), draft.buffer(Memory.DEVICE, _COPY_BYTES)) for _ in range(4)]
    single = draft.copy(*pairs[0], _COPY_BYTES)
    draft.sync()
    together = [draft.copy(*pairs[n], _COPY_BYTES, stream=n) for _ in range(4) for n in range(4)]
    draft.sync()
    ran = run_plan(device, draft.plan(), repeats)
    alone = ran.lasted(single)
    reached = np.median(ran.timings.end[:, together] - ran.timings.queued[:, together], axis=0)
    span = np.median(ran.timings.end[:, together].max(axis=1) - ran.timings.start[:, together].min(axis=1))
    return {
        "alone_ns": alone,
        "event_pair_ratio": float(reached.mean() / alone),
        "execution_ratio": middle([ran.lasted(step) for step in together]) / alone,
        "span_ratio": float(span / alone / len(together)),
    }


def _recorded_by_cupti(context: Context) -> dict[str, Any]:
    """The contended copies again, timed by CUPTI: how far inference from events can be trusted."""
    if context.knobs.simulated:
        return {"skipped": "a simulated device has no CUPTI"}
    if importlib.util.find_spec("cupti") is None:
        return {"skipped": "cupti-python is not installed"}
    with closing(open_checked(context.knobs.device, alone=False, timing="cupti")) as device:
        return contended_copies(device, context.knobs.repeats)


def same_direction(device: Device, repeats: int) -> dict[str, Any]:
    """Two streams copy one way: 1 means that they take turns, 0.5 that they run side by side at full rate."""
    found = {}
    for direction in ("htod", "dtoh"):
        draft = Draft(f"two streams {direction}", streams=2)
        pairs = [(draft.buffer(Memory.PINNED, AHEAD_BYTES), draft.buffer(Memory.DEVICE, AHEAD_BYTES)) for _ in range(2)]
        for pair in pairs:
            draft.copy(*pair, AHEAD_BYTES)
        draft.sync()
        ends = pairs if direction == "htod" else [(there, host) for host, there in pairs]
        steps = [draft.copy(*ends[n], AHEAD_BYTES, stream=n) for _ in range(2) for n in range(2)]
        draft.sync()
        ran = run_plan(device, draft.plan(), repeats)
        span = np.median(ran.timings.end[:, steps].max(axis=1) - ran.timings.start[:, steps].min(axis=1))
        alone = _alone(device, repeats, direction)
        found[direction] = {"alone_ns": alone, "turns": float(span / (alone * len(steps)))}
    return found


def _alone(device: Device, repeats: int, direction: str) -> float:
    draft = Draft(f"one stream {direction}")
    host, there = draft.buffer(Memory.PINNED, AHEAD_BYTES), draft.buffer(Memory.DEVICE, AHEAD_BYTES)
    draft.copy(host, there, AHEAD_BYTES)
    draft.sync()
    step = draft.copy(*((host, there) if direction == "htod" else (there, host)), AHEAD_BYTES)
    draft.sync()
    return run_plan(device, draft.plan(), repeats).lasted(step)


def long_kernel() -> KernelCall:
    """One thread that adds many numbers: takes long, and almost nothing of the GPU."""
    return array_sum("int32", size=_LOOP).kernels(1)[0]


def half_kernel(device: Device) -> KernelCall:
    """A matrix product with about half as many blocks as the device has SMs."""
    tiles = max(1, int((max(2, device.info.sm_count) // 2) ** 0.5))
    return gemm(size=64 * tiles).kernels(1)[0]


def side_by_side(device: Device, kernel: KernelCall, streams: int, repeats: int) -> dict[str, Any]:
    """How many of as many equal kernels as there are streams ran at once, on the average."""
    draft = Draft(f"{streams} kernels", streams=streams)
    size = max(4, kernel.read_bytes)
    host, into = draft.buffer(Memory.PINNED, size), draft.buffer(Memory.DEVICE, size)
    outs = [draft.buffer(Memory.DEVICE, max(4, kernel.write_bytes)) for _ in range(streams)]
    draft.copy(host, into, size)
    draft.launch(tiny_kernel(), into, outs[0])
    draft.sync()
    single = draft.launch(kernel, into, outs[0])
    draft.sync()
    steps = [draft.launch(kernel, into, outs[n], stream=n) for n in range(streams)]
    draft.sync()
    ran = run_plan(device, draft.plan(), repeats)
    span = float(np.median(ran.timings.end[:, steps].max(axis=1) - ran.timings.start[:, steps].min(axis=1)))
    return {"alone_ns": ran.lasted(single), "span_ns": span, "at_once": ran.lasted(single) * streams / max(span, 1.0)}


def _on_device(measure: Callable[[Device, int], Any]) -> Callable[[Context], Any]:
    """The measure on a device opened for it alone."""

    def opened(context: Context) -> Any:
        with context.device(alone=False) as device:
            return measure(device, context.knobs.repeats)

    return opened


def _links(device: Device, repeats: int) -> dict[str, Any]:
    links = measure_links(device, repeats)
    rest = {key: value for key, value in asdict(links).items() if key != "sweeps"}
    return {**rest, "sweeps": [asdict(sweep) for sweep in links.sweeps.values()]}


def _queues(context: Context) -> dict[str, Any]:
    """16 and 32 streams of one long kernel each, with more and fewer hardware queues.

    The driver reads the number of queues when it starts: on a GPU this holds for the first device of the process only,
    so each number is tried in a process of its own by `profiler.experiment.gpu_check.queues`.
    """
    if context.knobs.simulated:
        with context.device(alone=False) as device:
            return {"default": {str(n): side_by_side(device, long_kernel(), n, 3) for n in (8, 16, 32)}}
    from profiler.experiment.gpu_check.queues import in_own_process

    found: dict[str, Any] = {}
    for connections in ("1", "8", "32"):
        with _environment(CONNECTIONS, connections):
            found[connections] = in_own_process(context.knobs.device, max(5.0, min(20.0, context.remaining_s())))
    return found


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _leftover(device: Device, repeats: int) -> dict[str, Any]:
    return side_by_side(device, half_kernel(device), 2, repeats)


def _pending(device: Device, repeats: int) -> dict[str, Any]:
    return {"operations": pending_operations(device, repeats)}


MEASURES: dict[str, Callable[[Context], Any]] = {
    "links": _on_device(_links),
    "contended_copies": _on_device(contended_copies),
    "contended_copies_cupti": _recorded_by_cupti,
    "same_direction": _on_device(same_direction),
    "pending_operations": _on_device(_pending),
    "half_gpu_kernels": _on_device(_leftover),
    "queues": _queues,
}
