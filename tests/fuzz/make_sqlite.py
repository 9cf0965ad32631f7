"""Databases made by choices: tables with any columns, rows of anything, and schemas no exporter writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import Any

from tests.fuzz.draw import Draw

Tables = dict[str, tuple[str, ...]]

_TYPES = ("", " INTEGER", " TEXT", " REAL", " BLOB", " INTEGER PRIMARY KEY", " NOT NULL DEFAULT 5")


def database(draw: Draw, tables: Tables, values: dict[str, tuple[Any, ...]]) -> bytes:
    """A database.

    Parameters
    ----------
    draw : Draw
    tables : dict
        Names of the tables that a reader looks for, and of their columns.
    values : dict
        Name of a column to values that mean something there.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        names = list(tables)
        for _ in range(1 + draw.below(6)):
            with suppress(sqlite3.Error, UnicodeEncodeError, OverflowError):
                _add(connection, draw, draw.pick(names), tables, values)
        if draw.rarely():
            with suppress(sqlite3.Error, UnicodeEncodeError):
                _spoil_schema(connection, draw)
        try:
            return draw.damaged(connection.serialize())
        except sqlite3.OperationalError:  # the schema is spoilt beyond SQLite's own reading
            return b""


def _add(
    connection: sqlite3.Connection, draw: Draw, name: str, tables: Tables, values: dict[str, tuple[Any, ...]]
) -> None:
    columns = draw.some(tables[name]) or ["x"]
    if draw.rarely():
        _add_odd(connection, draw, name, columns)
        return
    typed = ", ".join(f'"{column}"{draw.pick(_TYPES) if draw.rarely() else ""}' for column in columns)
    connection.execute(f'CREATE TABLE "{name}" ({typed})')
    marks = ", ".join("?" * len(columns))
    for _ in draw.times(5):
        with suppress(sqlite3.IntegrityError):
            row = [_value(draw, values.get(column)) for column in columns]
            connection.execute(f'INSERT INTO "{name}" VALUES ({marks})', row)


def _value(draw: Draw, telling: tuple[Any, ...] | None) -> Any:
    if telling is not None and draw.below(4):
        return draw.pick(telling)
    return draw.cell()


def _add_odd(connection: sqlite3.Connection, draw: Draw, name: str, columns: list[str]) -> None:
    """In place of a table something that runs when it is read, or looks like one."""
    listed = ", ".join(f'"{column}"' for column in columns)
    statements = (
        f'CREATE VIEW "{name}" AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) '
        f"SELECT {', '.join(f'x AS {chr(34)}{column}{chr(34)}' for column in columns)} FROM n",
        f'CREATE TABLE "{name}" ({listed}, g AS (abs(-9223372036854775807 - 1)))',
        f'CREATE TABLE "{name}" ({listed}, g INTEGER GENERATED ALWAYS AS (zeroblob(1 << 30)) STORED)',
        f'CREATE VIRTUAL TABLE "{name}" USING fts5({listed})',
        f'CREATE TABLE "{name}" ({listed}, PRIMARY KEY ("{columns[0]}")) WITHOUT ROWID',
        f'CREATE TABLE "{name}" ({listed}, CHECK (length(zeroblob(1 << 30)) > 0))',
        f'CREATE TABLE "{name.upper()}" ({listed.upper()})',
        f'CREATE TEMP TABLE "{name}" ({listed})',
    )
    connection.execute(draw.pick(statements))


def _spoil_schema(connection: sqlite3.Connection, draw: Draw) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    column = draw.pick(("sql", "name", "type", "tbl_name", "rootpage"))
    connection.execute(f"UPDATE sqlite_master SET {column} = ? WHERE rowid = 1", (draw.cell(),))


NVPROF: Tables = {
    "StringTable": ("_id_", "value"),
    **{
        f"CUPTI_ACTIVITY_KIND_{kind}": (
            "_id_",
            "start",
            "end",
            "deviceId",
            "contextId",
            "streamId",
            "correlationId",
            *columns,
        )
        for kind, columns in {
            "CONCURRENT_KERNEL": ("name", "gridX", "blockX", "staticSharedMemory", "completed"),
            "KERNEL": ("name", "gridX", "blockX"),
            "MEMCPY": ("bytes", "copyKind", "srcKind", "dstKind"),
            "MEMCPY2": ("bytes", "copyKind", "srcKind", "dstKind"),
            "MEMSET": ("bytes",),
            "SYNCHRONIZATION": ("type",),
            "RUNTIME": ("cbid", "processId", "threadId"),
            "DRIVER": ("cbid", "processId", "threadId"),
        }.items()
    },
    "CUPTI_ACTIVITY_KIND_MARKER": ("flags", "timestamp", "id", "objectKind", "objectId", "name", "domain"),
    "CUPTI_ACTIVITY_KIND_DEVICE": ("id", "name"),
    "CUPTI_ACTIVITY_KIND_UNIFIED_MEMORY_COUNTER": ("_id_", "timestamp", "value"),
}

_TIMES = (0, 1, 2, 10, 20, 30)
_SMALL = (0, 1, 2, 3, 7, 8, 10, 11, 12, 13)

VALUES: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("start", "end", "timestamp", "rawTimestamp"), _TIMES),
    **dict.fromkeys(("_id_", "id", "name", "nameId", "shortName", "demangledName", "textId"), (1, 2, 3)),
    **dict.fromkeys(("deviceId", "contextId", "streamId", "correlationId"), (0, 1, 7, 0xFFFFFFFF, -1)),
    **dict.fromkeys(("copyKind", "srcKind", "dstKind", "type", "syncType", "memKind"), _SMALL),
    "value": ("k", "cudaLaunchKernel", "cuLaunchKernel_v2000", "ncclAllReduce"),
    "text": ("a range", "k[/foo]", None),
    "flags": (1, 2, 4),
    "objectKind": (0, 1, 2),
    "objectId": (b"\x01\x00\x00\x00\x02\x00\x00\x00", b"\x01", b"", None),
    "eventType": (33, 34, 59, 60, 75),
    "globalPid": (1 << 24, 2 << 24, (1 << 56) + (1 << 24)),
    "globalTid": ((1 << 24) + 5, (2 << 24) + 6, -1),
    "severity": (1, 2, 3),
    "processId": (1, 2),
    "threadId": (1, 2),
    "cbid": (13, 211, 100_000),
}

_DEVICE = ("start", "end", "deviceId", "contextId", "streamId", "globalPid", "correlationId")

NSYS: Tables = {
    "StringIds": ("id", "value"),
    "CUPTI_ACTIVITY_KIND_KERNEL": (*_DEVICE, "demangledName", "shortName", "gridX", "blockX", "graphNodeId"),
    "CUPTI_ACTIVITY_KIND_MEMCPY": (*_DEVICE, "bytes", "copyKind", "srcKind", "dstKind"),
    "CUPTI_ACTIVITY_KIND_MEMSET": (*_DEVICE, "bytes", "memKind"),
    "CUPTI_ACTIVITY_KIND_GRAPH_TRACE": (*_DEVICE, "graphId"),
    "CUPTI_ACTIVITY_KIND_SYNCHRONIZATION": (*_DEVICE, "syncType"),
    "CUPTI_ACTIVITY_KIND_RUNTIME": ("start", "end", "globalTid", "correlationId", "nameId", "eventClass"),
    "CUPTI_ACTIVITY_KIND_DRIVER": ("start", "end", "globalTid", "correlationId", "nameId", "eventClass"),
    "CUPTI_ACTIVITY_KIND_OVERHEAD": ("start", "end", "globalTid", "correlationId", "nameId"),
    "CUPTI_ACTIVITY_KIND_CUDA_EVENT": ("timestamp", "deviceId"),
    "OSRT_API": ("start", "end", "globalTid", "correlationId", "nameId"),
    "NVTX_EVENTS": ("start", "end", "eventType", "text", "textId", "globalTid", "domainId"),
    "SCHED_EVENTS": ("start", "cpu"),
    "DIAGNOSTIC_EVENT": ("timestamp", "text", "severity"),
    "ThreadNames": ("globalTid", "nameId"),
    "PROCESSES": ("pid", "name"),
    "META_DATA_EXPORT": ("name", "value"),
    "ENUM_CUPTI_SYNC_TYPE": ("id", "label"),
    "TARGET_INFO_GPU": ("id", "name", "smCount", "asyncEngines", "busLocation"),
    "TARGET_INFO_CUDA_DEVICE": ("gpuId", "cudaId", "pid"),
    "TARGET_INFO_CUDA_CONTEXT_INFO": ("nullStreamId",),
    "TARGET_INFO_SESSION_START_TIME": ("utcEpochNs",),
}
