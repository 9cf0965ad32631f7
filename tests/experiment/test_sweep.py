"""Sweeps: rows, flat tables, and the batch at which copies become hidden."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from profiler.errors import UsageError
from profiler.experiment.spec import Product, ScenarioSpec
from profiler.experiment.sweep import EXECUTORS, HIDDEN_ENOUGH, crossovers, flat_row, run_dask, run_local, run_row


def specs(*batches: int) -> list[ScenarioSpec]:
    product = Product(("googlenet",), ("fp32",), batches, ("depth-first", "serial"), ("pinned",), ("sim:h100-sxm",))
    return product.specs(ScenarioSpec("googlenet", 1))


def test_rows_come_in_order_and_equal_those_of_a_process_of_their_own() -> None:
    wanted = specs(1, 32)
    rows = list(run_local(wanted))
    assert [(row["batch"], row["strategy"]) for row in rows] == [(s.batch, s.strategy) for s in wanted]
    assert rows[0] == run_row(wanted[0])


def test_the_crossover_is_the_first_batch_that_hides_enough() -> None:
    rows = list(run_local(specs(1, 2, 8, 32, 128)))
    (found,) = crossovers(rows)
    serial = {row["batch"]: row["throughput_per_s"] for row in rows if row["strategy"] == "serial"}
    deep = [row for row in rows if row["strategy"] == "depth-first"]
    enough = [row["batch"] for row in deep if row["overlap"]["hidden_fraction"] >= HIDDEN_ENOUGH]
    no_slower = [row["batch"] for row in deep if row["throughput_per_s"] >= serial[row["batch"]]]
    assert (found.strategy, found.against_serial) == ("depth-first", True)
    assert found.batch == min(set(enough) & set(no_slower))
    assert 1 not in enough


def test_hiding_that_costs_throughput_is_no_crossover() -> None:
    rows = list(run_local(specs(32, 128)))
    for row in rows:
        if row["strategy"] == "serial":
            row["throughput_per_s"] *= 100
    assert [c.batch for c in crossovers(rows)] == [None]
    alone = [row for row in rows if row["strategy"] != "serial"]
    assert [(c.batch, c.against_serial) for c in crossovers(alone)] == [(32, False)]


def sample(batch: int, hidden: float, memory: str = "pinned", strategy: str = "depth-first") -> dict[str, Any]:
    return {
        "workload": "w", "precision": "fp32", "strategy": strategy, "device": "d", "memory": memory, "batch": batch,
        "throughput_per_s": 1.0, "overlap": {"hidden_fraction": hidden},
    }  # fmt: skip


def test_from_a_batch_on_means_every_larger_one_too() -> None:
    hidden = {1: 0.9, 2: 0.1, 4: HIDDEN_ENOUGH, 8: 0.85}
    rows = [sample(batch, hidden[batch]) for batch in (8, 1, 4, 2)]
    assert [one.batch for one in crossovers(rows)] == [4]
    assert [one.batch for one in crossovers([*rows, sample(16, 0.79)])] == [None]


def test_kinds_of_memory_are_told_apart() -> None:
    rows = [sample(batch, fraction, memory) for memory, fraction in (("pinned", 0.9), ("pageable", 0.0))
            for batch in (1, 2)]  # fmt: skip
    assert [(one.memory, one.batch) for one in crossovers(rows)] == [("pinned", 1), ("pageable", None)]


def test_a_flat_row_has_dotted_keys_and_plain_values() -> None:
    (row,) = run_local(specs(4)[:1])
    flat = flat_row(row)
    assert flat["overlap.exposed_ns"] == row["overlap"]["exposed_ns"]
    assert not any(isinstance(value, dict) for value in flat.values())


def test_without_dask_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"lanescope\[fleet\]"):
        list(run_dask(specs(1)))
    assert set(EXECUTORS) == {"local", "dask"}
