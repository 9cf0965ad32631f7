"""Join events that open a slice with events that close it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import NO_TIME

Array = npt.NDArray[Any]


def closing_times(
    group: Array, ts: Array, order: Array, opens: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], int]:
    """Where the slice that each opening event begins is closed.

    Within a group (a thread, or an id) events nest: an end closes what was opened last. Events of a group may come in
    any order of time; those of one time keep the order of the file.

    Parameters
    ----------
    group, ts, order : arrays, shape (n,)
        What the event belongs to, its time in ns, and its place in the file.
    opens : bool array, shape (n,)
        Whether it opens or closes.

    Returns
    -------
    ends : int64 array
        One for each opening event, in the order given: the time of its end, `NO_TIME` where it has none.
    unmatched : int
        Ends without an opening event.
    """
    sequence = np.lexsort((order, ts, group))
    ends = np.full(len(ts), NO_TIME, np.int64)
    stack: list[int] = []
    unmatched, current = 0, None
    for place, member, is_open in zip(
        sequence.tolist(), group[sequence].tolist(), opens[sequence].tolist(), strict=True
    ):
        if member != current:
            stack, current = [], member
        if is_open:
            stack.append(place)
        elif stack:
            ends[stack.pop()] = ts[place]
        else:
            unmatched += 1
    return ends[opens], unmatched
