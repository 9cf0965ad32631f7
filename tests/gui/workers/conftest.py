from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gui.workers.folder import PrivateFolder
from gui.workers.jobs import Job
from gui.workers.loop import PlainLoop
from gui.workers.pool import Pool
from gui.workers.ticket import Failure, Ticket
from tests.helpers.patience import PATIENCE_S


class Workers:
    """A pool without Qt, and what came of each job."""

    def __init__(self, folder: Path) -> None:
        self.loop = PlainLoop()
        self.folder = PrivateFolder(memory=folder / "nowhere", disk=folder)
        self.pool = Pool(self.loop, self.folder)
        self.results: dict[int, Any] = {}
        self.partials: dict[int, list[Any]] = {}

    def submit(self, job: Job, channel: str = "") -> Ticket:
        ticket = self.pool.submit(
            job,
            channel=channel,
            done=lambda result: self.results.__setitem__(ticket.number, result),
            failed=lambda failure: self.results.__setitem__(ticket.number, failure),
            partial=lambda result: self.partials.setdefault(ticket.number, []).append(result),
        )
        return ticket

    def until(self, holds: Callable[[], bool]) -> None:
        assert self.loop.run_until(holds, PATIENCE_S)

    def result(self, job: Job, channel: str = "") -> Any:
        """What comes of a job, failures raised."""
        ticket = self.submit(job, channel)
        self.until(lambda: not ticket.is_open)
        found = self.results[ticket.number]
        assert not isinstance(found, Failure), str(found)
        return found

    def failure(self, job: Job) -> Failure:
        ticket = self.submit(job)
        self.until(lambda: not ticket.is_open)
        found = self.results[ticket.number]
        assert isinstance(found, Failure), found
        return found


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    found = Workers(tmp_path)
    yield found
    found.pool.close()
    found.loop.close()
    assert not list(tmp_path.glob("lanescope-window-*")), "files were left"
