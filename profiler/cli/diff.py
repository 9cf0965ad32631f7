"""``lanescope diff``: what changed between two traces, operation by operation."""

from __future__ import annotations

from typing import Annotated

import typer

from profiler.cli.options import JsonOption, PartialOption
from profiler.cli.output import print_json
from profiler.cli.reading import read_shown

#: Rows that the text shows unless ``--rows`` says otherwise; JSON has them all.
SHOWN_ROWS = 40

AArgument = Annotated[str, typer.Argument(metavar="A", help="A trace file.")]
BArgument = Annotated[str, typer.Argument(metavar="B", help="The trace file it is compared to.")]
HostOption = Annotated[
    bool, typer.Option("--host", help="Compare host calls, waits and ranges too, not device work alone.")
]
RowsOption = Annotated[int, typer.Option("--rows", metavar="N", min=1, max=1_000_000, help="Rows of the text table.")]


def command(
    a: AArgument,
    b: BArgument,
    host: HostOption = False,
    rows: RowsOption = SHOWN_ROWS,
    partial: PartialOption = False,
    as_json: JsonOption = False,
) -> None:
    """Match the operations of two traces by name, request, chunk and order, and say which differ and by how much."""
    from profiler.analysis.diff import HOST_CATEGORIES, diff
    from profiler.cli.show import print_sentences, print_table_data
    from profiler.report.diff_table import diff_sentences, diff_table
    from profiler.trace.schema import DEVICE_CATEGORIES

    categories = (*DEVICE_CATEGORIES, *HOST_CATEGORIES) if host else DEVICE_CATEGORIES
    first, second = (read_shown(path, partial=partial) for path in (a, b))
    result = diff(first, second, categories=categories).to_json()
    if as_json:
        print_json(result)
        return
    table = diff_table(result, rows)
    if table.rows:
        print_table_data(table)
    print_sentences(diff_sentences(result))
