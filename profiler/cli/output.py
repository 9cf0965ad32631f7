"""What verbs print: tables, JSON and progress, plain where nobody watches, and never a control character of a file."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from profiler.errors import OutputError
from profiler.report.escape import elided, visible

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | int | float | None
Advance = Callable[[int], None]

#: Work that takes longer than this many seconds shows a bar.
PROGRESS_AFTER_S = 1.0

#: A first column as narrow as this is never folded: it often holds names to be copied.
_WIDEST_WHOLE = 20

#: A terminal narrower than this breaks the lines itself: numbers folded to a digit a line help nobody.
_NARROWEST = 80

#: Characters of a note or an error that are shown; what is cut is in its middle, for the end says what to do.
LONGEST_MESSAGE = 2000

#: Width given to output that goes to a file or a pipe, where no line need be broken.
_UNLIMITED = 100_000


def tolerate_any_text() -> None:
    """Let standard output escape what its encoding cannot hold, as standard error does, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def print_text(text: str) -> None:
    """Write ``text`` and a line end to standard output, control characters but line ends and tabs escaped.

    Raises
    ------
    OutputError
        Standard output is closed. (What an open one cannot take is reported by `profiler.cli.errors.guarded`.)
    """
    _stdout().write(f"{visible(text, keep=chr(10) + chr(9))}\n")


def print_note(text: str) -> None:
    """Write one line to standard error, where there is one: a note, which no result depends on."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"lanescope: note: {visible(elided(text, LONGEST_MESSAGE))}\n")


def print_json(value: object) -> None:
    """Write ``value`` as JSON to standard output, keys in their own order, in ASCII, and a line end.

    Raises
    ------
    ValueError
        A number in it is infinite or not a number, which JSON does not have.
    OutputError
        Standard output is closed.
    """
    _stdout().write(json.dumps(value, indent=2, allow_nan=False, default=_plain) + "\n")


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str | None = None,
    left: Collection[str] | None = None,
) -> None:
    """Write a table to standard output. On a terminal long cells are folded; elsewhere every row is one line.

    Parameters
    ----------
    columns, rows
        Headings and cells; ``None`` is an en dash, a whole number is grouped by thousands.
    title : str, optional
    left : collection of str, optional
        Columns aligned to the left; the others are aligned to the right. By default those that hold a text.

    Raises
    ------
    OutputError
        Standard output is closed.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table(
        title=Text(visible(elided(title))) if title is not None else None,
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for index, column in enumerate(columns):
        to_left = column in left if left is not None else not _numeric([row[index] for row in rows])
        width = max(len(_cell(row[0])) for row in rows) if rows and not index else 0
        table.add_column(
            Text(visible(elided(column))),
            justify="left" if to_left else "right",
            overflow="fold",
            no_wrap=0 < width <= _WIDEST_WHOLE,
        )
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    if out.is_terminal:
        out.width = max(out.width, _NARROWEST)
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    _stdout().write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` beside ``path`` as UTF-8, then put it there; on a failure nothing has changed.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    from profiler.io.files import written

    with written(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes text as it is: no markup, no highlighting, no line broken where nobody watches.

    Raises
    ------
    OutputError
        The stream is closed.
    """
    from rich.console import Console

    if not stderr:
        _stdout()
    out = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not out.is_terminal:
        out.width = _UNLIMITED
    return out


@contextmanager
def progress(total: int | None, description: str) -> Iterator[Advance]:
    """A function to call with the number of steps done since the last call.

    It moves a bar on standard error, which appears after `PROGRESS_AFTER_S`, vanishes at the end, and exists only
    on a terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda steps: None
        return
    bar = _Bar(total, description)
    try:
        yield bar.advance
    finally:
        bar.close()


class _Bar:
    """A rich progress bar that is made only if the work outlives a timer."""

    def __init__(self, total: int | None, description: str) -> None:
        self._total = total
        self._description = visible(description)
        self._done = 0
        self._show: Callable[[int], None] | None = None
        self._hide: Callable[[], None] | None = None
        self._timer = Timer(PROGRESS_AFTER_S, self._open)
        self._timer.daemon = True
        self._timer.start()

    def advance(self, steps: int) -> None:
        self._done += steps
        if self._show is not None:
            self._show(self._done)

    def close(self) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._hide is not None:
            self._hide()

    def _open(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        bar = Progress(*columns, TimeRemainingColumn(), console=console(stderr=True), transient=True)
        task = bar.add_task(self._description, total=self._total, completed=self._done)
        bar.start()
        self._hide = bar.stop
        self._show = lambda done: bar.update(task, completed=done)
        # Steps that were done while the bar was made.
        self._show(self._done)


def _stdout() -> Any:
    if sys.stdout is None:
        raise OutputError("standard output is closed", remedy="Open it, or write to a file with -o.")
    return sys.stdout


def _plain(value: object) -> object:
    """What JSON can hold of a numpy array or number, without importing numpy."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def _numeric(values: Sequence[Cell]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    return (
        visible(elided(value)) if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:g}"
    )
