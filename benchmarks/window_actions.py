"""What a person does in the window, one thing after another, and the longest gap of the event loop at each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer

from benchmarks.gaps import Gaps
from gui.application import Application
from gui.state.document import Document
from gui.state.selection import Area, Slice
from profiler.timeline.tree import lane_tree

WAIT = QEventLoop.ProcessEventsFlag.WaitForMoreEvents

#: Seconds after which a machine counts as hung.
PATIENCE_S = 900.0

#: A query that gives as many rows as the panel takes.
ROWS_SQL = "select * from slices limit 10000"


def turn(seconds: float) -> None:
    """Let the event loop turn for a while; it sleeps when there is nothing to do."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


@dataclass
class Hand:
    """Does things in a window, and notes what came of the event loop meanwhile.

    Parameters
    ----------
    application : Application
    gaps : Gaps
    document : Document
        A trace that is open.
    """

    application: Application
    gaps: Gaps
    document: Document

    def __post_init__(self) -> None:
        self.session, self.window = self.application.session, self.application.window
        self.found: list[dict[str, Any]] = []

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        while not holds():
            self.application.qt.processEvents(WAIT)

    def calm(self) -> None:
        """Wait until nothing is asked for any more; an answer often starts the next question."""
        for seconds in (0.25, 0.1):
            turn(seconds)
            self.until(lambda: not (self.application.service.busy or self.session.jobs.jobs))

    def note(self, what: str) -> None:
        """The longest gap since the last time."""
        turn(0.2)
        gap = self.gaps.take()
        self.found.append(
            {"what": what, "gap_ms": 1000 * gap.wall_s, "work_ms": 1000 * gap.worked_s, "queue_ms": 1000 * gap.queued_s}
        )
        for stack, times in self.gaps.stacks()[:5]:
            print(f"{what}: {times} x {stack}", file=sys.stderr)

    def do(self, what: str, *calls: Callable[[], object], pause_s: float = 0.03) -> None:
        """Do things a moment apart, wait for all that comes of them, and note the gap."""
        self.gaps.take()
        for call in calls:
            call()
            turn(pause_s)
        self.calm()
        self.note(what)


def look_around(hand: Hand) -> None:
    """Panels, search, selections, tables and queries of the open trace."""
    window, session, jump = hand.window, hand.session, hand.application._parts.jumper
    for name, _ in list(window.docks):
        hand.do(f"panel {name} opened", lambda name=name: window.docks.reveal(name))
    number, size = hand.document.id, len(hand.document.trace)
    letters = ["sgemm_1"[:end] for end in range(1, 8)]
    hand.do("search typed", *(lambda text=text: setattr(session.search, "query", text) for text in letters))
    hand.do("steps through hits", *(lambda: window.commands.places.step_hit(1) for _ in range(5)))
    hand.do("slices selected", *(lambda row=row: jump.to_slice(number, row) for row in (5, size // 2, size - 5)))
    hand.do("fitted", session.view.fit)
    hand.do("range measured", lambda: session.view.measure(0, session.view.limits[1] // 2))
    session.view.measured = None
    tops = lane_tree(hand.document.trace, hand.document.timeline.lanes)
    area = Area(number, tuple(top.key for top in tops), (0, session.view.limits[1]))
    hand.do("area over everything", lambda: setattr(session.selection, "area", area))
    hand.do("durations of a name", lambda: setattr(session.selection, "named", Slice(number, 5)))
    window.docks.reveal("events")
    header = window.docks.panel("events")._table.view.horizontalHeader()
    hand.do("events sorted", lambda: header.sectionClicked.emit(2))
    sql = window.docks.reveal("sql")
    hand.do("SQL, 10,000 rows", lambda: sql._editor.setPlainText(ROWS_SQL), sql._start)
    for name in ("events", "area", "search", "histogram", "sql", "notes", "overview"):
        window.docks[name].hide()


def handle_files(hand: Hand, small: Path, large_json: Path | None) -> None:
    """A second file beside the first, and one that is cancelled half-way and then read whole."""
    opening, workspace = hand.application._parts.opening, hand.session.workspace
    second: list[Document] = []
    hand.do("second file opened", lambda: second.append(opening.open(small)))
    order = (hand.document, second[0], hand.document)
    hand.do("document switched", *(lambda one=one: workspace.activate(one) for one in order), pause_s=0.2)
    hand.do("second file closed", lambda: workspace.remove(second[0]))
    if large_json is None:
        return
    document = opening.open(large_json)
    hand.until(lambda: (document.progress or 0) > 0.5)
    hand.note("JSON read half-way")
    hand.do("JSON cancelled", lambda: opening.cancel(document))
    hand.do("cancelled JSON closed", lambda: workspace.remove(document))
    document = opening.open(large_json)
    hand.until(lambda: document.figures is not None)
    hand.calm()
    hand.note("JSON read whole")
    hand.do("JSON closed", lambda: workspace.remove(document))


def simulate(hand: Hand) -> None:
    """The first simulation, the slider, a pinned state, and the trace closed."""
    scenario, live = hand.session.scenario, hand.application._parts.live
    scenario.update(workload="resnet50", precision="int8", batch=64, strategy="depth-first", chunks=8)
    hand.do("first simulation", live.start)
    hand.do("batch slider moved", *(lambda batch=batch: setattr(scenario, "batch", batch) for batch in range(65, 105)))
    hand.do("state pinned", live.pin)
    hand.do("states compared", lambda: hand.window.docks.reveal("comparison"))
    hand.do("trace closed", lambda: hand.session.workspace.remove(hand.document))
