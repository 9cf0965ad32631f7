"""Which names a search means: a piece of text in any case, or a regular expression."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from profiler.errors import UsageError
from profiler.trace.tables import Trace


def matching_names(trace: Trace, text: str, *, regex: bool) -> npt.NDArray[np.bool_]:
    """Marks the names of a trace that match; one mark a name.

    Raises
    ------
    UsageError
        The text is no regular expression.
    """
    if not regex:
        wanted = text.casefold()
        return np.array([wanted in name.casefold() for name in trace.names], np.bool_)
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{text!r} is no regular expression: {error}", where="search", remedy="Escape . ( [ * + ? with \\."
        ) from error
    return np.array([pattern.search(name) is not None for name in trace.names], np.bool_)
