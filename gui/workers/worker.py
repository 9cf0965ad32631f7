"""A worker process: does one job after another until the window is gone."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from gui.workers.context import Context, Held, Interrupted
from gui.workers.jobs import AnyJob
from gui.workers.messages import Done, Failed, Forget, Order, Partial, Progress, Ready, Stop, Stopped, ToWorker
from gui.workers.roles import ROLES
from gui.workers.wire import Gone, Wire
from profiler.errors import Cancelled, LanescopeError, OutputError

_PR_SET_PDEATHSIG = 1


class Worker:
    """Takes orders from a listening thread and does them in the main thread.

    A job that is wanted no more is interrupted by a signal, whose handler raises `Interrupted` in the main thread; it
    is armed only while a job's own code runs.
    """

    def __init__(self, end: socket.socket, role: str) -> None:
        self._wire = Wire(end, ToWorker, blocking=True)
        self._encoder = msgspec.msgpack.Encoder()
        self._orders: deque[Order | Forget] = deque()
        self._ordered = threading.Semaphore(0)
        self._stopped: set[int] = set()
        self._current = 0
        self._armed = False
        self._held = Held()
        self._role = role

    def serve(self) -> None:
        """Do jobs until the window is gone, which ends the process."""
        signal.signal(signal.SIGUSR1, self._interrupt)
        threading.Thread(target=self._listen, daemon=True).start()
        warming = importlib.import_module("gui.workers.tasks.warming")
        getattr(warming, ROLES[self._role].warming)(self._held)
        self._wire.send(Ready())
        while True:
            self._ordered.acquire()
            order = self._orders.popleft()
            if isinstance(order, Forget):
                self._held.forget(order.folder)
            else:
                self._do(order)

    def _do(self, order: Order) -> None:
        try:
            answer: Any = self._attempt(order)
        except Interrupted:
            # Also from where an error was being turned into an answer.
            answer = Stopped(order.number)
        self._current = 0
        self._stopped.discard(order.number)
        self._wire.send(answer)

    def _attempt(self, order: Order) -> Done | Failed | Stopped:
        context = Context(Path(order.folder), self._held, self._report(order.number), self._partial(order.number))
        result: Any = None
        with _Caught() as caught:
            job = msgspec.msgpack.decode(order.job, type=AnyJob)
            module, name = job.task.split(":")
            task = getattr(importlib.import_module(f"gui.workers.tasks.{module}"), name)
            result = msgspec.Raw(self._encoder.encode(self._run(order.number, task, job, context)))
        return Done(order.number, result) if caught.error is None else _answer(order, caught.error)

    def _run(self, number: int, task: Any, job: Any, context: Context) -> Any:
        """What the task gives; it alone can be interrupted."""
        self._current = number
        self._armed = True
        try:
            if number in self._stopped:
                raise Interrupted
            return task(job, context)
        finally:
            self._armed = False

    def _report(self, number: int) -> Any:
        return lambda share, text: self._say(Progress(number, share, text))

    def _partial(self, number: int) -> Any:
        return lambda result: self._say(Partial(number, msgspec.Raw(self._encoder.encode(result))))

    def _say(self, message: Progress | Partial) -> None:
        """Send whole: an interruption in between would leave half a message on the wire."""
        self._armed = False
        self._wire.send(message)
        self._armed = True
        if self._current in self._stopped:
            raise Interrupted

    def _listen(self) -> None:
        """Take orders while a job is done; when the window is gone, be gone too."""
        try:
            while True:
                for message in self._wire.receive():
                    if isinstance(message, Stop):
                        self._stopped.add(message.number)
                        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
                    else:
                        self._orders.append(message)
                        self._ordered.release()
        except Gone:
            os._exit(1)

    def _interrupt(self, *_: object) -> None:
        if self._armed and self._current in self._stopped:
            self._armed = False
            raise Interrupted


class _Caught:
    """Keeps any error that its block raises: what a task did not foresee must not end the worker."""

    error: Exception | None = None

    def __enter__(self) -> _Caught:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self.error = error
        return True


def _answer(order: Order, error: Exception) -> Failed | Stopped:
    """An error as the window is told of it."""
    number = order.number
    if isinstance(error, Cancelled):
        return Stopped(number)
    if isinstance(error, OutputError) and order.folder and str(error.where).startswith(order.folder):
        # A place that nobody named, so nobody can name another.
        remedy = "Free some space there, or set TMPDIR to a folder that has more."
        return Failed(number, "OutputError", f"the result {error.what}", order.folder, remedy)
    if isinstance(error, LanescopeError):
        return Failed(number, type(error).__name__, error.what, error.where, error.remedy)
    if isinstance(error, MemoryError):
        return Failed(number, "MemoryError", "there is not enough memory for this", None, "Close other documents.")
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame is not None else ""
    what = f"an error that nobody foresaw: {type(error).__name__}: {error} ({place})"
    return Failed(number, "Unforeseen", what, None, "Please report it with the file that shows it.")


def _die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, even while it is deep in somebody's C code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _give_way(nice: int | None) -> None:
    """Let the window's thread go first; threads that are started later do the same."""
    if nice is None:
        return
    os.nice(nice)
    if hasattr(os, "SCHED_BATCH"):
        # Where it is refused, as some sandboxes do, being nice is enough.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def main(descriptor: int, role: str, parent: int) -> None:
    """Serve over the socket that the window left open under this number."""
    _die_with(parent)
    _give_way(ROLES[role].nice)
    # Collections would come in the middle of a simulation; what a job makes is freed by its counts.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    # Whoever asked may be gone by the time there is an answer.
    with suppress(Gone):
        Worker(socket.socket(fileno=descriptor), role).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
