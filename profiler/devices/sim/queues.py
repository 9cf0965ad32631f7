"""Orders that hardware adds to those of streams and events: queues that streams share, and what old GPUs do."""

from __future__ import annotations

from collections import deque

from profiler.devices.sim.columns import COPY, KERNEL, NONE, Columns


class HardwareQueues:
    """In-order queues that streams share where there are more streams than queues.

    Steps stand in the order of their calls. Only the first may be taken: it leaves when its engine starts it or, for
    records and waits, when it is over. Nodes of graphs stand in none.

    Attributes
    ----------
    shared : bool
        Whether there are more streams than queues; else queues add nothing to the order of streams.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.shared = columns.streams > columns.rules.hardware_queues
        self._queues: dict[int, deque[int]] = {queue: deque() for queue in columns.queue}

    def append(self, step: int) -> None:
        """The step was called."""
        self._queues[self._columns.queue[self._columns.chain[step]]].append(step)

    def is_first(self, step: int) -> bool:
        """Whether nothing called earlier stands before the step."""
        if self._columns.thread[step] == NONE:
            return True
        return self._queues[self._columns.queue[self._columns.chain[step]]][0] == step

    def take(self, step: int) -> int:
        """The step leaves; the step that is first now, or `NONE`."""
        if self._columns.thread[step] == NONE:
            return NONE
        queue = self._queues[self._columns.queue[self._columns.chain[step]]]
        queue.popleft()
        return queue[0] if queue else NONE


class IssueOrder:
    """Requests made in the order of calls, engine by engine.

    Attributes
    ----------
    kept : bool
        Whether the GPU's engines are filled that way.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.kept = columns.rules.issue_order
        self._queues: dict[int, deque[int]] = {}
        self._held: set[int] = set()

    def append(self, step: int) -> None:
        """The step was called."""
        if self._columns.op[step] in (COPY, KERNEL):
            self._queues.setdefault(self._columns.engine[step], deque()).append(step)

    def pass_on(self, step: int) -> tuple[bool, int]:
        """Whether the step may make its request, and if so which step, held so far, may make its own behind it."""
        engine = self._columns.engine[step]
        if self._columns.thread[step] == NONE or engine not in self._queues:
            return True, NONE
        queue = self._queues[engine]
        if queue[0] != step:
            self._held.add(step)
            return False, NONE
        queue.popleft()
        return True, queue[0] if queue and queue[0] in self._held else NONE


class KernelRuns:
    """Kernels called back to back, whose completion is signalled together.

    A run grows by each kernel that is called while nothing else was called since the one before. When its last kernel
    so far ends, all of them that have ended are over for everybody; before that, only kernels of the run that follow
    in the same stream go on.

    Attributes
    ----------
    late : bool
        Whether the GPU signals that way.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.late = columns.rules.late_signal
        self._run_of: dict[int, int] = {}
        self._running: list[int] = []
        self._ended: list[list[int]] = []
        self._open = False

    def append(self, step: int) -> None:
        """The step was called."""
        if self._columns.op[step] != KERNEL:
            self._open = False
            return
        if not self._open:
            self._open = True
            self._running.append(0)
            self._ended.append([])
        self._run_of[step] = len(self._running) - 1
        self._running[-1] += 1

    def close(self) -> None:
        """What is called next starts a new run: the host waits, or the step waits for others itself."""
        self._open = False

    def finish(self, step: int) -> list[int]:
        """Steps that are over for everybody now that this one has ended, itself perhaps not among them."""
        if step not in self._run_of:
            return [step]
        run = self._run_of[step]
        self._running[run] -= 1
        self._ended[run].append(step)
        if self._running[run]:
            return []
        signalled, self._ended[run] = self._ended[run], []
        return signalled

    def together(self, step: int, after: int) -> bool:
        """Whether both are kernels of one run."""
        return step in self._run_of and self._run_of[step] == self._run_of.get(after, NONE)
