"""What a task in a worker is given: where to put results, whom to tell, and what is held open from before."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Reports of progress are at least so many seconds apart.
_REPORT_S = 0.05

#: Things held open at once; the one used longest ago goes first.
_HELD = 24


class Interrupted(BaseException):
    """The job is wanted no more. No error, so that nothing that handles errors takes it for one."""


class Held:
    """What a worker keeps from one job to the next: opened traces, prepared figures, workloads."""

    def __init__(self) -> None:
        self._things: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def get(self, folder: str, kind: str, make: Callable[[], Any]) -> Any:
        """What ``make`` gave the first time; let go of when ``folder`` is forgotten."""
        key = (folder, kind)
        if key not in self._things:
            made = make()
            self._things[key] = made
            while len(self._things) > _HELD:
                self._things.popitem(last=False)
        self._things.move_to_end(key)
        return self._things[key]

    def drop(self, folder: str, kind: str) -> None:
        """Let go of one thing, if it is kept."""
        self._things.pop((folder, kind), None)

    def forget(self, folder: str) -> None:
        """Let go of everything kept for a folder."""
        for key in [key for key in self._things if key[0] == folder]:
            del self._things[key]


class Context:
    """The surroundings of one job.

    Attributes
    ----------
    folder : Path
        Where its results go; made for it alone.
    held : Held
    """

    def __init__(
        self,
        folder: Path,
        held: Held,
        report: Callable[[float | None, str], None],
        partial: Callable[[Any], None],
    ) -> None:
        self.folder = folder
        self.held = held
        self.partial = partial
        self._report = report
        self._reported = 0.0
        self._endless = True

    def progress(self, share: float | None, text: str = "") -> None:
        """Say how far the job is; most calls cost nothing. That the end is known, or not any more, is always told.

        Raises
        ------
        Interrupted
            The job is wanted no more.
        """
        now = time.monotonic()
        endless = share is None
        if now - self._reported >= _REPORT_S or endless != self._endless:
            self._reported, self._endless = now, endless
            self._report(share, text)
