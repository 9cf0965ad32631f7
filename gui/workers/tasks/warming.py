"""What each kind of worker does before its first job: imports, and behind the sliders a first simulation."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

from gui.workers.context import Context, Held
from gui.workers.jobs import Simulate
from profiler.experiment.spec import ScenarioSpec


def simulate(held: Held) -> None:
    """Everything a simulation needs, workload and GPU of the first one included."""
    from gui.workers.tasks import simulating
    from profiler.devices.registry import DEFAULT_GPU

    spec = ScenarioSpec("resnet50", 1, "depth-first", precision="int8", device=f"sim:{DEFAULT_GPU}")
    with tempfile.TemporaryDirectory() as folder:
        context = Context(Path(folder), held, lambda share, text: None, lambda result: None)
        simulating.simulate(Simulate(spec=spec), context)


def read(_: Held) -> None:
    """What a native file needs; the readers of other formats come when they are asked for."""
    _load("gui.workers.tasks.opening", "profiler.io.parquet", "pyarrow.parquet")


def look_up(_: Held) -> None:
    """What figures of a stretch and details need."""
    _load("gui.workers.tasks.ranges", "gui.workers.tasks.details", "pyarrow")


def tabulate(_: Held) -> None:
    """What searches and tables need."""
    _load("gui.workers.tasks.searching", "gui.workers.tasks.tables", "pyarrow")


def run(_: Held) -> None:
    """What a run needs, up to the device."""
    _load("gui.workers.tasks.running", "pyarrow")


def _load(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)
