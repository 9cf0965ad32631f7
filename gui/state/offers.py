"""Which knobs of a scenario mean something to its workload, strategy and device, and why the others do not."""

from __future__ import annotations

from gui.state.scenario import ScenarioState
from profiler.plan.registry import graph_bases, knobs
from profiler.workload.micro import MICRO
from profiler.workload.networks import NETWORKS

#: Workloads that can be run in ``fp32`` and in ``int8``.
BOTH_PRECISIONS = (*NETWORKS, "gemm")


def has_precision(workload: str) -> bool:
    """Whether a workload can be run in ``fp32`` and in ``int8``."""
    return workload in BOTH_PRECISIONS


def why_not(state: ScenarioState, knob: str) -> str:
    """Why a knob has no effect now; empty where it has one."""
    if knob in ("bandwidth", "compute", "launch"):
        return "" if is_simulated(state.device) else "A real GPU is as fast as it is: choose a simulated one."
    if knob == "precision":
        return "" if has_precision(state.workload) else "This workload says its precision itself."
    if knob == "input_format":
        return "" if state.workload in NETWORKS else "Only the networks have images as their input."
    if knob == "size":
        return "" if state.workload in MICRO else "Only sums, triad and gemm have a size."
    if knob in knobs(state.strategy):
        return ""
    return _WITHOUT.get((state.strategy, knob), f"The strategy {state.strategy} has no such knob.")


def is_simulated(device: str) -> bool:
    """Whether a device is simulated as far as its name says; ``auto`` may be a real one."""
    return device.startswith("sim:")


def bases(state: ScenarioState) -> tuple[str, ...]:
    """What a graph can capture at this batch, the default first."""
    return graph_bases(state.batch)


def choose_workload(state: ScenarioState, workload: str) -> None:
    """Take another workload; options that do not go with it are let go of."""
    both = has_precision(workload)
    state.update(
        workload=workload,
        precision=(state.precision or "fp32") if both else None,
        input_format=state.input_format if workload in NETWORKS else None,
        size=None,
    )


_WITHOUT = {
    ("serial", "streams"): "serial puts everything on one stream.",
    ("serial", "chunks"): "serial runs the whole batch at once.",
    ("serial", "buffers"): "serial needs one buffer only.",
    ("serial", "issue_threads"): "serial has one stream, so one thread issues it.",
    ("three-stream", "streams"): "three-stream has one stream each for copies in, kernels and copies out.",
    ("graph", "issue_threads"): "A graph is launched whole, by one call.",
    ("in-flight", "chunks"): "in-flight overlaps whole requests.",
    ("in-flight", "buffers"): "in-flight gives each request in flight buffers of its own.",
    ("zero-copy", "streams"): "zero-copy puts everything on one stream.",
    ("zero-copy", "chunks"): "zero-copy runs the whole batch at once.",
    ("zero-copy", "buffers"): "zero-copy has no copies, so no buffers take turns.",
    ("zero-copy", "issue_threads"): "zero-copy has one stream, so one thread issues it.",
}
