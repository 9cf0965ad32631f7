"""Work on long columns done two at a time: numpy lets other threads run while it sorts, gathers and adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

#: Slices below which starting a thread costs more than it saves.
_LONG = 500_000


def side_by_side(calls: Sequence[Callable[[], T]], size: int) -> list[T]:
    """What each call returns, in their order; run two at a time where they work on ``size`` slices, many of them."""
    if size < _LONG:
        return [call() for call in calls]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda call: call(), calls))
