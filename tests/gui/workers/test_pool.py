from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gui.workers.folder import PrivateFolder
from gui.workers.jobs import ExportRows, Run, Simulate
from gui.workers.ticket import State
from profiler.experiment.spec import ScenarioSpec
from profiler.plan.model import StreamConfig
from profiler.trace.mapped import save
from tests.gui.workers.conftest import Workers
from tests.helpers.patience import eventually, has_ended
from tests.helpers.project import ROOT


def spec(batch: int = 8, **more: Any) -> ScenarioSpec:
    config = StreamConfig(chunks=4)
    return ScenarioSpec("sum-float32", batch, "depth-first", device="sim:h100-sxm", config=config, **more)


def endless() -> Run:
    """Takes minutes, and tells about itself all the time."""
    return Run(spec=spec(64, repeats=1_000_000, jitter_percent=5.0))


def test_the_newest_request_wins(workers: Workers) -> None:
    tickets = [workers.submit(Simulate(spec=spec(batch)), "simulate") for batch in range(4, 24)]
    workers.until(lambda: not tickets[-1].is_open)
    assert workers.results[tickets[-1].number].figures["batch"] == 23
    # The first was under way already; all others gave way before they began.
    assert {ticket.state for ticket in tickets[1:-1]} == {State.DROPPED}
    assert set(workers.results) <= {tickets[0].number, tickets[-1].number}


def test_jobs_without_a_channel_are_all_done(workers: Workers) -> None:
    tickets = [workers.submit(Simulate(spec=spec(batch))) for batch in (4, 5, 6)]
    workers.until(lambda: len(workers.results) == 3)
    assert [workers.results[ticket.number].figures["batch"] for ticket in tickets] == [4, 5, 6]


def test_a_run_grows_and_can_be_cancelled_on_the_way(workers: Workers) -> None:
    ticket = workers.submit(endless())
    workers.until(lambda: len(workers.partials.get(ticket.number, ())) >= 2)
    first, second = workers.partials[ticket.number][:2]
    assert not first.whole
    assert second.figures["repeats"] > first.figures["repeats"] > 0
    ticket.cancel()
    assert ticket.state is State.DROPPED
    workers.until(lambda: all(not worker.busy for worker in workers.pool.workers))
    # What was shown stays until it is shown no more.
    assert Path(second.trace).parent == ticket.folder
    assert ticket.folder.exists()
    workers.pool.forget(ticket.folder)
    assert not ticket.folder.exists()
    assert ticket.number not in workers.results
    assert workers.result(Run(spec=spec(repeats=2))).whole


def test_a_run_that_was_cancelled_leaves_nothing_in_the_process_of_the_next(workers: Workers) -> None:
    ticket = workers.submit(endless())
    workers.until(lambda: ticket.number in workers.partials)
    (before,) = (worker.pid for worker in workers.pool.workers)
    ticket.cancel()
    after = workers.submit(endless())
    workers.until(lambda: after.number in workers.partials)
    assert [worker.pid for worker in workers.pool.workers if worker.pid == before] == []


def test_a_worker_that_does_not_listen_is_killed_and_replaced(workers: Workers) -> None:
    ticket = workers.submit(endless())
    workers.until(lambda: ticket.number in workers.partials)
    (worker,) = workers.pool.workers
    os.kill(worker.pid, signal.SIGSTOP)
    ticket.cancel()
    workers.until(lambda: worker not in workers.pool.workers)
    assert workers.result(Run(spec=spec(repeats=2))).whole


def test_a_killed_worker_fails_its_job_with_one_message_and_is_replaced(workers: Workers) -> None:
    ticket = workers.submit(endless())
    workers.until(lambda: ticket.number in workers.partials)
    os.kill(workers.pool.workers[0].pid, signal.SIGKILL)
    workers.until(lambda: not ticket.is_open)
    failure = workers.results[ticket.number]
    assert "SIGKILL" in failure.what
    assert failure.where == "sum-float32 on sim:h100-sxm"
    assert failure.remedy
    assert workers.result(Run(spec=spec(repeats=2))).figures["repeats"] == 2


def test_a_wrong_scenario_is_explained(workers: Workers) -> None:
    failure = workers.failure(Simulate(spec=ScenarioSpec("resnet51", 8, device="sim:h100-sxm")))
    assert failure.kind == "UsageError"
    assert "resnet51" in failure.what
    assert failure.remedy
    assert workers.result(Simulate(spec=spec())).whole


def test_closing_ends_workers_and_drops_what_waits(workers: Workers) -> None:
    tickets = [workers.submit(endless()) for _ in range(2)]
    workers.until(lambda: tickets[0].number in workers.partials)
    pids = [worker.pid for worker in workers.pool.workers]
    workers.pool.close()
    assert {ticket.state for ticket in tickets} == {State.DROPPED}
    assert all(has_ended(pid) for pid in pids)
    workers.pool.close()


ORPHANS = """
import sys
from gui.workers.folder import PrivateFolder
from gui.workers.loop import PlainLoop
from gui.workers.pool import Pool
from pathlib import Path
pool = Pool(PlainLoop(), PrivateFolder(disk=Path(sys.argv[1]), memory=Path(sys.argv[1])))
pool.warm("simulate")
print(pool.workers[0].pid, flush=True)
sys.stdin.read()
"""


def test_workers_end_with_a_window_that_is_killed_and_its_files_go_at_the_next_start(tmp_path: Path) -> None:
    window = subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
    )  # fmt: skip
    with window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert not has_ended(pid)
        window.kill()
    eventually(lambda: has_ended(pid), "the worker is gone")
    assert list(tmp_path.glob("lanescope-window-*"))
    folder = PrivateFolder(memory=tmp_path / "nowhere", disk=tmp_path)
    assert list(tmp_path.glob("lanescope-window-*")) == list(folder.roots)
    folder.close()
    assert not list(tmp_path.iterdir())


def test_folders_of_a_window_that_lives_are_left_alone(tmp_path: Path) -> None:
    one = PrivateFolder(memory=tmp_path / "nowhere", disk=tmp_path)
    other = PrivateFolder(memory=tmp_path / "nowhere", disk=tmp_path)
    place = one.place()
    assert place.stat().st_mode & 0o777 == 0o700
    assert {*one.roots, *other.roots} <= set(tmp_path.iterdir())
    other.remove(tmp_path)
    assert tmp_path.exists()
    for folder in (one, other):
        folder.close()


def test_an_order_longer_than_the_socket_holds_arrives(workers: Workers, tmp_path: Path) -> None:
    trace = workers.result(Simulate(spec=spec())).trace
    job = ExportRows(trace=trace, path=str(tmp_path / "rows.csv"), chosen=(0, 1, 2) * 200_000)
    assert workers.result(job).slices == 600_000


def test_a_machine_without_room_fails_the_job_and_not_the_window(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(PrivateFolder, "place", full)
        assert "No space left" in workers.failure(Simulate(spec=spec())).what
    with monkeypatch.context() as patch:
        patch.setattr("gui.workers.pool.WorkerProcess", full)
        assert "No space left" in workers.failure(Simulate(spec=spec())).what
    assert workers.result(Simulate(spec=spec())).whole


def test_small_results_lie_in_memory_and_large_ones_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    for place in (memory, disk):
        place.mkdir()
    monkeypatch.setattr("gui.workers.folder._LEAST_FREE", 1)
    folder = PrivateFolder(memory=memory, disk=disk)
    assert folder.place(1 << 20).is_relative_to(memory)
    assert folder.place(1 << 30).is_relative_to(disk)
    monkeypatch.setattr("gui.workers.folder._LEAST_FREE", 1 << 62)
    assert folder.place().is_relative_to(disk)
    folder.close()
    assert not [*memory.iterdir(), *disk.iterdir()]


def test_an_export_that_is_cancelled_leaves_nothing_behind(workers: Workers, tmp_path: Path) -> None:
    trace = workers.result(Simulate(spec=spec(64, repeats=1))).trace
    target = tmp_path / "out"
    target.mkdir()
    big = tmp_path / "big"
    # A table of many rows takes long enough to be met in the middle.
    save(big, {"rows": np.tile(np.arange(50), 200_000)})
    export = ExportRows(trace=trace, path=str(target / "rows.csv"), rows=str(big))
    ticket = workers.submit(export)
    workers.until(lambda: bool(list(target.iterdir())) or not ticket.is_open)
    ticket.cancel()
    workers.until(lambda: not any(worker.busy for worker in workers.pool.workers))
    assert list(target.iterdir()) == []
    ticket = workers.submit(export)
    workers.until(lambda: bool(list(target.iterdir())) or not ticket.is_open)
    workers.pool.close()
    assert list(target.iterdir()) == []
    # A window that is closing asks in vain.
    assert workers.pool.submit(export).state is State.DROPPED


def test_results_without_room_say_where_there_is_none(workers: Workers) -> None:
    assert workers.result(Simulate(spec=spec())).whole
    (worker,) = workers.pool.workers
    # As little as a full disk takes.
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (100, 100))
    failure = workers.failure(Simulate(spec=spec(16)))
    assert failure.what.startswith("the result cannot be written: ")
    assert any(failure.where.startswith(str(root)) for root in workers.folder.roots)
    assert "TMPDIR" in failure.remedy
