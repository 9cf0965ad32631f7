"""The cells stage: every strategy, network, precision and batch, each run several times, with all its figures."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from profiler.devices.base import INSTRUMENTATION, Device
from profiler.errors import LanescopeError, UsageError
from profiler.experiment.compare import run_fastest_base
from profiler.experiment.gpu_check.cell_traces import CellTraces
from profiler.experiment.gpu_check.context import Context, Knobs, Outcome, listed, open_checked
from profiler.experiment.gpu_check.results import FAILED, PASSED
from profiler.experiment.scenario import Scenario
from profiler.plan.registry import STRATEGIES
from profiler.workload.model import PRECISIONS
from profiler.workload.networks import network

#: Runs before the timed ones.
WARMUP = 2

#: With a stamp behind every operation a run of one image would mostly consist of stamps.
DETAIL_OF_ONE = "phase"

#: Most that stamps may stretch a run, by batch: one image, or more.
MOST_STRETCH = {True: 1.10, False: 1.03}

#: Runs with stamps, and as many without, that tell how much they stretch it.
FACTOR_RUNS = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the things that are run."""

    network: str
    precision: str
    batch: int
    strategy: str

    @property
    def key(self) -> str:
        """As in the column ``cell`` of the traces."""
        return f"{self.network}/{self.precision}/{self.batch}/{self.strategy}"

    @property
    def detail(self) -> str:
        """How finely it is stamped."""
        return DETAIL_OF_ONE if self.batch == 1 else "op"

    def scenario(self, repeats: int) -> Scenario:
        """What to run."""
        return Scenario(
            network(self.network, self.precision), self.batch, self.strategy, repeats=repeats, warmup=WARMUP
        )


@dataclass
class _Devices:
    """The GPU with each number of stamps; a simulated one is always the same."""

    knobs: Knobs
    opened: dict[str, Device] = field(default_factory=dict)

    def get(self, detail: str) -> Device:
        key = "op" if self.knobs.simulated else detail
        if key not in self.opened:
            self.opened[key] = open_checked(self.knobs.device, key, factor_runs=FACTOR_RUNS)
        return self.opened[key]

    def close(self) -> None:
        """Give all back, what an error left of a context too: the next cell gets a new one."""
        while self.opened:
            with suppress(LanescopeError):
                self.opened.popitem()[1].close()


def all_cells(context: Context) -> list[Cell]:
    """The cells, smallest network first, in an order that makes each one's weights once."""
    knobs = context.knobs
    networks = sorted(knobs.networks, key=lambda name: network(name).weight_bytes)
    return [Cell(*row) for row in product(networks, PRECISIONS, knobs.batches, STRATEGIES)]


def run(context: Context) -> Outcome:
    """Run the cells until the time is up; what was finished is kept."""
    rows: dict[str, dict[str, Any]] = {}
    cells = all_cells(context)
    traces = CellTraces(context.results.folder)
    with closing(_Devices(context.knobs)) as devices:
        for cell in _in_time(context, cells):
            rows[cell.key] = _row(context, cell, devices, traces)
            if cell.strategy == STRATEGIES[-1]:
                traces.write()
                context.save(cells=rows)
                context.say(f"{cell.network} {cell.precision} at {cell.batch} done")
    traces.write()
    return _outcome(cells, rows)


def _in_time(context: Context, cells: list[Cell]) -> Iterator[Cell]:
    for cell in cells:
        if context.remaining_s() <= 0:
            return
        yield cell


def _row(context: Context, cell: Cell, devices: _Devices, traces: CellTraces) -> dict[str, Any]:
    """Figures of a cell; or why there are none."""
    # The device collects garbage before every repeat, which takes long where it looks through all cells so far.
    gc.freeze()
    place = {"cell": cell.key, "detail": cell.detail}
    try:
        measured = run_fastest_base(cell.scenario(context.knobs.repeats), devices.get(cell.detail))
        row = {**place, **measured.to_json()}
        if cell.detail != "op" and not measured.device.info.simulated:
            finer = devices.get("op").execute(measured.plan, repeats=1, warmup=WARMUP)
            row[f"op_{INSTRUMENTATION}"] = finer.extra[INSTRUMENTATION]
    except UsageError as refusal:
        return {**place, "refused": str(refusal)}
    except LanescopeError as failure:
        context.say(f"{cell.key}: {failure}")
        devices.close()
        return {**place, "error": str(failure)}
    traces.add(cell.key, measured.trace)
    return row


def _outcome(cells: list[Cell], rows: dict[str, dict[str, Any]]) -> Outcome:
    missing = [cell.key for cell in cells if cell.key not in rows]
    failed = [key for key, row in rows.items() if "error" in row]
    refused = [key for key, row in rows.items() if "refused" in row]
    timed = {key: row for key, row in rows.items() if row.get(INSTRUMENTATION) is not None}
    stretched = [key for key, row in timed.items() if row[INSTRUMENTATION] > MOST_STRETCH[row["batch"] == 1]]
    parts = [f"{len(rows) - len(failed) - len(refused)} of {len(cells)} cells measured"]
    for what, keys in (("refused", refused), ("failed", failed), ("not reached", missing)):
        if keys:
            parts.append(f"{len(keys)} {what} ({listed(keys)})")
    if stretched:
        parts.append(f"stamps stretch {len(stretched)} beyond the goal ({listed(stretched)})")
    status = FAILED if failed or missing else PASSED
    return Outcome(status, "; ".join(parts), {"cells": rows, "stretched": stretched})
