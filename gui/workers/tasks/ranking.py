"""All strategies for a scenario, best first."""

from __future__ import annotations

from dataclasses import replace

from gui.state.offers import BOTH_PRECISIONS
from gui.workers.context import Context
from gui.workers.jobs import Rank, Ranking
from gui.workers.tasks.simulating import prepared, require_simulated
from profiler.errors import PlanRefused
from profiler.experiment.compare import (
    REFERENCE_BATCH,
    Comparison,
    compare,
    expand_strategies,
    lost_gains,
    run_fastest_base,
)
from profiler.experiment.scenario import Outcome, run_scenario
from profiler.experiment.verdict import comparison_verdict
from profiler.plan.model import StreamConfig
from profiler.workload.model import PRECISIONS


def rank(job: Rank, context: Context) -> Ranking:
    """Each strategy with its own defaults, as ``compare --strategy all`` runs them; shown one by one.

    At last the lost INT8 gain against the reference batch, where the workload has both precisions.

    Raises
    ------
    UsageError
        The scenario makes no sense.
    PlanRefused
        No strategy takes it.
    """
    require_simulated(job.spec)
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
    comparison = replace(compare(outcomes), lost=tuple(lost_gains(_serial_runs(job, context))))
    return _ranking(comparison, refusals, whole=True)


def _serial_runs(job: Rank, context: Context) -> list[Outcome]:
    """One request run serially in both precisions, at this batch and at the reference; none where there is one only."""
    if job.spec.workload not in BOTH_PRECISIONS or job.spec.batch == REFERENCE_BATCH:
        return []
    config = StreamConfig(memory=job.spec.config.memory)
    spec = replace(job.spec, strategy="serial", config=config)
    cells = [(batch, precision) for batch in (job.spec.batch, REFERENCE_BATCH) for precision in PRECISIONS]
    specs = [replace(spec, batch=batch, precision=precision) for batch, precision in cells]
    return [run_scenario(*prepared(one, job.factors, context)) for one in specs]


def _ranking(comparison: Comparison, refusals: list[PlanRefused], *, whole: bool) -> Ranking:
    return Ranking(
        comparison=comparison.to_json(comparison_verdict(comparison)),
        refused=list(dict.fromkeys(map(str, refusals))),
        whole=whole,
    )
