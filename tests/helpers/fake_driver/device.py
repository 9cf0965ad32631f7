"""A real `CudaDevice` whose worker process finds the fake driver."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest

from profiler.devices.cuda.device import CudaDevice
from profiler.devices.cuda.options import CudaOptions
from tests.helpers.fake_driver.build import build, has_compiler
from tests.helpers.project import in_ci

TOY_KERNELS = "tests.helpers.fake_driver.toys:toy_kernels"


@lru_cache(maxsize=1)
def fake_library() -> Path:
    """The fake driver, built once a process into a folder of its own that goes when the process does.

    Without a compiler the test is skipped; in CI it fails.
    """
    if not has_compiler():
        message = "gcc is needed to build the fake driver (Debian: apt-get install gcc)"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="lanescope-fake-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build(folder)


@contextmanager
def fake_environment(**settings: str | int) -> Iterator[Mapping[str, str]]:
    """Processes started within find the fake, with these settings, without the ``FAKE_CUDA_`` before them."""
    wanted = {"LD_LIBRARY_PATH": str(fake_library().parent)}
    wanted |= {f"FAKE_CUDA_{name}": str(value) for name, value in settings.items()}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield wanted
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def open_fake(options: CudaOptions | None = None, ordinal: int = 0, **settings: str | int) -> CudaDevice:
    """A device over the fake driver, in a worker process, with the toy kernels."""
    with fake_environment(**settings):
        return CudaDevice(ordinal, options, kernels=TOY_KERNELS)
