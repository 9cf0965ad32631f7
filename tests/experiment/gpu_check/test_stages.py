"""Stages one by one and together: none can spoil another, and what was finished is on disk."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from profiler.devices.cuda.kept_weights import WEIGHTS_VARIABLE
from profiler.errors import DeviceError, UsageError
from profiler.experiment.gpu_check import cells, prediction, stages
from profiler.experiment.gpu_check.context import Context, Knobs, Outcome, passed, skipped
from profiler.experiment.gpu_check.results import FAILED, PASSED, SKIPPED, Results
from profiler.experiment.gpu_check.runner import GRACE_S, TOTAL_S, run_inside, run_outside, run_stages
from profiler.experiment.gpu_check.stages import STAGES, Stage, find_stage
from tests.helpers.patience import PATIENCE_S

KNOBS = Knobs("sim:t4", ("googlenet",), (1, 4), 2)


def stage(name: str, run: Callable[[Context], Outcome]) -> Stage:
    return Stage(name, 20.0, run)


def broken(context: Context) -> Outcome:
    context.save(half=1)
    raise ZeroDivisionError("by nothing")


def no_device(context: Context) -> Outcome:
    raise DeviceError("the GPU fell off", remedy="Put it back.")


def interrupted(context: Context) -> Outcome:
    raise KeyboardInterrupt


def run_all(folder: Path, *several: Stage) -> tuple[bool, dict[str, Any], list[str]]:
    lines: list[str] = []
    good = run_stages(several, Results(folder), KNOBS, say=lines.append, launch=run_inside)
    return good, json.loads((folder / "results.json").read_text())["stages"], lines


def test_a_stage_that_fails_is_recorded_and_the_others_go_on(tmp_path: Path) -> None:
    first, last = stage("first", lambda c: passed("fine", x=1)), stage("last", lambda c: skipped("nothing to do"))
    good, found, lines = run_all(tmp_path, first, stage("bad", broken), stage("gone", no_device), last)
    assert not good
    assert [section["status"] for section in found.values()] == [PASSED, FAILED, FAILED, SKIPPED]
    assert found["bad"]["summary"] == "ZeroDivisionError: by nothing"
    assert found["bad"]["data"]["half"] == 1
    assert any("by nothing" in line for line in found["bad"]["data"]["trace"])
    assert found["gone"]["summary"] == "the GPU fell off. Put it back."
    assert [line.split()[:2] for line in lines][1] == ["failed", "bad"]
    assert "ZeroDivisionError" in (tmp_path / "table.md").read_text()


def test_skipped_stages_are_no_failure(tmp_path: Path) -> None:
    assert run_all(tmp_path, stage("one", lambda c: skipped("no torch")))[0]


def test_an_interrupt_ends_all_and_keeps_what_was_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_all(tmp_path, stage("one", lambda c: passed("fine")), stage("two", interrupted))
    assert Results(tmp_path).stage("one")["status"] == PASSED


def test_a_stage_run_again_leaves_the_others_sections_alone(tmp_path: Path) -> None:
    run_all(tmp_path, stage("one", lambda c: passed("fine")), stage("two", broken))
    _, found, _ = run_all(tmp_path, stage("two", lambda c: passed("mended")))
    assert (found["one"]["summary"], found["two"]["summary"]) == ("fine", "mended")


def test_what_is_saved_counts_as_failed_until_the_stage_is_over(tmp_path: Path) -> None:
    context = Context(Results(tmp_path), KNOBS, "half", time.monotonic() + 5)
    context.save(rows=3)
    section = Results(tmp_path).stage("half")
    assert (section["status"], section["data"]) == (FAILED, {"rows": 3})


def test_a_stage_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiler.experiment.gpu_check.runner.GRACE_S", -0.9)
    run_outside(find_stage("cells"), Results(tmp_path), KNOBS, 1.0)
    section = Results(tmp_path).stage("cells")
    assert section["status"] == FAILED
    assert "was ended" in section["summary"]


def test_a_process_that_dies_is_recorded(tmp_path: Path) -> None:
    run_outside(find_stage("facts"), Results(tmp_path), Knobs("sim:t4", ("no-such-network",)), PATIENCE_S)
    section = Results(tmp_path).stage("facts")
    assert section["status"] == FAILED
    assert "ended with code 2" in section["summary"]
    assert "no-such-network" in (tmp_path / "log.txt").read_text()


def test_a_stage_gets_what_the_others_leave(tmp_path: Path) -> None:
    given: list[float] = []

    def launch(one: Stage, results: Results, knobs: Knobs, budget_s: float) -> None:
        given.append(budget_s)
        run_inside(one, results, knobs, budget_s)

    fine = [stage(name, lambda c: passed("fine")) for name in ("one", "two")]
    total_s = TOTAL_S + GRACE_S
    assert run_stages(fine, Results(tmp_path), KNOBS, say=lambda line: None, launch=launch, total_s=total_s)
    assert given == pytest.approx([TOTAL_S - 20, TOTAL_S], abs=2)
    given.clear()
    # With a tenth of the time, a stage is sure of a tenth of its own.
    total_s = TOTAL_S / 10
    assert run_stages(fine, Results(tmp_path), KNOBS, say=lambda line: None, launch=launch, total_s=total_s)
    assert given == pytest.approx([total_s - GRACE_S - 2, total_s - GRACE_S], abs=2)


def test_weights_are_kept_for_the_stages_that_follow_and_no_longer(tmp_path: Path) -> None:
    folders = []

    def look(context: Context) -> Outcome:
        folders.append(Path(os.environ[WEIGHTS_VARIABLE]))
        return passed("there" if folders[-1].is_dir() else "gone")

    _, found, _ = run_all(tmp_path, stage("one", look), stage("two", look))
    assert [section["summary"] for section in found.values()] == ["there", "there"]
    assert folders[0] == folders[1]
    assert not folders[0].exists()
    assert WEIGHTS_VARIABLE not in os.environ


def test_no_stage_begins_without_time(tmp_path: Path) -> None:
    only = [stage("one", lambda c: passed("fine"))]
    assert not run_stages(only, Results(tmp_path), KNOBS, say=lambda line: None, launch=run_inside, total_s=1.0)
    found = json.loads((tmp_path / "results.json").read_text())["stages"]
    assert found["one"]["summary"] == "no time was left for it"


def test_cells_not_reached_are_named(tmp_path: Path) -> None:
    context = Context(Results(tmp_path), KNOBS, "cells", time.monotonic())
    outcome = cells.run(context)
    assert outcome.status == FAILED
    assert "0 of 28 cells measured; 28 not reached" in outcome.summary


def test_a_cell_that_fails_is_noted_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = cells.run_fastest_base

    def failing(scenario: Any, device: Any) -> Any:
        if scenario.strategy == "three-stream":
            raise DeviceError("illegal address")
        if scenario.strategy == "in-flight":
            raise UsageError("too large")
        return run(scenario, device)

    monkeypatch.setattr(cells, "run_fastest_base", failing)
    outcome = cells.run(Context(Results(tmp_path), KNOBS, "cells", time.monotonic() + PATIENCE_S))
    assert outcome.status == FAILED
    assert "20 of 28 cells measured; 4 refused" in outcome.summary
    assert outcome.data["cells"]["googlenet/fp32/1/three-stream"]["error"] == "illegal address"


def test_a_bad_prediction_fails(tmp_path: Path) -> None:
    row = {"cell": "c", "makespan_error": 0.2, "hidden_error": None}
    outcome = prediction._outcome([row, {**row, "makespan_error": -0.1}], complete=True)
    assert outcome.status == FAILED
    assert outcome.data["mean_error"] == pytest.approx(0.15)
    assert prediction._outcome([{**row, "makespan_error": 0.05}], complete=True).status == PASSED
    assert prediction._outcome([{**row, "makespan_error": 0.05}], complete=False).status == FAILED


def test_nothing_to_predict_is_skipped(tmp_path: Path) -> None:
    context = Context(Results(tmp_path), KNOBS, "predict", time.monotonic() + 5)
    assert prediction.run(context).status == SKIPPED


def test_an_unknown_stage_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="measures"):
        find_stage("measure")


def test_all_stages_together_stay_below_eight_minutes() -> None:
    assert sum(one.budget_s for one in STAGES) + GRACE_S <= TOTAL_S < 480
    assert [one.name for one in STAGES] == [
        "facts", "tests", "numerics", "cells", "calibrate", "predict", "torch", "measures",
    ]  # fmt: skip
    assert tuple(one.name for one in STAGES) == stages.NAMES


def test_results_of_another_program_are_not_built_upon(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"stages": 3}')
    assert Results(tmp_path).load()["stages"] == {}
    (tmp_path / "results.json").write_text("not json")
    assert Results(tmp_path).stage("cells") == {}
