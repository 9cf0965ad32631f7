"""Tables of results as plain text cells; the terminal, Markdown and CSV writers all draw from these.

Input is the JSON of a result (design of the keys: ``docs/formats.md``), so that a saved result prints like a fresh one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from profiler.report.verdict import cause_rows
from profiler.units import format_bytes, format_ns, format_percent

Json = Mapping[str, Any]


@dataclass(frozen=True)
class TableData:
    """A table ready to print.

    Attributes
    ----------
    title : str
    columns : sequence of str
    rows : sequence of sequences of str
    left : frozenset of str
        Columns aligned left; all others hold numbers and are aligned right.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[str] = field(default_factory=frozenset)


def figures_table(row: Json) -> TableData:
    """Figures of one scenario."""
    overlap, bounds = row["overlap"], row["bounds"]
    cells = [
        ("throughput", _throughput(row, ",.1f", " samples/s")),
        ("makespan", format_ns(row["makespan_ns"])),
        ("network latency, median", format_ns(row["network_latency_ns"]["median"])),
        ("hardware latency, median", format_ns(row["hardware_latency_ns"]["median"])),
        ("enqueue, median", format_ns(row["enqueue_ns"]["median"])),
        ("compute", format_ns(overlap["compute_ns"])),
        ("copies (HtoD, DtoH)", _copies(overlap)),
        ("hidden under kernels", f"{format_ns(overlap['hidden_ns'])} ({format_percent(overlap['hidden_fraction'])})"),
        ("covered (short kernel gaps counted)", format_ns(overlap["covered_ns"])),
        ("exposed", format_ns(overlap["exposed_ns"])),
        ("both directions at once", format_ns(overlap["duplex_ns"])),
        ("GPU idle", format_ns(overlap["idle_ns"])),
        ("these operations one after another, S", format_ns(bounds["serial_ns"])),
        ("perfect overlap, B", format_ns(bounds["overlap_ns"])),
        ("achieved (S − makespan)/(S − B)", format_percent(bounds["achieved"])),
    ]
    if row.get("instrumentation_factor") is not None:
        cells.append(("makespan with stamps / without", f"{row['instrumentation_factor']:.3f}"))
    if overlap["mapped_bytes"]:
        crossed = f"{format_bytes(overlap['mapped_bytes'])} in {format_ns(overlap['mapped_ns'])}"
        cells.append(("over the link by kernels", crossed))
    return TableData("", ("figure", "value"), cells, frozenset({"figure"}))


def scenario_title(row: Json) -> str:
    """One line that names a scenario."""
    where = f"{row['device']}, simulated" if row["simulated"] else str(row["device"])
    requests = f", {row['requests']} requests" if row["requests"] > 1 else ""
    knobs = _knobs(row)
    return (
        f"{row['workload']} {row['precision']}, batch {row['batch']}{requests}: {_strategy(row)}"
        f"{f' [{knobs}]' if knobs else ''} on {where}"
    )


def comparison_tables(result: Json) -> list[TableData]:
    """The ranked table of each group of ``compare --json``, then where the INT8 gain went."""
    best = [entry["best_overlap_ns"] for entry in result["best_overlap_ns"]]
    tables = [
        scenarios_table(
            result["scenarios"],
            group["order"],
            f"{group['workload']} {group['precision']}, batch {group['batch']}",
            best_ns,
        )
        for group, best_ns in zip(result["ranking"], best, strict=True)
    ]
    return tables + ([lost_gain_table(result["lost_gain"])] if result["lost_gain"] else [])


def causes_table(causes: Json, exposed_ns: int) -> TableData:
    """Exposed copy time by cause."""
    rows = [(name, format_ns(ns), format_percent(ns / exposed_ns)) for name, ns in cause_rows(causes)]
    return TableData("Exposed copy time by cause", ("cause", "time", "share"), rows, frozenset({"cause"}))


def scenarios_table(rows: Sequence[Json], order: Sequence[Json], title: str, best_overlap_ns: int | None) -> TableData:
    """Scenarios of one group in ranked order, each beside the serial run of its device where there is one."""
    members = [rows[entry["scenario"]] for entry in order]
    several = len({row["device"] for row in members}) > 1
    cells = []
    stamps, factors = _stamps(members)
    for place, entry in enumerate(order, 1):
        row = rows[entry["scenario"]]
        overlap, serial = row["overlap"], _serial(row, members)
        cells.append(
            (
                "=" if entry["tie"] else str(place),
                _strategy(row),
                *((row["device"],) if several else ()),
                _knobs(row),
                _throughput(row),
                _ratio(row["throughput_per_s"], serial["throughput_per_s"]) if serial else "–",
                format_ns(row["network_latency_ns"]["median"]),
                format_ns(overlap["copy_ns"]),
                format_percent(overlap["hidden_fraction"]),
                format_ns(overlap["exposed_ns"]),
                _main_cause(row),
                format_percent(row["bounds"]["achieved"]),
                *factors[place - 1],
            )
        )
    columns = (
        "#", "strategy", *(("device",) if several else ()), "knobs", "samples/s", "vs serial", "latency", "copies",
        "hidden", "exposed", "main cause", "achieved", *stamps,
    )  # fmt: skip
    caption = f"{title}; best overlap of any scenario {format_ns(best_overlap_ns)}" if best_overlap_ns else title
    return TableData(caption, columns, cells, frozenset({"strategy", "device", "knobs", "main cause"}))


def lost_gain_table(rows: Sequence[Json]) -> TableData:
    """Where the INT8 gain went; what the rows differ in besides network and batch has a column."""
    names = ("input", "memory", "device", "reference_batch")
    differing = [name for name in names if len({row[name] for row in rows}) > 1]
    cells = [
        (
            row["workload"],
            *(str(row[name]) for name in differing),
            str(row["batch"]),
            f"{row['gain']:.2f}x",
            f"{row['reference_gain']:.2f}x",
            format_ns(row["lost_ns"]),
            _part(row, "compute_ns"),
            _part(row, "transfer_ns"),
            _part(row, "launch_ns"),
        )
        for row in rows
    ]
    reference = rows[0]["reference_batch"] if rows else 0
    at = "gain at reference" if "reference_batch" in differing else f"gain at {reference}"
    further = [name.replace("_", " ") for name in differing]
    columns = ("network", *further, "batch", "INT8 gain", at, "lost", "compute", "transfer", "launch")
    left = frozenset({"network", "input", "memory", "device"})
    return TableData("Where the INT8 gain went (serial, one request, end to end)", columns, cells, left)


def sweep_table(rows: Sequence[Json]) -> TableData:
    """One row a scenario in the order run."""
    stamps, factors = _stamps(rows)
    cells = [
        (
            row["workload"],
            row["precision"],
            str(row["batch"]),
            _strategy(row),
            row["memory"],
            row["device"],
            _throughput(row),
            format_ns(row["network_latency_ns"]["median"]),
            format_ns(row["overlap"]["copy_ns"]),
            format_percent(row["overlap"]["hidden_fraction"]),
            format_ns(row["overlap"]["exposed_ns"]),
            *factor,
        )
        for row, factor in zip(rows, factors, strict=True)
    ]
    columns = ("workload", "precision", "batch", "strategy", "memory", "device", "samples/s", "latency", "copies",
               "hidden", "exposed", *stamps)  # fmt: skip
    return TableData("", columns, cells, frozenset({"workload", "precision", "strategy", "memory", "device"}))


def _serial(row: Json, members: Sequence[Json]) -> Json | None:
    """The serial run that a scenario is compared to: of its device, and of its kind of memory where there is one."""
    serial = [one for one in members if one["strategy"] == "serial" and one["device"] == row["device"]]
    return next((one for one in serial if one["memory"] == row["memory"]), serial[0] if serial else None)


def _copies(overlap: Json) -> str:
    both = f"{format_ns(overlap['htod_ns'])}, {format_ns(overlap['dtoh_ns'])}"
    return f"{format_ns(overlap['copy_ns'])} ({both})"


def _strategy(row: Json) -> str:
    return f"{row['strategy']} ({row['base']})" if row["base"] else str(row["strategy"])


def _knobs(row: Json) -> str:
    short = (("streams", "s"), ("chunks", "c"), ("buffers", "b"))
    parts = [f"{letter}{row[name]}" for name, letter in short if row[name] is not None]
    if row["requests"] > 1:
        parts.append(f"r{row['requests']}")
    if row["memory"] != "pinned":
        parts.append(str(row["memory"]))
    return " ".join(parts)


def _throughput(row: Json, digits: str = ",.0f", unit: str = "") -> str:
    rate = row["throughput_per_s"]
    return "–" if rate is None else f"{rate:{digits}}{unit}"


def _ratio(value: float | None, reference: float | None) -> str:
    return f"{value / reference:.2f}x" if value is not None and reference else "–"


def _stamps(rows: Sequence[Json]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heading and cells of a column of instrumentation factors; none of either where no row was measured on a GPU."""
    factors = [row.get("instrumentation_factor") for row in rows]
    if all(factor is None for factor in factors):
        return (), [() for _ in rows]
    return ("stamps",), [("–" if factor is None else f"x{factor:.3f}",) for factor in factors]


def _main_cause(row: Json) -> str:
    causes = cause_rows(row["causes"])
    return causes[0][0] if causes else "–"


def _part(row: Json, key: str) -> str:
    share = format_percent(row[key] / row["lost_ns"]) if row["lost_ns"] else "–"
    return f"{format_ns(row[key])} ({share})"
