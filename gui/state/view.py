"""What part of time is seen, what is measured, and where the marks are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from psygnal import SignalGroupDescriptor

#: The closest zoom, ns.
CLOSEST_NS = 10

#: Changes of the view that follow each other within this time are one step of undo.
_ONE_GESTURE_S = 0.6

_STEPS_KEPT = 100

Stretch = tuple[int, int]


class Clock(Enum):
    """From where the ruler counts."""

    RELATIVE = "relative"  #: the first record of each document
    ABSOLUTE = "absolute"  #: the clock of the active document
    MARK = "mark"  #: the mark that was set last


@dataclass(frozen=True, slots=True)
class Mark:
    """A bookmark in time, relative ns."""

    at_ns: int
    text: str = ""


@dataclass(eq=False)
class ViewState:
    """The seen stretch of time and what belongs to it. All times are relative: every document begins at 0.

    Attributes
    ----------
    shown : (int, int)
        Start and end, ns; never shorter than `CLOSEST_NS`, never far outside ``limits``.
    limits : (int, int)
        All there is to see: 0 to the end of the longest document.
    measured : (int, int) or None
        The stretch that was dragged open; the figures speak of it, else of ``shown``.
    marks : tuple of Mark
        Of the active timeline, in order of time.
    keeps_marks : bool
        They are written beside the file; else they last as long as the window.
    clock : Clock
    """

    shown: Stretch = (0, 1_000_000)
    limits: Stretch = (0, 1_000_000)
    measured: Stretch | None = None
    marks: tuple[Mark, ...] = ()
    keeps_marks: bool = False
    clock: Clock = Clock.RELATIVE
    pointer_ns: int | None = None  #: where the pointer is over the lanes

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    now: Callable[[], float] = field(default=time.monotonic, repr=False)

    def __post_init__(self) -> None:
        self._past: list[Stretch] = []
        self._future: list[Stretch] = []
        self._changed_at = float("-inf")
        self._set_last: int | None = None

    @property
    def newest_mark_ns(self) -> int | None:
        """The mark that was set last, else the last in time; None without any."""
        times = [mark.at_ns for mark in self.marks]
        return self._set_last if self._set_last in times else max(times, default=None)

    @property
    def span_ns(self) -> int:
        """Length of the seen stretch."""
        return self.shown[1] - self.shown[0]

    @property
    def fits_all(self) -> bool:
        """Whether everything is seen."""
        return self.shown[0] <= self.limits[0] and self.shown[1] >= self.limits[1]

    @property
    def speaks_of(self) -> Stretch:
        """The stretch that figures are of: what is measured, else what is seen."""
        return self.measured or self.shown

    def set_limits(self, end_ns: int, *, fit: bool = False) -> None:
        """There is something to see from 0 to ``end_ns``; a view that showed everything goes on doing so."""
        showed_all = self.fits_all
        self.limits = (0, max(end_ns, CLOSEST_NS))
        if fit or showed_all:
            self.shown = self._fitted()
        else:
            self.shown = self._bounded(*self.shown)

    def show(self, start_ns: int, end_ns: int) -> None:
        """See ``start_ns`` to ``end_ns``; a step of undo unless it follows the last change at once."""
        wanted = self._bounded(start_ns, end_ns)
        if wanted == self.shown:
            return
        moment = self.now()
        if moment - self._changed_at > _ONE_GESTURE_S:
            self._past = [*self._past[-_STEPS_KEPT + 1 :], self.shown]
            self._future.clear()
        self._changed_at = moment
        self.shown = wanted

    def zoom(self, factor: float, at_ns: int) -> None:
        """Closer by ``factor`` (farther when below 1); the instant ``at_ns`` stays where it is."""
        start, end = self.shown
        span = min(max(round((end - start) / factor), CLOSEST_NS), self._most())
        left = round(span * (at_ns - start) / (end - start))
        self.show(at_ns - left, at_ns - left + span)

    def pan(self, by_ns: int) -> None:
        """Move towards later times."""
        start, end = self.shown
        self.show(start + by_ns, end + by_ns)

    def fit(self) -> None:
        """See everything."""
        self.show(*self._fitted())

    def reveal(self, start_ns: int, end_ns: int) -> None:
        """Move a stretch that is not wholly seen into the middle; zoom out where it does not fit."""
        seen_from, seen_to = self.shown
        if seen_from <= start_ns and end_ns <= seen_to:
            return
        span = max(self.span_ns, round((end_ns - start_ns) * 1.2))
        middle = (start_ns + end_ns) // 2
        self.show(middle - span // 2, middle - span // 2 + span)

    def undo(self) -> bool:
        """Back to the view before; whether there was one."""
        return self._step(self._past, self._future)

    def redo(self) -> bool:
        """Forward again; whether there was a step undone."""
        return self._step(self._future, self._past)

    def measure(self, start_ns: int, end_ns: int) -> None:
        """Select a stretch of time, in either direction; an empty one clears the selection."""
        low, high = sorted((start_ns, end_ns))
        self.measured = (low, high) if high > low else None

    def add_mark(self, at_ns: int, text: str = "") -> None:
        """Set a mark, or change the text of the one that stands there."""
        others = [mark for mark in self.marks if mark.at_ns != at_ns]
        if len(others) == len(self.marks):
            self._set_last = at_ns
        self.marks = tuple(sorted([*others, Mark(at_ns, text)], key=lambda mark: mark.at_ns))

    def remove_mark(self, at_ns: int) -> None:
        """Take a mark away."""
        self.marks = tuple(mark for mark in self.marks if mark.at_ns != at_ns)

    def _step(self, source: list[Stretch], target: list[Stretch]) -> bool:
        if not source:
            return False
        target.append(self.shown)
        self._changed_at = float("-inf")
        self.shown = self._bounded(*source.pop())
        return True

    def _fitted(self) -> Stretch:
        free = max((self.limits[1] - self.limits[0]) // 100, 1)
        return self.limits[0] - free, self.limits[1] + free

    def _most(self) -> int:
        start, end = self._fitted()
        return max(2 * (end - start), CLOSEST_NS)

    def _bounded(self, start_ns: int, end_ns: int) -> Stretch:
        """The stretch, kept long enough, and with something of ``limits`` in it."""
        low, high = self.limits
        span = min(max(end_ns - start_ns, CLOSEST_NS), self._most())
        margin = max(span // 10, 1)
        start = min(max(start_ns, low - span + margin), high - margin)
        return start, start + span
