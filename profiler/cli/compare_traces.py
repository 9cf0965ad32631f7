"""``lanescope compare`` of files: the figures of several traces side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from profiler.cli.output import print_json
from profiler.cli.reading import read_shown
from profiler.errors import UsageError

if TYPE_CHECKING:
    from profiler.experiment.gate import Gate


def compare_traces(files: Sequence[str], path: Path | None, gate: Gate | None, *, as_json: bool) -> None:
    """Analyse each file and print them side by side, one row a device.

    Raises
    ------
    TraceReadError
        A file cannot be read.
    GateFailed
        The gate's expression holds for a device.
    """
    from profiler.analysis.analyze import analyze
    from profiler.cli.compare import gate_failure

    analyses = []
    for file in files:
        analyses.append({**analyze(read_shown(file)).to_json(), "file": file})
    result = {"traces": analyses}
    failure = gate_failure(gate, [{"file": row["file"], **device} for row in analyses for device in row["devices"]])
    if path is not None:
        _write(path, result)
    if as_json:
        print_json(result)
    else:
        _print(analyses)
    if failure is not None:
        raise failure


def _write(path: Path, result: dict[str, Any]) -> None:
    import json

    from profiler.cli.output import write_text

    if path.suffix.lower() != ".json":
        raise UsageError(f"{path.name!r} names no kind of comparison of traces", where="-o", remedy="End it in .json.")
    write_text(path, json.dumps(result, indent=2) + "\n")


def _print(analyses: Sequence[dict[str, Any]]) -> None:
    from profiler.cli.show import print_table_data
    from profiler.report.trace_tables import traces_table

    print_table_data(traces_table(analyses))
