"""The private folder in which workers leave results: one a window, gone with it, also after a crash.

A folder's owner holds a lock on a file in it as long as it lives; the operating system lets go of the lock however
the owner ends. So a folder whose lock is free belongs to nobody, and the next window removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from gui.workers.sweeping import Sweeper

_PREFIX = "lanescope-window-"
_LOCK = "lock"

#: A file system in memory is used where so many bytes are free, and for results up to so many: a simulation's cost
#: nothing there, while a long file's would take memory that pages of a disk file give back when it is needed.
_LEAST_FREE = 256 << 20
_LARGEST = 64 << 20

_MEMORY = Path("/dev/shm")


class PrivateFolder:
    """A folder that only this user can read.

    Parameters
    ----------
    memory, disk : path, optional
        Where to make it: small results go to the first if it has room, large ones to the second.
    """

    def __init__(self, memory: Path = _MEMORY, disk: Path | None = None) -> None:
        disk = disk or Path(tempfile.gettempdir())
        for root in {memory, disk}:
            remove_abandoned(root)
        self._disk = _make(disk)
        self._memory = _make(memory) if _free(memory) >= _LEAST_FREE else None
        self._number = 0
        self._sweeper = Sweeper()
        # Also where the program ends without closing its window.
        self._end = weakref.finalize(self, _remove, (self._disk, self._memory))

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that are there: on disk, and in memory where that has room."""
        return (self._disk[0],) if self._memory is None else (self._disk[0], self._memory[0])

    def place(self, size: int = 0) -> Path:
        """A new empty folder for one result of about ``size`` bytes."""
        self._number += 1
        root = self._disk[0]
        if self._memory is not None and size <= _LARGEST and _free(self._memory[0]) >= _LEAST_FREE:
            root = self._memory[0]
        folder = root / f"{self._number}"
        folder.mkdir(mode=0o700)
        return folder

    def remove(self, folder: Path) -> None:
        """Remove a result's folder; what is mapped from it stays valid. Only folders made by `place` are touched.

        It is gone from its place at once, and from the disk some time later.
        """
        if folder.parent in self.roots:
            aside = folder.with_name(f"{folder.name}-gone")
            with suppress(FileNotFoundError):
                folder.rename(aside)
                self._sweeper.sweep(aside)

    def close(self) -> None:
        """Remove everything. Safe to call twice."""
        self._sweeper.close()
        self._end()
        self._memory = None


def remove_abandoned(root: Path) -> None:
    """Remove this user's folders under ``root`` whose window is gone."""
    for folder in root.glob(f"{_PREFIX}*") if root.is_dir() else ():
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _make(root: Path) -> tuple[Path, int]:
    """A new folder, and the number of the open file whose lock says that it is in use."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def _remove(made: tuple[tuple[Path, int] | None, ...]) -> None:
    for found in made:
        if found is not None:
            shutil.rmtree(found[0], ignore_errors=True)
            with suppress(OSError):
                os.close(found[1])


def _free(root: Path) -> int:
    """Bytes free for this user under ``root``; 0 where it cannot be written."""
    if not os.access(root, os.W_OK):
        return 0
    try:
        status = os.statvfs(root)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
