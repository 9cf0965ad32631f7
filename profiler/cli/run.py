"""``lanescope run``: one scenario, its figures, its timeline, and why copies are exposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from profiler.cli.options import JsonOption, OutputOption, RunOptions, with_run_options
from profiler.cli.output import print_note, print_text, progress
from profiler.cli.values import output_path

if TYPE_CHECKING:
    from pathlib import Path

    from profiler.experiment.scenario import Outcome

WorkloadArgument = Annotated[
    str, typer.Argument(metavar="WORKLOAD", help="A network, a micro workload, a TOML file or module:function.")
]


@with_run_options(lists=False)
def command(
    workload: WorkloadArgument, output: OutputOption = None, json: JsonOption = False, *, options: RunOptions
) -> None:
    """Run one workload under one strategy and say how much of its copy time is hidden, and why not the rest."""
    from profiler.experiment.compare import run_fastest_base
    from profiler.experiment.spec import Bench

    path = output_path(output)
    if path is None:
        options.refuse_all_repeats()
    else:
        _check_format(path)
    (spec,) = options.specs([workload])
    kept: list[Outcome] = []
    try:
        with Bench() as bench, progress(options.repeats, "repeats") as advance:
            scenario, device = bench.scenario(spec)
            kept.append(run_fastest_base(scenario, device, progress=lambda done, total: advance(1), keep=kept.append))
    finally:
        # Interrupted or failed half-way: the repeats that were finished are kept.
        if kept:
            _give(kept[-1], path, options, as_json=json)


def _check_format(path: Path) -> None:
    """Refuse a name that says no format of a trace, before anything runs."""
    from profiler.io.registry import format_of

    format_of(path)


def _give(outcome: Outcome, path: Path | None, options: RunOptions, *, as_json: bool) -> None:
    from profiler.cli.output import print_json

    try:
        if path is not None:
            _save(outcome, str(path), all_repeats=options.all_repeats)
    finally:
        # A file that cannot be written after all does not take the figures with it.
        if as_json:
            print_json(outcome.to_json())
        else:
            _print(outcome)
    if path is not None and not as_json:
        print_note(f"saved the trace to {path}")
    if outcome.timings.repeats < options.repeats:
        print_note(f"only {outcome.timings.repeats} of {options.repeats} repeats were finished")


def _save(outcome: Outcome, path: str, *, all_repeats: bool) -> None:
    from profiler.experiment.trace_builder import build_all_repeats
    from profiler.io import write_trace

    trace = outcome.trace
    if all_repeats:
        trace = build_all_repeats(outcome.plan, outcome.timings, outcome.device.info)
    write_trace(trace.with_meta(scenario=outcome.to_json()), path)


def _print(outcome: Outcome) -> None:
    from profiler.cli.show import print_gantt, print_notes, print_sentences, print_table_data
    from profiler.experiment.verdict import outcome_verdict
    from profiler.report.tables import causes_table, figures_table, scenario_title

    row = outcome.to_json()
    print_notes(outcome.device.info)
    print_text(scenario_title(row))
    print_table_data(figures_table(row))
    print_gantt(outcome.trace)
    if row["causes"]:
        print_table_data(causes_table(row["causes"], row["overlap"]["exposed_ns"]))
    print_sentences(outcome_verdict(outcome))
