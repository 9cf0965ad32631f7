"""The stages, the most telling first, with the seconds each is sure to have: less than eight minutes together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from profiler.experiment.gpu_check import (
    calibration_stage,
    cells,
    facts,
    measures,
    numerics,
    prediction,
    tests_stage,
    torch_ratio,
)
from profiler.experiment.gpu_check.context import Context, Outcome

Run = Callable[[Context], Outcome]


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the check that stands for itself."""

    name: str
    budget_s: float
    run: Run


STAGES = (
    Stage("facts", 20, facts.run),
    Stage("tests", 40, tests_stage.run),
    Stage("numerics", 75, numerics.run),
    Stage("cells", 170, cells.run),
    Stage("calibrate", 50, calibration_stage.run),
    Stage("predict", 25, prediction.run),
    Stage("torch", 40, torch_ratio.run),
    Stage("measures", 35, measures.run),
)

NAMES = tuple(stage.name for stage in STAGES)


def find_stage(name: str) -> Stage:
    """The stage of that name.

    Raises
    ------
    UsageError
        There is none.
    """
    from profiler.errors import UsageError, suggestion

    for stage in STAGES:
        if stage.name == name:
            return stage
    raise UsageError(f"there is no stage {name!r}", where="--only", remedy=suggestion(name, NAMES))
