"""Workers started before the window is even imported, so that they are ready when it is."""

from __future__ import annotations

from contextlib import suppress

from gui.workers.process import WorkerProcess


def start_early(*roles: str) -> list[WorkerProcess]:
    """A worker of each role; those that the machine has no room for are started, or missed, when they are needed."""
    started: list[WorkerProcess] = []
    with suppress(OSError):
        for role in roles:
            started.append(WorkerProcess(role))
    return started


def end_early(workers: list[WorkerProcess]) -> None:
    """End workers for which no window came."""
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.wait(1.0)
