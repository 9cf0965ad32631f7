"""Ranking: what ``compare --strategy all`` says, and the lost gain of the same scenarios run one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gui.workers.context import Context, Held
from gui.workers.jobs import Rank, Ranking
from gui.workers.tasks.ranking import rank
from profiler.experiment.compare import run_all
from profiler.experiment.spec import Bench, Product, ScenarioSpec
from profiler.plan.model import StreamConfig
from profiler.plan.registry import STRATEGIES


def ranked(spec: ScenarioSpec, folder: Path) -> tuple[Ranking, list[Any]]:
    partials: list[Any] = []
    return rank(Rank(spec=spec), Context(folder, Held(), lambda *_: None, partials.append)), partials


def test_every_strategy_is_ranked_on_the_way_too(tmp_path: Path) -> None:
    spec = ScenarioSpec(workload="gemm", batch=8, precision="int8", device="sim:t4")
    result, partials = ranked(spec, tmp_path)
    order = [entry["strategy"] for entry in result.comparison["ranking"][0]["order"]]
    assert sorted(order) == sorted(STRATEGIES)
    rates = [row["throughput_per_s"] for row in result.comparison["ranking"][0]["order"]]
    assert rates == sorted(rates, reverse=True)
    assert [len(partial.comparison["scenarios"]) for partial in partials] == list(range(1, len(STRATEGIES)))
    assert result.whole
    assert not any(partial.whole for partial in partials)


def test_the_lost_gain_is_that_of_compare(tmp_path: Path) -> None:
    spec = ScenarioSpec(workload="gemm", batch=1, precision="int8", device="sim:t4")
    result, _ = ranked(spec, tmp_path)
    bench = Bench()
    product = Product(["gemm"], ["fp32", "int8"], [1, 128], ["serial"], ["pinned"], ["sim:t4"])
    wanted = run_all([bench.scenario(one) for one in product.specs(spec)])
    assert result.comparison["lost_gain"] == [row.to_json() for row in wanted.lost]
    assert len(wanted.lost) == 1
    assert any("INT8 gains" in sentence for sentence in result.comparison["verdict"])


@pytest.mark.parametrize("workload", ["triad", "sum-int8"])
def test_a_workload_of_one_precision_has_no_lost_gain(workload: str, tmp_path: Path) -> None:
    result, _ = ranked(ScenarioSpec(workload=workload, batch=2, device="sim:t4"), tmp_path)
    assert result.comparison["lost_gain"] == []


def test_what_is_refused_is_named(tmp_path: Path) -> None:
    spec = ScenarioSpec(workload="triad", batch=2, device="sim:t4", config=StreamConfig(memory="pageable"))
    result, _ = ranked(spec, tmp_path)
    assert any("graph" in reason for reason in result.refused)
    assert "graph" not in {entry["strategy"] for entry in result.comparison["ranking"][0]["order"]}
