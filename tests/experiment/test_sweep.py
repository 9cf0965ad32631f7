"""Sweeps: rows, flat tables, and the batch at which copies become hidden."""

from __future__ import annotations

import sys

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
    found = {c.strategy: c.batch for c in crossovers(rows)}
    enough = [r["batch"] for r in rows if (r["overlap"]["hidden_fraction"] or 0) >= HIDDEN_ENOUGH]
    assert found["depth-first"] == min(enough)
    assert found["serial"] is None
    assert 1 not in enough


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
