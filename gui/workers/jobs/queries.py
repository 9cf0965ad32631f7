"""A question in SQL."""

from __future__ import annotations

from typing import Any

import msgspec

from gui.workers.jobs.job import MOST_ROWS, Job


class Query(Job, frozen=True):
    """One SELECT statement over a trace, with the guards of ``lanescope query``."""

    task = "queries:query"

    trace: str
    sql: str
    most_rows: int = MOST_ROWS
    timeout_s: float = 60.0


class Answer(msgspec.Struct, frozen=True):
    """Rows as texts and numbers.

    Attributes
    ----------
    row_column : int or None
        The column that holds rows of the trace (``id``), so that a row of the answer can be jumped to.
    more : bool
        Whether there were more rows than were taken.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    row_column: int | None
    more: bool


Query.result = Answer
