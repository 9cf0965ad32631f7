"""What a file of some format cannot hold of a trace, in words, so that nothing is lost in silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import MISSING, NO_TIME, Category
from profiler.trace.tables import Trace


def losses(trace: Trace, format_name: str) -> list[str]:
    """One line for each kind of thing that ``trace`` has and a file of that format does not; empty for none.

    Parameters
    ----------
    trace : Trace
    format_name : str
        ``Format.name`` of the format that is written.
    """
    known = _OF_FORMAT.get(format_name)
    return known(trace) if known is not None else []


def _of_csv(trace: Trace) -> list[str]:
    metadata = [key for key in trace.meta if key not in ("format", "source_format")]
    found = (
        (len(trace.edges), "flows between slices"),
        (len(trace.counters), "counter samples"),
        (len(trace.stats.entries), "entries of what an import lost or repaired"),
        (len(metadata), "entries of metadata"),
    )
    return [f"{count:,} {what}" for count, what in found if count]


def _of_chrome(trace: Trace) -> list[str]:
    odd = int((~np.isfinite(trace.counters.value)).sum())
    counters = [f"{odd:,} counter samples that are no finite number"] if odd else []
    return counters + _of_perfetto(trace)


def _of_nsys(trace: Trace) -> list[str]:
    """What no tool but Lanescope will see: it stands in tables of Lanescope's own."""
    from profiler.io.nsys_tables import LARGEST_NUMBER, unheld

    found = (
        (unheld(trace), "slices that have no table there or never ended"),
        (len(trace.edges), "flows between slices"),
        (len(trace.counters), "counter samples"),
        (int((trace["request"] != MISSING).sum()), "request numbers"),
        (int((trace["chunk"] != MISSING).sum()), "chunk numbers"),
        (int((trace["queued_ns"] != NO_TIME).sum()), "times at which work reached its stream"),
        (int((trace["pid"] > LARGEST_NUMBER).sum()), "process numbers beyond 24 bits"),
    )
    return [f"{count:,} {what}, except in tables that only Lanescope reads" for count, what in found if count]


def _of_perfetto(trace: Trace) -> list[str]:
    """Category words are written, and tell the category when they are read: one that means another is replaced."""
    from profiler.io.kineto_words import category_of

    other = 0
    words, counts = np.unique(_pairs(trace), return_counts=True)
    for pair, count in zip(words.tolist(), counts.tolist(), strict=True):
        category, word = pair >> 32, pair & 0xFFFFFFFF
        if category_of(trace.names[word]) != Category(category):
            other += count
    return [f"{other:,} category words of the source that mean another category"] if other else []


def _pairs(trace: Trace) -> npt.NDArray[np.int64]:
    """Category and source word of each slice that has one, as one number."""
    has = trace["source_category"] != MISSING
    pairs: npt.NDArray[np.int64] = trace.category[has].astype(np.int64) << 32 | trace["source_category"][has].astype(
        np.int64
    )
    return pairs


_OF_FORMAT: dict[str, Callable[[Trace], list[str]]] = {
    "csv": _of_csv,
    "chrome": _of_chrome,
    "perfetto": _of_perfetto,
    "nsys-sqlite": _of_nsys,
}
