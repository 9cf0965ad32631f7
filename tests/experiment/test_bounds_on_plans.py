"""No run beats the bound: on a thousand random plans, with small kernels that share the SMs, achieved is at most 1."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest

from profiler.devices.base import NO_TIME, Source, StepTimings
from profiler.devices.sim.columns import Columns
from profiler.devices.sim.compile import compile_plan
from profiler.devices.sim.scheduler import Scheduler
from profiler.devices.sim.times import Times
from profiler.experiment.scenario import plan_bounds
from profiler.plan.model import Launch, Step
from tests.devices.sim.test_oracle import random_gpu
from tests.helpers.plans import Wishes, random_plan

PLANS = 1000
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_achieved_overlap_is_at_most_one(part: int) -> None:
    shared = bounded = 0
    for seed in range(part * PLANS // PARTS, (part + 1) * PLANS // PARTS):
        random = Random(f"bounds {seed}")
        wishes = Wishes(size=random.choice((10, 20, 35)), streams=random.choice((2, 4, 6)), threads=1)
        plan = random_plan(random, wishes)
        columns = compile_plan(plan, random_gpu(random, plain=True))
        times = Scheduler(columns).times(columns)
        bounds = plan_bounds(plan, timings_of(columns, times))
        assert bounds is not None
        known = times.start != NO_TIME
        extent = int(times.end[known].max() - times.start[known].min())
        share = bounds.achieved(extent)
        assert share is None or share <= 1, seed
        bounded += share is not None
        shared += side_by_side(plan.steps, times.start, times.end)
    assert bounded > 0.8 * PLANS / PARTS
    assert shared > 0.3 * PLANS / PARTS


def timings_of(columns: Columns, times: Times) -> StepTimings:
    """The times of one run, which need no proof: random plans race, and a race does not change a bound."""
    one = {name: getattr(times, name)[None] for name in ("host_start", "host_end", "queued", "start", "end")}
    return StepTimings(
        **one,
        source=np.full(len(columns), Source.SIM, np.uint8),
        engine=np.array(columns.engine, np.int8),
        resolution_ns=1,
        alone_ns=np.array(columns.alone_ns, np.int64),
        work_ns=np.array(columns.work_ns, np.int64),
    )


def side_by_side(steps: tuple[Step, ...], start: np.ndarray, end: np.ndarray) -> bool:
    """Whether two kernels of the run were on the SMs at once."""
    spans = sorted((start[i], end[i]) for i, step in enumerate(steps) if isinstance(step, Launch))
    return any(later[0] < earlier[1] for earlier, later in pairwise(spans))
