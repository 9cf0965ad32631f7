"""Operations of two timelines side by side."""

from __future__ import annotations

from gui.workers.context import Context
from gui.workers.jobs import Match, Matched
from gui.workers.tasks.held import held_trace
from profiler.analysis.diff import diff
from profiler.trace.mapped import save


def match(job: Match, context: Context) -> Matched:
    """What ``lanescope diff`` says, and which rows belong together."""
    found = diff(held_trace(job.trace_a, context), held_trace(job.trace_b, context))
    file = context.folder / "matched"
    save(file, {"a_rows": found.a_rows, "b_rows": found.b_rows})
    return Matched(figures=found.to_json(), file=str(file))
