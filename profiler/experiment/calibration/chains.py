"""The pace of kernels and of the host: gaps, latencies, and what each call costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from profiler.devices.base import Device
from profiler.experiment.calibration.draft import (
    AHEAD_BYTES,
    Draft,
    Ran,
    behind_a_copy,
    chain_workload,
    middle,
    run,
    tiny_kernel,
)
from profiler.plan.model import GraphLaunch, Launch, Memcpy, Memory, StreamConfig
from profiler.plan.registry import make_plan

KERNELS = 32

#: Records behind a long copy: more than a stream is known to hold.
RECORDS = 1400

#: A call that lasts this long, and this many times the median, was held back.
HELD_NS, HELD_TIMES = 20_000, 20


@dataclass(frozen=True)
class Pace:
    """Times that every kernel and every call takes, in nanoseconds.

    Attributes
    ----------
    fixed_ns : float
        A kernel that does nothing.
    gap_ns, node_gap_ns : float
        Between two kernels of a stream, and of a graph's chain.
    stamp_ns : float
        What a stamp between two kernels adds where every kernel is stamped; 0 where stamps cost nothing.
    launch_latency_ns, graph_latency_ns : float
        From the call to the start of the kernel, or of the graph's first node.
    launch_ns, record_ns, wait_ns, sync_ns, graph_launch_ns : float
        Host time of a call.
    pending : int
        Operations a stream holds before a call blocks; 0 where none of them did.
    """

    fixed_ns: float
    gap_ns: float
    node_gap_ns: float
    stamp_ns: float
    launch_latency_ns: float
    graph_latency_ns: float
    launch_ns: float
    record_ns: float
    wait_ns: float
    sync_ns: float
    graph_launch_ns: float
    pending: int


def measure_pace(device: Device, coarse: Device, repeats: int, copy_overhead_ns: float) -> Pace:
    """All of it.

    Parameters
    ----------
    device, coarse : Device
        The same GPU, with a stamp behind every kernel and with fewer; the same device where stamps cost nothing.
    copy_overhead_ns : float
        Duration of a copy of next to no bytes.
    """
    fixed, gap, stamp = _chain(device, coarse, repeats)
    latency, launch = _idle_launches(device, repeats, fixed)
    record, wait, sync = _calls(device, repeats)
    node_gap, graph_latency, graph_call = _graph(device, repeats, fixed + stamp, copy_overhead_ns)
    return Pace(
        fixed_ns=fixed,
        gap_ns=gap,
        node_gap_ns=node_gap,
        stamp_ns=stamp,
        launch_latency_ns=latency,
        graph_latency_ns=graph_latency,
        launch_ns=launch,
        record_ns=record,
        wait_ns=wait,
        sync_ns=sync,
        graph_launch_ns=graph_call,
        pending=pending_operations(device, repeats),
    )


def _chain(device: Device, coarse: Device, repeats: int) -> tuple[float, float, float]:
    """Kernel, gap and stamp: of tiny kernels in a row, long issued when the first of them starts.

    Where starts are true, kernel and gap are seen. Where an operation is only known to end, the period is seen, and a
    kernel counts for no more than the first one takes behind a copy; the rest of the period is the gap.
    """
    ran, kernels = _kernels_in_a_row(device, repeats)
    period = ran.ends_apart(kernels[0], kernels[-1]) / (len(kernels) - 1)
    if ran.true_start(kernels[1]):
        fixed = middle([ran.lasted(kernel) for kernel in kernels])
        return fixed, max(0.0, middle([ran.between(one, next_) for one, next_ in pairwise(kernels)])), 0.0
    plain = _period(coarse, repeats) if coarse is not device else period
    plain = min(plain, period)
    fixed = min(ran.lasted(kernels[0]), plain)
    return fixed, plain - fixed, period - plain


def _kernels_in_a_row(device: Device, repeats: int, times: int = KERNELS) -> tuple[Ran, list[int]]:
    plan = behind_a_copy(make_plan("serial", chain_workload(times), 1))
    return run(device, plan, repeats), [n for n, step in enumerate(plan.steps) if isinstance(step, Launch)]


def _period(coarse: Device, repeats: int) -> float:
    """Period of tiny kernels of which only the first and the last are stamped: from two rows of different length."""
    spans = []
    for times in (KERNELS, 3 * KERNELS):
        ran, kernels = _kernels_in_a_row(coarse, repeats, times)
        stamped = [kernel for kernel in kernels if int(ran.timings.source[kernel])]
        spans.append(float(np.median(ran.timings.end[:, stamped[-1]] - ran.timings.start[:, stamped[0]])))
    return (spans[1] - spans[0]) / (2 * KERNELS)


def _idle_launches(device: Device, repeats: int, fixed_ns: float) -> tuple[float, float]:
    """Latency of a launch that finds nothing to do, and host time of its call."""
    draft = Draft("idle launches")
    host, into, out = (draft.buffer(memory, 4) for memory in (Memory.PINNED, Memory.DEVICE, Memory.DEVICE))
    draft.copy(host, into, 4)
    launches = []
    for _ in range(16):
        draft.sync()
        launches.append(draft.launch(tiny_kernel(), into, out))
    draft.sync()
    ran = run(device, draft.plan(), repeats)
    latency = middle([ran.after_call(step) for step in launches]) - fixed_ns
    return max(0.0, latency), middle([ran.called(step) for step in launches])


def _calls(device: Device, repeats: int) -> tuple[float, float, float]:
    """Host time of recording an event, of waiting for one in a stream, and of a synchronization with nothing to do."""
    draft = Draft("calls", streams=2)
    host, there = draft.buffer(Memory.PINNED, 4), draft.buffer(Memory.DEVICE, 4)
    draft.copy(host, there, 4)
    records = [draft.record(event) for event in range(64)]
    waits = [draft.wait(event, stream=1) for event in range(64)]
    draft.sync()
    syncs = [draft.sync() for _ in range(16)]
    ran = run(device, draft.plan(), repeats)
    record, wait, sync = (middle([ran.called(step) for step in steps]) for steps in (records, waits, syncs))
    return record, wait, sync


def _graph(device: Device, repeats: int, kernel_ns: float, copy_ns: float) -> tuple[float, float, float]:
    """Gap between kernels of a graph, latency of its first node, and host time of its launch."""
    config = StreamConfig(base="serial", requests=8)
    plan = make_plan("graph", chain_workload(KERNELS), 1, config)
    ran = run(device, plan, repeats)
    launches = [number for number, step in enumerate(plan.steps) if isinstance(step, GraphLaunch)]
    gaps, latencies = [], []
    for launch in launches:
        nodes = [n for n, step in enumerate(plan.steps) if step.graph == launch and isinstance(step, Launch | Memcpy)]
        kernels = nodes[1:-1]
        if ran.true_start(kernels[1]):
            gaps += [ran.between(one, next_) for one, next_ in pairwise(kernels)]
        else:
            gaps.append(ran.ends_apart(kernels[0], kernels[-1]) / (len(kernels) - 1) - kernel_ns)
        latencies.append(ran.after_call(nodes[0], of=launch) - copy_ns)
    call = middle([ran.called(launch) for launch in launches])
    return max(0.0, middle(gaps)), max(0.0, middle(latencies)), call


def pending_operations(device: Device, repeats: int, records: int = RECORDS) -> int:
    """Operations that a stream held when a call first had to wait, with a long copy at its head; 0 if none had to."""
    draft = Draft("pending operations")
    size = 4 * AHEAD_BYTES
    host, there = draft.buffer(Memory.PINNED, size), draft.buffer(Memory.DEVICE, size)
    draft.copy(host, there, size)
    recorded = [draft.record(event) for event in range(records)]
    draft.sync()
    ran = run(device, draft.plan(), min(repeats, 3))
    calls = [ran.shortest_call(step) for step in recorded]
    limit = max(HELD_NS, HELD_TIMES * middle([float(call) for call in calls]))
    held = [number for number, call in enumerate(calls) if call > limit]
    return held[0] + 1 if held else 0
