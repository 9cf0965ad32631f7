"""What each kind of worker does before its first job: imports, and behind the sliders a first simulation."""

from __future__ import annotations

import importlib
from pathlib import Path

from gui.workers.context import Context, Held
from profiler.devices.sim.what_if import Factors
from profiler.experiment.spec import ScenarioSpec


def simulate(held: Held) -> None:
    """Everything a simulation needs, workload and GPU of the first one included; nothing is written."""
    from gui.workers.tasks import simulating
    from profiler.devices.registry import DEFAULT_GPU
    from profiler.experiment.compare import run_fastest_base
    from profiler.io.shared_arrow import listed
    from profiler.timeline.model import Timeline

    spec = ScenarioSpec("resnet50", 1, "depth-first", precision="int8", device=f"sim:{DEFAULT_GPU}")
    context = Context(Path(), held, lambda share, text: None, lambda result: None)
    outcome = run_fastest_base(*simulating.prepared(spec, Factors(), context))
    listed(outcome.trace)
    Timeline(outcome.trace)


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
