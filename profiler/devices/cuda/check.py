"""What is there for running on a GPU, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from profiler.devices.cuda.compile import nvrtc_version, supported_architectures
from profiler.devices.cuda.driver import Driver, version_text
from profiler.devices.cuda.facts import GpuFacts, count_gpus, read_facts
from profiler.errors import DeviceError
from profiler.units import format_bytes

GOOD, NOTE, MISSING = "ok", "note", "missing"

_PCI = Path("/sys/bus/pci/devices")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
    state : str
        `GOOD`; `NOTE`: it works, with a limit; `MISSING`: nothing runs on this GPU, or this machine, without it.
    found : str
    remedy : str
        Empty where nothing is to be done.
    """

    what: str
    state: str
    found: str
    remedy: str = ""


def check() -> list[Finding]:
    """All findings: what every GPU needs first, then each GPU. No context is made on any of them."""
    findings = [_package("cuda-python"), _nvrtc(), *_optional()]
    try:
        driver = Driver()
        findings.append(_driver(driver))
        for ordinal in range(count_gpus(driver)):
            findings += _gpu(read_facts(driver, ordinal))
    except DeviceError as error:
        findings.append(Finding("driver", MISSING, error.what, error.remedy or ""))
    return findings


def _package(name: str) -> Finding:
    try:
        return Finding(name, GOOD, version(name))
    except PackageNotFoundError:
        return Finding(name, MISSING, "not installed", f"pip install {name}")


def _nvrtc() -> Finding:
    try:
        known = supported_architectures()
        found = ".".join(map(str, nvrtc_version()))
    except DeviceError as error:
        return Finding("NVRTC", MISSING, error.what, error.remedy or "")
    return Finding("NVRTC", GOOD, f"{found}, compiles for {known[0]} to {known[-1]}")


def _optional() -> Iterator[Finding]:
    for module, package, use in (
        ("nvtx", "nvtx", "other profilers show no requests and chunks"),
        ("cupti", "lanescope[cupti]", "no --timing cupti"),
    ):
        if importlib.util.find_spec(module) is not None:
            yield Finding(module, GOOD, "installed")
        else:
            yield Finding(module, NOTE, f"not installed: {use}", f"pip install '{package}'")


def _driver(driver: Driver) -> Finding:
    found = f"for CUDA {version_text(driver.version)}"
    try:
        major = nvrtc_version()[0]
    except DeviceError:
        return Finding("driver", GOOD, found)
    if major * 1000 > driver.version:
        remedy = f"Install a driver for CUDA {major}, or an NVRTC of version {driver.version // 1000}."
        return Finding("driver", MISSING, f"{found}, older than NVRTC {major}: it may refuse the kernels", remedy)
    return Finding("driver", GOOD, found)


def _gpu(gpu: GpuFacts) -> Iterator[Finding]:
    name = f"cuda:{gpu.ordinal}"
    major, minor = gpu.capability
    about = f"{gpu.name}, compute capability {major}.{minor}, {gpu.sm_count} SMs, {format_bytes(gpu.memory_bytes)}"
    if gpu.refusal:
        yield Finding(name, MISSING, f"{about}; {gpu.refusal}", "nvidia-smi -c DEFAULT allows it.")
    else:
        yield Finding(name, GOOD, about)
    yield Finding(f"{name} link", GOOD, _link(gpu))
    yield _architecture(name, gpu)
    yield _engines(name, gpu)
    if gpu.exclusive:
        yield Finding(f"{name} mode", NOTE, "one process at a time", "nvidia-smi -c DEFAULT allows several.")
    if not gpu.maps_host_memory:
        yield Finding(f"{name} zero-copy", NOTE, "not possible: kernels cannot reach host memory")


def _architecture(name: str, gpu: GpuFacts) -> Finding:
    architecture = f"sm_{gpu.capability[0]}{gpu.capability[1]}"
    what = f"{name} kernels"
    try:
        known = supported_architectures()
    except DeviceError as error:
        return Finding(what, MISSING, error.what, error.remedy or "")
    if architecture not in known:
        remedy = "Install an NVRTC that knows it: version 12 for older GPUs, the newest for newer ones."
        return Finding(what, MISSING, f"NVRTC does not compile for {architecture}", remedy)
    int8 = "tensor cores" if gpu.capability >= (8, 0) else "DP4A"
    return Finding(what, GOOD, f"compiled for {architecture}; INT8 by {int8}")


def _engines(name: str, gpu: GpuFacts) -> Finding:
    what = f"{name} copies"
    if gpu.copy_engines >= 2:
        return Finding(what, GOOD, f"{gpu.copy_engines} engines: both directions and kernels overlap")
    if gpu.copy_engines == 1:
        return Finding(what, NOTE, "1 engine: copies of both directions take turns, and overlap with kernels")
    return Finding(what, NOTE, "no engine of their own: nothing hides a copy")


def _link(gpu: GpuFacts) -> str:
    """Speed and width of the PCIe link as the operating system has them; an idle GPU may have slowed it down."""
    folder = _PCI / gpu.bus_id.lower()
    try:
        speed, width = ((folder / f"current_link_{part}").read_text("ascii").strip() for part in ("speed", "width"))
    except (OSError, ValueError):
        return f"PCI {gpu.bus_id}, link not shown by the operating system"
    return f"PCI {gpu.bus_id}, {speed}, {width} lanes now"
