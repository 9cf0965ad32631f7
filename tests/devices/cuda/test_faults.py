"""Every call the driver is asked to make fails once: one clear error, and nothing is left behind."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import profiler.devices.cuda
from profiler.devices.cuda.driver import (
    CALLS,
    NAMING_CALLS,
    OPENING_CALLS,
    PREPARING_CALLS,
    RELEASING_CALLS,
    RUNNING_CALLS,
)
from profiler.devices.cuda.failures import STICKY
from tests.devices.cuda import cases
from tests.helpers.fake_driver.device import fake_environment
from tests.helpers.project import ROOT, assert_passes, run

INVALID_VALUE = 1
PACKAGE = Path(profiler.devices.cuda.__path__[0])


def mentioned() -> set[str]:
    """Every name of a driver function in the code of the package, whether as an attribute or in a string."""
    found: set[str] = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
            if isinstance(name, str) and name.startswith("cu") and name[2:3].isupper() and name.isalnum():
                found.add(name)
    return found


def test_the_calls_declared_are_those_made() -> None:
    assert mentioned() == set(CALLS)
    assert len(set(CALLS)) == len(CALLS)


@pytest.mark.parametrize("call", [*OPENING_CALLS, *PREPARING_CALLS, *RUNNING_CALLS])
def test_a_failure_is_one_clear_error_and_leaves_nothing(call: str, over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.first_failure, call, INVALID_VALUE)
    assert ran.kind == "DriverError"
    assert ran.code == 4
    assert call in ran.error
    assert "CUDA_ERROR_INVALID_VALUE" in ran.error
    assert (ran.leaks, ran.misuse) == ({}, "")


HELD = {
    "cuMemFree": "device memory",
    "cuMemFreeHost": "host memory",
    "cuStreamDestroy": "streams",
    "cuEventDestroy": "events",
    "cuModuleUnload": "modules",
    "cuGraphExecDestroy": "executables",
    "cuGraphDestroy": "graphs",
    "cuDevicePrimaryCtxRelease": "contexts",
}


@pytest.mark.parametrize("call", RELEASING_CALLS)
def test_what_cannot_be_given_back_is_told_and_keeps_nothing_else(call: str, over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.first_failure, call, INVALID_VALUE)
    assert ran.kind == "DriverError"
    assert call in ran.error
    assert ran.leaks == {HELD[call]: 1}
    assert ran.misuse == ""


HANDSHAKE_RECORDS = 24

IN_A_STEP = {
    "cuMemcpyHtoDAsync": ("HtoD copy", 1),
    "cuLaunchKernel": ("kernel mix", 3),
    "cuMemcpyDtoHAsync": ("DtoH copy", 1),
    "cuEventRecord": ("HtoD copy", HANDSHAKE_RECORDS + 1),
    "cuStreamSynchronize": ("host waits for stream 0", 1),
}


@pytest.mark.parametrize("call", IN_A_STEP)
def test_a_failing_step_is_named(call: str, over_fake: Callable[..., Any]) -> None:
    step, nth = IN_A_STEP[call]
    ran = over_fake(cases.run, cases.toy_plan("serial", 2), fail=(call, nth, INVALID_VALUE))
    assert ran.error.startswith("plan serial, step ")
    assert step in ran.error
    assert call in ran.error


@pytest.mark.parametrize(
    ("code", "meaning"), [(400, "its event was never recorded"), (600, "its event is recorded, but not over")]
)
def test_an_event_whose_time_is_not_there_is_named_by_its_step(
    code: int, meaning: str, over_fake: Callable[..., Any]
) -> None:
    ran = over_fake(cases.run, cases.toy_plan("serial", 2), fail=("cuEventElapsedTime", 3, code))
    assert ran.error.startswith("plan serial, step ")
    assert meaning in ran.error
    assert "The host did not wait for all it enqueued" in ran.error
    assert (ran.code, ran.leaks, ran.misuse) == (4, {}, "")


def test_a_stamp_that_was_never_recorded_is_named_by_its_step(over_fake: Callable[..., Any]) -> None:
    said = over_fake(cases.with_a_stamp_left_out, cases.toy_plan("serial", 2))
    assert "kernel mix 0" in said
    assert "its event was never recorded" in said


def test_a_failing_node_is_named_and_its_capture_ended(over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("graph", 4), fail=("cuLaunchKernel", 4, INVALID_VALUE))
    assert "kernel mix 0" in ran.error
    assert "node of graph launch" in ran.error
    assert over_fake(cases.run, cases.toy_plan("graph", 4)).right


def test_a_failing_thread_ends_the_others(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("three-stream", issue_threads=3)
    ran = over_fake(cases.run, plan, fail=("cuLaunchKernel", 2, INVALID_VALUE))
    assert "kernel mix 1" in ran.error
    assert (ran.leaks, ran.misuse) == ({}, "")


@pytest.mark.parametrize("call", ["cuEventCreate", "cuLaunchKernel"])
def test_an_error_newer_than_the_bindings_is_told_all_the_same(call: str, over_fake: Callable[..., Any]) -> None:
    ran = over_fake(cases.run, cases.toy_plan("serial", 2), fail=(call, 1, 12345))
    assert "12345" in ran.error
    assert (ran.code, ran.leaks, ran.misuse) == (4, {}, "")


def test_nothing_fails_when_nothing_is_told_to(over_fake: Callable[..., Any]) -> None:
    for plan, options in cases.everything():
        ran = over_fake(cases.run, plan, options)
        assert (ran.error, ran.leaks, ran.misuse) == ("", {}, "")


def test_codes_that_end_a_context_are_those_whose_text_says_so() -> None:
    assert {700, 719} <= STICKY
    assert not {1, 2, 600} & STICKY
    assert NAMING_CALLS == ("cuGetErrorName", "cuGetErrorString")


LOST = """
from contextlib import closing
from profiler.devices.cuda.device import CudaDevice
from profiler.devices.cuda.options import CudaOptions
from profiler.errors import DeviceError
from tests.devices.cuda.cases import toy_plan
try:
    options = CudaOptions(isolate=False, alone=False)
    with closing(CudaDevice(0, options, kernels="tests.helpers.fake_driver.toys:toy_kernels")) as device:
        device.execute(toy_plan("serial"), repeats=3)
except DeviceError as error:
    print(error)
    print(device.partial.repeats)
"""


def test_a_lost_context_is_told_by_its_step_and_not_by_what_could_not_be_given_back() -> None:
    with fake_environment(FAIL="cuStreamSynchronize:2:700"):
        done = run([sys.executable, "-c", LOST], cwd=ROOT)
    assert_passes(done)
    message, finished = done.stdout.splitlines()
    assert "host waits for stream 0" in message
    assert "compute-sanitizer" in message
    assert finished == "1"
