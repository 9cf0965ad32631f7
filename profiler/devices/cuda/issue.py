"""Issuing a program: one loop, or one a thread, and who was to blame when a call failed."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any

from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.failures import DriverError
from profiler.devices.cuda.gate import Gate
from profiler.devices.cuda.program import Program
from profiler.devices.cuda.replay import CallFailed, replay, touch_memory, without_garbage_collection
from profiler.devices.cuda.timing import HostStamps
from profiler.errors import DeviceError
from profiler.plan.describe import describe_step
from profiler.plan.model import HostSync


class Issuer:
    """Issues one program, again and again.

    Parameters
    ----------
    driver : Driver
    context : object
        Made current on every issue thread.
    program : Program
    gate : Gate, optional
        Shut before the streams until all is enqueued.
    """

    def __init__(self, driver: Driver, context: Any, program: Program, gate: Gate | None = None) -> None:
        self._driver = driver
        self._context = context
        self._gate = gate
        self._program = program
        self._stamps: HostStamps = {}

    @property
    def program(self) -> Program:
        """What is issued."""
        return self._program

    def issue(self) -> HostStamps:
        """Make all calls once; the host times, by thread.

        Raises
        ------
        DriverError
            A call failed; it names the step.
        DeviceError
            The gate's time limit opened it.
        """
        shut: Any = self._gate.shut(self._program.streams) if self._gate is not None else nullcontext()
        with without_garbage_collection(), shut:
            host = self._issue()
        if self._gate is not None and self._gate.timed_out:
            raise DeviceError("the gate had to be opened by its time limit", remedy="Run fewer chunks, or no gate.")
        return host

    def _issue(self) -> HostStamps:
        self._stamps = {thread: [] for thread in self._program.threads}
        for flag in self._program.flags:
            flag.reset()
        if len(self._program.threads) == 1:
            ((thread, calls),) = self._program.threads.items()
            touch_memory(len(calls.calls))
            try:
                replay(calls.calls, self._driver.success, self._stamps[thread])
            except CallFailed as failed:
                raise self._failure(thread, failed) from None
        else:
            _Threads(self._driver, self._context, self._program, self._stamps).run(self._failure)
        return self._stamps

    def where(self) -> str:
        """The steps that the threads are in, in words; empty where none has begun."""
        plan = self._program.plan
        found = []
        for thread, stamps in list(self._stamps.items()):
            if 0 < len(stamps) <= len(self._program.threads[thread].calls):
                found.append(describe_step(plan, self._program.step_at(thread, len(stamps) - 1)))
        return " and ".join(found)

    def _failure(self, thread: int, failed: CallFailed) -> DriverError:
        plan = self._program.plan
        step = self._program.step_at(thread, failed.place)
        function = self._program.threads[thread].calls[failed.place][0]
        late = "which reports what an earlier step did" if isinstance(plan.steps[step], HostSync) else ""
        where = f"plan {plan.strategy}, {describe_step(plan, step)}"
        return self._driver.failure(function.__name__, failed.code, doing=late, where=where)


class _Threads:
    """Issue threads that begin together; the first failure ends all."""

    def __init__(self, driver: Driver, context: Any, program: Program, stamps: HostStamps) -> None:
        self._driver = driver
        self._context = context
        self._program = program
        self._stamps = stamps
        self._begin = threading.Barrier(len(program.threads))
        self._failed: list[tuple[int, CallFailed | DriverError]] = []

    def run(self, explain: Any) -> None:
        threads = [threading.Thread(target=self._issue, args=(number,)) for number in self._program.threads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed:
            number, failure = self._failed[0]
            raise failure if isinstance(failure, DriverError) else explain(number, failure) from None

    def _issue(self, number: int) -> None:
        try:
            self._driver.call("cuCtxSetCurrent", self._context, doing=f"issue thread {number}")
            calls = self._program.threads[number].calls
            touch_memory(len(calls))
            self._begin.wait()
            replay(calls, self._driver.success, self._stamps[number])
        except threading.BrokenBarrierError:
            return
        except (CallFailed, DriverError) as failure:
            if not (isinstance(failure, CallFailed) and failure.code is None):
                self._failed.append((number, failure))
            self._begin.abort()
            for flag in self._program.flags:
                flag.abort()
