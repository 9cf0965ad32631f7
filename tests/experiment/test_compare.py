"""Comparisons: products, rankings, ties, refusals, lost gain, sentences."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from profiler.devices.base import INSTRUMENTATION
from profiler.errors import PlanRefused, UsageError
from profiler.experiment.compare import Comparison, compare, expand_strategies, run_all
from profiler.experiment.scenario import Outcome, run_scenario
from profiler.experiment.spec import Bench, Product, ScenarioSpec
from profiler.experiment.verdict import comparison_verdict, outcome_verdict
from profiler.plan.model import StreamConfig
from profiler.plan.registry import STRATEGIES
from profiler.report.tables import comparison_tables, figures_table


def compared(
    *strategies: str,
    batches: tuple[int, ...] = (1, 16),
    memories: tuple[str, ...] = ("pinned",),
    precisions: tuple[str | None, ...] = ("fp32", "int8"),
    devices: tuple[str, ...] = ("sim:t4",),
    **template: object,
) -> Comparison:
    product = Product(("googlenet",), precisions, batches, strategies, memories, devices)
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


def test_each_device_is_measured_by_its_own_serial_run() -> None:
    devices = ("sim:h100-sxm", "sim:t4")
    both = compared("serial", "depth-first", devices=devices)
    alone = [compared("serial", "depth-first", devices=(spec,)) for spec in devices]
    ratios = {}
    for comparison in (both, *alone):
        result = comparison.to_json(comparison_verdict(comparison))
        for table, group in zip(comparison_tables(result), result["ranking"], strict=False):
            assert ("device" in table.columns) == (comparison is both)
            place = table.columns.index("vs serial")
            for entry, cells in zip(group["order"], table.rows, strict=True):
                row = result["scenarios"][entry["scenario"]]
                key = (row["precision"], row["batch"], row["strategy"], row["device"])
                assert comparison is not both or row["device"] in cells
                assert ratios.setdefault(key, cells[place]) == cells[place]
    assert len(ratios) == 16
    named = [
        sentence.replace(f", {spec}", "").replace(f" on {spec}", "")
        for spec in devices
        for sentence in comparison_verdict(both)
        if spec in sentence
    ]
    assert named == [sentence for comparison in alone for sentence in comparison_verdict(comparison)]
    lost = comparison_tables(both.to_json([]))[-1]
    assert [row[lost.columns.index("device")] for row in lost.rows] == list(devices)
    assert [row.to_json()["device"] for row in both.lost] == list(devices)


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


def ran(**spec: object) -> Outcome:
    with Bench() as bench:
        return run_scenario(*bench.scenario(ScenarioSpec("googlenet", device="sim:t4", **spec)))


def test_chunks_that_a_batch_does_not_make_are_told() -> None:
    nine = ran(batch=9, strategy="depth-first", config=StreamConfig(chunks=8))
    assert nine.plan.config.chunks == 5
    assert "The batch of 9 makes 5 chunks, not 8: samples in each are 2, the last 1." in outcome_verdict(nine)
    few = outcome_verdict(ran(batch=2, strategy="depth-first", config=StreamConfig(chunks=8)))
    assert "The batch of 2 makes 2 chunks, not 8: samples in each are 1." in few
    for config in (StreamConfig(), StreamConfig(chunks=3)):
        assert not any("makes" in text for text in outcome_verdict(ran(batch=9, strategy="depth-first", config=config)))


def test_a_run_that_takes_no_time_has_no_throughput_and_ranks_first() -> None:
    slow = ran(batch=4, strategy="depth-first")
    instant = replace(slow, makespans_ns=np.zeros(1, np.int64))
    assert instant.throughput_per_s is None
    assert instant.to_json()["throughput_per_s"] is None
    comparison = compare([slow, instant, instant])
    result = comparison.to_json(comparison_verdict(comparison))
    (group,) = result["ranking"]
    assert [entry["scenario"] for entry in group["order"]] == [1, 2, 0]
    assert [entry["throughput_per_s"] for entry in group["order"]][:2] == [None, None]
    assert [entry["tie"] for entry in group["order"]] == [False, True, False]
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    cells = [row for table in comparison_tables(result) for row in table.rows]
    assert [row[3] for row in cells] == ["–", "–", f"{slow.throughput_per_s:,.0f}"]
    assert ("throughput", "–") in figures_table(instant.to_json()).rows


def test_what_being_measured_costs_is_told_where_it_is_much() -> None:
    outcome = ran(batch=4)
    assert outcome.to_json()["instrumentation_factor"] is None
    for factor, told in ((1.02, False), (1.5, True)):
        extra = {**outcome.timings.extra, INSTRUMENTATION: factor}
        measured = replace(outcome, timings=replace(outcome.timings, extra=extra))
        assert measured.to_json()["instrumentation_factor"] == factor
        assert any("Being measured makes this run 1.50 times" in text for text in outcome_verdict(measured)) == told
        assert ("makespan with stamps / without", f"{factor:.3f}") in figures_table(measured.to_json()).rows
