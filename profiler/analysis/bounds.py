"""What a plan takes with no overlap and what it cannot beat with perfect overlap."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.trace.schema import Engine

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of the time a plan can take, from the duration of each operation with the device to itself.

    Attributes
    ----------
    serial_ns : int
        Sum of the durations: one operation after another.
    overlap_ns : int
        No schedule on these engines is faster.
    """

    serial_ns: int
    overlap_ns: int

    def achieved(self, makespan_ns: int) -> float | None:
        """Share of the reachable overlap that a run of this makespan reached.

        Gaps and host calls count against it, so it may be negative; it is not clamped. ``None`` where nothing can
        overlap.
        """
        return achieved(self.serial_ns, self.overlap_ns, makespan_ns)


def achieved(serial_ns: int | None, overlap_ns: int | None, makespan_ns: int | None) -> float | None:
    """``(S - makespan) / (S - B)``, never clamped; ``None`` where S = B or one of the three is unknown."""
    if serial_ns is None or overlap_ns is None or makespan_ns is None or serial_ns == overlap_ns:
        return None
    return (serial_ns - makespan_ns) / (serial_ns - overlap_ns)


def overlap_bounds(
    alone_ns: npt.ArrayLike, work_ns: npt.ArrayLike, engine: npt.ArrayLike, edges: npt.ArrayLike
) -> Bounds:
    """Bounds of a plan.

    Parameters
    ----------
    alone_ns : int64 array, shape (n,)
        Duration of each operation with the device to itself.
    work_ns : int64 array, shape (n,)
        Engine time it takes away from others, at most ``alone_ns``: the duration of a copy, and for a kernel that
        duration times the mean share of the SM slots it fills.
    engine : int array, shape (n,)
        `Engine` that serves it; operations of engine NONE only lie on chains. Where one engine serves both directions
        all copies are COPY.
    edges : int array, shape (m, 2)
        (before, after) pairs of operation numbers.

    Raises
    ------
    ValueError
        The shapes do not fit, or the edges make a cycle.

    Notes
    -----
    ``overlap_ns`` is the greatest of (i) the longest dependent chain and (ii) for each engine head + work + tail: no
    operation of the engine can start before the shortest chain that leads to one (head), all of its work must pass
    after that, and what comes after the last of them takes at least the shortest chain that leads away from one
    (tail). The one-machine bound of J. Carlier, European Journal of Operational Research 11 (1982), 42-47, for
    engines that several operations may share.
    """
    alone, work, engines = (np.asarray(column, np.int64) for column in (alone_ns, work_ns, engine))
    pairs = np.asarray(edges, np.int64).reshape(-1, 2)
    if not alone.shape == work.shape == engines.shape:
        raise ValueError("alone_ns, work_ns and engine differ in shape")
    if not len(alone):
        return Bounds(0, 0)
    head = _chain_before(alone, pairs)
    tail = _chain_before(alone, pairs[:, ::-1])
    bound = int((head + alone + tail).max())
    for number in np.unique(engines[engines != Engine.NONE]):
        here = engines == number
        bound = max(bound, int(head[here].min() + work[here].sum() + tail[here].min()))
    return Bounds(int(alone.sum()), bound)


def _chain_before(alone: Int64, pairs: Int64) -> Int64:
    """Length of the longest chain that must end before each operation starts."""
    after: dict[int, list[int]] = defaultdict(list)
    missing = np.bincount(pairs[:, 1], minlength=len(alone)).tolist()
    for source, target in pairs.tolist():
        after[source].append(target)
    length = alone.tolist()
    before = [0] * len(length)
    ready = [number for number, count in enumerate(missing) if count == 0]
    done = 0
    while ready:
        source = ready.pop()
        done += 1
        reach = before[source] + length[source]
        for target in after[source]:
            before[target] = max(before[target], reach)
            missing[target] -= 1
            if missing[target] == 0:
                ready.append(target)
    if done < len(length):
        raise ValueError("the edges make a cycle")
    return np.array(before, np.int64)
