"""One timeline in the window: a file, a simulation or a run, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor

from gui.state.lanes import LaneState
from profiler.timeline.model import Timeline
from profiler.trace.tables import Trace

_ids = count(1)


class Status(Enum):
    """How far a document is."""

    LOADING = "loading"  #: nothing to draw yet
    PARTIAL = "partial"  #: what was read or run so far is drawn
    READY = "ready"
    FAILED = "failed"  #: ``message`` says why; what was there stays


class Kind(Enum):
    """Where a document comes from."""

    FILE = "file"
    SCENARIO = "scenario"
    CAPTURE = "capture"  #: another program that is recorded: it grows as a run does, and ends with what was recorded


@dataclass(eq=False)
class Document:
    """A timeline and what is known about it.

    Attributes
    ----------
    kind : Kind
    title : str
        File name or scenario in words; may hold anything, escape before showing.
    path : str
        Of a file, else empty.
    letter : str
        ``A``, ``B``, … once pinned; empty for the live one and for files that stand alone.
    trace, timeline : Trace, Timeline or None
        Replaced together, in that order; listen to ``timeline``.
    exposed_row_causes : mapping of row to cause in words, or None
        For each copy with exposed time: its largest cause.
    figures : dict or None
        Of the whole: a scenario with the keys of ``run --json``, or ``analyze --json``.
    progress : float or None
        0 to 1 while work is going on and its size is known.
    message : str
        The error, or what is going on.
    changed_on_disk : bool
        The file is not the one that was read any more; reloading is offered.
    """

    kind: Kind = Kind.SCENARIO
    title: str = ""
    path: str = ""
    letter: str = ""
    trace: Trace | None = None
    timeline: Timeline | None = None
    exposed_row_causes: Mapping[int, str] | None = None
    figures: dict[str, Any] | None = None
    status: Status = Status.LOADING
    progress: float | None = None
    message: str = ""
    changed_on_disk: bool = False
    scenario: dict[str, Any] | None = None  #: the knobs it was made with, for a scenario
    device: int | None = None  #: the GPU that a person looks at; None: all of them
    rows_from: str = ""  #: the result that ``trace`` came with: a row of one is another slice in the next

    id: int = field(default_factory=lambda: next(_ids))
    lanes: LaneState = field(default_factory=LaneState)

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    @property
    def origin_ns(self) -> int:
        """The time in the trace's own clock that the window calls 0: its first record."""
        return self.timeline.start_ns if self.timeline is not None else 0

    @property
    def span_ns(self) -> int:
        """From the first record to the last end; 0 while nothing can be drawn."""
        return self.timeline.end_ns - self.timeline.start_ns if self.timeline is not None else 0

    def show(self, trace: Trace, timeline: Timeline, *, status: Status) -> None:
        """Put a trace with its timeline in place of what is shown."""
        with self.events.timeline.blocked(), self.events.trace.blocked(), self.events.status.blocked():
            self.trace, self.timeline, self.status = trace, timeline, status
        self.events.timeline.emit(timeline, None)
        self.events.status.emit(status, None)

    def look_at(self, device: int) -> None:
        """Figures and lanes of one GPU alone."""
        self.device = device
        self.lanes.narrow(device)

    def look_at_all(self) -> None:
        """Figures and lanes of all GPUs again."""
        self.device = None
        self.lanes.narrow(None)

    def fail(self, message: str) -> None:
        """Say what went wrong; what is drawn stays."""
        self.message = message
        self.progress = None
        self.status = Status.FAILED
