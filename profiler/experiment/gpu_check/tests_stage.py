"""The tests stage: the tests that need a GPU, where pytest is."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import profiler
from profiler.experiment.gpu_check.context import Context, Outcome, passed, skipped
from profiler.experiment.gpu_check.results import FAILED

#: What pytest exits with when it found no test.
NO_TESTS = 5

#: Tells the tests the number of the GPU.
GPU_VARIABLE = "LANESCOPE_GPU"

#: A file with tests for a GPU has such a line.
MARKED = re.compile(r"^(pytestmark = |@)pytest\.mark\.gpu$", re.MULTILINE)

MARKERS = ("gpu: needs a real GPU and its driver", "fuzz: throws damaged or random input at a reader")

CHECKOUT = Path(profiler.__file__).resolve().parents[1]


def run(context: Context) -> Outcome:
    """``pytest -m gpu`` in a process of its own, without the settings that pin this project's own pytest."""
    if context.knobs.simulated:
        return skipped("a simulated device has no tests that need a GPU")
    folder = CHECKOUT / "tests"
    if not folder.is_dir():
        return skipped("this installation has no tests: run from a checkout")
    missing = [name for name in ("pytest", "hypothesis") if importlib.util.find_spec(name) is None]
    if missing:
        return skipped(f"{' and '.join(missing)} not installed")
    # Only files that name the marker are collected, as the others may need packages that are not here.
    marked = [str(path) for path in sorted(folder.rglob("test_*.py")) if MARKED.search(path.read_text("utf-8"))]
    if not marked:
        return skipped("no test is marked gpu")
    number = context.knobs.device.partition(":")[2] or "0"
    limit_s = max(5.0, context.remaining_s())
    try:
        result = subprocess.run(
            _command(marked),
            cwd=CHECKOUT,
            env={**os.environ, GPU_VARIABLE: number},
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stdout or b"").decode("utf-8", "replace")  # bytes, whatever was asked for
        context.say(said[-20_000:])
        return Outcome(FAILED, f"pytest did not end within {limit_s:.0f} s", {"tail": said[-4000:]})
    context.say(result.stdout[-20_000:] + result.stderr[-5_000:])
    if result.returncode == NO_TESTS:
        return skipped("no test is marked gpu")
    last = (result.stdout.strip().splitlines() or ["no output"])[-1].strip("= ")
    if result.returncode:
        return Outcome(FAILED, f"pytest exited {result.returncode}: {last}", {"tail": result.stdout[-4000:]})
    return passed(last)


def _command(files: Sequence[str]) -> list[str]:
    options = ["-q", "-m", "gpu", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", "/dev/null"]
    settings = [f"--override-ini=markers={chr(10).join(MARKERS)}", "--override-ini=pythonpath=."]
    return [sys.executable, "-m", "pytest", *options, *settings, f"--rootdir={CHECKOUT}", *files]
