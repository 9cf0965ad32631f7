"""What the window and its workers tell each other."""

from __future__ import annotations

import msgspec


class Order(msgspec.Struct, frozen=True, tag=True):
    """Window to worker: do a job; its results go into ``folder``.

    Attributes
    ----------
    number : int
    job : msgspec.Raw
        One of `gui.workers.jobs`.
    """

    number: int
    job: msgspec.Raw
    folder: str


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Window to worker: leave a job as soon as possible."""

    number: int


class Forget(msgspec.Struct, frozen=True, tag=True):
    """Window to worker: let go of what is held open in a folder."""

    folder: str


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Worker to window: everything is imported, orders are taken."""


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Worker to window: how far a job is: a share from 0 to 1, or ``None`` where that is not known."""

    number: int
    share: float | None
    text: str = ""


class Partial(msgspec.Struct, frozen=True, tag=True):
    """Worker to window: a result that can be shown while the job goes on."""

    number: int
    result: msgspec.Raw


class Done(msgspec.Struct, frozen=True, tag=True):
    """Worker to window: the result of a job."""

    number: int
    result: msgspec.Raw


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Worker to window: a job failed; ``kind`` names the class of the error."""

    number: int
    kind: str
    what: str
    where: str | None = None
    remedy: str | None = None


class Stopped(msgspec.Struct, frozen=True, tag=True):
    """Worker to window: a job was left because of a `Stop`."""

    number: int


ToWorker = Order | Stop | Forget
ToWindow = Ready | Progress | Partial | Done | Failed | Stopped
