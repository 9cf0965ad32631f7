"""A job that was asked for, and whom to tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from gui.workers.jobs import Job


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed, for a person: what is wrong, where, and what to do. ``kind`` names the class of the error."""

    kind: str
    what: str
    where: str | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}." + (f" {self.remedy}" if self.remedy else "")


class State(Enum):
    """How far a ticket is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"  #: cancelled, or a newer one took its place


@dataclass(eq=False)
class Ticket:
    """A job on its way.

    Attributes
    ----------
    number : int
    job : Job
    channel : str
        Of the tickets of one channel only the newest matters; empty: all do.
    folder : Path
        Where its results lie.
    done, failed, partial, progress : callable, optional
        Told of the result; of a `Failure`; of results on the way; of a share (or None) and a text.
    order : bytes
        The job as it is sent, until it is: it may name very many rows.
    shown : bool
        Whether a partial result was passed on: its files stay, whatever becomes of the rest.
    over : list of callables
        Called with the ticket once it is done, failed or dropped, whichever comes first.
    """

    number: int
    job: Job
    channel: str
    folder: Path
    done: Callable[[Any], None] | None = None
    failed: Callable[[Failure], None] | None = None
    partial: Callable[[Any], None] | None = None
    progress: Callable[[float | None, str], None] | None = None
    state: State = State.WAITING
    order: bytes = b""
    shown: bool = False
    over: list[Callable[[Ticket], None]] = field(default_factory=list)
    drop: Callable[[Ticket], None] = lambda _: None

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in (State.WAITING, State.RUNNING)

    def cancel(self) -> None:
        """Want no more of it: nothing is called any more but ``over``. Safe at any time."""
        if self.is_open:
            self.drop(self)

    def finish(self, state: State) -> None:
        """Note how it ended and tell those who wait for that; nobody else is told any more.

        Tickets outlive their jobs, for example in a button that cancels one: whom they call must not live as long.
        """
        self.state = state
        self.done = self.failed = self.partial = self.progress = None
        calls, self.over = self.over, []
        for call in calls:
            call(self)
