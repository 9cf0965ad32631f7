"""A progress bar for the reading of a trace, where it takes long and somebody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from profiler.cli.output import progress

if TYPE_CHECKING:
    from profiler.trace.tables import Trace

_MIB = 1 << 20


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Show how many mebibytes of a file have been read by whatever the block calls."""
    from profiler.io.watch import Watch, watching

    shown = 0
    file = Path(path)
    total = file.stat().st_size // _MIB if file.is_file() else 0
    with progress(total, f"MiB of {file.name}") as advance:

        def on_progress(done: int, _: int) -> None:
            nonlocal shown
            advance(done // _MIB - shown)
            shown = done // _MIB

        with watching(Watch(on_progress=on_progress)):
            yield


def read_shown(path: str, *, partial: bool = False) -> Trace:
    """The trace as `read_trace` has it, its reading shown."""
    from profiler.io import read_trace

    with reading(path):
        return read_trace(path, partial=partial)
