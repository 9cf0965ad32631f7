"""Folders removed beside the window's thread: giving the pages of a large file back takes long.

Whoever unmaps a removed file last gives them back, and in a window that is the thread that draws. So the files are
held open a while longer than anything is likely to look at them, and let go of here.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

#: Seconds for which the files of a removed folder are held open.
_HELD_S = 2.0

#: Smaller files are given back in no time, and there may be many of them.
_LARGE = 8 << 20


class Sweeper:
    """A thread that removes folders; it is started by the first."""

    def __init__(self) -> None:
        self._folders: SimpleQueue[Path | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def sweep(self, folder: Path) -> None:
        """Remove a folder some time."""
        self._folders.put(folder)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="sweeper", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait until everything is removed. Safe to call twice."""
        if self._thread is not None:
            self._folders.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        held: deque[tuple[float, list[int]]] = deque()
        while True:
            try:
                wait = max(held[0][0] - time.monotonic(), 0.0) if held else None
                folder = self._folders.get(timeout=wait)
            except Empty:
                _let_go(held.popleft()[1])
                continue
            if folder is None:
                break
            opened = _hold(folder)
            shutil.rmtree(folder, ignore_errors=True)
            if opened:
                held.append((time.monotonic() + _HELD_S, opened))
        for _, opened in held:
            _let_go(opened)


def _hold(folder: Path) -> list[int]:
    """The large files of a folder, open."""
    opened: list[int] = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_file(follow_symlinks=False) and entry.stat().st_size >= _LARGE:
                opened.append(os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC))
    return opened


def _let_go(opened: list[int]) -> None:
    for descriptor in opened:
        os.close(descriptor)
