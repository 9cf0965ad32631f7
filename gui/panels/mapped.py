"""Files that workers hand over."""

from __future__ import annotations

from typing import Any


def load(file: str) -> Any:
    """What a worker has put into a file, its arrays as views of the mapped file."""
    from profiler.trace.mapped import load as load_mapped

    return load_mapped(file)
