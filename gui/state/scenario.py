"""The scenario in the left panel: what is simulated or run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

from profiler.experiment.spec import ScenarioSpec
from profiler.plan.model import StreamConfig
from profiler.plan.registry import knobs

#: Knobs that a strategy may have or not; ``None`` is the strategy's own default.
KNOBS = ("streams", "chunks", "buffers", "requests", "issue_threads", "base")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Factors on a simulated GPU: link rate, compute rate, and cost of the host's calls. 1 leaves it as it is."""

    bandwidth: float = 1.0
    compute: float = 1.0
    launch: float = 1.0

    @property
    def changes_nothing(self) -> bool:
        """Whether all factors are 1."""
        return self == WhatIf()


@dataclass(eq=False)
class ScenarioState:
    """Observable knobs. ``None`` is the default of the workload or the strategy.

    Attributes
    ----------
    bandwidth, compute, launch : float
        See `WhatIf`; they have no effect on a real device.
    """

    workload: str = "resnet50"
    precision: str | None = "int8"
    input_format: str | None = None
    size: int | None = None
    batch: int = 128
    strategy: str = "depth-first"
    base: str | None = None
    streams: int | None = None
    chunks: int | None = None
    buffers: int | None = None
    memory: str = "pinned"
    requests: int | None = None
    issue_threads: int = 1
    device: str = "sim:h100-sxm"
    seed: int = 0
    repeats: int = 1
    bandwidth: float = 1.0
    compute: float = 1.0
    launch: float = 1.0

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def update(self, **values: Any) -> None:
        """Set several fields; listeners of the whole group hear each change, the last with all of them made."""
        unknown = set(values) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"a scenario has no {', '.join(sorted(unknown))}")
        with self.events.blocked():
            changed = [name for name, value in values.items() if getattr(self, name) != value]
            old = {name: getattr(self, name) for name in changed}
            for name in changed:
                setattr(self, name, values[name])
        for name in changed:
            self.events[name].emit(values[name], old[name])

    def spec(self) -> ScenarioSpec:
        """The scenario in plain values, knobs that the strategy does not have left out."""
        mine = knobs(self.strategy)
        given = {name: getattr(self, name) for name in ("streams", "chunks", "buffers", "requests") if name in mine}
        config = StreamConfig(
            **given,
            memory=self.memory,
            issue_threads=self.issue_threads if "issue_threads" in mine else 1,
            base=self.base if "base" in mine else None,
        )
        return ScenarioSpec(
            workload=self.workload,
            batch=self.batch,
            strategy=self.strategy,
            precision=self.precision,
            input_format=self.input_format,
            size=self.size,
            device=self.device,
            config=config,
            repeats=self.repeats,
            seed=self.seed,
        )

    def what_if(self) -> WhatIf:
        """The factors on the simulated GPU."""
        return WhatIf(self.bandwidth, self.compute, self.launch)

    def to_json(self) -> dict[str, Any]:
        """All knobs, as a session keeps them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
