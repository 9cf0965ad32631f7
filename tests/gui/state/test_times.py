"""Instants on each clock."""

from __future__ import annotations

import numpy as np

from gui.state.document import Document, Status
from gui.state.times import CLOCK_NAMES, instant_text, zero_ns
from gui.state.view import Clock, ViewState
from gui.state.workspace import Workspace
from profiler.timeline.model import Timeline
from profiler.trace.schema import TrackKind
from profiler.trace.tables import Trace, Track


def test_each_clock_counts_from_its_own_zero() -> None:
    view, workspace = ViewState(), Workspace()
    columns = {"ts": np.array([7_000_000]), "dur": np.array([1000])}
    trace = Trace(columns, names=("k",), tracks=(Track(TrackKind.THREAD, "t"),))
    document = workspace.add(Document())
    document.show(trace, Timeline(trace), status=Status.READY)
    view.add_mark(1500)
    view.add_mark(400)
    expected = {Clock.RELATIVE: "2.000 µs", Clock.ABSOLUTE: "7,002,000 ns", Clock.MARK: "1.600 µs"}
    for clock, text in expected.items():
        view.clock = clock
        assert instant_text(2000, view, workspace) == text
    assert set(CLOCK_NAMES) == set(Clock)
    # Another text makes a mark no newer; without the newest one it counts from the last.
    view.add_mark(1500, "here")
    assert instant_text(2000, view, workspace) == "1.600 µs"
    view.add_mark(100)
    view.remove_mark(100)
    assert instant_text(2000, view, workspace) == "500 ns"


def test_without_a_mark_or_a_document_it_counts_from_the_first_record() -> None:
    view, workspace = ViewState(), Workspace()
    for clock in Clock:
        view.clock = clock
        assert zero_ns(view, workspace) == 0
