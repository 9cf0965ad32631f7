"""Which real GPUs there are."""

from __future__ import annotations

from gui.workers.context import Context
from gui.workers.jobs import Find, Gpu, Gpus
from profiler.devices.registry import list_devices


def find(job: Find, context: Context) -> Gpus:
    """The GPUs that the driver of this machine shows."""
    return Gpus([Gpu(info.spec, info.name) for info in list_devices() if not info.simulated])
