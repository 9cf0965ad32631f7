"""Copy engines: one copy at a time each, first come, first served, slower while both directions transfer.

Progress is counted in whole units, q a nanosecond at full rate and p while the other direction transfers too, where
p/q is the GPU's duplex factor. Only the moment at which a copy's last byte arrives is rounded, up to a nanosecond.
"""

from __future__ import annotations

from collections import deque

IDLE = -1


class CopyEngine:
    """One engine. Whoever drives it calls `start` when ``current`` is `IDLE`, and `step` at the times it gives back.

    Attributes
    ----------
    queue : deque of int
        Steps that wait for the engine, in the order of their requests.
    current : int
        The step that holds the engine, or `IDLE`.
    transferring : bool
        Whether bytes move: not during a copy's fixed time, and not while a kernel holds the link.
    version : int
        Changes whenever an earlier answer of `next_time` is void.
    """

    __slots__ = ("_fast", "_left", "_mark", "_since", "_slow", "_speed", "current", "queue", "transferring", "version")

    def __init__(self, duplex: tuple[int, int]) -> None:
        self._slow, self._fast = duplex
        self._speed = self._fast
        self._left = self._since = 0
        self._mark = 0
        self.queue: deque[int] = deque()
        self.current = IDLE
        self.transferring = False
        self.version = 0

    def begin(self, now: int, transfer_ns: int, tail_ns: int, *, shared: bool) -> None:
        """The bytes of the current copy move from now on; with a tail, the mark is where only the tail is left."""
        self._left = transfer_ns * self._fast
        self._mark = tail_ns * self._fast
        self._since = now
        self.transferring = True
        self._speed = self._slow if shared else self._fast
        self.version += 1

    def share(self, now: int, *, shared: bool) -> None:
        """The other direction began or ended its transfer."""
        self._go_on(now)
        self._speed = self._slow if shared else self._fast
        self.version += 1

    def next_time(self) -> int:
        """When the copy reaches its mark or, past that, its end, if nothing changes."""
        return self._since + max(0, -((self._mark - self._left) // self._speed))

    def at_mark(self, now: int) -> bool:
        """Whether this is the mark; else it is the end. Asked once, at the time that `next_time` gave."""
        self._go_on(now)
        if not self._mark:
            return False
        self._mark = 0
        self.version += 1
        return True

    def release(self) -> None:
        """The current step is through."""
        self.current = IDLE
        self.transferring = False
        self.version += 1

    def _go_on(self, now: int) -> None:
        self._left -= (now - self._since) * self._speed
        self._since = now
