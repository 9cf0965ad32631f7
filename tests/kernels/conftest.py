"""The kernels on the processor. Where g++ is missing these tests are skipped with what to install; in CI they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.cushim.build import MISSING_COMPILER, have_compiler
from tests.helpers.cushim.loader import CpuKernels
from tests.helpers.project import in_ci


@pytest.fixture(scope="session")
def kernel_builds(request: pytest.FixtureRequest) -> Path:
    """Where libraries of kernels are kept from run to run."""
    if not have_compiler():
        if in_ci():
            pytest.fail(MISSING_COMPILER)
        pytest.skip(MISSING_COMPILER)
    cache: pytest.Cache = request.config.cache
    return cache.mkdir("cpu-kernels")


@pytest.fixture(scope="session")
def cpu(kernel_builds: Path) -> CpuKernels:
    """The kernels as GPUs without tensor cores run them."""
    return CpuKernels(kernel_builds)


@pytest.fixture(scope="session")
def cpu_mma(kernel_builds: Path) -> CpuKernels:
    """The kernels with tensor-core instructions."""
    return CpuKernels(kernel_builds, use_mma=True)


@pytest.fixture(scope="session")
def cpu_plain(kernel_builds: Path) -> CpuKernels:
    """The kernels as GPUs before compute capability 6.1 run them, with neither tensor cores nor DP4A."""
    return CpuKernels(kernel_builds, use_dp4a=False)


@pytest.fixture(params=["dp4a", "mma"])
def cpu_int8(request: pytest.FixtureRequest) -> CpuKernels:
    """Both ways to multiply bytes, one after the other."""
    kernels: CpuKernels = request.getfixturevalue("cpu" if request.param == "dp4a" else "cpu_mma")
    return kernels
