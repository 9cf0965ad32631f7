"""Where a plan is stamped: the fewest events from which all times follow.

The end of one operation is the moment its stream reaches the next, so one event behind each operation does, instead of
a pair around it. A second one, before it, is needed where the stream was not held up by its own last operation: after
a wait for another stream, and where the host has just begun to issue (at the start, after a synchronization).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from profiler.plan.model import GraphLaunch, HostSync, Launch, Memcpy, Plan, Step, StreamStep, StreamWait


@dataclass(slots=True)
class Stamps:
    """Numbers of the stamps of each step, by step number.

    Attributes
    ----------
    count : int
    before, behind : dict
        Stamps to record just before a step, and just behind one.
    reached : dict
        Stamp at which the step's stream had reached it: an extra one, or the end of the operation before.
    end : dict
        Stamp at which the step was over. Kernels in a run that is stamped as one have none, but the first of the run,
        which stands for all.
    """

    count: int = 0
    before: dict[int, int] = field(default_factory=dict)
    behind: dict[int, int] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)

    def new(self) -> int:
        """The number of one more stamp."""
        self.count += 1
        return self.count - 1


#: A chain of work in order: (graph launch or -1, stream).
_Chain = tuple[int, int]


def place_stamps(plan: Plan, *, detail: str = "op") -> Stamps:
    """Stamps for every copy, kernel and graph launch of the plan; ``detail`` as in `CudaOptions`."""
    if detail == "none":
        return Stamps()
    placer = _Placer(plan, phases=detail == "phase")
    for index, step in enumerate(plan.steps):
        placer.take(index, step)
    return placer.stamps


class _Placer:
    def __init__(self, plan: Plan, *, phases: bool) -> None:
        self.stamps = Stamps()
        self._last: dict[_Chain, int] = {}
        self._run: dict[_Chain, int] = {}
        self._phases = phases
        self._following = _following(plan) if phases else {}

    def take(self, index: int, step: Step) -> None:
        if isinstance(step, HostSync):
            self._idle(step)
        elif isinstance(step, StreamWait):
            self._last.pop(_chain(step), None)
        elif isinstance(step, Launch) and self._phases:
            self._phase(index, step)
        elif isinstance(step, Memcpy | Launch | GraphLaunch):
            self._operation(index, step)

    def _idle(self, step: HostSync) -> None:
        """After a synchronization the host issues anew, later than the stream's last operation."""
        for chain in list(self._last):
            if step.stream is None or chain[1] == step.stream or step.event is not None:
                del self._last[chain]

    def _operation(self, index: int, step: StreamStep) -> None:
        self._begin(index, _chain(step))
        self._finish(index, _chain(step), behind=index)

    def _phase(self, index: int, step: Launch) -> None:
        chain = _chain(step)
        if chain not in self._run:
            self._begin(index, chain)
            self._run[chain] = index
        if not _same_phase(step, self._following.get(index)):
            leader = self._run.pop(chain)
            self._finish(leader, chain, behind=index)

    def _begin(self, index: int, chain: _Chain) -> None:
        if chain not in self._last:
            self._last[chain] = self.stamps.before[index] = self.stamps.new()
        self.stamps.reached[index] = self._last[chain]

    def _finish(self, index: int, chain: _Chain, *, behind: int) -> None:
        self._last[chain] = self.stamps.end[index] = self.stamps.behind[behind] = self.stamps.new()


def _chain(step: StreamStep) -> _Chain:
    return step.graph, step.stream


def _following(plan: Plan) -> dict[int, Step]:
    """The next operation or wait of each kernel's chain."""
    found: dict[int, Step] = {}
    ahead: dict[_Chain, Step] = {}
    for index in range(len(plan.steps) - 1, -1, -1):
        step = plan.steps[index]
        if isinstance(step, HostSync):
            ahead = dict.fromkeys(ahead, step)
        if not isinstance(step, Memcpy | Launch | GraphLaunch | StreamWait):
            continue
        if _chain(step) in ahead:
            found[index] = ahead[_chain(step)]
        ahead[_chain(step)] = step
    return found


def _same_phase(step: Launch, following: Step | None) -> bool:
    return (
        isinstance(following, Launch)
        and following.request == step.request
        and following.chunk == step.chunk
        and following.thread == step.thread
    )
