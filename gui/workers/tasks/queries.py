"""SQL over a trace, with the guards and limits of ``lanescope query``."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import Any

from gui.workers.context import Context
from gui.workers.jobs import Answer, Query
from gui.workers.tasks.held import held_trace
from profiler.io.sql import Limits, SqlSession

#: Columns of the views that number slices.
_ROW_COLUMNS = ("id", "source", "target")

#: No text of an answer is longer.
_LONGEST = 10_000


def query(job: Query, context: Context) -> Answer:
    """The first rows of the answer.

    Raises
    ------
    UsageError
        The statement is wrong, does anything but read the trace, or takes too much; or DuckDB is not installed.
    """
    limits = Limits(timeout_s=job.timeout_s)
    with SqlSession(held_trace(job.trace, context), limits) as session, session.query(job.sql) as result:
        rows = list(islice(result.rows(), job.most_rows + 1))
        names = [name.lower() for name in result.columns]
        column = next((names.index(name) for name in _ROW_COLUMNS if name in names), None)
        return Answer(
            columns=list(result.columns),
            types=list(result.types),
            rows=[[_plain(value) for value in row] for row in rows[: job.most_rows]],
            row_column=column,
            more=len(rows) > job.most_rows,
        )


def _plain(value: Any) -> Any:
    """A value as it can be shown and sent: numbers that fit 64 bits stay numbers."""
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return value
    text = str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
