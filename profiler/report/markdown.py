"""Tables as GitHub-flavoured Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.report.tables import TableData


def table_lines(table: TableData) -> list[str]:
    """Lines of a Markdown table, its title as a bold line before it."""
    marks = [":---" if column in table.left else "---:" for column in table.columns]
    head = [f"**{_cell(table.title)}**", ""] if table.title else []
    return [*head, _row(table.columns), _row(marks), *(_row(row) for row in table.rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
