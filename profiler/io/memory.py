"""How much memory there is, asked before a file's own numbers decide how much is taken."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from profiler.errors import TraceReadError

_SYSTEM = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
#: Part of what is free that one trace may take.
_SHARE = 0.8


def available_bytes() -> int | None:
    """Memory that can be had without swapping, within the limits of the process's group; ``None`` if unknown."""
    found = [number for number in (_of_system(), _of_group()) if number is not None]
    return min(found) if found else None


def require_memory(needed: int, remedy: str) -> None:
    """Refuse a trace that would take more memory than there is.

    Raises
    ------
    TraceReadError
        With what is wrong and ``remedy``; the caller adds the place.
    """
    free = available_bytes()
    if free is not None and needed > _SHARE * free:
        raise TraceReadError(
            f"needs {needed / 1e9:,.1f} GB of memory, of which {free / 1e9:,.1f} are free", remedy=remedy
        )


def _of_system() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in _SYSTEM.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _of_group() -> int | None:
    with suppress(OSError, ValueError):
        return int((_GROUP / "memory.max").read_text("ascii")) - int((_GROUP / "memory.current").read_text("ascii"))
    return None
