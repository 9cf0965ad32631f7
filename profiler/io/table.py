"""Result tables (rows of plain values) as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from profiler.io.csv_text import harmless
from profiler.io.files import written

Rows = Sequence[Mapping[str, Any]]


def write_csv(path: Path, rows: Rows) -> None:
    """Write rows under one header line; a key that a row lacks, or a value of None, is an empty cell.

    Texts are made harmless as `csv_text` does: a workload may have any name.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(value) if isinstance(value, str) else value for key, value in row.items()})
    with written(path) as file:
        file.write(text.getvalue().encode())


def write_parquet(path: Path, rows: Rows) -> None:
    """Write rows as a Parquet table; a key that a row lacks is null.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({name: [row.get(name) for row in rows] for name in columns(rows)})
    with written(path) as file:
        pq.write_table(table, file, compression="zstd")


def columns(rows: Rows) -> list[str]:
    """Every key of any row, in order of appearance."""
    return list(dict.fromkeys(key for row in rows for key in row))
