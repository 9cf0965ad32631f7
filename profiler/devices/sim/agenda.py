"""What happens next: events by time and, within one instant, in an order that is part of the specification."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

#: Order within one instant: what ends, then what the host does, then what asks for an engine.
END, HOST, REQUEST = range(3)

#: ``handler(now, step, argument)``.
Handler = Callable[[int, int, int], None]


class Agenda:
    """Events by (time, phase, step): at each instant always the first that is known is taken.

    What an event brings about at its own instant is in the agenda before the next one is taken, so work of no
    length ends, and lets others go on, before the next request of that instant is looked at.

    Parameters
    ----------
    steps : int
        Step numbers are below this.
    """

    __slots__ = ("_events", "_handlers", "_steps")

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._events: list[tuple[int, int, int, int]] = []
        self._handlers: list[Handler] = []

    def kind(self, handler: Handler) -> int:
        """A number for events that call ``handler``."""
        self._handlers.append(handler)
        return len(self._handlers) - 1

    def add(self, time: int, phase: int, step: int, kind: int, argument: int = 0) -> None:
        """Let an event of this kind happen then."""
        heappush(self._events, (time, phase * self._steps + step, kind, argument))

    def run(self, movable: list[int], move: Callable[[int], None]) -> None:
        """Take events until none is left; ``move(now)`` follows each that leaves something in ``movable``."""
        events, handlers, steps = self._events, self._handlers, self._steps
        while events:
            now, place, kind, argument = heappop(events)
            handlers[kind](now, place % steps, argument)
            if movable:
                move(now)
