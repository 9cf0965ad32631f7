"""``lanescope compare``: strategies, batches, precisions, memories and devices side by side, ranked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from profiler.cli.options import JsonOption, OutputOption, PartialOption, RunOptions, with_run_options
from profiler.cli.output import print_json, print_note, progress
from profiler.cli.values import output_path, read_names
from profiler.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from profiler.experiment.compare import Comparison
    from profiler.experiment.gate import Gate

FailIfOption = Annotated[
    str | None,
    typer.Option("--fail-if", metavar="EXPR", help="Exit 1 if EXPR holds for a scenario: 'hidden_fraction < 0.8'."),
]
SubjectsArgument = Annotated[
    list[str], typer.Argument(metavar="WORKLOAD|TRACE...", help="Workloads to run, or trace files to set side by side.")
]


@with_run_options(lists=True, strategy="all", batch="1,128")
def command(
    subjects: SubjectsArgument,
    fail_if: FailIfOption = None,
    output: OutputOption = None,
    partial: PartialOption = False,
    json: JsonOption = False,
    *,
    options: RunOptions,
) -> None:
    """Run the product of all lists given and rank it: which strategy hides the copies, and at what latency."""
    from profiler.experiment.gate import Gate

    gate = Gate(fail_if) if fail_if is not None else None
    path = output_path(output)
    if are_traces(subjects):
        from profiler.cli.compare_traces import compare_traces

        if options.given:
            remedy = "Leave it out, or name workloads."
            raise UsageError(
                "this is how a workload is run, and these are traces", where=options.given[0], remedy=remedy
            )
        compare_traces(subjects, path, gate, partial=partial, as_json=json)
    else:
        if partial:
            remedy = "Leave it out, or name trace files."
            raise UsageError("this is how a trace is read, and these are workloads", where="--partial", remedy=remedy)
        _compare_workloads(read_names(subjects), options, path, gate, as_json=json)


def are_traces(subjects: Sequence[str]) -> bool:
    """Whether all subjects are files, and not workload files.

    Raises
    ------
    UsageError
        Some are and some are not.
    """
    files = [Path(subject).is_file() and Path(subject).suffix != ".toml" for subject in subjects]
    if any(files) and not all(files):
        other = subjects[files.index(False)]
        raise UsageError(
            f"{other!r} is no trace file, and others are",
            where="compare",
            remedy="Give traces or workloads, not both.",
        )
    return all(files)


def gate_failure(gate: Gate | None, rows: Sequence[Mapping[str, Any]]) -> GateFailed | None:
    """What to raise once the results are out: the gate's expression holds for a row. None where it holds for none.

    Raises
    ------
    UsageError
        The expression names a figure that the rows do not have, or cannot be computed.
    """
    failed = [row for row in rows if gate.holds(row)] if gate is not None else []
    if gate is None or not failed:
        return None
    from profiler.report.tables import scenario_title

    first = failed[0]
    title = scenario_title(first) if "strategy" in first else str(first.get("file"))
    return GateFailed(f"{gate.text} holds for {len(failed)} of {len(rows)}; first: {title}", where="--fail-if")


def _compare_workloads(
    workloads: Sequence[str], options: RunOptions, path: Path | None, gate: Gate | None, *, as_json: bool
) -> None:
    from profiler.experiment.compare import run_all
    from profiler.experiment.spec import Bench
    from profiler.experiment.verdict import comparison_verdict

    options.refuse_all_repeats()
    if path is not None:
        from profiler.cli.compare_files import check_suffix

        check_suffix(path)
    specs = options.specs(workloads)
    with Bench() as bench, progress(len(specs), "scenarios") as advance:
        comparison = run_all([bench.scenario(spec) for spec in specs], advance=lambda: advance(1))
    result = comparison.to_json(comparison_verdict(comparison))
    failure = gate_failure(gate, result["scenarios"])
    try:
        if path is not None:
            from profiler.cli.compare_files import write_comparison

            write_comparison(path, comparison, result)
    finally:
        # A file that cannot be written after all does not take the results with it.
        if as_json:
            print_json(result)
        else:
            _print(comparison, result)
    if comparison.interrupted:
        raise KeyboardInterrupt
    if comparison.failure is not None:
        raise comparison.failure
    if failure is not None:
        raise failure


def _print(comparison: Comparison, result: Mapping[str, Any]) -> None:
    from profiler.cli.show import print_notes, print_sentences, print_table_data
    from profiler.report.tables import comparison_tables

    for info in {outcome.device.info.spec: outcome.device.info for outcome in comparison.outcomes}.values():
        print_notes(info)
    for table in comparison_tables(result):
        print_table_data(table)
    for skipped in comparison.refused:
        print_note(f"not run: {skipped}")
    print_sentences(result["verdict"])
