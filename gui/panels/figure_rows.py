"""Figures as rows of text, without widgets: what they are called, how they read, what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gui.state.view import Stretch
from profiler.report.verdict import CAUSE_REMEDY, CAUSE_TEXT, cause_rows
from profiler.units import format_bytes, format_ns, format_percent

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure: a stable key, what it is called, its text, and what it means."""

    key: str
    label: str
    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause of exposed copy time, its share of all of it, and what would help."""

    name: str
    ns: int
    share: float
    meaning: str
    remedy: str


#: Keys of a device of ``analyze --json`` that are times, with what they are called and mean.
_TIMES = (
    ("copy_ns", "copies", "Time in which some copy between host and device ran."),
    ("htod_ns", "  host to device", "Time in which some copy to the device ran."),
    ("dtoh_ns", "  device to host", "Time in which some copy to the host ran."),
    ("duplex_ns", "  both at once", "Time in which copies ran in both directions."),
    ("compute_ns", "compute", "Time in which some kernel ran."),
    ("busy_ns", "busy", "Time in which a kernel, a copy of any kind or a memset ran."),
    ("idle_ns", "idle", "The rest of the stretch: nothing ran."),
    ("span_ns", "stretch", "Length of the stretch that these figures are of."),
)

_COUNTS = (
    ("kernels", "kernels"),
    ("htod", "copies to device"),
    ("dtoh", "copies to host"),
    ("streams", "streams"),
)


def device_rows(device: Json) -> list[FigureRow]:
    """Times and counts of a device in the stretch."""
    rows = [FigureRow(key, label, format_ns(device[key]), meaning) for key, label, meaning in _TIMES]
    for key, label in _COUNTS:
        if device.get(key) is not None:
            rows.append(FigureRow(key, label, f"{device[key]:,}", f"Number of {label} that touch the stretch."))
    if device.get("graphs"):
        meaning = "CUDA graphs traced whole: overlap inside them is unknown, and they are in no other figure."
        rows.append(FigureRow("graphs", "graphs", f"{device['graphs']:,}, {format_ns(device['graph_ns'])}", meaning))
    moved = device.get("migrations") or {}
    if moved.get("sum_ns"):
        text = f"{moved['htod'] + moved['dtoh']:,}, {format_ns(moved['sum_ns'])}"
        rows.append(
            FigureRow("migrations", "migrations", text, "Unified memory moved by itself: not copies, not work.")
        )
    return rows


def communication_rows(device: Json) -> list[FigureRow]:
    """The figures as if communication kernels were not there; none where there are none."""
    if not device.get("communication_kernels"):
        return []
    alone = device["without_communication"]
    meaning = "As if kernels of NCCL and RCCL were not there."
    share = format_percent(alone["hidden_fraction"])
    return [
        FigureRow("communication", "communication kernels", f"{device['communication_kernels']:,}", meaning),
        FigureRow("alone_compute_ns", "compute without", format_ns(alone["compute_ns"]), meaning),
        FigureRow("alone_hidden_ns", "hidden without", f"{format_ns(alone['hidden_ns'])} ({share})", meaning),
        FigureRow("alone_exposed_ns", "exposed without", format_ns(alone["exposed_ns"]), meaning),
    ]


def run_rows(figures: Json | None) -> list[FigureRow]:
    """Figures of a whole run that no stretch has; none for a file."""
    if figures is None or "makespan_ns" not in figures:
        return []
    bounds, overlap = figures["bounds"], figures["overlap"]
    network, hardware = figures["network_latency_ns"], figures["hardware_latency_ns"]
    rows = [
        FigureRow("throughput", "throughput", rate_text(figures), "Samples of the run over its makespan."),
        FigureRow(
            "makespan_ns",
            "makespan",
            format_ns(figures["makespan_ns"]),
            "From the first call of the host to its knowledge of the last result.",
        ),
        FigureRow(
            "network_latency_ns",
            "network latency",
            _spread(network),
            "Time of a request from its first call to its result on the host, waiting included: the median, and what "
            "95 % of the requests stay under.",
        ),
        FigureRow(
            "hardware_latency_ns",
            "hardware latency",
            _spread(hardware),
            "Time of a request in which its kernels ran: the median, and what 95 % of the requests stay under.",
        ),
        FigureRow(
            "serial_ns", "one by one, S", format_ns(bounds["serial_ns"]), "These operations one after another, no gaps."
        ),
        FigureRow("overlap_ns", "perfect overlap, B", format_ns(bounds["overlap_ns"]), "No schedule is faster."),
        FigureRow(
            "achieved",
            "achieved",
            format_percent(bounds["achieved"]),
            "(S − makespan) / (S − B): gaps and calls of the host count against it, so it can be below 0.",
        ),
    ]
    if overlap["mapped_bytes"]:
        text = f"{format_bytes(overlap['mapped_bytes'])}, {format_ns(overlap['mapped_ns'])}"
        rows.append(FigureRow("mapped", "over the link", text, "Moved by kernels themselves, without copies."))
    return rows


def _spread(figures: Json) -> str:
    median = format_ns(figures["median"])
    return median if figures["p95"] == figures["median"] else f"{median}, p95 {format_ns(figures['p95'])}"


def rate_text(figures: Json) -> str:
    """Throughput of a scenario; a run that takes no time has none."""
    rate = figures["throughput_per_s"]
    return "–" if rate is None else f"{rate:,.0f} /s"


def causes(device: Json) -> list[CauseRow]:
    """Why copies are exposed, greatest cause first."""
    exposed = device["exposed_ns"]
    return [
        CauseRow(name, ns, ns / exposed, CAUSE_TEXT.get(name, name), CAUSE_REMEDY.get(name, ""))
        for name, ns in cause_rows(device["causes"])
    ]


def stretch_text(stretch: Stretch) -> str:
    """A stretch in words, from the first record."""
    start, end = stretch
    return f"{format_ns(start)} to {format_ns(end)}"


def as_text(title: str, heading: str, device: Json | None, run: Json | None) -> str:
    """The figures as lines of text."""
    lines = [title, heading, ""]
    if device is not None:
        share = format_percent(device["hidden_fraction"])
        lines += [f"hidden\t{format_ns(device['hidden_ns'])} ({share})", f"exposed\t{format_ns(device['exposed_ns'])}"]
        lines += [
            f"  because of {row.name}\t{format_ns(row.ns)} ({format_percent(row.share)})" for row in causes(device)
        ]
        rows = [*device_rows(device), *communication_rows(device)]
        lines += [f"{row.label}\t{row.text}" for row in rows]
    whole = run_rows(run)
    if whole:
        lines += ["", "whole run", *(f"{row.label}\t{row.text}" for row in whole)]
    return "\n".join(lines) + "\n"


def as_json(title: str, stretch: Stretch, device: Json | None, run: Json | None) -> str:
    """The figures as JSON, with the keys of the command line."""
    content = {
        "title": title,
        "window": {"start_ns": stretch[0], "end_ns": stretch[1]},
        "device": device,
        "run": run if run is not None and "makespan_ns" in run else None,
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)
