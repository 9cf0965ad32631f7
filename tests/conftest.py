"""Fixtures and settings for every test."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Tests run side by side: threads of numpy's, which wait by turning, take the processor from each other. Read when numpy
# is imported, by the processes that tests start as well.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from tests.helpers.project import in_ci, traces_folder

# No deadline: how long an example takes says nothing about whether it is right. CI runs the same examples every time.
settings.register_profile("lanescope", deadline=None, derandomize=in_ci(), print_blob=True)
settings.load_profile("lanescope")

# A run in the background, as of nohup, ignores these signals, and so would every program that tests start and then
# interrupt. What is handled, if only by doing nothing, is not handed down.
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the checks of the project as a whole first: they are the longest, and say what is wrong soonest."""
    items.sort(key=lambda item: "packaging" not in item.path.parts)


def _existing(path: Path) -> Path:
    if not path.exists():
        message = f"no third-party trace {path.name} in {path.parent}; LANESCOPE_TRACES names another folder"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def third_party_trace() -> Callable[[str], Path]:
    """A function from a file name to its path in the folder of third-party traces.

    Skips the test where the folder or the file is absent; fails it there in CI.
    """
    return lambda name: _existing(traces_folder() / name)


@pytest.fixture(scope="session")
def facts() -> dict[str, Any]:
    """What is known about each third-party trace, as ``facts.json`` has it: ``facts[file name]["facts"][key]``."""
    loaded: dict[str, Any] = json.loads(_existing(traces_folder() / "facts.json").read_text(encoding="utf-8"))
    return loaded
