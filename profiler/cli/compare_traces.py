"""``lanescope compare`` of files: the figures of several traces side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from profiler.cli.output import print_json, write_text
from profiler.cli.reading import read_shown
from profiler.errors import UsageError

if TYPE_CHECKING:
    from profiler.experiment.gate import Gate


def compare_traces(files: Sequence[str], path: Path | None, gate: Gate | None, *, partial: bool, as_json: bool) -> None:
    """Analyse each file and print them side by side, one row a device.

    Raises
    ------
    TraceReadError
        A file cannot be read.
    GateFailed
        The gate's expression holds for a device.
    UsageError
        ``path`` names no kind of file that this is written as.
    """
    from profiler.analysis.analyze import analyze
    from profiler.cli.compare import gate_failure

    if path is not None and path.suffix.lower() != ".json":
        raise UsageError(f"{path.name!r} names no kind of comparison of traces", where="-o", remedy="End it in .json.")
    analyses = [{**analyze(read_shown(file, partial=partial)).to_json(), "file": file} for file in files]
    result = {"traces": analyses}
    failure = gate_failure(gate, [{"file": row["file"], **device} for row in analyses for device in row["devices"]])
    if path is not None:
        write_text(path, json.dumps(result, indent=2, allow_nan=False) + "\n")
    if as_json:
        print_json(result)
    else:
        _print(analyses)
    if failure is not None:
        raise failure


def _print(analyses: Sequence[dict[str, Any]]) -> None:
    from profiler.cli.show import print_table_data
    from profiler.report.trace_tables import traces_table

    print_table_data(traces_table(analyses))
