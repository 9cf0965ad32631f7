"""``lanescope convert``: a trace of any format that is read, written in another."""

from __future__ import annotations

from typing import Annotated

import typer

from profiler.cli.options import JsonOption, PartialOption
from profiler.cli.reading import read_shown
from profiler.cli.writing import refuse_same, write_reporting
from profiler.errors import UsageError

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
    from profiler.io.registry import format_of

    wanted = format_of(target)
    if keep_text and wanted.name != "csv":
        raise UsageError("only CSV changes texts", where="--keep-text", remedy="Leave it out, or end OUT in .csv.")
    refuse_same(source, target)
    trace = read_shown(source, partial=partial)
    write_reporting(trace, source, target, wanted, keep_text=keep_text, as_json=as_json)
