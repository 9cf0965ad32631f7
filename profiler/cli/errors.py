"""From failures to one message on standard error and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

import typer

from profiler.cli import INTERRUPTED
from profiler.cli.output import LONGEST_MESSAGE, tolerate_any_text
from profiler.errors import LanescopeError, OutputError, UsageError
from profiler.report.escape import elided, visible

#: With this variable set, the traceback of an error is shown as well.
DEBUG_VARIABLE = "LANESCOPE_DEBUG"

#: What typer's parser raises for wrong arguments: a parent of `typer.BadParameter` that typer does not export. It is
#: click's own class where typer builds on click, and a copy inside typer where it does not.
_PARSER_ERRORS = tuple(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException" and issubclass(kind, BaseException)
)

#: What the operating system says of a stream or file that takes no more bytes.
_CANNOT_WRITE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE})


def guarded(call: Callable[[], None]) -> int:
    """Exit code of ``call``: 0, or that of the failure it raised, which is reported.

    An exception that no user can have meant is raised on, for `report_unexpected`.
    """
    tolerate_any_text()
    try:
        code = _exit_code(call)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        _print("lanescope: interrupted")
        return INTERRUPTED
    except LanescopeError as error:
        return _report(error, str(error), error.exit_code)
    except _PARSER_ERRORS as error:
        return _report(error, _parser_message(error), UsageError.exit_code)
    except OSError as error:
        return _unwritable(error)
    return code


def report_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report a failure that no user can have meant, as a ``sys.excepthook``: what it is and how to show more."""
    _show_traceback(error.with_traceback(trace))
    detail = f"{kind.__name__}: {error}" if str(error) else kind.__name__
    remedy = f"This is a defect of lanescope; please report it with the traceback that {DEBUG_VARIABLE}=1 shows."
    _print(f"lanescope: error: unexpected {visible(elided(detail, LONGEST_MESSAGE))}. {remedy}")


def _exit_code(call: Callable[[], None]) -> int:
    try:
        call()
    except typer.Exit as stop:
        return int(stop.exit_code)
    return 0


def _report(error: BaseException, message: str, code: int) -> int:
    _show_traceback(error)
    _print(f"lanescope: error: {visible(elided(message, LONGEST_MESSAGE))}")
    return code


def _parser_message(error: BaseException) -> str:
    """The parser's message in one line, with the way to the help of the verb it stands in."""
    text = " ".join(str(getattr(error, "format_message", error.__str__)()).split())
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "lanescope"
    return f"{text}{'' if text.endswith('.') else '.'} See '{path} --help'."


def _unwritable(error: OSError) -> int:
    """Report output that could not be written; in silence where the reader of a pipe had seen enough."""
    if error.errno not in _CANNOT_WRITE:
        raise error
    _discard_stdout()
    if not isinstance(error, BrokenPipeError):
        where = visible(str(error.filename)) if error.filename is not None else "standard output"
        _report(error, f"{where} cannot be written: {error.strerror}", OutputError.exit_code)
    return OutputError.exit_code


def _discard_stdout() -> None:
    """Point standard output at nothing, so that what is left in its buffer does not fail again at exit."""
    with suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _show_traceback(error: BaseException) -> None:
    if os.environ.get(DEBUG_VARIABLE):
        _print("".join(traceback.format_exception(error)).rstrip("\n"))


def _print(line: str) -> None:
    """Write to standard error, which may be closed or full: then nobody can be told."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
