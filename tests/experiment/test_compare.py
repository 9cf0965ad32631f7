"""Comparisons: products, rankings, ties, refusals, lost gain, sentences."""

from __future__ import annotations

import pytest

from profiler.errors import PlanRefused, UsageError
from profiler.experiment.compare import Comparison, expand_strategies, run_all
from profiler.experiment.spec import Bench, Product, ScenarioSpec
from profiler.experiment.verdict import comparison_verdict, outcome_verdict
from profiler.plan.model import StreamConfig
from profiler.plan.registry import STRATEGIES


def compared(
    *strategies: str,
    batches: tuple[int, ...] = (1, 16),
    memories: tuple[str, ...] = ("pinned",),
    precisions: tuple[str | None, ...] = ("fp32", "int8"),
    **template: object,
) -> Comparison:
    product = Product(("googlenet",), precisions, batches, strategies, memories, ("sim:t4",))
    specs = product.specs(ScenarioSpec("googlenet", 1, **template))
    with Bench() as bench:
        return run_all([bench.scenario(spec) for spec in specs])


def test_all_is_every_strategy_once_in_order() -> None:
    assert expand_strategies(["all"]) == list(STRATEGIES)
    assert expand_strategies(["graph", "all"]) == ["graph", *(s for s in STRATEGIES if s != "graph")]
    with pytest.raises(UsageError, match="no strategy is called 'srial'"):
        expand_strategies(["srial"])


def test_one_group_for_each_workload_precision_and_batch_holding_every_scenario() -> None:
    comparison = compared("serial", "depth-first")
    keys = [(g.workload, g.precision, g.batch) for g in comparison.groups]
    assert keys == [("googlenet", p, b) for p in ("fp32", "int8") for b in (1, 16)]
    ranked = [entry.scenario for group in comparison.groups for entry in group.by_throughput]
    assert sorted(ranked) == list(range(8))


def test_rankings_are_sorted_and_a_deterministic_device_ties_only_equals() -> None:
    comparison = compared("all")
    for group in comparison.groups:
        throughput = [entry.value for entry in group.by_throughput]
        assert throughput == sorted(throughput, reverse=True)
        latency = [entry.value for entry in group.by_latency]
        assert latency == sorted(latency)
        for before, entry in zip(group.by_throughput, group.by_throughput[1:], strict=False):
            assert entry.tie == (entry.value == before.value)
        assert not group.by_throughput[0].tie


def test_differences_inside_the_noise_are_ties() -> None:
    comparison = compared("depth-first", "breadth-first", batches=(16,), repeats=15, jitter_percent=30.0)
    for group in comparison.groups:
        assert group.by_throughput[1].tie


def test_best_overlap_is_the_least_bound_and_no_single_request_beats_it() -> None:
    comparison = compared("all")
    for group in comparison.groups:
        members = [comparison.outcomes[entry.scenario] for entry in group.by_throughput]
        bounds = [outcome.bounds.overlap_ns for outcome in members if outcome.bounds is not None]
        assert group.best_overlap_ns == min(bounds)
        assert all(outcome.makespan_ns >= group.best_overlap_ns for outcome in members)


def test_graph_takes_its_fastest_base_and_names_it() -> None:
    (outcome,) = compared("graph", batches=(16,), precisions=("fp32",)).outcomes
    assert outcome.plan.config.base is not None
    for base in ("serial", "depth-first", "breadth-first", "three-stream", "zero-copy"):
        config = StreamConfig(base=base)
        (other,) = compared("graph", batches=(16,), precisions=("fp32",), config=config).outcomes
        assert other.plan.config.base == base
        assert outcome.makespan_ns <= other.makespan_ns


def test_what_one_cell_refuses_does_not_stop_the_others() -> None:
    comparison = compared("serial", "graph", "zero-copy", batches=(4,), precisions=("fp32",), memories=("pageable",))
    assert [o.plan.strategy for o in comparison.outcomes] == ["serial"]
    assert len(comparison.refused) == 2
    with pytest.raises(PlanRefused):
        compared("graph", batches=(4,), memories=("pageable",))
    with pytest.raises(UsageError, match="a batch of 0"):
        compared("serial", "graph", batches=(0,))


def test_the_lost_gain_takes_the_largest_batch_where_128_is_not_among_them() -> None:
    rows = compared("serial", "depth-first").lost
    assert [(row.workload, row.batch, row.reference_batch) for row in rows] == [("googlenet", 1, 16)]
    loss = rows[0].loss
    assert loss.compute_ns + loss.transfer_ns + loss.launch_ns == loss.lost_ns
    assert compared("depth-first").lost == ()
    assert compared("serial", precisions=("fp32",)).lost == ()


def test_sentences_name_what_the_figures_show() -> None:
    comparison = compared("serial", "depth-first", "in-flight", precisions=("fp32",))
    text = comparison_verdict(comparison)
    assert any("batch 1: no strategy hides any" in sentence for sentence in text)
    assert any("batch 16: depth-first hides" in sentence for sentence in text)
    assert any("8 requests with in-flight" in sentence and "latency of a request" in sentence for sentence in text)
    single = outcome_verdict(comparison.outcomes[0])
    assert single[0].startswith("serial, batch 1: none of the")
    assert any("no other work" in sentence for sentence in single)


def test_json_has_one_row_a_scenario_and_nothing_json_cannot_hold() -> None:
    import json

    comparison = compared("all")
    text = json.dumps(comparison.to_json(comparison_verdict(comparison)), allow_nan=False)
    result = json.loads(text)
    assert len(result["scenarios"]) == 28
    assert set(result) == {
        "scenarios",
        "ranking",
        "latency_ranking",
        "best_overlap_ns",
        "lost_gain",
        "verdict",
    }
