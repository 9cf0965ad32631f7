"""How kernels come to the SMs: first come, first served or, where streams have priorities, by these first.

A kernel with bytes on the link asks for it when its first block could start, behind the copies that asked before; it
holds the link from its start to its end, and the kernels behind it wait.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import Protocol

from profiler.devices.sim.agenda import END, Agenda
from profiler.devices.sim.columns import NONE, Columns
from profiler.devices.sim.sm import BlockDistributor
from profiler.devices.sim.times import TimeLists


class Front(Protocol):
    """What the SMs tell of the kernels that run on them."""

    def begun(self, step: int) -> None:
        """The first block runs."""

    def ended(self, step: int, now: int) -> None:
        """The last block is through."""

    def ask_for_link(self, step: int, when: int) -> None:
        """A kernel that could start then needs the link; `Compute.linked` answers."""


class Compute(Protocol):
    """The SMs as the engines see them."""

    def arrive(self, step: int, now: int) -> None:
        """A kernel is ready to run."""

    def linked(self, step: int, now: int) -> None:
        """A kernel has the directions of the link that it asked for."""


class FirstComeCompute:
    """The SMs where all streams have one priority: a kernel's times are known when its turn comes."""

    def __init__(self, columns: Columns, times: TimeLists, agenda: Agenda, front: Front) -> None:
        self._columns = columns
        self._times = times
        self._agenda = agenda
        self._front = front
        self._on_begin = agenda.kind(self._begin)
        self._on_end = agenda.kind(self._end)
        self._sms = BlockDistributor(columns.capacity)
        #: Kernels, with their arrivals, from the first that waits for the link on.
        self._line: deque[tuple[int, int]] = deque()

    def arrive(self, step: int, now: int) -> None:
        """A kernel is ready to run."""
        self._line.append((step, now))
        if len(self._line) == 1:
            self._go_on(now)

    def linked(self, step: int, now: int) -> None:
        """The kernel at the head of the line has its link."""
        self._line.popleft()
        self._serve(step, now, now)
        self._go_on(now)

    def _go_on(self, now: int) -> None:
        while self._line:
            step, arrival = self._line[0]
            if self._columns.links[step]:
                fits = self._sms.fits(self._columns.unit[step], arrival)
                self._front.ask_for_link(step, max(fits, now))
                return
            self._line.popleft()
            self._serve(step, arrival, now)

    def _serve(self, step: int, arrival: int, now: int) -> None:
        columns = self._columns
        start, end = self._sms.serve(columns.blocks[step], columns.unit[step], columns.block_ns[step], arrival)
        self._times.start[step] = start
        if start > now:
            self._agenda.add(start, END, step, self._on_begin)
        else:
            self._front.begun(step)
        self._agenda.add(end, END, step, self._on_end)

    def _begin(self, now: int, step: int, _: int) -> None:
        self._front.begun(step)

    def _end(self, now: int, step: int, _: int) -> None:
        self._front.ended(step, now)


class PriorityCompute:
    """The SMs where streams have priorities: free slots go to the waiting kernel of the highest, then the first.

    Blocks that run are never put off, so each wave is an event of its own.
    """

    def __init__(self, columns: Columns, times: TimeLists, agenda: Agenda, front: Front) -> None:
        self._columns = columns
        self._times = times
        self._agenda = agenda
        self._front = front
        self._on_end_blocks = agenda.kind(self._end_blocks)
        self._free = columns.capacity
        self._left = list(columns.blocks)
        self._resident = [0] * len(columns)
        #: (priority, arrival number, step), the next to get slots first.
        self._line: list[tuple[int, int, int]] = []
        self._arrivals = 0
        self._launch_of = columns.launch_of
        #: The kernel that waits for the link or has it and still has blocks left: the next, whatever its priority.
        self._on_link: tuple[int, int, int] | None = None
        self._has_link = False

    def arrive(self, step: int, now: int) -> None:
        """A kernel is ready to run."""
        columns = self._columns
        chain = columns.chain[step]
        # A graph's nodes have the priority of the stream that launched it.
        stream = chain if chain < columns.streams else columns.chain[self._launch_of[chain]]
        self._arrivals += 1
        insort(self._line, (columns.priority[stream], self._arrivals, step))
        self._hand_out(now)

    def linked(self, step: int, now: int) -> None:
        """The kernel that asked for the link has it."""
        self._has_link = True
        self._hand_out(now)

    def _hand_out(self, now: int) -> None:
        columns = self._columns
        while self._line:
            entry = self._on_link or self._line[0]
            step = entry[2]
            if self._free < columns.unit[step]:
                return
            if columns.links[step] and not self._has_link:
                if self._on_link is None:
                    self._on_link = entry
                    self._front.ask_for_link(step, now)
                return
            self._start_blocks(entry, now)

    def _start_blocks(self, entry: tuple[int, int, int], now: int) -> None:
        columns, step = self._columns, entry[2]
        count = min(self._free // columns.unit[step], self._left[step])
        self._free -= count * columns.unit[step]
        self._left[step] -= count
        self._resident[step] += count
        self._agenda.add(now + columns.block_ns[step], END, step, self._on_end_blocks, count)
        if not self._left[step]:
            self._line.remove(entry)
            self._on_link, self._has_link = None, False
        if self._times.start[step] == NONE:
            self._times.start[step] = now
            self._front.begun(step)

    def _end_blocks(self, now: int, step: int, count: int) -> None:
        self._free += count * self._columns.unit[step]
        self._resident[step] -= count
        if not self._left[step] and not self._resident[step]:
            self._front.ended(step, now)
        self._hand_out(now)
