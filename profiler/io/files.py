"""Opening inputs and writing outputs: the same checks and the same messages for every format."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from profiler.errors import OutputError, TraceReadError, UsageError
from profiler.trace.tables import Trace

#: Bytes of a file that are enough to tell its format.
HEAD_BYTES = 4096
#: Characters of a library's own message that are passed on.
_SHOWN = 300
_READABLE = "Check that it is whole and may be read, or copy it again."


def require_file(path: str | os.PathLike[str]) -> Path:
    """The path, once it is sure that something can be read from it.

    Raises
    ------
    UsageError
        Nothing is there, or a directory is.
    TraceReadError
        The file is empty.
    """
    found = Path(path)
    try:
        if not str(path):
            raise UsageError("the file name is empty", remedy="Name a trace file.")
        if found.is_dir():
            raise UsageError("is a directory, not a trace", where=str(path), remedy="Name one trace file in it.")
        status = found.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError("is not a regular file", where=str(path), remedy="Save the trace to a file first.")
        size = status.st_size
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise UsageError("no such file", where=str(path), remedy="Check the path.") from error
    except OSError as error:
        raise TraceReadError(f"cannot be read: {error.strerror}", where=str(path), remedy=_READABLE) from error
    if size == 0 and found.is_file():
        raise TraceReadError("is empty", where=str(path), remedy="Record or export the trace again.")
    return found


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file, opened for reading; an operating system error becomes a `TraceReadError`."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        what = f"cannot be read: {error.strerror or str(error)[:_SHOWN]}"
        raise TraceReadError(what, where=str(path), remedy=_READABLE) from error


@contextmanager
def written(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that is written beside ``path`` and takes its place when the block ends without an error.

    On any failure, Ctrl-C included, what was at ``path`` stays as it was and nothing else is left. Devices and pipes
    are written straight.

    Raises
    ------
    OutputError
        The place cannot be written, or became full.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            with _straight(target) as file:
                yield file
            return
        with _beside(target) as file:
            yield file
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", where=str(path), remedy="Name another place to write to."
        ) from error


@contextmanager
def written_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The path of an empty file beside ``path`` that takes its place when the block ends without an error.

    For writers that open their file themselves. On any failure, Ctrl-C included, what was at ``path`` stays as it was
    and nothing else is left.

    Raises
    ------
    OutputError
        The place cannot be written, became full, or is a device or a pipe.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OutputError("is not a regular file", where=str(path), remedy="Name a file to write to.")
    try:
        with _beside(target) as file:
            yield Path(file.name)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", where=str(path), remedy="Name another place to write to."
        ) from error


@contextmanager
def _straight(target: Path) -> Iterator[BinaryIO]:
    with target.open("wb") as file:
        yield file


@contextmanager
def _beside(target: Path) -> Iterator[BinaryIO]:
    # The name stands before the file does: Ctrl-C right behind its making must find it too.
    start = os.fsdecode(os.fsencode(target.name)[:100])
    name = target.parent / f".{start}.{secrets.token_hex(8)}.part"
    try:
        with open(name, "x+b", opener=_private) as file:
            yield file
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _mode(target: Path) -> int:
    """Permissions the output gets once it is whole: those it had, or those any new file would get."""
    with suppress(OSError):
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def with_format(trace: Trace, name: str) -> Trace:
    """The trace, its ``format`` the one it was read from now, ``source_format`` the one it was first read from."""
    return trace.with_columns({}, meta=format_meta(trace.meta, name))


def format_meta(meta: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Metadata with ``format`` and ``source_format`` as `with_format` sets them."""
    first = meta.get("source_format", meta.get("format"))
    return {**meta, "format": name} if first is None else {**meta, "format": name, "source_format": first}
