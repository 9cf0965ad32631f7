"""Nsight Systems reports exported with ``nsys export --type sqlite``: schemas 2.x and 3.x, and those before them.

Tables and columns come and go between versions; each is read if it is there. Source of tables, columns and of what a
global id holds: NVIDIA Nsight Systems User Guide, "SQLite Schema Reference" and "Common SQLite Examples".
"""

from __future__ import annotations

import os
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.files import require_file
from profiler.io.sqlite_tables import MAGIC, opened_database
from profiler.trace.tables import Trace

#: Tables of which every report has one.
_SIGNS = ("StringIds", "META_DATA_EXPORT", "EXPORT_META_DATA", "TARGET_INFO_SESSION_START_TIME", "ANALYSIS_DETAILS")


def sniff(head: bytes, path: Path) -> bool:
    """Whether the file is a SQLite database with a table that Nsight Systems writes."""
    if not head.startswith(MAGIC):
        return False
    try:
        with opened_database(path) as database:
            return any(table in database.tables for table in _SIGNS)
    except TraceReadError:
        return False


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
    from profiler.io.nsys_report import Report

    found = require_file(path)
    try:
        with opened_database(found) as database:
            return Report(database).trace()
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise TraceReadError(
            f"its tables hold something unexpected: {error}", where=str(path), remedy="Export the report again."
        ) from error
