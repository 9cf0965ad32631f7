"""The predict stage: what the calibrated simulation makes of every cell, beside what was measured."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from profiler.devices.base import Device
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.model import load_gpu
from profiler.experiment.gpu_check.calibration_stage import FILE
from profiler.experiment.gpu_check.context import Context, Outcome, skipped
from profiler.experiment.gpu_check.results import FAILED, PASSED
from profiler.experiment.scenario import Scenario, run_scenario
from profiler.plan.model import StreamConfig
from profiler.workload.networks import network

#: Largest mean error of makespans for the prediction to pass.
MOST_ERROR = 0.10


def run(context: Context) -> Outcome:
    """Simulate each measured cell, none of which had a part in the calibration, and compare."""
    path = context.results.folder / FILE
    cells = context.results.stage("cells").get("data", {}).get("cells", {})
    measured = [row for row in cells.values() if "makespan_ns" in row]
    if not path.exists() or not measured:
        return skipped("there is no calibrated file to predict with" if measured else "no cell was measured")
    device = SimDevice(load_gpu(str(path)))
    rows = []
    for row in measured:
        if context.remaining_s() <= 0:
            break
        rows.append(_compared(row, device))
    return _outcome(rows, complete=len(rows) == len(measured))


def _outcome(rows: list[dict[str, Any]], *, complete: bool) -> Outcome:
    if not rows:
        return Outcome(FAILED, "time was up before the first cell")
    error = fmean(abs(row["makespan_error"]) for row in rows)
    worst = max(rows, key=lambda row: abs(row["makespan_error"]))
    hidden = [abs(row["hidden_error"]) for row in rows if row["hidden_error"] is not None]
    hidden_error = fmean(hidden) if hidden else None
    worst_text = f"{100 * worst['makespan_error']:+.1f} % ({worst['cell']})"
    parts = [f"makespans of {len(rows)} cells predicted with a mean error of {100 * error:.1f} %, worst {worst_text}"]
    if hidden_error is not None:
        parts.append(f"hidden fraction off by {100 * hidden_error:.1f} points")
    if not complete:
        parts.append("time was up")
    status = PASSED if complete and error <= MOST_ERROR else FAILED
    data = {"mean_error": error, "worst": worst["cell"], "mean_hidden_error": hidden_error, "cells": rows}
    return Outcome(status, "; ".join(parts), data)


def _compared(row: dict[str, Any], device: Device) -> dict[str, Any]:
    """Measured and simulated figures of one cell; errors are simulated over measured, less 1, or a difference."""
    knobs = ("streams", "chunks", "buffers", "memory", "requests", "issue_threads", "base")
    config = StreamConfig(**{knob: row[knob] for knob in knobs})
    workload = network(row["workload"], row["precision"], row["input"])
    outcome = run_scenario(Scenario(workload, row["batch"], row["strategy"], config), device)
    predicted = outcome.to_json()
    hidden = row["overlap"]["hidden_fraction"], predicted["overlap"]["hidden_fraction"]
    return {
        "cell": row["cell"],
        "measured_ns": row["makespan_ns"],
        "predicted_ns": predicted["makespan_ns"],
        "makespan_error": predicted["makespan_ns"] / row["makespan_ns"] - 1,
        "measured_hidden": hidden[0],
        "predicted_hidden": hidden[1],
        "hidden_error": None if None in hidden else hidden[1] - hidden[0],
    }
