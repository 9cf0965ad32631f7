"""Worker processes that are to end: killed at once, gone a while later, and nobody waits for that.

A process that has used much memory takes some tenths of a second to give it back, and the window's thread must not
stand still for so long. So an ended worker is looked at again and again until it is gone; only then its files are
removed, for until then it may still write one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gui.workers.loop import Loop
from gui.workers.process import WorkerProcess

#: Seconds between two looks at a process that ends.
_LOOK_S = 0.01

#: Seconds in which a worker that closed its socket may end by itself, so that its exit says why.
_BY_ITSELF_S = 0.2

#: Seconds that killed processes get to be gone when the window closes.
_DEATH_S = 5.0

#: Told how a process ended, in words.
Told = Callable[[str], None]


@dataclass(eq=False)
class _Ending:
    worker: WorkerProcess
    told: Told | None
    killed: bool
    since: float


class Endings:
    """Sees worker processes off.

    Parameters
    ----------
    loop : Loop
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._open: list[_Ending] = []

    def kill(self, worker: WorkerProcess, told: Told | None = None) -> None:
        """End a process now; ``told`` is called once it is gone."""
        worker.kill()
        self._begin(_Ending(worker, told, killed=True, since=time.monotonic()))

    def let_end(self, worker: WorkerProcess, told: Told | None = None) -> None:
        """See a process off that seems to have died; it is killed if it has not within a moment."""
        worker.hang_up()
        self._begin(_Ending(worker, told, killed=False, since=time.monotonic()))

    def close(self) -> None:
        """Wait until all are gone, whoever waits for being told of it included. Safe to call twice."""
        for ending in self._open:
            ending.worker.kill()
        end = time.monotonic() + _DEATH_S
        for ending in list(self._open):
            ending.worker.wait(max(end - time.monotonic(), 0.0))
            self._over(ending)

    def _begin(self, ending: _Ending) -> None:
        self._open.append(ending)
        self._later(ending)

    def _later(self, ending: _Ending) -> None:
        self._loop.later(_LOOK_S, partial(self._look, ending))

    def _look(self, ending: _Ending) -> None:
        if ending not in self._open:
            return
        if ending.worker.is_gone:
            self._over(ending)
            return
        if not ending.killed and time.monotonic() - ending.since > _BY_ITSELF_S:
            ending.worker.kill()
            ending.killed = True
        self._later(ending)

    def _over(self, ending: _Ending) -> None:
        self._open.remove(ending)
        if ending.told is not None:
            how = "stopped answering and was ended" if ending.killed else ending.worker.how_it_ended()
            ending.told(how)
