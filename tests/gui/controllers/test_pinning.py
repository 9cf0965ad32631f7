"""What is pinned while a run goes on: whole once it is over, else it says why not. On the real device's own code."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from gui.state.document import Status
from gui.workers.ticket import Ticket
from tests.gui.controllers.conftest import Window
from tests.helpers.fake_driver.device import fake_environment

REPEATS = 120

pytestmark = pytest.mark.usefixtures("fake_gpu")


@pytest.fixture
def fake_gpu(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A driver that the tests build, in place of a GPU's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "kernels"))
    with fake_environment():
        yield


def running(window: Window, repeats: int) -> Ticket:
    """A run of which something is on the screen, and more to come."""
    window.scenario.update(device="cuda:0", batch=4, chunks=2, repeats=repeats)
    window.live.start()
    ticket = window.live.run()
    window.until(lambda: window.live.document.status is Status.PARTIAL)
    return ticket


def test_what_is_pinned_while_it_runs_is_whole_once_the_run_is_over(window: Window) -> None:
    running(window, REPEATS)
    pinned = window.live.pin()
    closed = window.live.pin()
    window.workspace.remove(closed)
    assert pinned.status is Status.PARTIAL
    early = len(pinned.trace or ())
    window.until(lambda: window.service.busy == 0)
    live = window.live.document
    assert pinned.status is live.status is Status.READY
    assert pinned.figures == live.figures
    assert pinned.figures["repeats"] == REPEATS
    assert early < len(pinned.trace) == len(live.trace)
    assert closed.status is Status.PARTIAL
    assert not window.service.knows(closed)
    # It stays what it is, and its data is its own.
    window.scenario.update(batch=8, repeats=1)
    window.live.run()
    window.until(lambda: window.service.busy == 0)
    assert (pinned.figures["batch"], pinned.figures["repeats"]) == (4, REPEATS)
    assert window.answer(window.service.search, pinned, "HtoD").count > 0


def test_what_is_pinned_of_a_run_that_is_stopped_says_so(window: Window) -> None:
    ticket = running(window, 100_000)
    pinned = window.live.pin()
    ticket.cancel()
    assert pinned.status is Status.FAILED
    assert "cancelled" in pinned.message
    assert len(pinned.trace or ()) > 0
    running(window, 100_000)
    other = window.live.pin()
    (worker,) = (one for one in window.service.pool.workers if one.busy)
    os.kill(worker.pid, signal.SIGKILL)
    window.until(lambda: other.status is Status.FAILED)
    assert "SIGKILL" in other.message
    assert other.message.endswith("This is what had run until then.")
