"""What the name of a slice says: whether a kernel communicates, whether a call waits for the device."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from profiler.trace.tables import Trace

#: Kernels of NCCL and RCCL, which move data between GPUs.
COMMUNICATION = re.compile("nccl|rccl", re.IGNORECASE)

#: Calls that return only when the device has done something. A copy without ``Async`` in its name is one.
SYNC_CALL = re.compile(r"synchronize|^(cuda|cu|hip)Memcpy(?!.*(async|peer))", re.IGNORECASE)

#: A stream that waits for an event does not hold the host.
STREAM_WAIT = re.compile(r"wait.?event|event.?wait", re.IGNORECASE)


def names_like(trace: Trace, *patterns: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """One mark for each name of the trace: whether any of the patterns is found in it."""
    found = (any(pattern.search(name) is not None for pattern in patterns) for name in trace.names)
    return np.fromiter(found, np.bool_, len(trace.names))


def named(trace: Trace, rows: npt.NDArray[np.int64], marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether the name of each row is marked in ``marks``, one mark a name of the trace."""
    if not marks.any():
        return np.zeros(len(rows), np.bool_)
    found: npt.NDArray[np.bool_] = marks[trace["name"][rows]]
    return found
