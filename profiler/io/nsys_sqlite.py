"""Nsight Systems reports exported with ``nsys export --type sqlite``: schemas 2.x and 3.x, and those before them.

Tables and columns come and go between versions; each is read if it is there. Source of tables, columns and of what a
global id holds: NVIDIA Nsight Systems User Guide, "SQLite Schema Reference" and "Common SQLite Examples".
"""

from __future__ import annotations

import os
from pathlib import Path

from profiler.io.sqlite_tables import Database, has_tables, read_database
from profiler.trace.tables import Trace

#: Tables of which every report has one.
_SIGNS = ("StringIds", "META_DATA_EXPORT", "EXPORT_META_DATA", "TARGET_INFO_SESSION_START_TIME", "ANALYSIS_DETAILS")


def sniff(head: bytes, path: Path) -> bool:
    """Whether the file is a SQLite database with a table that Nsight Systems writes."""
    return has_tables(head, path, lambda tables: any(table in tables for table in _SIGNS))


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in an exported report.

    A report without any CUDA table is valid; ``meta["diagnostics"]`` then has what Nsight Systems said.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is no such export, or is damaged.
    """
    return read_database(path, _trace, "Export the report again.")


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace as `nsys_write.write` does."""
    from profiler.io.nsys_write import write as write_report

    write_report(trace, path)


def _trace(database: Database) -> Trace:
    from profiler.io.nsys_own import read_own
    from profiler.io.nsys_report import Report

    own = read_own(database)
    return own if own is not None else Report(database).trace()
