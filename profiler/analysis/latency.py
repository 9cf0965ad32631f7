"""Latency of each request, and how a set of them is summed up."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.analysis.grouped import grouped
from profiler.analysis.host import sync_calls
from profiler.analysis.intervals import Int64
from profiler.analysis.rows import ends
from profiler.trace.schema import DEVICE_CATEGORIES, MISSING, Category
from profiler.trace.select import of_category
from profiler.trace.tables import Trace

_CALLS = (Category.RUNTIME, Category.DRIVER)
_HOST = (*_CALLS, Category.SYNC)

_PERCENTILES = {"median": Fraction(1, 2), "p05": Fraction(5, 100), "p95": Fraction(95, 100)}


@dataclass(frozen=True, eq=False)
class RequestTimes:
    """Times of each request whose first host action and result the trace holds, in the order of their numbers.

    Attributes
    ----------
    request : int64 array
        Number of the request.
    network_ns : int64 array
        From its first host action to its result on the host, waiting included: to the return of the synchronization
        that waits for just this request where there is one, else to the end of its last device slice.
    hardware_ns : int64 array
        Union of its kernels.
    enqueue_ns : int64 array
        Time its calls took on the host, thread by thread, synchronizations left out.
    """

    request: Int64
    network_ns: Int64
    hardware_ns: Int64
    enqueue_ns: Int64


def request_times(trace: Trace) -> RequestTimes:
    """Latencies of the requests of a trace; empty where it tells no requests or has no host side."""
    column = trace["request"]
    host, syncs, device, kernels, calls = (
        _of_requests(trace, *categories)
        for categories in (
            _HOST,
            (Category.SYNC,),
            DEVICE_CATEGORIES,
            (Category.KERNEL, Category.STAGE),
            _CALLS,
        )
    )
    known = np.intersect1d(column[host], np.union1d(column[syncs], column[device])).astype(np.int64)
    begun = _extreme(np.minimum, known, column[host], trace.ts[host])
    waited = _extreme(np.maximum, known, column[syncs], ends(trace, syncs))
    finished = _extreme(np.maximum, known, column[device], ends(trace, device))
    result = np.where(np.isin(known, column[syncs]), waited, finished)
    calls = calls[~sync_calls(trace, calls)]
    threads = trace["track"][calls].astype(np.int64)
    return RequestTimes(
        request=known,
        network_ns=result - begun,
        hardware_ns=_union_by(trace, known, kernels, np.zeros(len(kernels), np.int64)),
        enqueue_ns=_union_by(trace, known, calls, threads),
    )


def makespan_ns(trace: Trace) -> int | None:
    """From the first host action to the host's knowledge of its last result: the end of its last call or wait.

    ``None`` where the trace has no host side.
    """
    host = of_category(trace, *_HOST)
    return int(ends(trace, host).max() - trace.ts[host].min()) if len(host) else None


def throughput_per_s(samples: int, makespan: int | None) -> float | None:
    """All samples of a run over its makespan; never one over a latency. ``None`` where there is no makespan."""
    return samples * 1e9 / makespan if makespan else None


def percentiles(values: npt.ArrayLike) -> dict[str, Any]:
    """``median``, ``p05`` and ``p95`` of integer nanoseconds as integers; all ``None`` where there are no values.

    The p-th percentile lies at place p (n - 1) of the sorted values, counted from 0; between two of them it is
    interpolated linearly and rounded to the nearest integer, half to even. (R. J. Hyndman and Y. Fan, The American
    Statistician 50 (1996), 361-365, definition 7; numpy's own, in exact arithmetic.)
    """
    ordered = np.sort(np.asarray(values, np.int64)).tolist()
    return {name: _percentile(ordered, share) if ordered else None for name, share in _PERCENTILES.items()}


def _percentile(ordered: list[int], share: Fraction) -> int:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def _of_requests(trace: Trace, *categories: Category) -> Int64:
    rows = of_category(trace, *categories)
    told: Int64 = rows[trace["request"][rows] != MISSING]
    return told


def _extreme(better: np.ufunc, known: Int64, request: Int64, times: Int64) -> Int64:
    """Least or greatest time of each known request; meaningless for one that has none."""
    kept = np.isin(request, known)
    worst = np.iinfo(np.int64).max if better is np.minimum else np.iinfo(np.int64).min
    found = np.full(len(known), worst, np.int64)
    better.at(found, np.searchsorted(known, request[kept]), times[kept])
    return found


def _union_by(trace: Trace, known: Int64, rows: Int64, lane: Int64) -> Int64:
    """For each known request the sum over lanes of the union of its rows in that lane."""
    rows, lane = rows[kept := np.isin(trace["request"][rows], known)], lane[kept]
    total = np.zeros(len(known), np.int64)
    if not len(rows):
        return total
    lanes, lane_number = np.unique(lane, return_inverse=True)
    request = np.searchsorted(known, trace["request"][rows])
    pair, code = np.unique(request * len(lanes) + lane_number, return_inverse=True)
    table = grouped(code, trace.ts[rows], ends(trace, rows))
    np.add.at(total, pair // len(lanes), table.union_ns())
    return total
