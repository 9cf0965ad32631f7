"""Which kernels move data between GPUs instead of computing."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from profiler.errors import UsageError
from profiler.trace.names import COMMUNICATION, names_like
from profiler.trace.tables import Trace


def communication_names(trace: Trace, pattern: str | None = None) -> npt.NDArray[np.bool_]:
    """One mark for each name of the trace: whether kernels of that name communicate.

    Parameters
    ----------
    trace : Trace
    pattern : str, optional
        A regular expression, case as written, for names besides those with ``nccl`` or ``rccl`` in any case.

    Raises
    ------
    UsageError
        The pattern is no regular expression.
    """
    extra = _compiled(pattern)
    return names_like(trace, COMMUNICATION, *(() if extra is None else (extra,)))


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UsageError(
            f"{pattern!r} is not a regular expression: {error}",
            where="--communication",
            remedy="Write it as Python's re module reads it, such as 'allreduce|sendrecv'.",
        ) from error
