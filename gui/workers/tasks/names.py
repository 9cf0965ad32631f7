"""Which names a search means: a piece of text in any case, or a regular expression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.trace.patterns import found_in
from profiler.trace.tables import Trace


def matching_names(trace: Trace, text: str, *, regex: bool) -> npt.NDArray[np.bool_]:
    """Marks the names of a trace that match; one mark a name.

    Raises
    ------
    UsageError
        The text is no regular expression that is matched.
    """
    if not regex:
        wanted = text.casefold()
        return np.array([wanted in name.casefold() for name in trace.names], np.bool_)
    return found_in(list(trace.names), text, where="search")
