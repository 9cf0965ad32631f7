"""Many scenarios side by side: ranked, with the best overlap reachable and where the INT8 gain went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from profiler.analysis.latency import percentiles
from profiler.analysis.lost_gain import LostGain, RequestParts, lost_gain
from profiler.devices.base import Device, Progress
from profiler.errors import DeviceError, PlanRefused, UsageError
from profiler.experiment.scenario import Keep, Outcome, Scenario, run_scenario
from profiler.plan.registry import STRATEGIES, graph_bases

#: The batch that the lost INT8 gain is measured against, where it is among the scenarios.
REFERENCE_BATCH = 128

Advance = Callable[[], None]


@dataclass(frozen=True, slots=True)
class RankEntry:
    """One place in a ranking. ``tie`` marks a scenario whose difference to the one before it is within noise."""

    scenario: int
    strategy: str
    base: str | None
    memory: str
    device: str
    value: float | int
    tie: bool

    def to_json(self, value_key: str) -> dict[str, Any]:
        """The entry with its value under ``value_key``."""
        return {
            "scenario": self.scenario,
            "strategy": self.strategy,
            "base": self.base,
            "memory": self.memory,
            "device": self.device,
            value_key: None if self.value == inf else self.value,
            "tie": self.tie,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """The scenarios of one workload, precision and batch, best first."""

    workload: str
    precision: str
    batch: int
    by_throughput: tuple[RankEntry, ...]
    by_latency: tuple[RankEntry, ...]
    best_overlap_ns: int | None


@dataclass(frozen=True)
class LostGainRow:
    """Where the INT8 gain of one workload at one batch went, against a reference batch, all on one device."""

    workload: str
    input_format: str
    memory: str
    device: str
    batch: int
    reference_batch: int
    loss: LostGain

    def to_json(self) -> dict[str, Any]:
        """The row with the keys of ``compare --json``'s ``lost_gain``."""
        return {
            "workload": self.workload,
            "input": self.input_format or None,
            "memory": self.memory,
            "device": self.device,
            "batch": self.batch,
            "reference_batch": self.reference_batch,
            **self.loss.to_json(),
        }


@dataclass(frozen=True)
class Comparison:
    """All outcomes in the order they were asked for, and what follows from them."""

    outcomes: tuple[Outcome, ...]
    groups: tuple[Group, ...]
    lost: tuple[LostGainRow, ...]
    refused: tuple[str, ...] = ()
    interrupted: bool = False
    failure: DeviceError | None = None

    def to_json(self, verdict: Sequence[str]) -> dict[str, Any]:
        """The comparison with the keys of ``compare --json``."""
        return {
            "scenarios": [outcome.to_json() for outcome in self.outcomes],
            "ranking": [
                {**_key(g), "order": [entry.to_json("throughput_per_s") for entry in g.by_throughput]}
                for g in self.groups
            ],
            "latency_ranking": [
                {**_key(g), "order": [entry.to_json("network_latency_ns") for entry in g.by_latency]}
                for g in self.groups
            ],
            "best_overlap_ns": [{**_key(g), "best_overlap_ns": g.best_overlap_ns} for g in self.groups],
            "lost_gain": [row.to_json() for row in self.lost],
            "verdict": list(verdict),
        }


def expand_strategies(names: Iterable[str]) -> list[str]:
    """``all`` stands for every strategy once; the order given is kept and doubles are dropped.

    Raises
    ------
    UsageError
        A name is no strategy.
    """
    expanded: list[str] = []
    for name in names:
        if name != "all" and name not in STRATEGIES:
            raise UsageError(f"no strategy is called {name!r}", remedy=f"Choose from {', '.join(STRATEGIES)}, or all.")
        expanded.extend(STRATEGIES if name == "all" else (name,))
    return list(dict.fromkeys(expanded))


def run_fastest_base(
    scenario: Scenario, device: Device, *, progress: Progress | None = None, keep: Keep | None = None
) -> Outcome:
    """The scenario; for a ``graph`` without a named base, the fastest of all bases it can capture."""
    if scenario.strategy != "graph" or scenario.config.base is not None:
        return run_scenario(scenario, device, progress=progress, keep=keep)
    variants = [replace(scenario, config=replace(scenario.config, base=b)) for b in graph_bases(scenario.batch)]
    outcomes = [run_scenario(v, device, progress=progress, keep=keep) for v in variants]
    return min(outcomes, key=lambda outcome: outcome.makespan_ns)


def run_all(pairs: Sequence[tuple[Scenario, Device]], *, advance: Advance = lambda: None) -> Comparison:
    """Run every scenario on its device and compare them.

    Parameters
    ----------
    pairs : sequence of (Scenario, Device)
    advance : callable
        Called after each scenario, for a progress bar.

    Notes
    -----
    A strategy that cannot take a scenario (a graph of pageable copies) is left out and named in ``refused``, because
    a product of lists would otherwise fail for one of its cells; the only scenario refused raises. A Ctrl-C or a
    device that fails after the first scenario ends the series: what was finished is compared, and ``interrupted`` or
    ``failure`` is set.

    Raises
    ------
    PlanRefused
        Every scenario was refused.
    DeviceError
        The device failed at the first.
    """
    outcomes: list[Outcome] = []
    refusals: list[PlanRefused] = []
    interrupted, failure = False, None
    for scenario, device in pairs:
        try:
            outcomes.append(run_fastest_base(scenario, device))
        except PlanRefused as refusal:
            refusals.append(refusal)
        except KeyboardInterrupt:
            if not outcomes:
                raise
            interrupted = True
            break
        except DeviceError as error:
            if not outcomes:
                raise
            failure = error
            break
        advance()
    if refusals and not outcomes:
        raise refusals[0]
    refused = tuple(dict.fromkeys(map(str, refusals)))
    return replace(compare(outcomes), refused=refused, interrupted=interrupted, failure=failure)


def compare(outcomes: Sequence[Outcome]) -> Comparison:
    """Rank outcomes that have been run, group by group."""
    members: dict[tuple[str, str, int], list[int]] = {}
    for index, outcome in enumerate(outcomes):
        workload = outcome.plan.workload
        members.setdefault((workload.name, workload.precision, outcome.plan.batch), []).append(index)
    groups = tuple(_group(key, rows, outcomes) for key, rows in members.items())
    return Comparison(tuple(outcomes), groups, tuple(lost_gains(outcomes)))


def speed(outcome: Outcome) -> float:
    """Throughput to rank by: a run that takes no time is faster than any other."""
    rate = outcome.throughput_per_s
    return inf if rate is None else rate


def request_parts(outcome: Outcome) -> RequestParts:
    """Time of the one request of a serial outcome, split into compute, transfer and launch."""
    overlap = outcome.overlap
    compute = overlap.compute_ns if overlap is not None else 0
    transfer = overlap.exposed_ns if overlap is not None else 0
    return RequestParts(total_ns=int(outcome.requests.network_ns[0]), compute_ns=compute, transfer_ns=transfer)


def lost_gains(outcomes: Sequence[Outcome]) -> list[LostGainRow]:
    """The lost INT8 gain of each workload and batch for which serial runs of one request are all there."""
    serial: dict[_SerialKey, Outcome] = {}
    for outcome in outcomes:
        if outcome.plan.strategy == "serial" and outcome.plan.requests == 1:
            serial.setdefault(_serial_key(outcome), outcome)
    rows = []
    for place in dict.fromkeys(key[:4] for key in serial):
        batches = sorted({key[5] for key in serial if key[:4] == place})
        reference = REFERENCE_BATCH if REFERENCE_BATCH in batches else batches[-1]
        for batch in batches:
            cells = [serial.get((*place, precision, n)) for n in (batch, reference) for precision in ("fp32", "int8")]
            if batch == reference or any(cell is None for cell in cells):
                continue
            parts = [request_parts(cell) for cell in cells if cell is not None]
            rows.append(LostGainRow(*place, batch, reference, lost_gain(*parts)))
    return rows


#: Workload, input format, memory, device, precision, batch.
_SerialKey = tuple[str, str, str, str, str, int]


def _serial_key(outcome: Outcome) -> _SerialKey:
    plan = outcome.plan
    workload = plan.workload
    spec = outcome.device.info.spec
    return (workload.name, workload.input_format, plan.config.memory, spec, workload.precision, plan.batch)


def _group(key: tuple[str, str, int], rows: list[int], outcomes: Sequence[Outcome]) -> Group:
    def throughput(i: int) -> float:
        return speed(outcomes[i])

    def latency(i: int) -> int:
        return int(percentiles(outcomes[i].requests.network_ns)["median"])

    bounds = [bound.overlap_ns for i in rows if (bound := outcomes[i].bounds) is not None]
    return Group(
        *key,
        by_throughput=_ranked(sorted(rows, key=throughput, reverse=True), throughput, outcomes),
        by_latency=_ranked(sorted(rows, key=latency), latency, outcomes),
        best_overlap_ns=min(bounds) if bounds else None,
    )


def _ranked(rows: list[int], value: Callable[[int], float], outcomes: Sequence[Outcome]) -> tuple[RankEntry, ...]:
    entries: list[RankEntry] = []
    for place, i in enumerate(rows):
        outcome = outcomes[i]
        tie = place > 0 and _within_noise(outcomes[rows[place - 1]], outcome, value(rows[place - 1]), value(i))
        config = outcome.plan.config
        spec = outcome.device.info.spec
        entries.append(RankEntry(i, outcome.plan.strategy, config.base, config.memory, spec, value(i), tie))
    return tuple(entries)


def _within_noise(one: Outcome, other: Outcome, one_value: float, other_value: float) -> bool:
    """Whether two values differ by no more than the noisier makespan's relative noise."""
    relative = max(o.noise_ns / o.makespan_ns if o.makespan_ns else 0.0 for o in (one, other))
    return one_value == other_value or abs(one_value - other_value) <= relative * max(abs(one_value), abs(other_value))


def _key(group: Group) -> dict[str, Any]:
    return {"workload": group.workload, "precision": group.precision, "batch": group.batch}
