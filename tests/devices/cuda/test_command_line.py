"""The command line on a GPU, end to end: NVRTC's kernels, the real driver code, a fake driver."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from profiler.devices.registry import Measuring, list_devices, open_device
from tests.helpers.fake_driver.device import fake_environment
from tests.helpers.patience import PATIENCE_S, eventually
from tests.helpers.project import assert_passes, run, running, tool


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Kernels are compiled once for the module, and not into the user's cache."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


def lanescope(*arguments: str, **settings: str | int) -> Any:
    """What a command with ``--json`` prints; it must succeed."""
    with fake_environment(**settings) as environment:
        done = run([tool("lanescope"), *arguments, "--json"], env=environment)
    assert_passes(done)
    return json.loads(done.stdout)


@pytest.mark.parametrize("strategy", ["depth-first", "graph"])
def test_resnet50_runs(strategy: str, tmp_path: Path) -> None:
    trace = tmp_path / "run.parquet"
    row = lanescope(
        "run", "resnet50", "--batch", "8", "--strategy", strategy, "--device", "cuda:0", "--repeats", "3",
        "-o", str(trace),
    )  # fmt: skip
    assert (row["device"], row["simulated"], row["repeats"], row["strategy"]) == ("cuda:0", False, 3, strategy)
    assert row["timing_source"] == "event"
    assert row["makespan_ns"] > 0
    overlap = row["overlap"]
    assert overlap["hidden_ns"] + overlap["exposed_ns"] == overlap["copy_ns"]
    assert row["bounds"]["overlap_ns"] <= row["bounds"]["serial_ns"]
    assert trace.stat().st_size > 0


def test_the_instrumentation_factor_is_in_every_report(tmp_path: Path) -> None:
    row = lanescope("run", "triad", "--batch", "4", "--size", "4096", "--device", "cuda:0")
    assert row["instrumentation_factor"] > 0
    with fake_environment() as environment:
        options = ["triad", "--batch", "4", "--size", "4096", "--device", "cuda:0"]
        ran = run([tool("lanescope"), "run", *options], env=environment)
        compared = run([tool("lanescope"), "compare", *options, "--strategy", "serial,graph"], env=environment)
        swept = run([tool("lanescope"), "sweep", *options, "--strategy", "serial"], env=environment)
    for done in (ran, compared, swept):
        assert_passes(done)
    assert "makespan with stamps / without" in ran.stdout
    assert "stamps" in compared.stdout
    assert "stamps" in swept.stdout


@pytest.mark.parametrize(("timing", "source"), [("events", "event"), ("gputimer", "gputimer")])
def test_a_timing_is_chosen(timing: str, source: str) -> None:
    options = ["--device", "cuda:0", "--strategy", "zero-copy", "--timing", timing]
    row = lanescope("run", "triad", "--size", "4096", *options)
    assert row["timing_source"] == source


def test_a_gate_holds_what_it_can_and_comparisons_say_what_it_cannot() -> None:
    row = lanescope("run", "triad", "--batch", "4", "--size", "4096", "--device", "cuda:0", "--gate")
    assert row["makespan_ns"] > 0
    with fake_environment() as environment:
        options = ["triad", "--batch", "4", "--size", "4096", "--requests", "3", "--device", "cuda:0", "--gate"]
        done = run([tool("lanescope"), "compare", *options, "--strategy", "serial,depth-first"], env=environment)
    assert_passes(done)
    assert "not run: --gate: plan serial makes the host wait before all is enqueued" in done.stderr


def test_the_seed_reaches_the_weights() -> None:
    from profiler.devices.cuda.kernel_table import ProjectKernels
    from profiler.plan.registry import make_plan
    from profiler.workload.networks import network

    plan = make_plan("serial", network("googlenet", "int8"), 1)
    first, again, other = (ProjectKernels(seed).resident(plan) for seed in (1, 1, 2))
    assert first is not None
    assert other is not None
    assert (first == again).all()
    assert first.shape == other.shape
    assert not (first == other).all()


def test_int8_runs_as_well() -> None:
    row = lanescope("run", "googlenet", "--precision", "int8", "--input", "uint8", "--batch", "4", "--device", "cuda:0")
    assert (row["precision"], row["input"], row["simulated"]) == ("int8", "uint8", False)


def test_a_workload_of_stated_durations_spins(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_text(
        'name = "toy"\nprecision = "fp32"\ninput_bytes = 4096\noutput_bytes = 64\n'
        '[[kernel]]\nname = "stage"\nduration_us = { fixed = 3.0, per_sample = 1.0 }\n',
        "utf-8",
    )
    row = lanescope("run", str(path), "--batch", "4", "--strategy", "depth-first", "--device", "cuda:0")
    assert row["overlap"]["compute_ns"] > 0


def test_a_failure_is_one_line_and_exit_code_4() -> None:
    with fake_environment(FAIL="cuMemAlloc:1:2") as environment:
        done = run([tool("lanescope"), "run", "triad", "--device", "cuda:0"], env=environment)
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "CUDA_ERROR_OUT_OF_MEMORY" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("setting", "code"),
    [({"FAIL": "cuStreamSynchronize:3:700"}, 4), ({"FAIL": "cuStreamSynchronize:3:1"}, 4)],
    ids=["lost context", "failed call"],
)
def test_a_run_that_fails_half_way_keeps_what_was_finished(setting: dict[str, str], code: int, tmp_path: Path) -> None:
    from profiler.io import read_trace

    saved = tmp_path / "kept.parquet"
    options = ["run", "triad", "--size", "4096", "--device", "cuda:0", "--repeats", "5", "-o", str(saved), "--json"]
    with fake_environment(**setting) as environment:
        done = run([tool("lanescope"), *options], env=environment)
    assert done.returncode == code, done.stderr
    row = json.loads(done.stdout)
    assert row["repeats"] == 2
    assert "only 2 of 5 repeats were finished" in done.stderr
    assert "host waits for stream 0" in done.stderr
    assert read_trace(saved).meta["scenario"]["repeats"] == 2


def test_ctrl_c_keeps_what_was_finished_and_leaves_no_process(tmp_path: Path) -> None:
    saved = tmp_path / "kept.parquet"
    options = ["run", "triad", "--size", "4096", "--device", "cuda:0", "--repeats", "1000000", "-o", str(saved)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    with (
        fake_environment(KERNEL_NS=2_000_000) as environment,
        running([tool("lanescope"), *options], env={**os.environ, **environment}, **pipes) as process,
    ):
        wait_for_worker_at_work(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        said, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, told
    assert "of 1000000 repeats were finished" in told
    assert told.splitlines()[-1] == "lanescope: interrupted"
    assert "triad fp32" in said
    assert saved.stat().st_size > 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def wait_for_worker_at_work(pid: int) -> None:
    """Until the worker of a program has used so much of the processor that it can only be repeating."""
    ticks = os.sysconf("SC_CLK_TCK")

    def at_work() -> bool:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        stats = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in children]
        return any((int(used[11]) + int(used[12])) / ticks > 3.0 for used in stats)

    eventually(at_work, "the worker is at work")


def test_a_comparison_whose_device_fails_half_way_shows_what_was_finished() -> None:
    options = ["compare", "triad", "--size", "4096", "--batch", "1,1000", "--strategy", "serial", "--device", "cuda:0"]
    with fake_environment(MEMORY=8_000_000) as environment:
        done = run([tool("lanescope"), *options, "--json"], env=environment)
    assert done.returncode == 4
    assert "CUDA_ERROR_OUT_OF_MEMORY" in done.stderr
    assert "would fit" in done.stderr
    (row,) = json.loads(done.stdout)["scenarios"]
    assert row["batch"] == 1


def test_devices_lists_the_gpus_before_the_simulated_ones() -> None:
    listed = lanescope("devices", DEVICES=2)["devices"]
    assert [row["device"] for row in listed[:2]] == ["cuda:0", "cuda:1"]
    assert all(row["simulated"] for row in listed[2:])


def test_check_says_ready_where_all_is_there() -> None:
    found = lanescope("devices", "--check")
    assert found["ready"]
    states = {finding["what"]: finding["state"] for finding in found["findings"]}
    assert states["driver"] == states["NVRTC"] == states["cuda:0"] == states["cuda:0 kernels"] == "ok"


CHECKED = {
    "no device": ({"NODEV": 1}, "driver", "missing", "CUDA_ERROR_NO_DEVICE"),
    "old driver": ({"VERSION": 11040}, "driver", "missing", "11.4"),
    "driver older than NVRTC": ({"VERSION": 12040}, "driver", "missing", "older than NVRTC"),
    "prohibited": ({"COMPUTE_MODE": 2}, "cuda:0", "missing", "Prohibited"),
    "exclusive": ({"COMPUTE_MODE": 3}, "cuda:0 mode", "note", "one process"),
}


@pytest.mark.parametrize("case", CHECKED)
def test_check_names_what_is_missing_and_what_to_do(case: str) -> None:
    settings, what, state, text = CHECKED[case]
    with fake_environment(**settings) as environment:
        done = run([tool("lanescope"), "devices", "--check", "--json"], env=environment)
    found = json.loads(done.stdout)
    (finding,) = (finding for finding in found["findings"] if finding["what"] == what)
    assert finding["state"] == state
    assert text in finding["found"]
    assert finding["remedy"]
    assert found["ready"] == (state != "missing")
    assert done.returncode == (4 if state == "missing" else 0)
    assert (f"not ready to run on a GPU: see {what}" in done.stderr) == (state == "missing")


def test_check_is_a_table_too() -> None:
    with fake_environment() as environment:
        done = run([tool("lanescope"), "devices", "--check"], env=environment)
    assert_passes(done)
    assert "Ready." in done.stdout


@pytest.mark.parametrize(("spec", "name"), [("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
def test_a_gpu_opens_by_its_number(spec: str, name: str) -> None:
    with fake_environment(DEVICES=2):
        device = open_device(spec, measuring=Measuring(detail="phase"))
        device.close()
    assert (device.info.spec, device.info.simulated) == (name, False)


def test_without_a_gpu_a_simulated_one_is_offered() -> None:
    with fake_environment(NODEV=1) as environment:
        done = run([tool("lanescope"), "run", "triad", "--device", "cuda:0"], env=environment)
    assert done.returncode == 4
    assert "--device sim:h100-sxm" in done.stderr


def test_auto_takes_the_gpu_and_says_nothing_of_simulation() -> None:
    row = lanescope("run", "triad", "--size", "1000")
    assert (row["device"], row["simulated"]) == ("cuda:0", False)


def test_a_listed_device_is_never_one_that_is_not_there() -> None:
    assert all(info.simulated or info.spec.startswith("cuda:") for info in list_devices())
