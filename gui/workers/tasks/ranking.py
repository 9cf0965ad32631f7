"""All strategies for a scenario, best first."""

from __future__ import annotations

from dataclasses import replace

from gui.workers.context import Context
from gui.workers.jobs import Rank, Ranking
from gui.workers.tasks.simulating import prepared
from profiler.errors import PlanRefused
from profiler.experiment.compare import Comparison, compare, expand_strategies, run_fastest_base
from profiler.experiment.scenario import Outcome
from profiler.experiment.verdict import comparison_verdict
from profiler.plan.model import StreamConfig


def rank(job: Rank, context: Context) -> Ranking:
    """Each strategy with its own defaults, as ``compare --strategy all`` runs them; shown one by one.

    Raises
    ------
    UsageError
        The scenario makes no sense.
    PlanRefused
        No strategy takes it.
    """
    outcomes: list[Outcome] = []
    refusals: list[PlanRefused] = []
    strategies = expand_strategies(["all"])
    for number, strategy in enumerate(strategies):
        context.progress(number / len(strategies), strategy)
        given = StreamConfig(memory=job.spec.config.memory)
        scenario, device = prepared(replace(job.spec, strategy=strategy, config=given), job.factors, context)
        try:
            outcomes.append(run_fastest_base(scenario, device))
        except PlanRefused as refusal:
            refusals.append(refusal)
        if outcomes and number + 1 < len(strategies):
            context.partial(_ranking(compare(outcomes), refusals, whole=False))
    if not outcomes:
        raise refusals[0]
    return _ranking(compare(outcomes), refusals, whole=True)


def _ranking(comparison: Comparison, refusals: list[PlanRefused], *, whole: bool) -> Ranking:
    return Ranking(
        comparison=comparison.to_json(comparison_verdict(comparison)),
        refused=list(dict.fromkeys(map(str, refusals))),
        whole=whole,
    )
