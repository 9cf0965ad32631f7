"""The simulated device: a plan goes in, times come out, the same for the same seed."""

from __future__ import annotations

import math
import re

import numpy as np

from profiler.devices.base import NO_TIME, ClockPair, DeviceInfo, Int64, Progress, Source, StepTimings
from profiler.devices.sim.columns import Columns
from profiler.devices.sim.compile import compile_plan
from profiler.devices.sim.gpu import GpuModel, ns_of_us
from profiler.devices.sim.jitter import with_jitter
from profiler.devices.sim.scheduler import Scheduler
from profiler.devices.sim.times import Times
from profiler.devices.sim.what_if import Factors, scaled
from profiler.errors import Cancelled, UsageError
from profiler.plan.model import Memory, Plan
from profiler.plan.proof import prove
from profiler.units import format_bytes

_MOST_JITTER = 1000


class SimDevice:
    """A GPU that exists as numbers; see docs/simulator.md for the rules it follows.

    Parameters
    ----------
    gpu : GpuModel
    seed : int
        Of the jitter, 0 or more.
    jitter_percent : float
        How much longer than priced a duration may be; 0 switches noise off, and repeats are then all alike.
    spec : str, optional
        What the user called the device.
    notes : tuple of str
        What a reader must know besides what the GPU file itself tells.

    Raises
    ------
    UsageError
        A negative seed, or a jitter outside 0 to 1000 percent.
    """

    def __init__(
        self,
        gpu: GpuModel,
        *,
        seed: int = 0,
        jitter_percent: float = 0.0,
        spec: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        if seed < 0:
            raise UsageError(f"{seed} is negative", where="--seed", remedy="Give 0 or more.")
        if not math.isfinite(jitter_percent) or not 0 <= jitter_percent <= _MOST_JITTER:
            raise UsageError(
                f"{jitter_percent} is not a percentage of jitter", where="--jitter", remedy=f"Give 0 to {_MOST_JITTER}."
            )
        self.gpu = gpu
        self._seed = seed
        self._finished: tuple[Columns, list[Times], int] | None = None
        self._jitter = jitter_percent
        self._info = DeviceInfo(
            spec=spec or f"sim:{gpu.name}",
            name=gpu.name,
            simulated=True,
            copy_engines=gpu.copy_engines,
            sm_count=gpu.sm_count,
            kernel_gap_ns=ns_of_us(gpu.kernel_gap_us),
            hardware_queues=gpu.hardware_queues,
            notes=(*notes, *_notes(gpu)),
        )

    @property
    def info(self) -> DeviceInfo:
        """What this device is."""
        return self._info

    def scaled(self, factors: Factors) -> SimDevice:
        """The same device with a faster or slower link, compute or host; see `profiler.devices.sim.what_if`."""
        gpu = scaled(self.gpu, factors)
        return SimDevice(gpu, seed=self._seed, jitter_percent=self._jitter, spec=self._info.spec)

    @property
    def partial(self) -> StepTimings | None:
        """The repeats that the latest run had finished, whether it was cancelled or came to its end."""
        return _timings(*self._finished) if self._finished is not None else None

    def execute(
        self, plan: Plan, *, repeats: int = 1, warmup: int = 0, progress: Progress | None = None
    ) -> StepTimings:
        """Times of every step of ``plan`` on the simulated GPU.

        Parameters
        ----------
        plan : Plan
        repeats : int
            With jitter each is drawn anew; without, one simulation stands for all.
        warmup : int
            Changes nothing: a simulated GPU is always warm.
        progress : callable, optional
            Told of each repeat; cancels when it returns False.

        Raises
        ------
        PlanError
            The plan does not prove itself.
        UsageError
            Fewer than one repeat, a plan that needs more memory than the GPU has, or a kernel that does not fit it.
        Cancelled
            ``progress`` said so.
        """
        if repeats < 1 or warmup < 0:
            raise UsageError(f"{repeats} repeats after {warmup} to warm up cannot be run", remedy="Give 1 or more.")
        self._finished = None
        prove(plan)
        _check_memory(plan, self.gpu)
        try:
            columns = compile_plan(plan, self.gpu)
            rows = self._simulate(columns, repeats, progress)
            return _timings(columns, rows, repeats)
        except OverflowError as error:
            remedy = "Look for a rate or a duration that is off by orders of magnitude."
            raise UsageError("the run would take centuries", where=self.gpu.name, remedy=remedy) from error

    def close(self) -> None:
        """Nothing to give back."""

    def _simulate(self, columns: Columns, repeats: int, progress: Progress | None) -> list[Times]:
        scheduler = Scheduler(columns)
        if not self._jitter:
            times = scheduler.times(columns)
            self._finished = (columns, [times], repeats)
            _report(progress, repeats, repeats)
            return [times]
        rows = []
        for repeat in range(repeats):
            drawn = with_jitter(columns, self._jitter, seed=self._seed, repeat=repeat)
            rows.append(scheduler.times(drawn))
            self._finished = (columns, rows, repeat + 1)
            _report(progress, repeat + 1, repeats)
        return rows


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None and progress(done, total) is False:
        raise Cancelled(f"cancelled after {done} of {total} repeats")


def _notes(gpu: GpuModel) -> tuple[str, ...]:
    """How far the numbers of a GPU file are known."""
    sources = [text for key, text in gpu.source.items() if key != "name"]
    if not sources:
        return ("simulated; the GPU file names no sources",)
    assumed = sum(1 for text in sources if re.search(r"\bassumed\b", text, re.IGNORECASE))
    if assumed == len(sources):
        return (f"simulated; the GPU file says of {assumed} numbers where they are from, and all are assumed",)
    return (f"simulated; {assumed} of {len(sources)} numbers of the GPU file are assumed, the others have a source",)


def _check_memory(plan: Plan, gpu: GpuModel) -> None:
    """Refuse a plan whose device buffers and weights are more than the GPU's memory, saying what would fit."""
    buffers = sum(buffer.size_bytes for buffer in plan.buffers if buffer.memory is Memory.DEVICE)
    weights = plan.workload.weight_bytes
    memory = gpu.memory_bytes
    if not memory or buffers + weights <= memory:
        return
    what = f"the plan needs {format_bytes(buffers + weights)} of device memory, and there are {format_bytes(memory)}"
    fitting = plan.batch * (memory - weights) // buffers if buffers else 0
    if fitting > 0:
        remedy = f"A batch of {fitting} would fit as it is cut now; fewer --buffers or more --chunks need less."
    else:
        remedy = f"Weights alone take {format_bytes(weights)}; choose a GPU with more memory, or fewer --buffers."
    raise UsageError(what, where=gpu.name, remedy=remedy)


def _timings(columns: Columns, rows: list[Times], repeats: int) -> StepTimings:
    def all_of(name: str) -> Int64:
        stacked: Int64 = np.stack([getattr(row, name) for row in rows])
        return stacked if len(rows) == repeats else np.broadcast_to(stacked, (repeats, len(columns)))

    on_device = rows[0].start != NO_TIME
    return StepTimings(
        host_start=all_of("host_start"),
        host_end=all_of("host_end"),
        queued=all_of("queued"),
        start=all_of("start"),
        end=all_of("end"),
        source=np.where(on_device, Source.SIM, Source.NONE).astype(np.uint8),
        engine=np.array(columns.engine, np.int8),
        resolution_ns=1,
        alone_ns=np.array(columns.alone_ns, np.int64),
        work_ns=np.array(columns.work_ns, np.int64),
        clocks=(ClockPair(0, 0, 0),),
    )
