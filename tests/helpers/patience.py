"""How long a test waits for what must come: for a machine that hangs, no measure of speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 240
PATIENCE_MS = 1000 * PATIENCE_S


def eventually(holds: Callable[[], object], what: str) -> None:
    """Wait until ``holds``, or fail with what never came."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or is a zombie that somebody has yet to ask after."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"Z")
    except OSError:
        return True
