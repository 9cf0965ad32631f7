"""NVTX ranges, so that other profilers show a run in the same pieces; nothing where the nvtx package is missing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

DOMAIN = "lanescope"


@lru_cache(maxsize=1)
def _nvtx() -> Any:
    try:
        import nvtx
    except ImportError:
        return None
    return nvtx


def push_range(name: str, answer: Any) -> tuple[Any]:
    """Begin a range on the calling thread; the answer of a driver call, so that it can stand among them."""
    nvtx = _nvtx()
    if nvtx is not None:
        nvtx.push_range(name, domain=DOMAIN)
    return (answer,)


def pop_range(answer: Any) -> tuple[Any]:
    """End the innermost range of the calling thread."""
    nvtx = _nvtx()
    if nvtx is not None:
        nvtx.pop_range(domain=DOMAIN)
    return (answer,)
