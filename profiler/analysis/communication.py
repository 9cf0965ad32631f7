"""Which kernels move data between GPUs instead of computing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.trace.names import COMMUNICATION, names_like
from profiler.trace.patterns import found_in
from profiler.trace.tables import Trace


def communication_names(trace: Trace, pattern: str | None = None) -> npt.NDArray[np.bool_]:
    """One mark for each name of the trace: whether kernels of that name communicate.

    Parameters
    ----------
    trace : Trace
    pattern : str, optional
        A regular expression (RE2), case as written, for names besides those with ``nccl`` or ``rccl`` in any case.

    Raises
    ------
    UsageError
        The pattern is no regular expression that is matched.
    """
    known = names_like(trace, COMMUNICATION)
    return known | found_in(list(trace.names), pattern, where="--communication") if pattern else known
