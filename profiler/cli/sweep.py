"""``lanescope sweep``: many batches as one table, and the batch from which copies are hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from profiler.cli.options import JsonOption, OutputOption, RunOptions, with_run_options
from profiler.cli.output import print_json, progress
from profiler.cli.values import output_path, read_choice, read_names
from profiler.errors import UsageError

TABLE_SUFFIXES = (".csv", ".parquet")
EXECUTORS = ("local", "dask")

SubjectsArgument = Annotated[list[str], typer.Argument(metavar="WORKLOAD,...", help="Workloads to run.")]
ExecutorOption = Annotated[
    str, typer.Option("--executor", metavar="local|dask", help="Where scenarios run: here, or on a Dask cluster.")
]


@with_run_options(lists=True, batch="1,2,4,8,16,32,64,128", strategy="serial,depth-first")
def command(
    workloads: SubjectsArgument,
    executor: ExecutorOption = "local",
    output: OutputOption = None,
    json: JsonOption = False,
    *,
    options: RunOptions,
) -> None:
    """Run every combination of the lists given; print one row each and the batch at which copies become hidden."""
    read_choice("--executor", executor, EXECUTORS)
    options.refuse_all_repeats()
    path = output_path(output)
    if path is not None and path.suffix.lower() not in TABLE_SUFFIXES:
        remedy = f"End it in {' or '.join(TABLE_SUFFIXES)}."
        raise UsageError(f"{path.name!r} names no kind of table", where="-o", remedy=remedy)
    rows: list[Mapping[str, Any]] = []
    try:
        rows.extend(_rows(options, read_names(workloads), executor))
    finally:
        # Interrupted or failed half-way: what was finished is kept.
        if rows:
            _give(rows, path, as_json=json)


def _give(rows: Sequence[Mapping[str, Any]], path: Path | None, *, as_json: bool) -> None:
    try:
        if path is not None:
            _write(path, rows)
    finally:
        # A file that cannot be written after all does not take the results with it.
        if as_json:
            print_json(rows)
        else:
            _print(rows)


def _rows(options: RunOptions, workloads: Sequence[str], executor: str) -> Iterator[Mapping[str, Any]]:
    from profiler.experiment.sweep import EXECUTORS as RUNNERS

    specs = options.specs(workloads)
    with progress(len(specs), "scenarios") as advance:
        for row in RUNNERS[executor](specs):
            yield row
            advance(1)


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    from profiler.experiment.sweep import flat_row
    from profiler.io.table import write_csv, write_parquet

    flat = [flat_row(dict(row)) for row in rows]
    (write_csv if path.suffix.lower() == ".csv" else write_parquet)(path, flat)


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    from profiler.cli.show import print_sentences, print_table_data
    from profiler.experiment.sweep import HIDDEN_ENOUGH, crossovers
    from profiler.report.tables import sweep_table

    print_table_data(sweep_table(rows))
    sentences = []
    for found in crossovers([dict(row) for row in rows]):
        memory = "" if found.memory == "pinned" else f", {found.memory} memory"
        subject = f"{found.workload} {found.precision}, {found.strategy} on {found.device}{memory}"
        share = f"{HIDDEN_ENOUGH:.0%} of the copy time"
        if found.batch is None:
            sentences.append(f"{subject}: no batch of this sweep hides {share}{found.condition}.")
        else:
            sentences.append(f"{subject}: {share} is hidden from batch {found.batch} on{found.condition}.")
    print_sentences(sentences)
