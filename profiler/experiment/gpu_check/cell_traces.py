"""The traces of all cells as one Parquet file, with a column that says which cell a row belongs to."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from profiler.experiment.gpu_check.results import write_whole
from profiler.io.parquet_columns import TEXTS, WORDS, to_arrow
from profiler.trace.tables import Trace

FILE = "cells.parquet"

#: Columns that say something about a run of a plan; a missing value is null.
COLUMNS = (
    "ts", "dur", "category", "name", "track", "queued_ns", "size_bytes", "memcpy_kind", "src_kind", "dst_kind",
    "stream", "engine", "request", "chunk", "correlation_id",
)  # fmt: skip


class CellTraces:
    """Collects traces; `write` puts all there are so far in place."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._tables: list[Any] = []

    def add(self, cell: str, trace: Trace) -> None:
        """The trace of one cell."""
        import pyarrow as pa

        texts = pa.array(trace.names, pa.string())
        columns = {"cell": pa.array([cell] * len(trace), pa.string())}
        for name in COLUMNS:
            column = to_arrow(trace, name, slice(None), texts)
            columns[name] = column.cast(pa.string()) if name in (*TEXTS, *WORDS) else column
        self._tables.append(pa.table(columns))

    def write(self) -> None:
        """All traces, in the order in which they were added.

        Raises
        ------
        OutputError
            The place cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._tables:
            return
        data = io.BytesIO()
        pq.write_table(pa.concat_tables(self._tables), data, compression="zstd")
        write_whole(self._path, data.getvalue())
