"""Operations of two timelines side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gui.workers.context import Context
from gui.workers.jobs import Match, Matched
from gui.workers.tasks.held import held_trace
from profiler.analysis.diff import Diff, DiffRow, diff
from profiler.trace.mapped import save
from profiler.trace.schema import DEVICE_CATEGORIES, Category
from profiler.trace.select import of_category
from profiler.trace.tables import Trace

Rows = npt.NDArray[np.int64]

_Key = tuple[Category, str]


def match(job: Match, context: Context) -> Matched:
    """What ``lanescope diff`` says, and which rows belong together."""
    a, b = held_trace(job.trace_a, context), held_trace(job.trace_b, context)
    found = diff(a, b)
    file = context.folder / "matched"
    save(file, {"a_rows": found.a_rows, "b_rows": found.b_rows})
    # The greatest differences come first.
    shown = replace(found, rows=found.rows[: job.most_rows])
    return Matched(
        figures=shown.to_json(),
        file=str(file),
        examples=_examples(a, b, shown),
        left_out=len(found.rows) - len(shown.rows),
    )


def _examples(a: Trace, b: Trace, found: Diff) -> list[tuple[int | None, int | None]]:
    differing = np.argsort(-np.abs(b.dur[found.b_rows] - a.dur[found.a_rows]), kind="stable")
    in_a, in_b = found.a_rows[differing], found.b_rows[differing]
    pairs = _first_of_each(a, in_a)
    alone_a, alone_b = _alone(a, found.a_rows), _alone(b, found.b_rows)

    def example(row: DiffRow) -> tuple[int | None, int | None]:
        place = pairs.get((row.category, row.name))
        if place is not None:
            return int(in_a[place]), int(in_b[place])
        return alone_a.get((row.category, row.name)), alone_b.get((row.category, row.other_name or row.name))

    return [example(row) for row in found.rows]


def _alone(trace: Trace, matched: Rows) -> dict[_Key, int]:
    """The first operation of each kind that has no counterpart."""
    rows = np.setdiff1d(of_category(trace, *DEVICE_CATEGORIES), matched)
    rows = rows[np.argsort(trace.ts[rows], kind="stable")]
    return {key: int(rows[place]) for key, place in _first_of_each(trace, rows).items()}


def _first_of_each(trace: Trace, rows: Rows) -> dict[_Key, int]:
    """For each category and name the place of the first of ``rows``."""
    codes = trace.category[rows].astype(np.int64) * len(trace.names) + trace["name"][rows]
    _, first = np.unique(codes, return_index=True)
    return {(Category(int(trace.category[rows[place]])), trace.name_of(rows[place])): int(place) for place in first}
