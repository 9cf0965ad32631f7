"""Saving a comparison: JSON, Markdown, CSV, or the timelines as one SVG."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from profiler.cli.output import write_text
from profiler.errors import UsageError

if TYPE_CHECKING:
    from profiler.experiment.compare import Comparison

Result = Mapping[str, Any]


def check_suffix(path: Path) -> None:
    """Refuse a name that says no known kind of file, before anything runs.

    Raises
    ------
    UsageError
        The ending is none of those that can be written.
    """
    if path.suffix.lower() not in _WRITERS:
        raise UsageError(
            f"{path.name!r} names no kind of comparison", where="-o", remedy=f"End it in {', '.join(_WRITERS)}."
        )


def write_comparison(path: Path, comparison: Comparison, result: Result) -> None:
    """Write the comparison in the kind that the name of ``path`` ends in.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    _WRITERS[path.suffix.lower()](path, comparison, result)


def _json(path: Path, comparison: Comparison, result: Result) -> None:
    write_text(path, json.dumps(result, indent=2, allow_nan=False) + "\n")


def _markdown(path: Path, comparison: Comparison, result: Result) -> None:
    from profiler.report.markdown import table_lines
    from profiler.report.tables import comparison_tables

    lines: list[str] = []
    for table in comparison_tables(result):
        lines += [*table_lines(table), ""]
    write_text(path, "\n".join([*lines, *(f"- {sentence}" for sentence in result["verdict"]), ""]))


def _csv(path: Path, comparison: Comparison, result: Result) -> None:
    from profiler.experiment.sweep import flat_row
    from profiler.io.table import write_csv

    write_csv(path, [flat_row(dict(row)) for row in result["scenarios"]])


def _svg(path: Path, comparison: Comparison, result: Result) -> None:
    from profiler.report.svg import render_svg
    from profiler.report.tables import scenario_title

    titled = [(scenario_title(o.to_json()), o.trace) for o in comparison.outcomes]
    write_text(path, render_svg(titled))


_WRITERS: dict[str, Callable[[Path, Comparison, Result], None]] = {
    ".json": _json,
    ".md": _markdown,
    ".csv": _csv,
    ".svg": _svg,
}
