"""The program's side of the worker process: it starts it, bounds its silence, and ends it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from profiler.devices.cuda import protocol
from profiler.devices.cuda.facts import GpuFacts
from profiler.devices.cuda.protocol import Failure, Opening, sendable
from profiler.devices.cuda.runner import Measured
from profiler.devices.cuda.timing import Row
from profiler.errors import DeviceError
from profiler.plan.model import Plan

#: Preparing compiles kernels and makes weights: it may be silent for so many times the limit of a run.
PREPARING = 10

#: Time a worker gets to answer where it is, and to end by itself.
GRACE_S = 2.0

#: Time a killed worker gets to be gone.
DEATH_S = 10.0


class WorkerProcess:
    """A worker that has opened its GPU.

    Parameters
    ----------
    opening : Opening

    Raises
    ------
    DeviceError
        The GPU cannot be used, or the worker did not start.
    """

    def __init__(self, opening: Opening) -> None:
        self._limit_s = opening.options.time_limit_s
        self._spec = f"cuda:{opening.ordinal}"
        self._connection, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "profiler.devices.cuda.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            )
        try:
            self._connection.send(opening)
            (facts,) = self._expect(protocol.READY, self._limit_s * PREPARING)
        except BaseException:
            self.end()
            raise
        self.facts: GpuFacts = facts

    @property
    def alive(self) -> bool:
        """Whether it can run another plan."""
        return self._process.poll() is None and not self._connection.closed

    def run(self, plan: Plan, *, repeats: int, warmup: int) -> Generator[tuple[Row | None, Measured]]:
        """The timed repeats, each as soon as it is over; without a row, what became known after them.

        Closing the iterator stops the run after the repeat under way.

        Raises
        ------
        DeviceError
            The run failed, the worker died, or it was silent for too long and was ended; the next run needs a fresh
            worker unless this one is still `alive`.
        """
        over = False
        try:
            self._send(protocol.RUN, sendable(plan), repeats, warmup)
            self._expect(protocol.RUNNING, self._limit_s * PREPARING)
            while (message := self._receive(self._limit_s))[0] in (protocol.RUNNING, protocol.ROW):
                if message[0] == protocol.ROW:
                    yield message[1], message[2]
            over = True
        except DeviceError:
            over = True
            raise
        finally:
            if not over:
                self._stop()

    def end(self) -> None:
        """End the process and wait for it, so that neither it nor what it holds is left. Safe to call twice."""
        if not self._connection.closed:
            if self._process.poll() is None:
                self._try_send(protocol.CLOSE)
            self._connection.close()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._kill()

    def _stop(self) -> None:
        """Let the repeat under way end, and swallow it; a worker that does not come to an end is killed."""
        self._try_send(protocol.STOP)
        try:
            while self._connection.poll(GRACE_S):
                if self._connection.recv()[0] in (protocol.DONE, protocol.FAILED):
                    return
        except (EOFError, OSError):
            pass
        self._kill()

    def _expect(self, name: str, limit_s: float) -> tuple[Any, ...]:
        message = self._receive(limit_s)
        if message[0] != name:
            raise DeviceError(f"the worker answered {message[0]!r} instead of {name!r}", where=self._spec)
        return tuple(message[1:])

    def _receive(self, limit_s: float) -> tuple[Any, ...]:
        try:
            if not self._connection.poll(limit_s):
                raise self._hung(limit_s)
            message: tuple[Any, ...] = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        if message[0] == protocol.FAILED:
            failure: Failure = message[1]
            if failure.lost:
                self.end()
            raise failure.error()
        return message

    def _hung(self, limit_s: float) -> DeviceError:
        place = self._where()
        self._kill()
        doing = f" in {place}" if place else ""
        return DeviceError(
            f"the GPU gave no answer for {limit_s:g} s{doing}; its worker process was ended",
            where=self._spec,
            remedy="Look for a kernel that never ends, or give a run that is this long more time.",
        )

    def _where(self) -> str:
        self._try_send(protocol.WHERE)
        try:
            while self._connection.poll(GRACE_S):
                name, *content = self._connection.recv()
                if name == protocol.AT:
                    return str(content[0])
        except (EOFError, OSError):
            pass
        return ""

    def _died(self) -> DeviceError:
        self._connection.close()
        code = self._process.wait()
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        return DeviceError(
            f"the worker process that speaks to the driver ended {how}",
            where=self._spec,
            remedy="The driver's log (dmesg) may say why; the next run starts a fresh worker.",
        )

    def _kill(self) -> None:
        """End the process now. One that is stuck inside the kernel's driver may outlive this; nobody waits for it."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(DEATH_S)
        self._connection.close()

    def _send(self, *message: Any) -> None:
        try:
            self._connection.send(message)
        except (BrokenPipeError, OSError) as error:
            raise self._died() from error

    def _try_send(self, *message: Any) -> None:
        try:
            self._connection.send(message)
        except OSError:
            return
