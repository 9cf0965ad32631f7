"""What every stage is given: where to write, which device, how long it may take."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from profiler.devices.base import Device
from profiler.devices.registry import open_device
from profiler.experiment.gpu_check.results import PASSED, SKIPPED, Results
from profiler.workload.networks import NETWORKS

#: What a stage leaves for the end: writing, and giving the device back.
RESERVE_S = 3.0


@dataclass(frozen=True, slots=True)
class Knobs:
    """What may be cut down, for a machine or a test that has less time.

    Attributes
    ----------
    device : str
        ``cuda:N``, or ``sim:NAME`` to try the check itself.
    networks, batches
        Of the cells.
    repeats : int
        Timed runs of each measurement.
    """

    device: str = "cuda:0"
    networks: tuple[str, ...] = NETWORKS
    batches: tuple[int, ...] = (1, 128)
    repeats: int = 5

    @property
    def simulated(self) -> bool:
        """Whether no GPU has any part in this."""
        return self.device.startswith("sim:")

    def arguments(self) -> list[str]:
        """The command line that says the same."""
        lists = {"--networks": ",".join(self.networks), "--batches": ",".join(map(str, self.batches))}
        options = {"--device": self.device, **lists, "--repeats": str(self.repeats)}
        return [text for pair in options.items() for text in pair]


@dataclass(frozen=True)
class Outcome:
    """How a stage went.

    Attributes
    ----------
    status : str
        ``passed``, ``failed`` or ``skipped``.
    summary : str
        One sentence.
    data : dict
        What it found, for ``results.json``.
    """

    status: str
    summary: str
    data: dict[str, Any] = field(default_factory=dict)


def passed(summary: str, **data: Any) -> Outcome:
    """An outcome that is as it should be."""
    return Outcome(PASSED, summary, data)


def skipped(reason: str) -> Outcome:
    """An outcome of a stage that has nothing to work with here."""
    return Outcome(SKIPPED, reason)


@dataclass
class Context:
    """A stage's surroundings.

    Attributes
    ----------
    results : Results
    knobs : Knobs
    name : str
        Of the stage.
    deadline : float
        When it has to be done, by `time.monotonic`.
    """

    results: Results
    knobs: Knobs
    name: str
    deadline: float

    def remaining_s(self) -> float:
        """Seconds left for work."""
        return self.deadline - RESERVE_S - time.monotonic()

    def save(self, **data: Any) -> None:
        """Put what is known so far on disk, under the status of a stage that was cut short."""
        section = {"status": "failed", "summary": "cut short", "data": data}
        self.results.put_stage(self.name, section)

    def say(self, text: str) -> None:
        """A line for the log."""
        import sys

        sys.stdout.write(f"[{self.name}] {text}\n")
        sys.stdout.flush()

    @contextmanager
    def device(self, detail: str = "op", *, alone: bool = True) -> Iterator[Device]:
        """The device, open for the block; see `open_checked`."""
        with closing(open_checked(self.knobs.device, detail, alone=alone)) as opened:
            yield opened


def open_checked(
    spec: str, detail: str = "op", *, alone: bool = True, factor_runs: int = 0, timing: str = "events"
) -> Device:
    """The device that ``spec`` names. A real one works in this process, which is the stage's own.

    ``detail``, ``alone``, ``factor_runs`` and ``timing`` are those of `profiler.devices.cuda.options.CudaOptions`.

    Raises
    ------
    DeviceError
        The GPU cannot be used.
    """
    if not spec.startswith("cuda"):
        return open_device(spec)
    from profiler.devices.cuda.device import CudaDevice
    from profiler.devices.cuda.options import CudaOptions

    ordinal = int(spec.partition(":")[2] or 0)
    return CudaDevice(ordinal, CudaOptions(detail, timing, isolate=False, alone=alone, factor_runs=factor_runs))


def listed(names: Sequence[object], most: int = 6) -> str:
    """Some of the names in a sentence."""
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
