"""Queries worth having ready: what one asks a trace first."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import UsageError, suggestion


@dataclass(frozen=True, slots=True)
class ReadyQuery:
    """A query, and what it answers in one line."""

    summary: str
    sql: str


READY: dict[str, ReadyQuery] = {
    "top-kernels": ReadyQuery(
        "kernels by total time, with their share of all kernel time",
        """SELECT name, count(*) AS launches, sum(dur) AS sum_ns, min(dur) AS min_ns,
  median(dur)::BIGINT AS median_ns, max(dur) AS max_ns,
  round(100 * sum(dur) / sum(sum(dur)) OVER (), 1) AS percent
FROM kernels GROUP BY name ORDER BY sum_ns DESC, name""",
    ),
    "copies": ReadyQuery(
        "copies by direction and kind of memory, with their rate in GB/s",
        """SELECT memcpy_kind, src_kind, dst_kind, count(*) AS copies, sum(size_bytes) AS bytes, sum(dur) AS sum_ns,
  round(sum(size_bytes) FILTER (size_bytes IS NOT NULL) / nullif(sum(dur) FILTER (size_bytes IS NOT NULL), 0), 2)
    AS gb_per_s
FROM copies GROUP BY ALL ORDER BY sum_ns DESC""",
    ),
    "slowest-copies": ReadyQuery(
        "the twenty longest copies",
        """SELECT id, ts, dur, memcpy_kind, src_kind, dst_kind, size_bytes, round(size_bytes / nullif(dur, 0), 2)
  AS gb_per_s, device, stream FROM copies ORDER BY dur DESC, id LIMIT 20""",
    ),
    "pageable-copies": ReadyQuery(
        "copies to or from pageable memory, which stop the host or are staged",
        """SELECT name, device, stream, count(*) AS copies, sum(size_bytes) AS bytes, sum(dur) AS sum_ns FROM copies
WHERE src_kind = 'pageable' OR dst_kind = 'pageable' GROUP BY ALL ORDER BY sum_ns DESC""",
    ),
    "streams": ReadyQuery(
        "what each stream did: kernels, copies, first start, last end",
        """SELECT pid, device, context, stream, count(*) FILTER (category = 'kernel') AS kernels,
  count(*) FILTER (category = 'memcpy') AS copies, sum(dur) AS sum_ns, min(ts) AS start_ns, max(ts + dur) AS end_ns
FROM slices WHERE completed AND category IN ('kernel', 'memcpy', 'memset')
GROUP BY pid, device, context, stream ORDER BY sum_ns DESC""",
    ),
    "gaps": ReadyQuery(
        "the twenty longest times in which a device ran no kernel, and what ran before and after",
        """WITH marked AS (
  SELECT device, name, ts, dur, max(ts + dur) OVER earlier AS busy_until, arg_max(name, ts + dur) OVER earlier AS before
  FROM kernels WINDOW earlier AS (PARTITION BY device ORDER BY ts, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT device, busy_until AS start_ns, ts - busy_until AS gap_ns, before, name AS after
FROM marked WHERE ts > busy_until ORDER BY gap_ns DESC, start_ns LIMIT 20""",
    ),
    "launch-delay": ReadyQuery(
        "time from the host's call to the start of the kernel it launched, by kernel",
        """WITH calls AS (
  SELECT pid, correlation_id, min(ts) AS called FROM slices
  WHERE completed AND category IN ('runtime', 'driver') AND correlation_id IS NOT NULL GROUP BY pid, correlation_id)
SELECT kernels.name, count(*) AS launches, min(kernels.ts - called) AS min_ns,
  median(kernels.ts - called)::BIGINT AS median_ns, max(kernels.ts - called) AS max_ns
FROM kernels JOIN calls ON kernels.pid IS NOT DISTINCT FROM calls.pid AND kernels.correlation_id = calls.correlation_id
GROUP BY kernels.name ORDER BY median_ns DESC, kernels.name""",
    ),
    "host-calls": ReadyQuery(
        "calls into the runtime and the driver by total time",
        """SELECT name, count(*) AS calls, sum(dur) AS sum_ns, median(dur)::BIGINT AS median_ns, max(dur) AS max_ns
FROM slices WHERE completed AND category IN ('runtime', 'driver') GROUP BY name ORDER BY sum_ns DESC, name""",
    ),
    "requests": ReadyQuery(
        "first start, last end and device work of each request",
        """SELECT request, min(ts) AS start_ns, max(ts + dur) AS end_ns, max(ts + dur) - min(ts) AS span_ns,
  sum(dur) FILTER (category = 'kernel') AS kernel_ns, sum(dur) FILTER (category = 'memcpy') AS copy_ns
FROM slices WHERE completed AND request IS NOT NULL GROUP BY request ORDER BY request""",
    ),
    "ranges": ReadyQuery(
        "ranges and annotations by total time",
        """SELECT name, count(*) AS ranges, sum(dur) AS sum_ns, median(dur)::BIGINT AS median_ns, max(dur) AS max_ns
FROM slices WHERE completed AND category = 'marker' GROUP BY name ORDER BY sum_ns DESC, name""",
    ),
    "incomplete": ReadyQuery(
        "records that never ended or end before they start: in no count and no sum",
        "SELECT id, ts, dur, category, name, track FROM slices WHERE NOT completed ORDER BY ts, id",
    ),
}


def ready_query(name: str) -> ReadyQuery:
    """The ready-made query of that name.

    Raises
    ------
    UsageError
        There is none.
    """
    if name not in READY:
        raise UsageError(f"there is no query {name!r}", where="--run", remedy=suggestion(name, READY))
    return READY[name]
