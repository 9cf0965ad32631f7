"""``lanescope convert``: a trace of any format that is read, written in another."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.cli.options import JsonOption, PartialOption
from profiler.cli.output import print_json, print_text, visible
from profiler.cli.reading import read_shown
from profiler.errors import UsageError

if TYPE_CHECKING:
    from profiler.io.registry import Format
    from profiler.trace.tables import Trace

InArgument = Annotated[str, typer.Argument(metavar="IN", help="A trace file of any format that is read.")]
OutArgument = Annotated[
    str,
    typer.Argument(metavar="OUT", help="The file to write; its ending says the format, such as .parquet or .json.gz."),
]
KeepOption = Annotated[
    bool, typer.Option("--keep-text", help="Leave CSV texts as they are, formulas and control characters too.")
]


def command(
    source: InArgument,
    target: OutArgument,
    keep_text: KeepOption = False,
    partial: PartialOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a trace in the format that OUT's ending names, and say what that format cannot hold."""
    from profiler.io.losses import losses
    from profiler.io.registry import format_of

    wanted = format_of(target)
    if keep_text and wanted.name != "csv":
        raise UsageError("only CSV changes texts", where="--keep-text", remedy="Leave it out, or end OUT in .csv.")
    _refuse_same(source, target)
    trace = read_shown(source, partial=partial)
    lost = losses(trace, wanted.name)
    _write(trace, target, wanted, keep_text)
    for line in lost:
        sys.stderr.write(f"lanescope: note: {wanted.title} cannot hold {visible(line)}\n")
    if as_json:
        print_json(_described(source, target, trace, wanted, lost))
    else:
        print_text(f"Wrote {len(trace):,} events to {target} ({wanted.title}).")


def _refuse_same(source: str, target: str) -> None:
    """Refuse to write over the input, under whatever name it is reached."""
    try:
        same = os.path.realpath(source) == os.path.realpath(target) or os.path.samefile(source, target)
    except (OSError, ValueError):
        return
    if same:
        raise UsageError("IN and OUT are the same file", where=target, remedy="Name another file to write.")


def _write(trace: Trace, target: str, wanted: Format, keep_text: bool) -> None:
    module = wanted.load()
    if keep_text:
        module.write(trace, target, keep_text=True)
    else:
        module.write(trace, target)


def _described(source: str, target: str, trace: Trace, wanted: Format, lost: list[str]) -> dict[str, Any]:
    return {
        "input": source,
        "input_format": trace.meta.get("format"),
        "output": target,
        "output_format": wanted.name,
        "events": len(trace),
        "losses": lost,
        "stats": trace.stats.to_json(),
    }
