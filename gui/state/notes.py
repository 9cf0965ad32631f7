"""Bookmarks and notes, kept beside the trace they belong to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gui.state.view import Mark
from profiler.errors import OutputError, TraceReadError
from profiler.io.files import written

#: Beside ``trace.parquet`` stands ``trace.parquet.notes.json``.
ENDING = ".notes.json"

_FORMAT = "lanescope-notes"
_LARGEST_BYTES = 4 << 20
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
