"""What ends a context ends a worker process, and nothing else."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiler.devices.cuda.device import CudaDevice
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.protocol import sendable
from profiler.errors import Cancelled, DeviceError
from profiler.plan.model import Plan
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload
from tests.devices.cuda.cases import toy_plan
from tests.helpers.fake_driver.device import fake_environment, open_fake
from tests.helpers.patience import PATIENCE_S, eventually, has_ended
from tests.helpers.project import ROOT

ILLEGAL_ADDRESS, LAUNCH_FAILED = 700, 719


def children() -> set[int]:
    """Processes of this one that are there, zombies among them."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


@pytest.fixture
def plan() -> Plan:
    return toy_plan("serial", 2)


def opened(options: CudaOptions | None = None, **settings: str | int) -> CudaDevice:
    return open_fake(options or CudaOptions(alone=False), **settings)


@pytest.mark.parametrize("code", [ILLEGAL_ADDRESS, LAUNCH_FAILED])
def test_a_lost_context_costs_the_worker_and_the_next_run_has_another(code: int, plan: Plan) -> None:
    device = opened(FAIL=f"cuStreamSynchronize:2:{code}")
    with pytest.raises(DeviceError, match=r"plan serial, step \d+ \(host waits for stream 0") as caught:
        device.execute(plan, repeats=3)
    assert caught.value.exit_code == 4
    assert f"code {code}" in str(caught.value)
    assert device.partial is not None
    assert device.partial.repeats == 1
    with fake_environment():
        assert device.execute(plan, repeats=2).repeats == 2
    device.close()


def test_an_ordinary_failure_keeps_the_worker(plan: Plan) -> None:
    device = opened(FAIL="cuStreamSynchronize:2:1")
    with pytest.raises(DeviceError, match="CUDA_ERROR_INVALID_VALUE"):
        device.execute(plan, repeats=3)
    before = children()
    assert device.execute(plan).repeats == 1
    assert children() == before
    device.close()


@pytest.mark.parametrize("call", ["cuStreamSynchronize", "cuLaunchKernel"])
def test_a_hang_ends_after_the_time_limit_and_says_where(call: str, plan: Plan) -> None:
    device = opened(CudaOptions(alone=False, time_limit_s=2.0), HANG=f"{call}:1")
    where = {"cuStreamSynchronize": "host waits for stream 0", "cuLaunchKernel": "kernel mix 0"}[call]
    with pytest.raises(DeviceError, match=f"no answer for 2 s.*{where}"):
        device.execute(plan)
    with fake_environment():
        assert device.execute(plan).repeats == 1
    device.close()


def test_a_worker_that_dies_is_told_of(plan: Plan) -> None:
    others = children()
    device = opened()
    (worker,) = children() - others
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: has_ended(worker), "the worker is gone")
    with fake_environment():
        assert device.execute(plan).repeats == 1
    (worker,) = children() - others

    def kill(done: int, total: int) -> None:
        os.kill(worker, signal.SIGKILL)

    with pytest.raises(DeviceError, match="SIGKILL"):
        device.execute(plan, repeats=1000, progress=kill)
    assert device.partial is not None
    device.close()


def test_progress_can_cancel_and_what_is_done_is_kept(plan: Plan) -> None:
    device = opened()
    with pytest.raises(Cancelled):
        device.execute(plan, repeats=1000, progress=lambda done, total: done < 3)
    assert device.partial is not None
    assert device.partial.repeats == 3
    assert device.execute(plan).repeats == 1
    device.close()
    device.close()


def test_a_workload_that_cannot_be_sent_runs_all_the_same() -> None:
    kernel = KernelCall("local", (1, 1, 1), (32, 1, 1), entry="mix")
    workload = Workload("local", "fp32", 64, 64, lambda samples: (kernel,))
    plan = make_plan("serial", workload, 2)
    sent = sendable(plan)
    assert pickle.loads(pickle.dumps(sent)) == sent
    assert sent.workload.kernels(5) == (kernel,)
    assert sent.steps == plan.steps
    device = opened()
    assert device.execute(plan).repeats == 1
    device.close()


def test_a_long_warm_up_is_no_silence(plan: Plan) -> None:
    device = opened(CudaOptions(alone=False, time_limit_s=2.0), KERNEL_NS=40_000_000)
    assert device.execute(plan, warmup=30).repeats == 1
    device.close()


def test_a_closed_device_opens_again(plan: Plan) -> None:
    device = opened()
    device.close()
    with fake_environment():
        assert device.execute(plan).repeats == 1
    device.close()


INTERRUPTED = """
    import os, signal, sys, threading
    from tests.devices.cuda.cases import toy_plan
    from tests.helpers.fake_driver.device import open_fake
    from profiler.devices.cuda.options import CudaOptions

    device = open_fake(CudaOptions(alone=False), HANG=sys.argv[1])
    def interrupt(done, total):
        if done == 2:
            threading.Timer(0.2, lambda: os.killpg(os.getpgid(0), signal.SIGINT)).start()
    try:
        device.execute(toy_plan("serial", 2), repeats=100_000, progress=interrupt)
    except KeyboardInterrupt:
        print("interrupted", device.partial.repeats >= 2)
    device.close()
    children = open(f"/proc/self/task/{os.getpid()}/children").read().split()
    print("left", children)
"""


@pytest.mark.parametrize("hang", ["", "cuStreamSynchronize:4"], ids=["running", "hanging"])
def test_ctrl_c_keeps_what_is_done_and_leaves_no_process(hang: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), hang]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, start_new_session=True, check=False
    )
    assert done.stdout.split() == ["interrupted", "True", "left", "[]"], done.stderr
    assert done.stderr == ""


def test_when_the_program_is_killed_its_worker_goes_too() -> None:
    script = """
        import os
        from tests.helpers.fake_driver.device import open_fake
        device = open_fake()
        print(open(f"/proc/self/task/{os.getpid()}/children").read().strip(), flush=True)
        os._exit(0)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    eventually(lambda: has_ended(int(done.stdout)), "the worker is gone with its program")
