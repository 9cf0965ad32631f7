"""A GPU of this machine as a device that executes plans."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from profiler.devices.base import DeviceInfo, Int64, Progress, StepTimings
from profiler.devices.cuda.client import WorkerProcess
from profiler.devices.cuda.facts import GpuFacts
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.protocol import Opening, load_table
from profiler.devices.cuda.runner import Measured, Runner
from profiler.devices.cuda.timing import Row
from profiler.errors import Cancelled, UsageError
from profiler.plan.model import Plan
from profiler.plan.proof import prove

#: The kernels that are shipped.
KERNELS = "profiler.devices.cuda.kernel_table:ProjectKernels"


class CudaDevice:
    """A GPU that the CUDA driver shows; see docs/cuda-device.md for how its times come about.

    Parameters
    ----------
    ordinal : int
        As in ``cuda:0``.
    options : CudaOptions, optional
    kernels : str
        ``module:function`` of what makes the `KernelTable` from ``options.seed``.

    Raises
    ------
    DeviceError
        No driver, no such GPU, or one that cannot be used: what is missing, and what to do.
    """

    def __init__(self, ordinal: int = 0, options: CudaOptions | None = None, *, kernels: str = KERNELS) -> None:
        self._options = options or CudaOptions()
        self._opening = Opening(ordinal, kernels, self._options)
        self._worker: WorkerProcess | None = None
        self._runner: Runner | None = None
        self._partial: StepTimings | None = None
        self._facts = self._open()
        self._info = self._facts.info

    @property
    def info(self) -> DeviceInfo:
        """What this device is."""
        return self._info

    @property
    def facts(self) -> GpuFacts:
        """What the driver says of it."""
        return self._facts

    @property
    def partial(self) -> StepTimings | None:
        """The repeats that the latest run had finished, whether it failed, was interrupted, or came to its end."""
        return self._partial

    def execute(
        self, plan: Plan, *, repeats: int = 1, warmup: int = 0, progress: Progress | None = None
    ) -> StepTimings:
        """Run ``plan`` ``warmup`` times untimed and ``repeats`` times timed.

        Raises
        ------
        PlanError
            The plan does not prove itself.
        UsageError
            Fewer than one repeat, or kernels that exist for the simulator only.
        DeviceError
            The device failed; the message names the step. What was finished before is in `partial`.
        Cancelled
            ``progress`` said so; what was finished is in `partial`.
        """
        if repeats < 1 or warmup < 0:
            raise UsageError(f"{repeats} repeats after {warmup} to warm up cannot be run", remedy="Give 1 or more.")
        prove(plan)
        self._partial = None
        rows: list[Row] = []
        running = self._rows(plan, repeats, warmup)
        try:
            for row, measured in running:
                if row is not None:
                    rows.append(row)
                self._partial = _timings(rows, measured)
                if row is not None and progress is not None and progress(len(rows), repeats) is False:
                    raise Cancelled(f"cancelled after {len(rows)} of {repeats} repeats")
        finally:
            running.close()
        assert self._partial is not None
        return self._partial

    def close(self) -> None:
        """Give everything back. Safe to call twice."""
        if self._worker is not None:
            self._worker.end()
        if self._runner is not None:
            self._runner.close()
        self._worker = self._runner = None

    def _open(self) -> GpuFacts:
        if self._options.isolate:
            self._worker = WorkerProcess(self._opening)
            return self._worker.facts
        self._runner = Runner(self._opening.ordinal, load_table(self._opening.table, self._options.seed), self._options)
        return self._runner.facts

    def _rows(self, plan: Plan, repeats: int, warmup: int) -> Generator[tuple[Row | None, Measured]]:
        if self._options.isolate:
            if self._worker is None or not self._worker.alive:
                self.close()
                self._open()
            assert self._worker is not None
            return self._worker.run(plan, repeats=repeats, warmup=warmup)
        if self._runner is None:
            self._open()
        assert self._runner is not None
        return self._runner.run(plan, repeats=repeats, warmup=warmup)


def _timings(rows: list[Row], measured: Measured) -> StepTimings:
    def all_of(name: str) -> Int64:
        stacked: Int64 = np.stack([getattr(row, name) for row in rows])
        return stacked

    alone = measured.alone
    return StepTimings(
        host_start=all_of("host_start"),
        host_end=all_of("host_end"),
        queued=all_of("queued"),
        start=all_of("start"),
        end=all_of("end"),
        source=measured.source,
        engine=measured.engine,
        resolution_ns=measured.resolution_ns,
        alone_ns=None if alone is None else np.array(alone.alone_ns, np.int64),
        work_ns=None if alone is None else np.array(alone.work_ns, np.int64),
        clocks=tuple(measured.clocks),
        extra=dict(measured.extra),
    )
