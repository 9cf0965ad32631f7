"""The worker process: it alone speaks to the driver, so that what kills a context kills nothing else."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import closing
from multiprocessing.connection import Connection
from typing import Any

from profiler.devices.cuda import protocol
from profiler.devices.cuda.protocol import Failure, Opening, load_table
from profiler.devices.cuda.runner import Runner
from profiler.errors import LanescopeError
from profiler.plan.model import Plan


class Worker:
    """Runs what the program asks for, until it says so or is gone.

    Parameters
    ----------
    connection : Connection
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._orders: list[tuple[Any, ...]] = []
        self._ordered = threading.Condition()
        self._stop = threading.Event()
        self._runner: Runner | None = None

    def serve(self) -> None:
        """Answer orders; returns when told to close, or after a failure that leaves the context of no use."""
        opening: Opening = self._connection.recv()
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._runner = Runner(opening.ordinal, load_table(opening.table, opening.options.seed), opening.options)
        except LanescopeError as error:
            self._send(protocol.FAILED, Failure.of(error))
            return
        self._send(protocol.READY, self._runner.facts)
        while (order := self._next())[0] == protocol.RUN:
            if not self._run(self._runner, *order[1:]):
                return
        self._runner.close()

    def _run(self, runner: Runner, plan: Plan, repeats: int, warmup: int) -> bool:
        """Whether the worker can go on."""
        self._stop.clear()
        try:
            rows = runner.run(plan, repeats=repeats, warmup=warmup, on_ready=lambda: self._send(protocol.RUNNING))
            with closing(rows):
                for row, measured in rows:
                    self._send(protocol.ROW, row, measured)
                    if self._stop.is_set():
                        break
        except LanescopeError as error:
            failure = Failure.of(error)
            self._send(protocol.FAILED, failure)
            return not failure.lost
        self._send(protocol.DONE)
        return True

    def _listen(self) -> None:
        """Take orders while a run is under way; when the program is gone, be gone too."""
        try:
            while True:
                order = self._connection.recv()
                if order[0] == protocol.STOP:
                    self._stop.set()
                elif order[0] == protocol.WHERE:
                    self._send(protocol.AT, self._runner.where() if self._runner is not None else "")
                else:
                    with self._ordered:
                        self._orders.append(order)
                        self._ordered.notify()
        except (EOFError, OSError):
            os._exit(1)

    def _next(self) -> tuple[Any, ...]:
        with self._ordered:
            while not self._orders:
                self._ordered.wait()
            return self._orders.pop(0)

    def _send(self, *message: Any) -> None:
        with self._sending:
            self._connection.send(message)


def main(descriptor: int) -> None:
    """Serve over the pipe that the program left open under this number."""
    # Ctrl-C is meant for the program, which tells its worker what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Worker(Connection(descriptor)).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
