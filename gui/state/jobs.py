"""What is going on in the background, and what the window has to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import count
from typing import ClassVar

from psygnal import SignalGroupDescriptor

_MESSAGES_KEPT = 200


class Level(IntEnum):
    """How serious a message is."""

    INFO = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Message:
    """One line for a person: what, where, what to do."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """Work in another process. ``progress`` is 0 to 1, None where the end is not known."""

    id: int
    title: str
    progress: float | None = None
    cancel: Callable[[], None] | None = None


@dataclass(eq=False)
class JobsState:
    """Running jobs in order of start, and messages, the newest last."""

    jobs: tuple[Job, ...] = ()
    messages: tuple[Message, ...] = ()

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def __post_init__(self) -> None:
        self._ids = count(1)

    def start(self, title: str, cancel: Callable[[], None] | None = None) -> int:
        """A new job; its number."""
        job = Job(next(self._ids), title, None, cancel)
        self.jobs = (*self.jobs, job)
        return job.id

    def advance(self, job_id: int, progress: float | None, title: str | None = None) -> None:
        """Say how far a job is; nothing happens when it is over."""
        self.jobs = tuple(
            replace(job, progress=progress, title=title or job.title) if job.id == job_id else job for job in self.jobs
        )

    def finish(self, job_id: int) -> None:
        """Take a job off the list."""
        self.jobs = tuple(job for job in self.jobs if job.id != job_id)

    def cancel_all(self) -> None:
        """Ask every job that can be cancelled to stop."""
        for job in self.jobs:
            if job.cancel is not None:
                job.cancel()

    def say(self, text: str, level: Level = Level.INFO) -> None:
        """Add a message."""
        self.messages = (*self.messages[-_MESSAGES_KEPT + 1 :], Message(level, text))
