"""From a plan and the times of its steps to a trace: the one place where plan and trace meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.devices.base import NO_TIME as NO_STEP_TIME
from profiler.devices.base import DeviceInfo, StepTimings
from profiler.experiment.trace_rows import PID, Rows, rows_of
from profiler.plan.dependencies import Dependency, dependencies
from profiler.plan.model import Plan
from profiler.trace.schema import NO_TIME
from profiler.trace.tables import Edges, Trace

__all__ = ["PID", "build_all_repeats", "build_trace"]

Int64 = npt.NDArray[np.int64]


def build_trace(
    plan: Plan, timings: StepTimings, info: DeviceInfo, *, repeat: int = 0, waits: Sequence[Dependency] | None = None
) -> Trace:
    """One repeat of a run as a trace: host calls, copies, kernels, ranges, and what waited for what.

    Times are shifted so that the first host action is 0. ``meta["complete"]`` is true: every dependency is an edge.

    Parameters
    ----------
    plan : Plan
    timings : StepTimings
        Of this plan.
    info : DeviceInfo
    repeat : int
        Row of the timing arrays.
    waits : sequence of Dependency, optional
        The plan's `dependencies`, for a caller that has them.
    """
    rows = _rows(plan, timings, dependencies(plan) if waits is None else waits)
    times = _times(rows, timings, slice(repeat, repeat + 1))
    return Trace(
        {**rows.columns, **{name: values[0] for name, values in times.items()}},
        names=rows.names,
        tracks=rows.tracks,
        edges=rows.edges,
        meta=_meta(plan, timings, info),
    )


def build_all_repeats(plan: Plan, timings: StepTimings, info: DeviceInfo) -> Trace:
    """Every repeat of a run in one trace, one after the other; requests are numbered on through the repeats.

    Repeats that a device timed one after another keep their distance; simulated ones, which all start at 0, follow
    each other without a gap.
    """
    rows = _rows(plan, timings, dependencies(plan))
    repeats = np.arange(timings.repeats)
    times = _times(rows, timings, slice(None))
    begin = _begins(timings, times)[:, None]
    times["ts"] += begin
    times["queued_ns"] = np.where(times["queued_ns"] == NO_TIME, NO_TIME, times["queued_ns"] + begin)
    columns = {name: np.tile(values, timings.repeats) for name, values in rows.columns.items()}
    for name, step in (("request", plan.requests), ("correlation_id", len(plan.steps))):
        values = columns[name]
        further = np.repeat(repeats * step, len(rows))
        columns[name] = np.where(values < 0, values, values + further).astype(values.dtype)
    first = np.repeat(repeats * len(rows), len(rows.edges))
    return Trace(
        {**columns, **{name: values.ravel() for name, values in times.items()}},
        names=rows.names,
        tracks=rows.tracks,
        edges=Edges(
            np.tile(rows.edges.source, timings.repeats) + first,
            np.tile(rows.edges.target, timings.repeats) + first,
            np.tile(rows.edges.kind, timings.repeats),
        ),
        meta={**_meta(plan, timings, info), "requests": plan.requests * timings.repeats},
    )


def _rows(plan: Plan, timings: StepTimings, waits: Sequence[Dependency]) -> Rows:
    """The rows that every repeat has.

    Raises
    ------
    ValueError
        Repeats differ in which steps have times: no device stamps one repeat of a plan otherwise than the next.
    """
    called, ran = timings.host_start != NO_STEP_TIME, timings.start != NO_STEP_TIME
    if (called != called[0]).any() or (ran != ran[0]).any():
        raise ValueError("repeats differ in which steps have times")
    return rows_of(plan, timings.engine, called[0].tolist(), ran[0].tolist(), waits)


def _times(rows: Rows, timings: StepTimings, repeats: slice) -> dict[str, Int64]:
    """``ts``, ``dur`` and ``queued_ns``, shape (repeats, rows), from the first host action of each repeat."""
    host_start, host_end = timings.host_start[repeats], timings.host_end[repeats]
    start, queued = timings.start[repeats], timings.queued[repeats]
    origin = _first_action(host_start)[:, None]
    ts = np.zeros((len(host_start), len(rows)), np.int64)
    dur = np.zeros_like(ts)
    reached = np.full_like(ts, NO_TIME)
    row, step = rows.host
    ts[:, row], dur[:, row] = host_start[:, step] - origin, host_end[:, step] - host_start[:, step]
    row, step = rows.device
    ts[:, row], dur[:, row] = start[:, step] - origin, timings.end[repeats][:, step] - start[:, step]
    known = queued[:, step] != NO_STEP_TIME
    reached[:, row] = np.where(known, queued[:, step] - origin, NO_TIME)
    row, opened, closed = rows.ranges
    ts[:, row], dur[:, row] = host_start[:, opened] - origin, host_start[:, closed] - host_start[:, opened]
    return {"ts": ts, "dur": dur, "queued_ns": reached}


def _first_action(host_start: Int64) -> Int64:
    """First host action of each repeat; 0 where there is none."""
    called = host_start != NO_STEP_TIME
    first = np.where(called, host_start, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
    return np.asarray(np.where(called.any(axis=1), first, 0), np.int64)


def _begins(timings: StepTimings, times: dict[str, Int64]) -> Int64:
    """Where each repeat begins when they stand one behind the other, each as long after the last as it was timed."""
    lengths = (times["ts"] + times["dur"]).max(axis=1, initial=0)
    idle = _first_action(timings.host_start)[1:] - timings.host_end[:-1].max(axis=1, initial=0)
    # Where the clock starts again with each repeat, nothing is known of what was between them.
    return np.concatenate(([0], np.cumsum(lengths[:-1] + np.maximum(idle, 0))))


def _meta(plan: Plan, timings: StepTimings, info: DeviceInfo) -> dict[str, Any]:
    return {
        "format": "lanescope",
        "resolution_ns": timings.resolution_ns,
        "gpus": {"0": {"name": info.name, "simulated": info.simulated, "copy_engines": info.copy_engines}},
        "kernel_gap_ns": info.kernel_gap_ns,
        "complete": True,
        "requests": plan.requests,
        "chunks": _chunks_per_request(plan),
        "default_streams": [number for number, spec in enumerate(plan.streams) if spec.legacy_default],
    }


def _chunks_per_request(plan: Plan) -> int:
    of_first = {step.chunk for step in plan.steps if step.request == 0 and step.chunk >= 0}
    return max(1, len(of_first))
