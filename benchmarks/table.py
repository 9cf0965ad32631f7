"""The page of results, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HEADER = """# Benchmarks

Written by `make bench`; do not edit. Each section says when it was measured, its peers in the same run. All are of the
machine below but for those that name another. No GPU took part: times are of the processor.
"""

#: What makes two machines different ones, whatever is installed on them.
_MACHINE = ("processor", "cores", "memory", "system")


def render_page(results: Sequence[Mapping[str, Any]], machine: Mapping[str, str]) -> str:
    """The whole page: the machine, then a section for each benchmark in the order given."""
    lines = [HEADER, "| machine | |", "|---|---|", *(f"| {key} | {_cell(value)} |" for key, value in machine.items())]
    for result in results:
        lines += ["", f"## {result['name']}", ""]
        if result.get("about"):
            lines += [str(result["about"]), ""]
        if result.get("measured"):
            lines += [_measured(result["measured"], machine), ""]
        lines += render_table(result["rows"])
        versions = result.get("versions")
        if versions:
            lines += ["", "Versions: " + ", ".join(f"{name} {number}" for name, number in versions.items()) + "."]
    return "\n".join(lines) + "\n"


def _measured(measured: Mapping[str, Any], machine: Mapping[str, str]) -> str:
    at = f" at commit {measured['commit']}" if measured["commit"] else ""
    mine = measured["machine"]
    if any(mine.get(key) != machine.get(key) for key in _MACHINE):
        at += " on another machine: " + ", ".join(mine[key] for key in _MACHINE if key in mine)
    return f"Measured on {measured['on']}{at}."


def render_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A Markdown table of rows whose columns are all their keys in order of first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    numeric = {key: all(_is_number(row.get(key)) or row.get(key) is None for row in rows) for key in columns}
    lines = [_line(columns), "|" + "|".join("---:" if numeric[key] else "---" for key in columns) + "|"]
    return lines + [_line([_cell(row.get(key)) for key in columns]) for row in rows]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object) -> str:
    """Whole numbers with thousands apart, others with four significant digits, nothing as an en dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value).replace("|", "\\|").replace("\n", " ")
