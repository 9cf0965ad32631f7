"""The root of the command line: a table of verbs, each imported only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import profiler
from profiler.cli.errors import guarded
from profiler.errors import UsageError, suggestion

NAME = "lanescope"


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb lives, and its line in the help. The module's function ``command`` is the verb."""

    module: str
    summary: str


VERBS: dict[str, Verb] = {
    "run": Verb("profiler.cli.run", "Run one workload under one strategy: figures, timeline, causes."),
    "compare": Verb("profiler.cli.compare", "Strategies, batches and precisions side by side, ranked."),
    "sweep": Verb("profiler.cli.sweep", "Many batches as one table: from which one on are copies hidden?"),
    "analyze": Verb("profiler.cli.analyze", "Exact overlap figures of a trace, and why copies are exposed."),
    "diff": Verb("profiler.cli.diff", "What changed between two traces, operation by operation."),
    "view": Verb("profiler.cli.view", "The window: see the copies slide under the kernels."),
    "render": Verb("profiler.cli.render", "A trace's timeline as a picture, without a display."),
    "info": Verb("profiler.cli.info", "What a trace holds: events, tracks, devices, losses."),
    "convert": Verb("profiler.cli.convert", "A trace written in another format, saying what that cannot hold."),
    "merge": Verb("profiler.cli.merge", "Traces of several processes or hosts as one, on one clock."),
    "query": Verb("profiler.cli.query", "Ask a trace in SQL, read-only, or by a ready-made query."),
    "devices": Verb("profiler.cli.devices", "The GPUs of this machine, and those that can be simulated."),
    "calibrate": Verb("profiler.cli.calibrate", "Measure a GPU and write a file that simulates it."),
}


class VerbGroup(TyperGroup):
    """The verbs of `VERBS`. The list of them is printed without importing any."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all verbs, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb as a command; None where there is no such verb."""
        verb = VERBS.get(cmd_name)
        return _command(cmd_name, verb) if verb is not None else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Name, command and remaining arguments.

        Raises
        ------
        UsageError
            There is no such verb.
        """
        if args[0] not in VERBS:
            raise UsageError(f"there is no verb {args[0]!r}", remedy=suggestion(args[0], VERBS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one line a verb, from the table."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.summary) for name, verb in VERBS.items()])


_APP = typer.Typer(
    name=NAME,
    cls=VerbGroup,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="VERB ...",
    epilog="'lanescope VERB --help' explains a verb. Exit codes: 0 done, 1 a gate failed, 2 wrong use, 3 a trace that "
    "cannot be read, 4 a device or display that is missing or failed, 5 an output that cannot be written, "
    "130 interrupted.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{NAME} {profiler.__version__}")
        raise typer.Exit


@_APP.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Say whether a GPU pipeline's transfers are hidden behind compute, why not, and what would hide them."""


def root_command() -> Any:
    """The whole command line as one command."""
    return typer.main.get_command(_APP)


def run(args: Sequence[str]) -> int:
    """Exit code of the command line ``args``; errors are reported on standard error."""
    return guarded(lambda: _invoke(list(args)))


def _invoke(args: list[str]) -> None:
    root = root_command()
    if not args:
        _print_help(root)
        raise UsageError("no verb is given", remedy=f"Choose from: {', '.join(VERBS)}.")
    with root.make_context(NAME, args) as context:
        root.invoke(context)


def _print_help(root: Any) -> None:
    with root.make_context(NAME, [], resilient_parsing=True) as context:
        typer.echo(f"{context.get_help()}\n", err=True)


def _command(name: str, verb: Verb) -> Any:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, context_settings={"help_option_names": ["-h", "--help"]})(
        importlib.import_module(verb.module).command
    )
    return typer.main.get_command(app)
