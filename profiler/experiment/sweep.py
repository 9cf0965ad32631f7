"""Many scenarios as one table, run here or on a Dask cluster, and the batch at which copies become hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from typing import Any

from profiler.errors import UsageError
from profiler.experiment.compare import run_fastest_base
from profiler.experiment.spec import Bench, ScenarioSpec

#: A copy counts as hidden in a sweep's summary from this fraction on.
HIDDEN_ENOUGH = 0.8

Row = dict[str, Any]

#: Workload, precision, batch, memory and device.
_Place = tuple[str, str, int, str, str]


@dataclass(frozen=True, slots=True)
class Crossover:
    """The batch from which on a strategy hides `HIDDEN_ENOUGH` of the copy time; None if not even the largest does.

    Hiding copies that costs throughput helps nobody: where the sweep has serial runs, a batch counts only if the
    strategy is no slower than ``serial`` there, and ``against_serial`` is true.
    """

    workload: str
    precision: str
    strategy: str
    device: str
    memory: str
    batch: int | None
    against_serial: bool

    @property
    def condition(self) -> str:
        """The condition on throughput in words, empty where there is none."""
        return " with a throughput not below serial's" if self.against_serial else ""


def run_row(spec: ScenarioSpec) -> Row:
    """One scenario as a JSON row; opens what it needs, so that it can run in another process."""
    with Bench() as bench:
        return run_fastest_base(*bench.scenario(spec)).to_json()


def run_local(specs: Sequence[ScenarioSpec]) -> Iterator[Row]:
    """The rows in order, run in this process one after another."""
    with Bench() as bench:
        for spec in specs:
            yield run_fastest_base(*bench.scenario(spec)).to_json()


def run_dask(specs: Sequence[ScenarioSpec]) -> Iterator[Row]:
    """The rows in order, run by Dask: on the cluster ``DASK_SCHEDULER_ADDRESS`` names, else on one of this machine."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "the Dask executor needs the package dask[distributed]", remedy="Install lanescope[fleet]."
        ) from error
    with Client() as client:
        for future in client.map(run_row, specs, pure=False):
            yield future.result()


EXECUTORS: dict[str, Callable[[Sequence[ScenarioSpec]], Iterator[Row]]] = {"local": run_local, "dask": run_dask}


def crossovers(rows: Sequence[Row]) -> list[Crossover]:
    """For each workload, precision, strategy, device and memory: from which batch on copies are hidden enough."""
    serial = {_place(row): _speed(row) for row in rows if row["strategy"] == "serial"}
    series: dict[tuple[str, str, str, str, str], list[Row]] = {}
    for row in rows:
        key = (row["workload"], row["precision"], row["strategy"], row["device"], row["memory"])
        series.setdefault(key, []).append(row)
    found = []
    for key, members in series.items():
        if key[2] == "serial":
            continue
        falling = sorted(members, key=lambda row: -int(row["batch"]))
        enough = list(takewhile(lambda row: _hides_enough(row, serial), falling))
        compared = any(_place(row) in serial for row in members)
        found.append(Crossover(*key, batch=enough[-1]["batch"] if enough else None, against_serial=compared))
    return found


def _hides_enough(row: Row, serial: Mapping[_Place, float]) -> bool:
    hidden = (row["overlap"]["hidden_fraction"] or 0.0) >= HIDDEN_ENOUGH
    return hidden and _speed(row) >= serial.get(_place(row), 0.0)


def _speed(row: Row) -> float:
    rate = row["throughput_per_s"]
    return inf if rate is None else float(rate)


def _place(row: Row) -> _Place:
    return (row["workload"], row["precision"], row["batch"], row["memory"], row["device"])


def flat_row(row: Row) -> Row:
    """A scenario's JSON with dotted keys instead of nested objects, for a table."""
    flat: Row = {}
    for key, value in row.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{name}": item for name, item in value.items()})
        else:
            flat[key] = value
    return flat
