"""The facts stage: what the device is, and how far its clocks can be trusted."""

from __future__ import annotations

import importlib.util
import platform
from dataclasses import asdict
from typing import Any

import numpy as np

from profiler.experiment.calibration.limits import device_limits
from profiler.experiment.gpu_check.context import Context, Outcome, passed

#: Packages that make the check say more; none is needed.
OPTIONAL = ("nvtx", "pytest", "hypothesis", "torch", "torchvision", "cupti")


def run(context: Context) -> Outcome:
    """Attributes, then, on a GPU, clocks and stamps."""
    with context.device(alone=False) as device:
        info, limits = device.info, device_limits(device)
        data: dict[str, Any] = {
            "device": info.name,
            "simulated": info.simulated,
            "notes": list(info.notes),
            "limits": {key: _plain(value) for key, value in asdict(limits).items()},
            "python": platform.python_version(),
            "machine": platform.platform(),
            "numpy": np.__version__,
            "optional": {name: _there(name) for name in OPTIONAL},
        }
    context.save(**data)
    absent = [name for name, there in data["optional"].items() if not there]
    without = f"; done without {', '.join(absent)}" if absent else ""
    if info.simulated:
        return passed(f"the simulated {info.name}: no clock to look at{without}", **data)
    from profiler.devices.cuda.probes import clock_facts

    data["clocks"] = clock_facts(int(info.spec.partition(":")[2] or 0))
    return passed(f"{info.name}, driver {limits.driver}{without}", **data)


def _there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def _plain(value: Any) -> str | int | float:
    """A limit as JSON has it: fractions become floats."""
    return value if isinstance(value, str | int) else float(value)
