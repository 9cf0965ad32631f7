"""The order of a plan as the fast scheduler reads it: only steps that take time, and what each of them waits for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.devices.base import Int64
from profiler.devices.sim.columns import COPY, GRAPH, KERNEL, LEGACY, NONE, RANGE, RECORD, SYNC, WAIT, Columns


@dataclass(slots=True)
class Folded:
    """The order of a plan with records and waits folded into the steps that take time.

    Attributes
    ----------
    first : list of int
        The first step that takes time of each stream.
    following : list of int
        The next step that takes time in the same stream, `NONE` after the last.
    after : list of int
        Of a step that takes time: a step of another stream that must have ended; `NONE`; or, below that, -2 - i where
        ``several[i]`` has all of them.
    several : list of tuple
    before : int64 array
        The step before, of any kind, in the same stream.
    instant : list of int
        Records and waits in plan order.
    in_stream : list of int64 array
        Steps of each stream.
    last_calls : list of int
        Host synchronizations, and ranges behind them on the same thread.
    """

    first: list[int]
    following: list[int]
    after: list[int]
    several: list[tuple[int, ...]]
    before: Int64
    instant: list[int]
    in_stream: list[Int64]
    last_calls: list[int]


def runs_free(columns: Columns) -> bool:
    """Whether the fast scheduler may be tried: no rule of the GPU and no call of the plan needs the co-simulation."""
    rules = columns.rules
    return not (
        columns.nodes
        or GRAPH in columns.op
        or rules.issue_order
        or rules.late_signal
        or columns.streams > rules.hardware_queues
        or len(set(columns.priority)) > 1
        or LEGACY in columns.blocking
        or any(columns.links)
        or any(columns.returns)
        or _waits_early(columns)
    )


def _waits_early(columns: Columns) -> bool:
    """Whether a thread goes on after it has waited, or waits for what another thread calls later in the plan."""
    waited: set[int] = set()
    for step, (op, thread) in enumerate(zip(columns.op, columns.thread, strict=True)):
        if op == SYNC:
            waited.add(thread)
        elif (op != RANGE and thread in waited) or columns.target[step] > step:
            return True
    return False


def fold(columns: Columns) -> Folded:
    """The order that the fast scheduler goes by; durations play no part in it."""
    op = np.array(columns.op, np.int8)
    enqueued = np.flatnonzero((op != RANGE) & (op != SYNC))
    chain = np.array(columns.chain, np.int64)[enqueued]
    in_stream = [enqueued[chain == stream] for stream in range(columns.streams)]
    works = (op == COPY) | (op == KERNEL)
    order = _Order.empty(len(op))
    for steps in in_stream:
        order.fill(steps, works)
    instant = np.flatnonzero((op == RECORD) | (op == WAIT)).tolist()
    after, several = _awaited(columns, order, instant)
    first = [int(steps[works[steps]][0]) for steps in in_stream if works[steps].any()]
    return Folded(
        first=first,
        following=order.following.tolist(),
        after=after,
        several=several,
        before=order.before,
        instant=instant,
        in_stream=in_stream,
        last_calls=_last_calls(columns, np.flatnonzero((op == SYNC) | (op == RANGE)).tolist()),
    )


@dataclass(slots=True)
class _Order:
    """Neighbours of each step in its stream: step before, work before, work after; `NONE` at the ends."""

    before: Int64
    work_before: Int64
    following: Int64

    @classmethod
    def empty(cls, size: int) -> _Order:
        return cls(*(np.full(size, NONE, np.int64) for _ in range(3)))

    def fill(self, steps: Int64, works: npt.NDArray[np.bool_]) -> None:
        """Enter the steps of one stream, which stand in plan order."""
        if not len(steps):
            return
        self.before[steps[1:]] = steps[:-1]
        work = works[steps]
        count = np.cumsum(work)
        ends = np.concatenate(([NONE], steps[work], [NONE]))
        self.work_before[steps] = ends[count - work]
        self.following[steps] = ends[count + 1]


def _awaited(columns: Columns, order: _Order, instant: list[int]) -> tuple[list[int], list[tuple[int, ...]]]:
    """``after`` and ``several``: what each work waits for besides its stream's order, through records and waits.

    Waits between two works of a stream add up; they count for the second, and for records behind them.
    """
    gathered: dict[int, tuple[int, ...]] = {}
    recorded: dict[int, tuple[int, ...]] = {}
    following, work_before = order.following[instant].tolist(), order.work_before[instant].tolist()
    for step, work, before in zip(instant, following, work_before, strict=True):
        # Behind the last work of a stream the waits are gathered under the stream's own number below NONE.
        key = work if work != NONE else NONE - 1 - columns.chain[step]
        gathering = gathered.get(key, ())
        if columns.op[step] == WAIT:
            gathered[key] = tuple(dict.fromkeys(gathering + recorded[columns.target[step]]))
        else:
            recorded[step] = gathering if before == NONE else (*gathering, before)
    after = [NONE] * len(columns)
    several: list[tuple[int, ...]] = []
    for work, awaited in gathered.items():
        if work < 0 or not awaited:
            continue
        if len(awaited) == 1:
            after[work] = awaited[0]
        else:
            after[work] = -2 - len(several)
            several.append(awaited)
    return after, several


def _last_calls(columns: Columns, calls: list[int]) -> list[int]:
    """Of synchronizations and ranges: the synchronizations, and what stands behind one on its thread."""
    waited: set[int] = set()
    found = []
    for step in calls:
        if columns.op[step] == SYNC or columns.thread[step] in waited:
            waited.add(columns.thread[step])
            found.append(step)
    return found
