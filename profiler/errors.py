"""Every failure a user can meet, with the exit code the command line gives it.

A message has three parts: what is wrong, where, and what to do about it. Code raises these; only the command
line turns them into exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable


class LanescopeError(Exception):
    """A failure with a place and a remedy.

    Parameters
    ----------
    what : str
        What is wrong, with the offending value.
    where : str, optional
        File, line, key, step or option in which it was found.
    remedy : str, optional
        What the user can do about it.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if not self.remedy:
            return text
        return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} {self.remedy}"


class GateFailed(LanescopeError):
    """A ``--fail-if`` expression held."""

    exit_code = 1


class UsageError(LanescopeError):
    """Wrong use: an unknown name, a bad number, a missing path, a wrong workload or GPU file."""

    exit_code = 2


class PlanError(UsageError):
    """A plan that cannot be run safely: a wait without a record, a data race, a cycle."""


class PlanRefused(UsageError):
    """A strategy that cannot be planned with these knobs, though another one could."""


class TraceReadError(LanescopeError):
    """A trace file that cannot be read."""

    exit_code = 3


class DeviceError(LanescopeError):
    """A device or display that is not available, or failed while running."""

    exit_code = 4


class Cancelled(LanescopeError):
    """Work that the user stopped; what was finished before is kept."""

    exit_code = 130


class OutputError(LanescopeError):
    """An output that cannot be written."""

    exit_code = 5


def suggestion(name: str, choices: Iterable[str]) -> str:
    """A remedy for an unknown name: the nearest of ``choices``, if one is near, and the whole list."""
    from difflib import get_close_matches

    known = list(choices)
    lowered = {choice.lower(): choice for choice in known}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    listed = f"Choose from: {', '.join(known)}." if known else ""
    return f"Did you mean {lowered[near[0]]}? {listed}".rstrip() if near else listed
