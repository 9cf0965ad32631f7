"""A gate before the streams: nothing starts until all is enqueued, so that the host's pace does not show."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from profiler.devices.cuda.holdings import Holdings, host_view
from profiler.devices.cuda.program import Program
from profiler.errors import PlanRefused
from profiler.plan.model import HostSync

#: A stream takes about a thousand pending operations, then the call that adds one blocks; and with the gate shut, for
#: ever. Source: 1022 to 1024, Meta's Holistic Trace Analysis. Stamps and waits count too, hence half of it.
MOST_PENDING = 500

_OPEN = 1


class Gate:
    """A word in mapped memory that every stream waits for.

    Raises
    ------
    PlanRefused
        The plan cannot be enqueued whole: it makes the host wait in between, or has too many operations a stream.
    """

    def __init__(self, holdings: Holdings, program: Program, *, limit_s: float) -> None:
        _check(program)
        self._driver = holdings.driver
        self._limit_s = limit_s
        address = holdings.pinned(4, "the gate", mapped=True)
        self._word = host_view(address, 4)
        self._pointer = holdings.mapped_pointer(address)
        self.timed_out = False
        self._insert(program)

    @contextmanager
    def shut(self, streams: list[Any]) -> Iterator[None]:
        """Shut the gate before ``streams`` for the block, in which the program opens it; or the time limit does."""
        self._word[:] = 0
        watchdog = threading.Timer(self._limit_s, self._give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            for stream in streams:
                flag = int(self._driver.api.CUstreamWaitValue_flags.CU_STREAM_WAIT_VALUE_GEQ)
                self._driver.call("cuStreamWaitValue32", stream, self._pointer, _OPEN, flag, doing="shutting the gate")
            yield
        finally:
            watchdog.cancel()
            self._word[0] = _OPEN

    def _give_up(self) -> None:
        self.timed_out = True
        self._word[0] = _OPEN

    def _insert(self, program: Program) -> None:
        """Let the thread open the gate before it first waits: by then it has enqueued all it has."""
        calls = next(iter(program.threads.values()))
        place = min(place for step, place in calls.main.items() if isinstance(program.plan.steps[step], HostSync))
        function, arguments = calls.calls[place]

        def open_and_wait(*given: Any) -> Sequence[Any]:
            self._word[0] = _OPEN
            return function(*given)

        open_and_wait.__name__ = function.__name__
        calls.calls[place] = (open_and_wait, arguments)


def _check(program: Program) -> None:
    where = "--gate"
    if len(program.threads) != 1:
        raise PlanRefused("a gate needs a single issue thread", where=where, remedy="Use --issue-threads 1.")
    calls = next(iter(program.threads.values()))
    steps = program.plan.steps
    syncs = [place for step, place in calls.main.items() if isinstance(steps[step], HostSync)]
    work = [place for step, place in calls.main.items() if getattr(steps[step], "stream", None) is not None]
    work = [place for place in work if place not in set(syncs)]
    if not syncs or (work and min(syncs) < max(work)):
        raise PlanRefused(
            f"plan {program.plan.strategy} makes the host wait before all is enqueued, which a gate would never end",
            where=where,
            remedy="Run one request, or choose a strategy that waits only at the end.",
        )
    if len(calls.calls) > MOST_PENDING:
        raise PlanRefused(
            f"plan {program.plan.strategy} enqueues {len(calls.calls)} operations, and a gate takes {MOST_PENDING}",
            where=where,
            remedy="Run fewer chunks or requests, or leave the gate out.",
        )
