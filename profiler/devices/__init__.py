"""Devices: places where plans run, opened by name. Each executes a plan and gives back the times of its steps.

Names are imported when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from profiler.devices.base import Device, DeviceInfo, StepTimings
    from profiler.devices.registry import list_devices, open_device

__all__ = ["Device", "DeviceInfo", "StepTimings", "list_devices", "open_device"]

_HOME = {
    "Device": "base",
    "DeviceInfo": "base",
    "StepTimings": "base",
    "list_devices": "registry",
    "open_device": "registry",
}


def __getattr__(name: str) -> Any:
    """The public name, from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
