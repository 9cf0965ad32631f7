"""Rows of CUPTI's activity tables into a trace, as Nsight Systems and nvprof both write them to SQLite."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.sqlite_tables import durations
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import DEVICE_CATEGORIES, MISSING, NO_TIME, Severity

Array = npt.NDArray[Any]


def add_activities(
    builder: TraceBuilder,
    block: dict[str, Array],
    category: Array | int,
    names: Array,
    track: Array,
    *,
    args: list[str] | None = None,
    **columns: Array | int,
) -> None:
    """Add a block of records with ``start``, ``end`` and perhaps ``correlationId``; count those that never ended.

    Parameters
    ----------
    builder : TraceBuilder
    block : dict of str to array
        Columns of the table; an ``end`` of `NO_TIME` is not known.
    category, names, track : array, or int for the category
        Of each record.
    args : list of str, optional
        JSON of what no column holds.
    **columns : array or int
        Further columns of the trace.
    """
    size, ts = len(block["start"]), block["start"]
    dur = durations(ts, block["end"], NO_TIME)
    at_zero = (ts == 0) & (dur == 0) & np.isin(np.broadcast_to(category, size), DEVICE_CATEGORIES)
    never = (block["end"] == NO_TIME) | at_zero
    builder.stats.add("never_completed", Severity.DATA_LOSS, int(never.sum()))
    builder.stats.add("negative_duration", Severity.DATA_LOSS, int(((dur < 0) & ~never).sum()))
    encoded = [text.encode() for text in args] if args else []
    builder.add_block(
        size,
        {
            "ts": ts,
            "dur": dur,
            "category": category,
            "name": names,
            "track": track,
            "correlation_id": block.get("correlationId", MISSING),
            **columns,
        },
        args=(b"".join(encoded), np.array([len(text) for text in encoded], np.int64)) if args else None,
    )
