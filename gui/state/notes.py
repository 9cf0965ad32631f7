"""Bookmarks and notes, kept beside the trace they belong to."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gui.state.view import Mark
from profiler.errors import OutputError, TraceReadError
from profiler.io.files import written

#: Beside ``trace.parquet`` stands ``trace.parquet.notes.json``.
ENDING = ".notes.json"

_FORMAT = "lanescope-notes"
_LARGEST_BYTES = 4 << 20

#: How long another window is waited for that is changing the same notes: it takes it a millisecond.
_TRIES, _PAUSE_S = 20, 0.002
_REMEDY = "Move the file away to start with no notes."


def notes_path(trace: str | os.PathLike[str]) -> Path:
    """Where the notes of a trace file are."""
    return Path(f"{os.fspath(trace)}{ENDING}")


def read_notes(trace: str | os.PathLike[str]) -> tuple[Mark, ...]:
    """Marks with their texts, in order of time; none where there is no file.

    Raises
    ------
    TraceReadError
        The file is there and holds no notes of this form.
    """
    path = notes_path(trace)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise TraceReadError("is too large for notes", where=str(path), remedy=_REMEDY)
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise TraceReadError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise TraceReadError("is no JSON", where=str(path), remedy=_REMEDY) from error
    return _marks(content, path)


def write_notes(trace: str | os.PathLike[str], marks: tuple[Mark, ...]) -> None:
    """Write the marks beside the trace: complete or not at all; no marks remove the file.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    path = notes_path(trace)
    try:
        if not marks:
            path.unlink(missing_ok=True)
            return
        rows = [{"at_ns": mark.at_ns, "text": mark.text} for mark in marks]
        text = json.dumps({"format": _FORMAT, "marks": rows}, indent=1) + "\n"
        with written(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", where=str(path)) from error


def update_notes(trace: str | os.PathLike[str], known: tuple[Mark, ...], marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Write what was changed since the notes were ``known``, beside what others have written there; what there is now.

    A mark is known by its time: those added, renamed or taken away in ``marks`` are so in the file, all others are as
    they stand there.

    Raises
    ------
    TraceReadError
        The file is there and holds no notes of this form; it is left as it is.
    OutputError
        The place cannot be written.
    """
    with _alone(trace):
        found = {mark.at_ns: mark for mark in read_notes(trace)}
        was, now = ({mark.at_ns: mark for mark in some} for some in (known, marks))
        found.update({at: mark for at, mark in now.items() if was.get(at) != mark})
        for at in was.keys() - now.keys():
            found.pop(at, None)
        all_of_them = tuple(found[at] for at in sorted(found))
        write_notes(trace, all_of_them)
    return all_of_them


@contextmanager
def _alone(trace: str | os.PathLike[str]) -> Iterator[None]:
    """Wait for others who change the notes, a moment at most: a lock on the trace, which none of them replaces."""
    try:
        file = os.open(trace, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        yield
        return
    try:
        for _ in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(file)


def _marks(content: Any, path: Path) -> tuple[Mark, ...]:
    rows = content.get("marks") if isinstance(content, dict) and content.get("format") == _FORMAT else None
    if not isinstance(rows, list):
        raise TraceReadError("holds no notes", where=str(path), remedy=_REMEDY)
    marks = []
    for row in rows:
        at = row.get("at_ns") if isinstance(row, dict) else None
        text = row.get("text", "") if isinstance(row, dict) else None
        if type(at) is not int or abs(at) >= 1 << 62 or not isinstance(text, str):
            raise TraceReadError("holds a note without a time", where=str(path), remedy=_REMEDY)
        marks.append(Mark(at, text))
    return tuple(sorted(marks, key=lambda mark: mark.at_ns))
