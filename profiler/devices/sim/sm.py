"""The SMs: blocks are handed out in the order in which kernels arrive, to whatever slots are free.

A kernel that may have s blocks resident takes 1/s of the SMs for each. Shares are whole units of a common
denominator (`profiler.devices.sim.columns.Columns.capacity`), so nothing is rounded. While the kernel that arrived
first has blocks left to hand out, every slot that frees goes to it ("leftover" rule), so all of its times follow from
the slots in use at that moment, and a kernel costs one call instead of an event a wave.
"""

from __future__ import annotations

from heapq import heappop, heappush

#: When units of the SMs become free, and how many.
Release = tuple[int, int]


class BlockDistributor:
    """Serves kernels first come, first served. Times handed in never decrease.

    Attributes
    ----------
    ready : int
        When the last kernel served had no blocks left, or later if no slot frees before: nothing else starts earlier.
    """

    __slots__ = ("_busy", "_free", "_last", "ready")

    def __init__(self, capacity: int) -> None:
        self._free = capacity
        #: A heap; the latest time in it is ``_last``.
        self._busy: list[Release] = []
        self._last = 0
        self.ready = 0

    def fits(self, unit: int, arrival: int) -> int:
        """The earliest time at which a kernel that arrives then could start its first block."""
        time = max(arrival, self.ready)
        free = self._free
        for when, units in sorted(self._busy):
            if free >= unit and when > time:
                break
            free += units
            time = max(time, when)
        return time

    def serve(self, blocks: int, unit: int, block_ns: int, arrival: int) -> tuple[int, int]:
        """Start and end of a kernel, which holds its slots from now on.

        Parameters
        ----------
        blocks, unit, block_ns : int
            Blocks, units of each while it is resident, nanoseconds of each.
        arrival : int
            When the kernel is ready to run.

        Returns
        -------
        (int, int)
            Start of its first and end of its last block.
        """
        time = arrival if arrival > self.ready else self.ready
        if self._last <= time:
            return self._alone(blocks, unit, block_ns, time)
        return self._shared(blocks, unit, block_ns, time)

    def _alone(self, blocks: int, unit: int, block_ns: int, time: int) -> tuple[int, int]:
        """The kernel finds the SMs empty: whole waves, and the slots its last wave leaves free."""
        free = self._free
        for _, units in self._busy:
            free += units
        waves = (blocks - 1) // (free // unit)
        last = blocks - waves * (free // unit)
        self.ready = before_last = time + waves * block_ns
        self._last = end = before_last + block_ns
        self._free = free - last * unit
        self._busy = [(end, last * unit)]
        if not self._free:
            self.ready = end
        return time, end

    def _shared(self, blocks: int, unit: int, block_ns: int, time: int) -> tuple[int, int]:
        """Slots free one after another: those of earlier kernels, then its own again, which makes its next waves."""
        busy, free = self._busy, self._free
        others_until = self._last
        alone = False
        start = -1
        while True:
            while busy and busy[0][0] <= time:
                free += heappop(busy)[1]
            count = free // unit
            if count:
                if start < 0:
                    start = time
                if count >= blocks:
                    break
                free -= count * unit
                blocks -= count
                heappush(busy, (time + block_ns, count * unit))
                if not alone and time >= others_until:
                    alone = True
                    blocks = self._skip_rounds(blocks, unit, block_ns)
            time = busy[0][0]
        self._free = free - blocks * unit
        self.ready = time
        end = time + block_ns
        heappush(busy, (end, blocks * unit))
        self._last = max(end, others_until)
        return start, end

    def _skip_rounds(self, blocks: int, unit: int, block_ns: int) -> int:
        """Leave out whole rounds in which the kernel, alone by now, gets each of its slots again; blocks left."""
        in_round = sum(units for _, units in self._busy) // unit
        rounds = (blocks - 1) // in_round
        if rounds:
            self._busy[:] = [(when + rounds * block_ns, units) for when, units in self._busy]
        return blocks - rounds * in_round
