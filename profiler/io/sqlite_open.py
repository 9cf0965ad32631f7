"""Opening a SQLite file that need not be trusted: read-only, nothing of its schema run, work and text bounded."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.watch import current

MAGIC = b"SQLite format 3\x00"
#: Longest row, and text, that is read at all.
LONGEST_TEXT = 1 << 26
_WAL_FORMAT = 2
#: Characters of SQLite's own message that are passed on.
_SHOWN = 300
#: The progress handler is asked once in so many instructions of SQLite's machine: some milliseconds.
_STEP = 100_000
#: Instructions for each byte of a file: a row of few short columns takes ten a byte, and is read at most three times.
_STEPS_A_BYTE, _FREE_STEPS = 64, 10_000_000
#: Bytes of text for each byte of a file: what is read is in the file, and is read at most three times.
_TEXT_A_BYTE, _FREE_TEXT = 4, 1 << 20


class Budget:
    """What reading a file may cost, by its size.

    Pages of a damaged or hostile file may be linked many times over, so that a small file has tables without an end;
    an overflow chain may belong to every row.
    """

    def __init__(self, path: Path) -> None:
        size = path.stat().st_size
        self._path = path
        self._steps = _FREE_STEPS + _STEPS_A_BYTE * size
        self._text = _FREE_TEXT + _TEXT_A_BYTE * size
        self._watch = current()

    @property
    def spent(self) -> bool:
        """Whether SQLite was stopped because it took too long."""
        return self._steps < 0

    def step(self) -> bool:
        """SQLite's progress handler: whether to stop. Python handles Ctrl-C while it runs."""
        self._steps -= _STEP
        return self.spent or self._watch.cancelled

    def text(self, data: bytes) -> str:
        """SQLite's text factory: the text in some bytes, which are counted."""
        self.take(len(data))
        return data.decode("utf-8", "replace")

    def take(self, size: int) -> None:
        """Count ``size`` bytes of text or blobs.

        Raises
        ------
        TraceReadError
            More was read than the file can hold.
        """
        self._text -= size
        if self._text < 0:
            raise self.exceeded()

    def exceeded(self) -> TraceReadError:
        """The error for a file that is larger inside than outside."""
        return TraceReadError(
            "its tables do not end within the size of the file, as those of a sound one do",
            where=str(self._path),
            remedy="Copy or export the report again.",
        )


@contextmanager
def connected(path: Path) -> Iterator[tuple[sqlite3.Connection, Budget]]:
    """A connection to the file, and what reading it may cost; what SQLite says against it is a `TraceReadError`.

    Nothing is written beside the file, and no extension is loaded. Ctrl-C ends a running query.
    """
    _refuse_open_log(path)
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    budget = Budget(path)
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_TEXT)
            connection.set_progress_handler(budget.step, _STEP)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.text_factory = budget.text
            yield connection, budget
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            current().step()
            if not budget.spent:
                raise KeyboardInterrupt from error
            raise budget.exceeded() from error
        raise _unreadable(error, path) from error
    except UnicodeDecodeError as error:  # SQLite's message quotes the file, also what is no text in it
        raise _unreadable(error, path) from error


def _unreadable(error: Exception, path: Path) -> TraceReadError:
    what = f"its database cannot be read: {str(error)[:_SHOWN]}"
    return TraceReadError(what, where=str(path), remedy="Copy or export the report again.")


def _refuse_open_log(path: Path) -> None:
    """Refuse a database beside which a log holds its last writes, or what they replaced: alone it is half a report."""
    with path.open("rb") as file:
        header = file.read(20)
    logs = ["-journal"] + ["-wal"] * (len(header) == 20 and header[18] == _WAL_FORMAT)
    for log in (path.with_name(path.name + ending) for ending in logs):
        if log.is_file() and log.stat().st_size:
            raise TraceReadError(
                f"was not closed: {log.name} beside it belongs to its last writes",
                where=str(path),
                remedy="Close the program that writes it, or run: "
                f"sqlite3 {shlex.quote(path.name)} 'PRAGMA wal_checkpoint(TRUNCATE)'",
            )
