"""Only one statement that reads, and no function that reaches outside the trace.

DuckDB's own parser says what a text is; nothing is guessed from its words. The settings of the connection refuse files
as well: this is the first of two fences, and the only one before functions that take raw addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from profiler.errors import UsageError

#: Functions that may stand in FROM: all of them make rows out of their arguments alone.
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row"})

#: Scalar functions that look out of the trace, wait, or change the session.
REFUSED_FUNCTIONS = frozenset(
    {"getenv", "getvariable", "nextval", "currval", "setval", "setseed", "write_log", "sleep_ms"}
)

ONE_SELECT = "Write one SELECT statement over the views slices, kernels, copies, flows, tracks and counters."


def check(connection: Any, sql: str) -> None:
    """Return where ``sql`` is one statement that only reads the trace.

    Parameters
    ----------
    connection : duckdb connection
        Whose parser is asked.
    sql : str

    Raises
    ------
    UsageError
        It is no statement, several, another than SELECT, or calls a function that is not allowed.
    """
    import duckdb

    try:
        sql.encode()
        statements = connection.extract_statements(sql)
    except (duckdb.Error, UnicodeError) as error:
        raise UsageError(first_line(error), where="SQL", remedy=ONE_SELECT) from error
    if len(statements) != 1:
        raise UsageError(f"{len(statements)} statements are given", where="SQL", remedy=ONE_SELECT)
    kind = getattr(statements[0].type, "name", str(statements[0].type))
    if kind != "SELECT":
        raise UsageError(f"a {kind} statement is refused: a query only reads", where="SQL", remedy=ONE_SELECT)
    for name, in_from in _calls(_parsed(connection, sql)):
        if name in REFUSED_FUNCTIONS or (in_from and name not in TABLE_FUNCTIONS):
            raise UsageError(f"the function {name!r} is refused", where="SQL", remedy=ONE_SELECT)


def first_line(error: Exception) -> str:
    """What DuckDB says is wrong, without its picture of the place."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = lines[:1] + [line for line in lines[1:3] if line.startswith(("Candidate", "Did you mean"))]
    return " ".join(kept) or type(error).__name__


def _parsed(connection: Any, sql: str) -> Any:
    """The statement as DuckDB's tree."""
    try:
        answer = json.loads(connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()[0][0])
    except RecursionError as error:
        raise UsageError("is nested too deeply", where="SQL", remedy=ONE_SELECT) from error
    if answer.get("error"):
        raise UsageError(str(answer.get("error_message", "is not understood")), where="SQL", remedy=ONE_SELECT)
    return answer


def _calls(tree: Any) -> Iterator[tuple[str, bool]]:
    """Each function called, in lower case, and whether it stands in FROM."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            if node.get("type") == "TABLE_FUNCTION":
                yield str(node.get("function", {}).get("function_name", "")).lower(), True
            elif "function_name" in node:
                yield str(node["function_name"]).lower(), False
