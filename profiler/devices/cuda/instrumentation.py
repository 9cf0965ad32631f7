"""How much stamps stretch a run: the same plan with them and without, in turn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median
from time import monotonic

from profiler.devices.cuda.issue import Issuer
from profiler.devices.cuda.program import Program
from profiler.devices.cuda.timing import HostStamps

#: After this long no further pair of runs begins: a plan that takes seconds is stretched by nothing that can be seen.
LIMIT_S = 2.0


def instrumentation_factor(
    stamped: Issuer,
    bare: Issuer,
    runs: int,
    on_run: Callable[[], None],
    paused: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> float:
    """Median makespan of the ``stamped`` program over that of the ``bare`` one, which is the same plan.

    Parameters
    ----------
    stamped, bare : Issuer
    runs : int
        Of each, 1 or more.
    on_run : callable
        Called after each run.
    paused : callable
        Stops what else records, for the runs of ``bare``.

    Raises
    ------
    DriverError
        A call failed; it names the step.
    """
    found: dict[Issuer, list[int]] = {bare: [], stamped: []}
    begin = monotonic()
    for number in range(runs):
        # Alternating which goes first, so that neither always profits from what the other left in caches.
        for issuer in (bare, stamped) if number % 2 == 0 else (stamped, bare):
            with paused() if issuer is bare else nullcontext():
                found[issuer].append(host_makespan_ns(issuer.program, issuer.issue()))
            on_run()
        if monotonic() - begin > LIMIT_S:
            break
    return float(median(found[stamped]) / max(1.0, median(found[bare])))


def host_makespan_ns(program: Program, host: HostStamps) -> int:
    """First host action of the plan to the end of its last, which is to know that all is over."""
    places = [(thread, place) for thread, calls in program.threads.items() for place in calls.main.values()]
    first = min(host[thread][place] for thread, place in places)
    return max(host[thread][place + 1] for thread, place in places) - first
