"""Instants as texts, on the clock that a person chose."""

from __future__ import annotations

from gui.state.view import Clock, ViewState
from gui.state.workspace import Workspace
from profiler.units import format_ns

#: What each clock is called.
CLOCK_NAMES = {
    Clock.RELATIVE: "from the first record",
    Clock.ABSOLUTE: "on the trace's own clock",
    Clock.MARK: "from the last mark",
}


def zero_ns(view: ViewState, workspace: Workspace) -> int:
    """The relative time that the chosen clock calls 0."""
    if view.clock is Clock.ABSOLUTE and workspace.active is not None:
        return -workspace.active.origin_ns
    newest = view.newest_mark_ns
    return newest if view.clock is Clock.MARK and newest is not None else 0


def instant_text(at_ns: int, view: ViewState, workspace: Workspace) -> str:
    """A relative time on the chosen clock; the trace's own is read out in full, as its records have it."""
    at = at_ns - zero_ns(view, workspace)
    return f"{at:,} ns" if view.clock is Clock.ABSOLUTE else format_ns(at)
