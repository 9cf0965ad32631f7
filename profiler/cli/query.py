"""``lanescope query``: SQL over a trace, read-only and within limits."""

from __future__ import annotations

import json
import re
import sys
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.cli.options import JsonOption, PartialOption
from profiler.cli.output import Cell, print_json, print_note, print_table, print_text
from profiler.cli.reading import read_shown
from profiler.errors import OutputError, UsageError

if TYPE_CHECKING:
    from profiler.io.sql import Limits, Result

#: Rows that the text table shows unless ``--rows`` says otherwise; JSON and CSV have them all.
SHOWN_ROWS = 1000

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_LEAST_BYTES = 16 * 10**6
_MOST_SECONDS = 10**7

TraceArgument = Annotated[str | None, typer.Argument(metavar="TRACE", help="A trace file of any format that is read.")]
SqlArgument = Annotated[str | None, typer.Argument(metavar="SQL", help="One SELECT statement.")]
RunOption = Annotated[str | None, typer.Option("--run", metavar="NAME", help="A ready-made query instead of SQL.")]
ListOption = Annotated[bool, typer.Option("--list", help="List the ready-made queries and the views.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV instead of text.")]
KeepOption = Annotated[
    bool, typer.Option("--keep-text", help="Leave CSV texts as they are, formulas and control characters too.")
]
TimeoutOption = Annotated[str, typer.Option("--timeout", metavar="TIME", help="Stop the query after 30s, 500ms, 90.")]
MemoryOption = Annotated[str, typer.Option("--memory", metavar="SIZE", help="Memory the query may use: 4GB, 500MB.")]
RowsOption = Annotated[int, typer.Option("--rows", metavar="N", min=1, max=1_000_000, help="Rows of the text table.")]


def command(
    trace: TraceArgument = None,
    sql: SqlArgument = None,
    run: RunOption = None,
    list_queries: ListOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    keep_text: KeepOption = False,
    timeout: TimeoutOption = "60s",
    memory: MemoryOption = "4GB",
    rows: RowsOption = SHOWN_ROWS,
    partial: PartialOption = False,
) -> None:
    """Ask a trace in SQL (DuckDB). Views: slices, kernels, copies, flows, tracks, counters."""
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other", remedy="Give one of them.")
    if list_queries:
        _print_list(as_json)
        return
    text = _statement(sql, run)
    if trace is None:
        raise UsageError("no trace is given", remedy="Name a trace file before the query.")
    limits = _limits(timeout, memory)
    from profiler.io.sql import SqlSession

    with SqlSession(read_shown(trace, partial=partial), limits) as session, session.query(text) as result:
        if as_json:
            _print_json(result)
        elif as_csv:
            _print_csv(result, keep_text)
        else:
            _print_rows(result, rows)


def _statement(sql: str | None, run: str | None) -> str:
    from profiler.io.sql import ready_query

    if run is not None:
        if sql is not None:
            raise UsageError("both SQL and --run are given", remedy="Give one of them.")
        return ready_query(run).sql
    if sql is None or not sql.strip():
        raise UsageError(
            "no query is given", remedy='Write one, such as "select sum(dur) from kernels", or --run NAME.'
        )
    return sql


def _limits(timeout: str, memory: str) -> Limits:
    from profiler.io.sql import Limits
    from profiler.units import NS_PER_S, parse_duration_ns

    bare = re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?\s*", timeout) is not None
    seconds = parse_duration_ns(f"{timeout}s" if bare else timeout, "--timeout") / NS_PER_S
    if not 0 < seconds <= _MOST_SECONDS:
        raise UsageError(f"{timeout!r} is out of range", where="--timeout", remedy="Give more than 0, such as 60s.")
    return Limits(seconds, _bytes(memory))


def _bytes(text: str) -> int:
    found = re.fullmatch(r"\s*([0-9]{1,12})\s*([kmgt]?i?b|)\s*", text.lower())
    size = int(found[1]) * _UNITS.get(found[2], 0) if found else 0
    if not _LEAST_BYTES <= size < 2**60:
        raise UsageError(
            f"{text!r} is no size from 16MB on", where="--memory", remedy="Give a size such as 500MB or 4GB."
        )
    return size


def _print_list(as_json: bool) -> None:
    from profiler.io.sql import READY, VIEWS

    if as_json:
        queries = [{"name": name, "summary": query.summary, "sql": query.sql} for name, query in READY.items()]
        print_json({"queries": queries, "views": VIEWS})
        return
    print_table(("query", "answers"), [(name, query.summary) for name, query in READY.items()])
    print_text("")
    print_table(("view", "holds"), list(VIEWS.items()))


def _print_rows(result: Result, most: int) -> None:
    found = result.rows()
    shown = list(islice(found, most))
    left = {name for name, kind in zip(result.columns, result.types, strict=True) if not _is_number(kind)}
    print_table(result.columns, [[_cell(value) for value in row] for row in shown], left=left)
    if next(found, None) is not None:
        print_note(f"more than {most:,} rows; --rows N, --json or --csv shows more")


def _is_number(kind: str) -> bool:
    return kind.upper().startswith(
        ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT", "U", "FLOAT", "DOUBLE", "DECIMAL")
    )


def _cell(value: Any) -> Cell:
    """Numbers as texts: ids and times are not to be grouped by thousands."""
    return None if value is None else str(value)


def _print_csv(result: Result, keep: bool) -> None:
    from profiler.io.csv_text import csv_line

    write = _writer()
    write(csv_line(result.columns, keep=keep))
    for row in result.rows():
        write(csv_line([_scalar(value) for value in row], keep=keep))


def _print_json(result: Result) -> None:
    write = _writer()
    separator = "[\n"
    for row in result.rows():
        values = dict(zip(result.columns, map(_json_value, row), strict=True))
        write(separator + json.dumps(values, allow_nan=False))
        separator = ",\n"
    write("[]\n" if separator == "[\n" else "\n]\n")


def _json_value(value: Any) -> Any:
    """What JSON has for a value: numbers exactly, not-a-number and infinity as null, all else as text."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {str(key): _json_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | str) else _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(_json_value(value)) if isinstance(value, dict | list | tuple) else str(value)


def _writer() -> Any:
    if sys.stdout is None:
        raise OutputError("standard output is closed", remedy="Open it.")
    return sys.stdout.write
