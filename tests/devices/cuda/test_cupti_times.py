"""CUPTI's records become times of steps; what cannot be told apart is refused, what is not right is an error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from profiler.devices.base import INSTRUMENTATION, Source
from profiler.devices.cuda.cupti_times import CuptiRecorder
from profiler.devices.cuda.options import CudaOptions
from profiler.errors import DeviceError
from profiler.plan.model import CopyKind, Launch, Memcpy, Plan
from tests.devices.cuda import cases, cupti_stand_in

HERE = CudaOptions(isolate=False, alone=False, timing="cupti")


def work(plan: Plan) -> list[int]:
    return [index for index, step in enumerate(plan.steps) if isinstance(step, Memcpy | Launch)]


@pytest.mark.parametrize("strategy", ["serial", "depth-first", "three-stream", "in-flight", "zero-copy"])
def test_copies_and_kernels_last_as_long_as_the_engines_took(strategy: str, over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan(strategy, **({"streams": 2, "requests": 3} if strategy == "in-flight" else {}))
    ran = over_fake(cupti_stand_in.run_recorded, plan, replace(HERE, alone=True))
    assert (ran["error"], ran["leaks"], ran["recording"]) == ("", {}, [])
    steps = work(plan)
    assert {Source(value) for value in ran["source"][steps].tolist()} == {Source.CUPTI}
    for row, served in zip(ran["rows"], ran["served"], strict=True):
        lasted, true = (row.end - row.start)[steps], np.array([end - start for *_, start, end in served[-len(steps) :]])
        # Stamps bound them from both sides: where one is late, the time is cut, and never longer than the truth.
        assert (lasted <= true).all()
        assert np.mean(lasted == true) > 0.5
        assert (row.queued <= row.start)[steps].all()


def test_a_contended_copy_does_not_count_its_waiting(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("breadth-first", 8, streams=4, chunks=8, buffers=8)
    ran = over_fake(cupti_stand_in.run_recorded, plan, HERE)
    copies = [i for i, step in enumerate(plan.steps) if isinstance(step, Memcpy) and step.kind is CopyKind.HTOD]
    row = ran["rows"][-1]
    assert ran["error"] == ""
    true = [end - start for engine, _, start, end in ran["served"][-1] if engine == 0]
    assert (row.end - row.start)[copies].max() <= max(true)


def test_nothing_is_recorded_while_the_bare_run_is_timed(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cupti_stand_in.run_recorded, cases.toy_plan("serial"), replace(HERE, factor_runs=2))
    assert ran["error"] == ""
    assert ran["extra"][INSTRUMENTATION] > 0
    assert ran["recording"] == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (cupti_stand_in.one_lost, "CUPTI recorded"),
        (cupti_stand_in.one_changed, "CUPTI recorded something else in its place"),
    ],
    ids=["lost", "changed"],
)
def test_records_that_are_not_the_plan_s_are_an_error(
    spoil: Callable[[list[Any]], list[Any]], message: str, over_fake: Callable[..., Any]
) -> None:
    ran = over_fake(cupti_stand_in.run_recorded, cases.toy_plan("serial"), HERE, spoil)
    assert message in ran["error"]
    assert (ran["kind"], ran["leaks"], ran["recording"]) == ("DeviceError", {}, [])


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (cases.toy_plan("graph", 4), "launches a graph"),
        (cases.toy_plan("three-stream", issue_threads=2), "several threads"),
    ],
    ids=["graph", "threads"],
)
def test_what_records_cannot_tell_apart_is_refused(plan: Plan, reason: str, over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cupti_stand_in.run_recorded, plan, HERE)
    assert ran["kind"] == "PlanRefused"
    assert reason in ran["error"]
    assert ran["leaks"] == {}


def test_another_profiler_is_named_as_the_reason(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cupti_stand_in.refused, cases.toy_plan("serial"), HERE)
    assert ran["code"] == 4
    assert "MULTIPLE_SUBSCRIBERS" in ran["error"]
    assert "End other profilers" in ran["error"]


def test_without_the_package_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupti", None)
    with pytest.raises(DeviceError, match=r"pip install 'lanescope\[cupti\]'") as caught:
        CuptiRecorder()
    assert caught.value.exit_code == 4
