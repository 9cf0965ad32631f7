"""Tables as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from profiler.report.escape import elided, visible
from profiler.report.tables import TableData

#: What starts emphasis, code, links and cells.
_MARKUP = re.compile(r"[\\`*_\[\]|]")


def table_lines(table: TableData) -> list[str]:
    """Lines of a Markdown table, its title as a bold line before it."""
    marks = [":---" if column in table.left else "---:" for column in table.columns]
    head = [f"**{_cell(table.title)}**", ""] if table.title else []
    return [*head, _row(table.columns), _row(marks), *(_row(row) for row in table.rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    """A text as it reads: no markup, no HTML, one line."""
    plain = visible(elided(text.replace("\n", " ")))
    return _MARKUP.sub(lambda found: f"\\{found[0]}", plain.replace("&", "&amp;").replace("<", "&lt;"))
