"""Tasks called without a process: a trace as workers see it, and a context that keeps what it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gui.workers.context import Context, Held
from profiler.analysis.overlap import analyze_devices
from profiler.io.shared_arrow import write_shared
from profiler.timeline.model import Timeline
from profiler.timeline.stored import save_timeline
from profiler.trace.mapped import load, save
from profiler.trace.tables import Trace


class Desk:
    """A handed-over trace and what its tasks need."""

    def __init__(self, trace: Trace, folder: Path) -> None:
        self.trace = trace
        self.folder = folder
        self.partials: list[Any] = []
        self.context = Context(folder, Held(), lambda share, text: None, self.partials.append)
        self.paths = {name: str(folder / f"{name}-of-desk") for name in ("trace", "timeline", "exposures")}
        exposures = {one.device: one.exposure for one in analyze_devices(trace)}
        self.timeline = Timeline(trace, {device: (one.start, one.end) for device, one in exposures.items()})
        write_shared(trace, self.paths["trace"])
        save_timeline(self.timeline, self.paths["timeline"])
        save(self.paths["exposures"], exposures)

    def rows(self, file: str) -> list[int]:
        """The rows in an answer's file."""
        arrays = load(file)
        found: list[int] = arrays["rows"].tolist()
        if "places" in arrays:
            there = [(place, row) for row, place in enumerate(arrays["places"].tolist()) if place >= 0]
            assert sorted(there) == list(enumerate(found))
        return found
