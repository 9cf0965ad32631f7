"""What the GPU check asks of the driver, over the fake one: that all of it runs, not what a GPU would answer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiler.devices.base import NO_TIME
from profiler.devices.cuda.limits import MULTIPLY_ADDS, _memory_rate, _operations, _tera
from profiler.devices.cuda.options import CudaOptions
from profiler.experiment.gpu_check import tests_stage
from profiler.experiment.gpu_check.context import Context, Knobs
from profiler.experiment.gpu_check.results import Results
from profiler.experiment.gpu_check.stages import NAMES
from profiler.experiment.gpu_check.tests_stage import MARKED
from tests.devices.cuda import cases
from tests.helpers.fake_driver.device import fake_environment
from tests.helpers.project import ROOT, assert_passes, run

LIMITS = """
import json
from profiler.devices.cuda.limits import read_limits
print(json.dumps({key: str(value) for key, value in read_limits(0).items()}))
"""

OUTPUT = """
import numpy as np
from profiler.devices.cuda.outputs import run_once
from profiler.errors import UsageError
from profiler.plan.registry import make_plan
from profiler.workload.micro import array_sum
plan = make_plan("serial", array_sum("int32", size=8), 2)
found = run_once(0, plan, {"host in 0": np.arange(64, dtype=np.uint8)}, "host in 0")
assert found.tolist() == list(range(64)), found
assert run_once(0, plan, {}, "host out 0").nbytes == 8
for inputs, output in (({}, "nowhere"), ({"host in 0": np.zeros(3, np.uint8)}, "host out 0")):
    try:
        run_once(0, plan, inputs, output)
    except UsageError as error:
        print(error)
"""


def over_fake_driver(*arguments: str | Path) -> str:
    with fake_environment():
        result = run([sys.executable, *arguments], cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_limits_are_read() -> None:
    found = json.loads(over_fake_driver("-c", LIMITS))
    assert int(found["sm_count"]) > 0
    assert int(found["threads_per_sm"]) > 0
    assert int(found["copy_engines"]) > 0
    assert found["driver"].startswith("for CUDA ")


def test_inputs_go_in_and_an_output_comes_out() -> None:
    said = over_fake_driver("-c", OUTPUT)
    assert "no buffer 'nowhere'" in said
    assert "has 64 bytes, and 3 are given" in said


def test_the_facts_stage_looks_at_clocks(tmp_path: Path) -> None:
    over_fake_driver("-m", "profiler.experiment.gpu_check", "--out", tmp_path, "--only", "facts", "--inside", "60")
    section = json.loads((tmp_path / "results.json").read_text())["stages"]["facts"]
    assert section["status"] == "passed", section
    clocks = section["data"]["clocks"]
    assert set(clocks) == {"event_steps", "record", "globaltimer", "handshake"}
    assert clocks["handshake"]["uncertainty_ns"] > 0


def test_without_stamps_only_the_host_has_times(over_fake: Callable[..., Any]) -> None:
    plan = cases.toy_plan("depth-first")
    ran = over_fake(cases.run, plan, CudaOptions(isolate=False, alone=False, detail="none"))
    assert ran.right
    assert not ran.leaks
    row = ran.rows[0]
    assert (row.host_end >= row.host_start).all()
    copies = [number for number, step in enumerate(plan.steps) if type(step).__name__ in ("Memcpy", "Launch")]
    assert (row.end[copies] == NO_TIME).all()
    assert int(np.asarray(ran.measured.source)[copies].max()) == 0


@pytest.mark.parametrize("capability,expected", [((9, 0), (128, 4096)), ((9, 9), (128, 4096)), ((5, 0), (64, 64))])
def test_an_unknown_gpu_is_like_the_newest_that_is_not_newer(
    capability: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert _operations(capability) == expected


def test_peaks_follow_from_the_clock() -> None:
    lanes, narrow = MULTIPLY_ADDS[9, 0]
    # NVIDIA H100 SXM5 data sheet: 66.9 TFLOPS; 3350 GB/s from 5120 bits.
    assert float(_tera(lanes, 132, 1_980_000)) == pytest.approx(66.9, rel=0.001)
    assert float(_tera(narrow, 132, 1_830_000)) == pytest.approx(1979, rel=0.001)
    assert float(_memory_rate(2_619_000, 5120)) == pytest.approx(3352, rel=0.001)
    assert _tera(lanes, 132, 0) > 0
    assert _memory_rate(0, 0) > 0


#: The stage of the tests has a test of its own below.
MEASURING = [name for name in NAMES if name != "tests"]

#: The fake driver's memory is the process's own, and is written to when it is taken: pages that are given back between
#: two plans cost more to get anew than all that is done with them.
KEEPS_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(8 << 30)}


@pytest.fixture(scope="session")
def compiled_kernels(request: pytest.FixtureRequest) -> Path:
    """Where compiled kernels are kept from run to run; that they compile is tested elsewhere."""
    cache: pytest.Cache = request.config.cache
    return cache.mkdir("gpu-kernels")


def check_over_fake(folder: Path, kernels: Path, *options: str) -> dict[str, Any]:
    """The stages' sections of a check of one network at batch 1; what is to hold of the files however it went."""
    cut = ["--out", folder, "--networks", "googlenet", "--batches", "1", "--repeats", "1", *options]
    cut += ["--only", ",".join(MEASURING)]
    with fake_environment() as environment:
        settings = {**environment, **KEEPS_MEMORY, "XDG_CACHE_HOME": str(kernels)}
        result = run([sys.executable, "-m", "profiler.experiment.gpu_check", *cut], cwd=ROOT, env=settings)
    assert result.returncode in (0, 1), result.stderr
    files = [path for path in folder.iterdir() if path.is_file()]
    assert len(files) <= 8
    assert all(path.stat().st_size < 16 << 20 for path in files)
    stages: dict[str, Any] = json.loads((folder / "results.json").read_text())["stages"]
    assert list(stages) == MEASURING
    return stages


def test_all_stages_run_over_the_driver(tmp_path: Path, compiled_kernels: Path) -> None:
    """Numbers that the fake driver computes are wrong, and times mean nothing: that all of it runs is what counts."""
    stages = check_over_fake(tmp_path, compiled_kernels)
    assert "Traceback" not in json.dumps(stages), stages
    assert {name for name, section in stages.items() if section["summary"].startswith("time was up")} == set()
    cells = stages["cells"]["data"]["cells"]
    assert len(cells) == 14
    assert all("error" not in row for row in cells.values())
    assert cells["googlenet/fp32/1/serial"]["instrumentation_factor"] > 0
    assert cells["googlenet/fp32/1/serial"]["op_instrumentation_factor"] > 0
    assert len(stages["numerics"]["data"]["networks"]) == 2


def test_a_check_with_too_little_time_comes_to_its_end_and_says_of_each_stage_what_became_of_it(
    tmp_path: Path, compiled_kernels: Path
) -> None:
    stages = check_over_fake(tmp_path, compiled_kernels, "--seconds", "20")
    assert all(section["summary"] for section in stages.values())
    assert "failed" in {section["status"] for section in stages.values()}


def test_every_test_that_needs_a_gpu_says_so_and_is_found() -> None:
    files = sorted((ROOT / "tests" / "gpu").glob("test_*.py"))
    assert len(files) >= 4
    everywhere = sorted((ROOT / "tests").rglob("test_*.py"))
    assert [path for path in everywhere if MARKED.search(path.read_text("utf-8"))] == files


def test_tests_that_take_too_long_are_told_with_what_they_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, timeout: float, **named: Any) -> None:
        raise subprocess.TimeoutExpired("pytest", timeout, output=b"..F")

    monkeypatch.setattr("profiler.experiment.gpu_check.tests_stage.subprocess.run", slow)
    outcome = tests_stage.run(Context(Results(tmp_path), Knobs("cuda:0"), "tests", time.monotonic() + 33))
    assert (outcome.status, outcome.summary) == ("failed", "pytest did not end within 30 s")
    assert outcome.data["tail"] == "..F"


def test_what_a_gpu_must_keep_of_the_contract_can_be_run() -> None:
    """The fake driver computes nothing, so it passes only what asks for no numbers and no true times."""
    chosen = ["tests/gpu/test_contract.py", "tests/gpu/test_times.py::test_nothing_is_kept_after_a_run"]
    with fake_environment() as environment:
        done = run([sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:xdist", *chosen], env=environment)
    assert_passes(done)
    assert "skipped" not in done.stdout.splitlines()[-1]
