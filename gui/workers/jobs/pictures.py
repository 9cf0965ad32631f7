"""Jobs that end in something to be drawn: a file opened, a scenario simulated or run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from gui.workers.jobs.job import Job
from profiler.devices.sim.what_if import Factors
from profiler.experiment.spec import ScenarioSpec

#: Bytes that the results of opening a file take for each byte of it, at most about.
_SHARED_PER_FILE_BYTE = 20


class Pictured(msgspec.Struct, frozen=True):
    """Something that can be drawn.

    Attributes
    ----------
    trace, timeline : str
        Files to map.
    pieces : str
        File to map with what of the copies is exposed and what is hidden; empty while not yet known.
    exposures : str
        File to map with an `Exposure` for each device; empty while not yet known.
    index : str
        File to map with what figures of any stretch are looked up in; empty while not yet known.
    figures : dict or None
        Of a scenario the keys of ``run --json``, of a file those of ``analyze --json``; None while not yet known.
    devices : list of dict
        Of both: the ``devices`` of ``analyze --json``.
    notes : list of str
        What a reader must know, for example that numbers of the GPU are assumed.
    whole : bool
        Whether it is all there is: false while more is being read or run.
    """

    trace: str
    timeline: str
    pieces: str = ""
    exposures: str = ""
    index: str = ""
    figures: dict[str, Any] | None = None
    devices: list[dict[str, Any]] = []
    notes: list[str] = []
    whole: bool = True

    @property
    def folder(self) -> Path:
        """Where all its files lie, and nothing else does."""
        return Path(self.trace).parent


class Simulate(Job, frozen=True):
    """Run a scenario on a simulated GPU, at once."""

    role = "simulate"
    task = "simulating:simulate"
    files = True
    result = Pictured
    quick = True

    spec: ScenarioSpec
    factors: Factors = Factors()


class Run(Job, frozen=True):
    """Run a scenario on a real or simulated device, repeat by repeat; what has run is handed over on the way."""

    role = "device"
    task = "running:run"
    files = True
    result = Pictured

    spec: ScenarioSpec
    factors: Factors = Factors()

    def what(self) -> str:
        """The scenario in words."""
        return f"{self.spec.workload} on {self.spec.device}"


class Open(Job, frozen=True):
    """Read a trace file of any format; the picture comes before the figures.

    Attributes
    ----------
    path : str
    cut_off : bool
        Take what is whole of a file that was cut off.
    """

    role = "open"
    task = "opening:open_file"
    files = True
    result = Pictured

    path: str
    cut_off: bool = True

    def size(self) -> int:
        """A multiple of the file's."""
        try:
            return os.path.getsize(self.path) * _SHARED_PER_FILE_BYTE
        except OSError:
            return 0

    def what(self) -> str:
        """The path."""
        return self.path
