"""Runs the stages one after another, each in a process of its own, so that none can end another."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from profiler.devices.cuda.kept_weights import WEIGHTS_VARIABLE
from profiler.errors import LanescopeError
from profiler.experiment.gpu_check.context import Context, Knobs, Outcome
from profiler.experiment.gpu_check.results import FAILED, PASSED, SKIPPED, Results, write_whole
from profiler.experiment.gpu_check.stages import Stage
from profiler.experiment.gpu_check.table import write_table
from profiler.experiment.gpu_check.tests_stage import CHECKOUT

LOG = "log.txt"

#: All stages together. A stage has its own time and what those before it did not need.
TOTAL_S = 470.0

#: After its time, in which a stage stops of itself, it is ended.
GRACE_S = 8.0

#: Less than this is not worth starting a stage for.
LEAST_S = 5.0

#: No file may be larger: what the machine it was made on can give back.
LOG_BYTES = 8 << 20

Say = Callable[[str], None]
Launch = Callable[[Stage, Results, Knobs, float], None]


@dataclass
class Attempt:
    """Keeps whatever goes wrong in a ``with`` block, except what is meant for the whole program."""

    error: str = ""
    trace: list[str] = field(default_factory=list)

    def __enter__(self) -> Attempt:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.error = str(error) if isinstance(error, LanescopeError) else f"{type(error).__name__}: {error}"
        self.trace = traceback.format_exception(error)
        return True


def run_inside(stage: Stage, results: Results, knobs: Knobs, budget_s: float) -> None:
    """Run a stage in this process and write its section, whatever happens to it."""
    began = time.monotonic()
    context = Context(results, knobs, stage.name, began + budget_s)
    outcome = Outcome(FAILED, "did not begin")
    with Attempt() as attempt:
        outcome = stage.run(context)
    if attempt.error:
        known = results.stage(stage.name).get("data", {})
        outcome = Outcome(FAILED, attempt.error, {**known, "trace": attempt.trace})
        context.say("".join(attempt.trace))
    results.put_stage(stage.name, _section(outcome, time.monotonic() - began))


def run_outside(stage: Stage, results: Results, knobs: Knobs, budget_s: float) -> None:
    """Run a stage in a new process, ended when its time is long over; its output goes to the log."""
    began = time.monotonic()
    paths = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    options = ["--out", str(results.folder), "--only", stage.name, "--inside", str(budget_s), *knobs.arguments()]
    command = [sys.executable, "-m", "profiler.experiment.gpu_check", *options]
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}
    problem = ""
    with (results.folder / LOG).open("ab") as log:
        try:
            ended = subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, timeout=budget_s + GRACE_S, env=environment, check=False
            )
        except subprocess.TimeoutExpired:
            problem = f"still ran after {budget_s + GRACE_S:.0f} s and was ended"
        else:
            if ended.returncode and "seconds" not in results.stage(stage.name):
                problem = f"its process ended with code {ended.returncode}; see {LOG}"
    if problem:
        known = results.stage(stage.name).get("data", {})
        results.put_stage(stage.name, _section(Outcome(FAILED, problem, known), time.monotonic() - began))


def run_stages(
    stages: Sequence[Stage],
    results: Results,
    knobs: Knobs,
    *,
    say: Say,
    launch: Launch = run_outside,
    total_s: float = TOTAL_S,
) -> bool:
    """Run the stages and write the table after each; whether none failed.

    A stage that fails is recorded with its error, and the others go on. What an earlier run knew of these stages is
    dropped; what it knew of others stays. Networks' weights are made by the first stage that needs them, and kept for
    the others until all are over.
    """
    with TemporaryDirectory(prefix="lanescope-weights-", ignore_cleanup_errors=True) as folder, _weights_in(folder):
        return _run_stages(stages, results, knobs, say, launch, total_s)


def _run_stages(
    stages: Sequence[Stage], results: Results, knobs: Knobs, say: Say, launch: Launch, total_s: float
) -> bool:
    deadline = time.monotonic() + total_s
    scale = min(1.0, total_s / TOTAL_S)
    whole = results.load()["stages"]
    results.put(stages={name: section for name, section in whole.items() if name not in {s.name for s in stages}})
    for place, stage in enumerate(stages):
        later_s = scale * sum(later.budget_s for later in stages[place + 1 :])
        budget_s = deadline - time.monotonic() - GRACE_S - later_s
        if budget_s < LEAST_S:
            results.put_stage(stage.name, _section(Outcome(FAILED, "no time was left for it"), 0.0))
        else:
            launch(stage, results, knobs, budget_s)
        section = results.stage(stage.name)
        write_table(results)
        _limit_log(results)
        say(f"{section['status']:8}{stage.name:10} {section['seconds']:6.1f} s  {section['summary']}")
    return all(results.stage(stage.name)["status"] in (PASSED, SKIPPED) for stage in stages)


@contextmanager
def _weights_in(folder: str) -> Iterator[None]:
    """Processes started within keep weights in this folder."""
    before = os.environ.get(WEIGHTS_VARIABLE)
    os.environ[WEIGHTS_VARIABLE] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[WEIGHTS_VARIABLE]
        else:
            os.environ[WEIGHTS_VARIABLE] = before


def _section(outcome: Outcome, seconds: float) -> dict[str, Any]:
    return {"status": outcome.status, "summary": outcome.summary, "seconds": round(seconds, 2), "data": outcome.data}


def _limit_log(results: Results) -> None:
    """Keep the end of a log that grew too long."""
    path = results.folder / LOG
    if path.exists() and path.stat().st_size > LOG_BYTES:
        write_whole(path, path.read_bytes()[-LOG_BYTES // 2 :])
