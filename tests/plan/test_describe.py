"""Steps in words, and the public names of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import profiler.plan
from profiler.plan import describe_step
from profiler.plan.model import GraphLaunch, HostSync, RangePop, RangePush
from tests.helpers.patience import PATIENCE_S
from tests.plan.toys import dtoh, htod, kernel, plan_of, record, wait

STEPS = [
    (htod(0, 1, request=0, chunk=3), "step 0 (HtoD copy of 8 B from 'h0' to 'd1', stream 0, request 0, chunk 3)"),
    (dtoh(2, 0), "step 1 (DtoH copy of 8 B from 'd0' to 'h1', stream 2)"),
    (kernel(1, thread=2), "step 2 (kernel k, stream 1, thread 2)"),
    (record(0, 4), "step 3 (record of event 4, stream 0)"),
    (wait(1, 4), "step 4 (wait for event 4, stream 1)"),
    (GraphLaunch(stream=0, name="g", request=0), "step 5 (launch of 'g', stream 0, request 0)"),
    (kernel(0, graph=5), "step 6 (kernel k, stream 0, node of graph launch 5)"),
    (HostSync(), "step 7 (host waits for the device)"),
    (HostSync(stream=1, request=0), "step 8 (host waits for stream 1, request 0)"),
    (HostSync(event=4), "step 9 (host waits for event 4)"),
    (RangePush(name="chunk 1", chunk=1), "step 10 (start of range 'chunk 1', chunk 1)"),
    (RangePop(), "step 11 (end of a range)"),
    (dtoh(9, 17), "step 12 (DtoH copy of 8 B from buffer 17 to 'h1', stream 9)"),
]


@pytest.mark.parametrize("index", range(len(STEPS)))
def test_a_step_in_words(index: int) -> None:
    plan = plan_of(*(step for step, _ in STEPS))
    assert describe_step(plan, index) == STEPS[index][1]


def test_all_public_names_are_there() -> None:
    for name in profiler.plan.__all__:
        assert getattr(profiler.plan, name) is not None
    assert not hasattr(profiler.plan, "nonsense")


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys, profiler.plan; print([m for m in sys.modules if m.startswith('profiler.plan.')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    assert shown.stdout.strip() == "[]"
