"""Printing what several verbs print: tables, the terminal Gantt, sentences, notes about the device."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from profiler.cli.output import print_note, print_table, print_text

if TYPE_CHECKING:
    from profiler.devices.base import DeviceInfo
    from profiler.report.tables import TableData
    from profiler.trace.tables import Trace

#: Width of a Gantt that goes to a file or a pipe.
PLAIN_WIDTH = 100


def print_table_data(table: TableData) -> None:
    """A table, with an empty line before it."""
    print_text("")
    print_table(table.columns, table.rows, title=table.title or None, left=table.left)


def print_sentences(sentences: Iterable[str]) -> None:
    """The verdict, a sentence a line."""
    print_text("")
    for sentence in sentences:
        print_text(f"• {sentence}" if _unicode() else f"* {sentence}")


def print_notes(info: DeviceInfo) -> None:
    """What a reader must know of the device, on standard error, so that piped output stays clean."""
    for note in info.notes:
        print_note(note)


def print_gantt(trace: Trace, window: tuple[int, int] | None = None) -> None:
    """The engines' timeline in the width of the terminal; in colour only where somebody watches."""
    from profiler.report.gantt import gantt_lines

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns if terminal else PLAIN_WIDTH
    colour = terminal and "NO_COLOR" not in os.environ
    print_text("")
    sys.stdout.write("".join(f"{line}\n" for line in gantt_lines(trace, width, colour=colour, unicode=_unicode())))


def _unicode() -> bool:
    encoding = (sys.stdout.encoding or "ascii") if sys.stdout is not None else "ascii"
    return encoding.lower().replace("-", "") in {"utf8", "utf16", "utf32"}
