"""Rows of a trace by what they are. Every selector leaves out records that never completed.

Rows are int64 arrays in table order; a mask costs one pass over one or two columns, also at ten million rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.trace.ranks import joint_ranks, picked
from profiler.trace.schema import DEVICE_CATEGORIES, MISSING, Category, MemcpyKind
from profiler.trace.tables import Trace

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


def on_device(trace: Trace) -> Mask:
    """Rows of the categories that run on a device, completed or not."""
    return _member(trace.category, DEVICE_CATEGORIES)


def countable(trace: Trace) -> Mask:
    """Rows that may enter a count, sum, union, stream or span.

    Left out are slices whose end is unknown or lies before their start (``dur`` < 0), and device records with
    start = end = 0, which CUPTI writes for work that had not completed when the capture ended. Zero-length records
    with a real start are in.
    """
    keep: Mask = trace.dur >= 0
    at_zero = np.flatnonzero(trace.ts == 0)
    if len(at_zero):
        never = (trace.dur[at_zero] == 0) & _member(trace.category[at_zero], DEVICE_CATEGORIES)
        keep[at_zero[never]] = False
    return keep


def are_countable(trace: Trace, rows: Rows) -> Mask:
    """What `countable` says of each of ``rows``, found by looking at nothing else."""
    dur = trace.dur[rows]
    good: Mask = dur >= 0
    never = (trace.ts[rows] == 0) & (dur == 0)
    if never.any():
        good &= ~(never & _member(trace.category[rows], DEVICE_CATEGORIES))
    return good


def countable_among(trace: Trace, rows: Rows) -> Rows:
    """Those of ``rows`` that are countable."""
    good = are_countable(trace, rows)
    return rows if good.all() else rows[good]


def of_category(trace: Trace, *categories: Category, device: int | None = None) -> Rows:
    """Countable rows of any of ``categories``, of one physical device if one is given."""
    rows: Rows = np.flatnonzero(_member(trace.category, categories))
    return _of_device(trace, countable_among(trace, rows), device)


def kernels(trace: Trace, *, device: int | None = None) -> Rows:
    """Kernels, communication kernels included."""
    return of_category(trace, Category.KERNEL, device=device)


def copies(trace: Trace, *kinds: MemcpyKind, device: int | None = None) -> Rows:
    """Copies of the given kinds, or of every kind; migrations are no copies."""
    rows = of_category(trace, Category.MEMCPY, device=device)
    if not kinds:
        return rows
    return rows[_member(trace["memcpy_kind"][rows], kinds)]


def memsets(trace: Trace, *, device: int | None = None) -> Rows:
    """Memsets."""
    return of_category(trace, Category.MEMSET, device=device)


def graphs(trace: Trace, *, device: int | None = None) -> Rows:
    """Graphs traced as one row: in no busy figure."""
    return of_category(trace, Category.GRAPH, device=device)


def migrations(trace: Trace, *, device: int | None = None) -> Rows:
    """Unified-memory migrations: neither copies nor work."""
    return of_category(trace, Category.MIGRATION, device=device)


def work(trace: Trace, *, device: int | None = None) -> Rows:
    """Kernels, copies of every kind and memsets: what makes a device busy, its streams and its span."""
    return of_category(trace, Category.KERNEL, Category.MEMCPY, Category.MEMSET, device=device)


def devices(trace: Trace) -> list[int]:
    """Numbers of the physical devices that any countable device record names, ascending.

    -1 stands for a device whose number the source does not have.
    """
    rows = of_category(trace, *DEVICE_CATEGORIES)
    return [int(number) for number in np.unique(trace["device"][rows])]


def stream_count(trace: Trace, rows: Rows) -> int:
    """Distinct (process, device, context, stream) among ``rows``."""
    _, firsts = joint_ranks([picked(trace[name], rows) for name in ("pid", "device", "context", "stream")])
    return len(firsts)


def launches(trace: Trace) -> tuple[Rows, Rows]:
    """Device rows and, beside each, the row of the host call that started it.

    Joined on (pid, correlation_id): the id alone is unique only within one process. Device rows without a call are
    left out; of several calls with one key the first in the table counts.
    """
    device = _with_correlation(trace, np.flatnonzero(on_device(trace)))
    host = _with_correlation(trace, of_category(trace, Category.RUNTIME, Category.DRIVER))
    keys = _joint_keys(trace, np.concatenate((host, device)))
    host_keys, device_keys = keys[: len(host)], keys[len(host) :]
    known, first = np.unique(host_keys, return_index=True)
    if not len(known):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    at = np.searchsorted(known, device_keys).clip(max=len(known) - 1)
    found = known[at] == device_keys
    return device[found], host[first[at[found]]]


def _member(values: npt.NDArray[np.uint8], members: Iterable[int]) -> Mask:
    """Where ``values`` is any of a few members; comparing bytes is several times faster than looking them up."""
    found = np.zeros(values.shape, np.bool_)
    for member in members:
        found |= values == member
    return found


def _of_device(trace: Trace, rows: Rows, device: int | None) -> Rows:
    return rows if device is None else rows[trace["device"][rows] == device]


def _with_correlation(trace: Trace, rows: Rows) -> Rows:
    known: Mask = trace["correlation_id"][rows] != MISSING
    return rows[known]


def _joint_keys(trace: Trace, rows: Rows) -> npt.NDArray[Any]:
    """One number for each distinct (pid, correlation_id) of ``rows``."""
    pids, pid_codes = np.unique(trace["pid"][rows], return_inverse=True)
    _, id_codes = np.unique(trace["correlation_id"][rows], return_inverse=True)
    keys: npt.NDArray[Any] = id_codes * max(len(pids), 1) + pid_codes
    return keys
