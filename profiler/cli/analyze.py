"""``lanescope analyze``: exact overlap figures of trace files, and why copies are exposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from profiler.cli.options import JsonOption, PartialOption, TracesArgument
from profiler.cli.output import print_json, print_text
from profiler.cli.reading import reading
from profiler.cli.values import read_choice
from profiler.units import format_ns

BY = ("stream", "engine", "request", "name")

WindowOption = Annotated[
    str | None,
    typer.Option("--window", metavar="A:B", help="Only from A to B after the first record (1.5ms:2ms), or nvtx:NAME."),
]
ByOption = Annotated[str | None, typer.Option("--by", metavar="|".join(BY), help="Group the work of each GPU.")]
CommunicationOption = Annotated[
    str | None,
    typer.Option("--communication", metavar="REGEX", help="Kernels that communicate (RE2). Default: nccl or rccl."),
]


def command(
    traces: TracesArgument,
    window: WindowOption = None,
    by: ByOption = None,
    communication: CommunicationOption = None,
    partial: PartialOption = False,
    json: JsonOption = False,
) -> None:
    """Say for each GPU of a trace how much of its copy time is hidden under kernels, and why the rest is not."""
    from profiler.experiment.analyze_file import analyze_file

    if by is not None:
        read_choice("--by", by, BY)
    results: list[dict[str, Any]] = []
    for path in traces:
        with reading(path):
            found = analyze_file(path, window=window, by=by, communication=communication, partial=partial)
        results.append(found.to_json())
    if json:
        print_json(results[0] if len(results) == 1 else results)
        return
    for path, result in zip(traces, results, strict=True):
        _print(path, result, by)


def _print(path: str, result: Mapping[str, Any], by: str | None) -> None:
    from profiler.cli.show import print_sentences, print_table_data
    from profiler.report.trace_tables import device_table, groups_table
    from profiler.report.verdict import json_verdict

    print_text(f"{path}: {result['format']}, span {format_ns(result['span_ns'])}, {_resolution(result)}")
    for row in result["stats"]:
        print_text(f"  {row['severity']}: {row['name']} ({row['count']:,})")
    if not result["devices"]:
        print_sentences([_nothing_on_a_gpu(result)])
    for device in result["devices"]:
        print_table_data(device_table(device))
        if by is not None:
            print_table_data(groups_table(device["groups"], by, f"By {by}"))
        print_sentences(json_verdict(device))


def _nothing_on_a_gpu(result: Mapping[str, Any]) -> str:
    lost = sum(row["count"] for row in result["stats"] if row["severity"] in ("data_loss", "error"))
    if lost:
        return f"No GPU activity could be read; {lost:,} records were lost on import, which may have been some."
    return "The trace holds no GPU activity, so there is no overlap to report."


def _resolution(result: Mapping[str, Any]) -> str:
    resolution = result["resolution_ns"]
    return "resolution unknown" if resolution is None else f"resolution {format_ns(resolution)}"
