"""Tables of analysed traces, as plain text cells."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.report.tables import Json, TableData
from profiler.report.verdict import cause_rows
from profiler.units import format_bytes, format_ns, format_percent

#: Times of a device in the order they are shown, with the words for them.
_TIMES = (
    ("span", "span_ns"),
    ("busy", "busy_ns"),
    ("idle", "idle_ns"),
    ("compute", "compute_ns"),
    ("copies", "copy_ns"),
    ("HtoD", "htod_ns"),
    ("DtoH", "dtoh_ns"),
    ("both directions at once", "duplex_ns"),
    ("hidden under kernels", "hidden_ns"),
    ("exposed", "exposed_ns"),
)
_COPY_COUNTS = ("htod", "dtoh", "dtod", "other_copies")


def device_table(device: Json) -> TableData:
    """Figures of one GPU, with a second column without communication kernels where it has any."""
    rest = device["without_communication"] if device["communication_kernels"] else {}
    cells = [
        ("kernels", _count(device["kernels"]), _count(rest.get("kernels"))),
        ("copies HtoD / DtoH / DtoD / other", " / ".join(_count(device[key]) for key in _COPY_COUNTS), ""),
        ("memsets", _count(device["memsets"]), ""),
        ("streams", _count(device["streams"]), ""),
        *((label, format_ns(device[key]), format_ns(rest[key]) if key in rest else "") for label, key in _TIMES),
        (
            "hidden fraction",
            format_percent(device["hidden_fraction"]),
            format_percent(rest["hidden_fraction"]) if rest else "",
        ),
        *_apart(device),
    ]
    title = f"GPU {device['device']}: {device['name']}"
    if rest:
        return TableData(title, ("figure", "value", "without communication"), cells, frozenset({"figure"}))
    return TableData(title, ("figure", "value"), [cell[:2] for cell in cells], frozenset({"figure"}))


def _apart(device: Json) -> list[tuple[str, str, str]]:
    """What is counted apart: graphs traced whole and unified-memory migrations, where there are any."""
    cells = []
    if device["graphs"]:
        cells.append(("CUDA graphs traced whole", f"{device['graphs']:,} in {format_ns(device['graph_ns'])}", ""))
    moved = device["migrations"]
    if moved["htod"] or moved["dtoh"]:
        count = moved["htod"] + moved["dtoh"]
        cells.append(("unified-memory migrations", f"{count:,} in {format_ns(moved['sum_ns'])}", ""))
    return cells


def traces_table(analyses: Sequence[Json]) -> TableData:
    """Devices of several analysed traces, one row each."""
    cells = [
        (
            str(row["file"]),
            f"{device['device']}: {device['name']}",
            format_ns(device["span_ns"]),
            format_ns(device["compute_ns"]),
            format_ns(device["copy_ns"]),
            format_percent(device["hidden_fraction"]),
            format_ns(device["exposed_ns"]),
            format_ns(device["idle_ns"]),
            next((name for name, _ in cause_rows(device["causes"])), "–"),
        )
        for row in analyses
        for device in row["devices"]
    ]
    columns = ("trace", "GPU", "span", "compute", "copies", "hidden", "exposed", "idle", "main cause")
    return TableData("", columns, cells, frozenset({"trace", "GPU", "main cause"}))


def groups_table(groups: Sequence[Json], key: str, title: str) -> TableData:
    """Slices of one GPU grouped by ``key``."""
    cells = [
        (
            str(group["key"]),
            f"{group['count']:,}",
            *(format_ns(group[name]) for name in ("sum_ns", "union_ns", "min_ns", "median_ns", "max_ns")),
            format_bytes(group["size_bytes"]),
        )
        for group in groups
    ]
    columns = (key, "count", "sum", "union", "min", "median", "max", "bytes")
    return TableData(title, columns, cells, frozenset({key}))


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
