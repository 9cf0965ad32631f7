"""Copies and kernels as CUPTI records them: begin and end on the engine, by the GPU's own hardware stamps.

CUPTI is NVIDIA's, and its Python package optional. It is told to record before the driver starts. A record carries the
correlation id of the driver call that made it, and these rise with the calls; so the records of a repeat, in the order
of their ids, are the plan's copies and kernels in the order in which one thread called them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from profiler.devices.base import ClockPair
from profiler.errors import DeviceError, PlanRefused
from profiler.plan.describe import describe_step
from profiler.plan.model import Launch, Memcpy, Plan

#: Names in ``cupti.ActivityKind``. ``KERNEL`` would make kernels run one after another.
KERNEL, COPY = "CONCURRENT_KERNEL", "MEMCPY"

#: What CUPTI fills at a time. Its documentation advises 1 to 10 MB.
BUFFER_BYTES = 4 << 20

HANDSHAKES = 24

_WHERE = "--timing cupti"


@dataclass(frozen=True, slots=True)
class Record:
    """One copy or kernel on CUPTI's clock. ``copy_kind`` is CUDA's own number of it; 0 for a kernel."""

    correlation: int
    start_ns: int
    end_ns: int
    copy_kind: int


class CuptiRecorder:
    """CUPTI, recording from now on. There can be one in a process.

    Raises
    ------
    DeviceError
        The package is missing, or CUPTI does not record: another profiler has it, or the driver forbids it.
    """

    def __init__(self) -> None:
        self._cupti = _cupti()
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._kinds = {name: int(getattr(self._cupti.ActivityKind, name)) for name in (KERNEL, COPY)}
        try:
            self._cupti.activity_register_callbacks(lambda: (BUFFER_BYTES, 0), self._take)
            self._enable(on=True)
        except Exception as error:
            raise DeviceError(
                f"CUPTI does not record: {type(error).__name__}: {error}",
                where=_WHERE,
                remedy="End other profilers (Nsight, DCGM, PyTorch's), or choose --timing events or gputimer.",
            ) from error

    def begin(self) -> None:
        """Forget what was recorded so far; the device is idle."""
        self._flush()
        with self._lock:
            self._records.clear()

    def end(self) -> list[Record]:
        """What was recorded since `begin`, in the order of the calls; the device is idle."""
        self._flush()
        with self._lock:
            return sorted(self._records, key=lambda record: record.correlation)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Record nothing for the block."""
        self._enable(on=False)
        try:
            yield
        finally:
            self._enable(on=True)

    def clock(self) -> ClockPair:
        """CUPTI's clock and the host's at one instant: the narrowest of some comparisons."""
        found = []
        for _ in range(HANDSHAKES):
            before, theirs, after = perf_counter_ns(), int(self._cupti.get_timestamp()), perf_counter_ns()
            half = -(-(after - before) // 2)
            found.append(ClockPair(before + half, theirs, half))
        return min(found, key=lambda pair: pair.uncertainty_ns)

    def close(self) -> None:
        """Record no more."""
        self._enable(on=False)

    def _enable(self, *, on: bool) -> None:
        change = self._cupti.activity_enable if on else self._cupti.activity_disable
        for kind in self._kinds.values():
            change(kind)

    def _flush(self) -> None:
        self._cupti.activity_flush_all(1)

    def _take(self, activities: Sequence[Any]) -> None:
        """Called by CUPTI, on a thread of its own."""
        found = []
        for one in activities:
            if int(one.kind) in self._kinds.values():
                copy_kind = int(one.copy_kind) if int(one.kind) == self._kinds[COPY] else 0
                found.append(Record(int(one.correlation_id), int(one.start), int(one.end), copy_kind))
        with self._lock:
            self._records += found


def check_plan(plan: Plan) -> None:
    """Refuse what records cannot be told apart of.

    Raises
    ------
    PlanRefused
        The plan launches graphs, or is issued by several threads.
    """
    if any(step.graph >= 0 for step in plan.steps):
        raise PlanRefused(
            f"plan {plan.strategy} launches a graph, whose nodes' records all carry the id of its launch",
            where=_WHERE,
            remedy="Choose --timing events, which times nodes, or another strategy.",
        )
    if len({step.thread for step in plan.steps}) > 1:
        raise PlanRefused(
            f"plan {plan.strategy} is issued by several threads, whose records have no order of their own",
            where=_WHERE,
            remedy="Use --issue-threads 1.",
        )


def times_of(
    plan: Plan, order: Sequence[int], records: Sequence[Record], pair: ClockPair
) -> dict[int, tuple[int, int]]:
    """Host times of the begin and the end of each copy and kernel, by step.

    Parameters
    ----------
    plan : Plan
    order : sequence of int
        Its steps as they were called.
    records : sequence of Record
        In the order of the calls.
    pair : ClockPair
        Of the host's clock and CUPTI's.

    Raises
    ------
    DeviceError
        The records are not those of the plan.
    """
    steps = [(index, plan.steps[index]) for index in order]
    work = [(index, step) for index, step in steps if isinstance(step, Memcpy | Launch)]
    if len(work) != len(records):
        raise DeviceError(
            f"CUPTI recorded {len(records)} copies and kernels of plan {plan.strategy}, which has {len(work)}",
            where=_WHERE,
            remedy="Choose --timing events or gputimer.",
        )
    shift = pair.host_ns - pair.device_ns
    found = {}
    for (index, step), record in zip(work, records, strict=True):
        if record.copy_kind != (int(step.kind) if isinstance(step, Memcpy) else 0):
            place = f"plan {plan.strategy}, {describe_step(plan, index)}"
            raise DeviceError("CUPTI recorded something else in its place", where=place, remedy="Use --timing events.")
        found[index] = (record.start_ns + shift, record.end_ns + shift)
    return found


def _cupti() -> Any:
    try:
        from cupti import cupti
    except ImportError as error:
        raise DeviceError(
            f"CUPTI's Python package cannot be loaded: {error}",
            where=_WHERE,
            remedy="Install it: pip install 'lanescope[cupti]'; or choose --timing events or gputimer.",
        ) from error
    return cupti
