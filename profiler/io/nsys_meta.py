"""Metadata of an exported Nsight Systems report, and what of it is not read."""

from __future__ import annotations

from typing import Any

from profiler.io.nsys_names import ProcessNumbers
from profiler.io.sqlite_tables import Database
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats

_CUPTI = "CUPTI_ACTIVITY_KIND_"
_READ = frozenset(
    f"{_CUPTI}{kind}"
    for kind in ("KERNEL", "MEMCPY", "MEMSET", "GRAPH_TRACE", "SYNCHRONIZATION", "RUNTIME", "DRIVER", "OVERHEAD")
) | {"OSRT_API", "NVTX_EVENTS"}
_EVENTS = ("NVTX_EVENTS", "OSRT_API", "SCHED_EVENTS", "COMPOSITE_EVENTS")
_TIMES = frozenset({"start", "timestamp", "rawTimestamp"})
_NO_EVENTS = frozenset({"DIAGNOSTIC_EVENT"})
_MOST_DIAGNOSTICS = 100
#: ENUM_DIAGNOSTIC_SEVERITY_LEVEL: 1 is information, 2 a warning, 3 an error.
_WARNING = 2
_ABOUT = ("EXPORT_PRODUCT_NAME", "EXPORT_PRODUCT_VERSION", "EXPORT_SCHEMA_VERSION")


def report_meta(database: Database, stats: Stats, processes: ProcessNumbers) -> dict[str, Any]:
    """``format``, ``gpus``, ``exporter``, ``clock``, ``processes`` and ``diagnostics``; rows not read are counted.

    ``events`` is the number of rows in all tables of events, read or not.
    """
    counts = {table: database.count(table) for table in database.tables if _is_event_table(database, table)}
    stats.add("rows_not_read", Severity.INFO, sum(count for table, count in counts.items() if table not in _READ))
    events = sum(count for table, count in counts.items() if table.startswith(_CUPTI) or table in _EVENTS)
    found: dict[str, Any] = {"format": "nsys-sqlite", "resolution_ns": 1, "events": events}
    for table in ("META_DATA_EXPORT", "EXPORT_META_DATA"):
        about = {str(name): str(value) for name, value in database.rows(table, "name value") if name in _ABOUT}
        if about:
            found["exporter"] = about
    found.update({key: value for key, value in _parts(database, processes).items() if value})
    return found


def _parts(database: Database, processes: ProcessNumbers) -> dict[str, Any]:
    epoch = [row[0] for row in database.rows("TARGET_INFO_SESSION_START_TIME", "utcEpochNs")]
    named = {int(pid): str(name) for pid, name in database.rows("PROCESSES", "pid name") if pid is not None}
    streams = {int(stream) for (stream,) in database.rows("TARGET_INFO_CUDA_CONTEXT_INFO", "nullStreamId")}
    messages = [
        str(text)
        for text, severity in database.rows("DIAGNOSTIC_EVENT", "text severity")
        if isinstance(severity, int) and severity >= _WARNING
    ]
    return {
        "gpus": _gpus(database),
        "clock": {"base_ns": epoch[0]} if epoch and isinstance(epoch[0], int) else {},
        "processes": {str(pid): {"name": named[pid]} for pid in processes.known() if pid in named},
        "default_streams": sorted(streams),
        "diagnostics": messages[:_MOST_DIAGNOSTICS],
    }


def _gpus(database: Database) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, name in database.rows("TARGET_INFO_GPU", "id name"):
        found[str(number)] = {"name": str(name or "")}
    told = (("smCount", "sm_count"), ("asyncEngines", "copy_engines"), ("busLocation", "bus"), ("uuid", "uuid"))
    for column, key in told:
        for number, value in database.rows("TARGET_INFO_GPU", f"id {column}"):
            if isinstance(value, int | str):
                found.setdefault(str(number), {"name": ""})[key] = value
    return found


def _is_event_table(database: Database, table: str) -> bool:
    return table not in _NO_EVENTS and not _TIMES.isdisjoint(database.tables[table])
