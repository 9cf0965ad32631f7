"""Small SQLite reports: tables written as they are given, columns and all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Table = list[dict[str, Any]]


def write_database(path: Path, tables: dict[str, Table], *statements: str) -> Path:
    """A database with a table for each entry; columns are the keys of its first row. Then any further statements."""
    with closing(sqlite3.connect(path)) as connection:
        for name, rows in tables.items():
            columns = list(rows[0])
            connection.execute(f'CREATE TABLE "{name}" ({", ".join(columns)})')
            values = [[row.get(column) for column in columns] for row in rows]
            marks = ", ".join("?" * len(columns))
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path
