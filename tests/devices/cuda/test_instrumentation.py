"""How much stamps stretch a run is measured with the run, and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from profiler.devices.base import INSTRUMENTATION
from profiler.devices.cuda.instrumentation import host_makespan_ns, instrumentation_factor
from profiler.devices.cuda.options import CudaOptions
from profiler.plan.model import Launch, Memcpy
from tests.devices.cuda import cases
from tests.helpers.fake_driver.device import open_fake

HERE = CudaOptions(isolate=False, alone=False, factor_runs=3)


def program(**places: dict[int, int]) -> Any:
    """Issue threads by name, each with the places of its steps' own calls."""
    threads = {int(name[1:]): SimpleNamespace(main=main) for name, main in places.items()}
    return SimpleNamespace(threads=threads)


def test_a_makespan_is_from_the_first_own_call_to_the_end_of_the_last_over_all_threads() -> None:
    two = program(t0={0: 1, 2: 3}, t1={1: 0})
    assert host_makespan_ns(two, {0: [5, 10, 20, 30, 44], 1: [12, 70]}) == 70 - 10


class Issued:
    """Stands for an `Issuer` whose runs take what they are told to."""

    def __init__(self, name: str, log: list[str], *makespans: int) -> None:
        self.program = program(t0={0: 0})
        self._name, self._log, self._makespans = name, log, iter(makespans)

    def issue(self) -> dict[int, list[int]]:
        self._log.append(self._name)
        return {0: [100, 100 + next(self._makespans)]}


def test_the_factor_is_of_medians_of_runs_taken_in_turn() -> None:
    log: list[str] = []
    stamped, bare = Issued("stamped", log, 12, 11, 90), Issued("bare", log, 10, 40, 8)
    told: list[None] = []
    factor = instrumentation_factor(stamped, bare, 3, lambda: told.append(None))
    assert factor == pytest.approx(12 / 10)
    assert log == ["bare", "stamped", "stamped", "bare", "bare", "stamped"]
    assert len(told) == 6


@pytest.mark.parametrize(
    ("strategy", "gate"),
    [*product(["serial", "three-stream", "graph", "zero-copy"], [False, True]), ("in-flight", False)],
)
def test_runs_without_stamps_compute_the_same_and_leave_nothing(
    strategy: str, gate: bool, over_fake: Callable[..., Any]
) -> None:
    plan = cases.toy_plan(strategy)
    ran = over_fake(cases.run, plan, replace(HERE, gate=gate), repeats=2)
    assert (ran.error, ran.right, ran.leaks, ran.misuse, len(ran.rows)) == ("", True, {}, "", 2)
    assert ran.measured.extra[INSTRUMENTATION] > 0
    work = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch | Memcpy)]
    # Two timed runs, three pairs with and without stamps.
    assert len([row for row in ran.served if row[0] >= 0]) >= len(work) * (2 + 6)


def test_it_is_not_measured_unless_asked_for(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("serial"), replace(HERE, factor_runs=0))
    assert INSTRUMENTATION not in ran.measured.extra


def test_a_worker_process_tells_it_too() -> None:
    device = open_fake(CudaOptions(alone=False, factor_runs=2))
    told: list[int] = []
    timings = device.execute(cases.toy_plan("serial", 2), repeats=3, progress=lambda done, total: told.append(done))
    device.close()
    assert timings.repeats == 3
    assert told == [1, 2, 3]
    assert timings.extra[INSTRUMENTATION] > 0


def test_a_failure_while_it_is_measured_names_the_step_and_keeps_the_rows(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("serial"), HERE, fail=("cuStreamSynchronize", 3, 1))
    assert "host waits for stream 0" in ran.error
    assert (ran.code, len(ran.rows), ran.leaks) == (4, 1, {})
