"""A process of its own in which the fake driver is the driver."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from tests.devices.cuda import cases
from tests.helpers.fake_driver.device import fake_library
from tests.helpers.patience import PATIENCE_S


@pytest.fixture(scope="session")
def over_fake() -> Iterator[Callable[..., Any]]:
    """A function that calls another one, of `tests.devices.cuda.cases`, in a process that has the fake driver."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=cases.load, initargs=(fake_library(),)) as pool:
        yield lambda function, *arguments, **named: pool.submit(function, *arguments, **named).result(
            timeout=PATIENCE_S
        )
