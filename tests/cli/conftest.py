"""The command line in a folder of its own, a workload and a GPU of round numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from profiler.cli import app

TOY = """
name = "toy"
precision = "fp32"
input_bytes = 250000
output_bytes = 250000
[[kernel]]
name = "stage"
duration_us = { fixed = 0.0, per_sample = 20.0 }
"""

#: A trace of one kernel.
KERNEL = '{"ph":"X","name":"k","cat":"kernel","pid":0,"tid":7,"ts":1,"dur":2,"args":{"device":0,"stream":7}}'
GOOD = f'{{"traceEvents":[{KERNEL}]}}'

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """The command line in a folder of its own: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str) -> tuple[int, str, str]:
        code = app.run(list(args))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def toy(tmp_path: Path) -> str:
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    return str(path)


@pytest.fixture
def ideal(tmp_path: Path) -> str:
    """A GPU on which nothing costs anything but copies at 25 GB/s."""
    text = """
name = "ideal"
copy_engines = 2
htod_gb_per_s = 25.0
dtoh_gb_per_s = 25.0
pageable_htod_gb_per_s = 5.0
pageable_dtoh_gb_per_s = 5.0
duplex_factor = 1.0
copy_overhead_us = 0.0
kernel_gap_us = 0.0
launch_latency_us = 0.0
hardware_queues = 32
pending_ops = 1024
sm_count = 100
threads_per_sm = 2048
blocks_per_sm = 32
fp32_tflops = 20.0
int8_tops = 160.0
memory_gb_per_s = 1500.0
[call_us]
launch = 0.0
memcpy = 0.0
record = 0.0
wait = 0.0
sync = 0.0
"""
    path = tmp_path / "ideal.toml"
    path.write_text(text)
    return f"sim:{path}"
