"""A reader of files takes fresh memory from the operating system once, and everybody else gives back what they took."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gui.workers.memory import settings_of
from tests.gui.workers.conftest import Workers
from tests.helpers.patience import eventually

#: Takes and gives back 256 MiB three times, and says how many pages were fresh each time but the first.
AGAIN = """
import resource
import numpy as np
faults = []
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    columns = [np.ones(1 << 23, np.int64) for _ in range(4)]
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    del columns
print(sum(faults[1:]) / faults[0])
"""


def fresh_again(role: str) -> float:
    environment = {**os.environ, **settings_of(role)}
    done = subprocess.run([sys.executable, "-c", AGAIN], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_a_reader_uses_again_what_it_has() -> None:
    assert fresh_again("open") < 0.01


def test_workers_that_stay_give_memory_back() -> None:
    assert fresh_again("figures") > 1.5


def environment_of(pid: int) -> list[str]:
    """What a process was started with; between its fork and its own program it has none to be seen."""
    environment = Path(f"/proc/{pid}/environ")
    eventually(environment.read_bytes, f"process {pid} starts its program")
    return environment.read_bytes().decode().split("\0")


@pytest.mark.parametrize("role", ["open", "side"])
def test_workers_are_started_with_the_settings_of_their_role(workers: Workers, role: str) -> None:
    workers.pool.warm(role)
    said = environment_of(workers.pool.workers[0].pid)
    assert {f"{name}={value}" for name, value in settings_of(role).items()} <= set(said)
    assert any(text.startswith("MALLOC_MMAP_MAX_=") for text in said) == (role == "open")
