"""Nobody waits for a process that ends, nor for a large file that is given back."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.workers.endings import Endings
from gui.workers.folder import PrivateFolder
from gui.workers.loop import PlainLoop
from gui.workers.process import WorkerProcess

LARGE = 9 << 20


@pytest.fixture
def loop() -> Iterator[PlainLoop]:
    found = PlainLoop()
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[PrivateFolder]:
    found = PrivateFolder(memory=tmp_path / "nowhere", disk=tmp_path)
    yield found
    found.close()
    assert not list(tmp_path.iterdir())


class Lingering(WorkerProcess):
    """A process that the kernel takes its time to be done with."""

    looks = 0

    @property
    def is_gone(self) -> bool:
        self.looks += 1
        return self.looks > 3 and super().is_gone


def test_whoever_ends_a_worker_is_told_once_it_is_gone(loop: PlainLoop) -> None:
    worker, endings, told = Lingering("side"), Endings(loop), list[str]()
    endings.kill(worker, told.append)
    assert not told
    assert loop.run_until(lambda: bool(told))
    assert worker.looks >= 4
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


def test_closing_waits_for_all_and_tells_those_who_wait(loop: PlainLoop) -> None:
    workers, endings, told = [Lingering("side") for _ in range(2)], Endings(loop), list[str]()
    endings.kill(workers[0], told.append)
    endings.let_end(workers[1], told.append)
    endings.close()
    assert len(told) == 2
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker.pid, 0)
    endings.close()
    loop.turn(0.05)
    assert len(told) == 2


def test_a_worker_that_ended_by_itself_says_how(loop: PlainLoop) -> None:
    worker, endings, told = WorkerProcess("side"), Endings(loop), list[str]()
    os.kill(worker.pid, 15)
    endings.let_end(worker, told.append)
    assert loop.run_until(lambda: bool(told))
    assert told == ["was ended by SIGTERM"]


def test_a_worker_that_only_closed_its_end_is_killed(loop: PlainLoop) -> None:
    worker, endings, told = WorkerProcess("side"), Endings(loop), list[str]()
    os.kill(worker.pid, 19)
    endings.let_end(worker, told.append)
    assert loop.run_until(lambda: bool(told))
    assert told == ["stopped answering and was ended"]


def test_a_removed_folder_is_gone_at_once_and_what_is_mapped_of_it_stays(folder: PrivateFolder, tmp_path: Path) -> None:
    place = folder.place()
    (place / "large").write_bytes(b"x" * LARGE)
    (place / "small").write_bytes(b"y")
    with (place / "large").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    folder.remove(place)
    assert not place.exists()
    assert mapped[-1:] == b"x"
    mapped.close()
    folder.close()
    assert not [name for name in open_files() if str(tmp_path) in name]


def test_a_folder_is_removed_once_however_often_that_is_asked(folder: PrivateFolder) -> None:
    place = folder.place()
    folder.remove(place)
    folder.remove(place)
    assert folder.place() != place


def open_files() -> list[str]:
    links = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
    return [os.readlink(link) for link in links if link.is_symlink()]
