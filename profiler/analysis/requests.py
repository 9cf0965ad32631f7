"""The queries of a trtexec timing file, summed up as trtexec sums them up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.analysis.intervals import Int64
from profiler.analysis.latency import percentiles
from profiler.analysis.rows import ends
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.select import of_category
from profiler.trace.tables import Trace


@dataclass(frozen=True, slots=True)
class Requests:
    """Figures over all queries of the file, whatever the window.

    Attributes
    ----------
    count : int
    compute_sum_ns, htod_sum_ns, dtoh_sum_ns : int
        Sums of the three stages.
    compute_span_ns : int
        First compute start to last compute end.
    latency_median_ns : int or None
        As the file gives it, ``meta["latencies_ns"]``: its own lengths are finer than the difference of its times. A
        query's latency is the sum of its three stages; waiting between them is not in it (trtexec's definition).
    """

    count: int
    compute_sum_ns: int
    compute_span_ns: int
    htod_sum_ns: int
    dtoh_sum_ns: int
    latency_median_ns: int | None

    def to_json(self) -> dict[str, int | None]:
        """All fields under their names."""
        return {name: getattr(self, name) for name in self.__slots__}


def requests_of(trace: Trace) -> Requests:
    """Figures over the queries of a trace read from a trtexec timing file."""
    compute = of_category(trace, Category.STAGE)
    copies = of_category(trace, Category.MEMCPY)
    kind = trace["memcpy_kind"][copies]
    htod, dtoh = copies[kind == MemcpyKind.HTOD], copies[kind == MemcpyKind.DTOH]
    span = int(ends(trace, compute).max() - trace.ts[compute].min()) if len(compute) else 0
    printed = trace.meta.get("latencies_ns")
    latency = np.array(printed, np.int64) if printed else _latencies(trace, np.concatenate((compute, htod, dtoh)))
    return Requests(
        count=len(latency),
        compute_sum_ns=int(trace.dur[compute].sum()),
        compute_span_ns=span,
        htod_sum_ns=int(trace.dur[htod].sum()),
        dtoh_sum_ns=int(trace.dur[dtoh].sum()),
        latency_median_ns=percentiles(latency)["median"],
    )


def _latencies(trace: Trace, stages: Int64) -> Int64:
    """Sum of the stages of each query."""
    query, number = np.unique(trace["request"][stages], return_inverse=True)
    total = np.zeros(len(query), np.int64)
    np.add.at(total, number, trace.dur[stages])
    return total
