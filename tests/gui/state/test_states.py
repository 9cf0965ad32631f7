"""The observable state of the window, without Qt."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from gui.state.document import Document, Status
from gui.state.jobs import JobsState, Level
from gui.state.lanes import LaneState
from gui.state.scenario import ScenarioState
from gui.state.search import Hits, SearchState
from gui.state.selection import Area, SelectionState, Slice
from gui.state.view import CLOSEST_NS, Mark, ViewState
from gui.state.workspace import Workspace
from tests.helpers.patience import PATIENCE_S


def heard(signal: Any) -> list[Any]:
    log: list[Any] = []

    def listen(*values: object) -> None:
        log.append(values)

    signal.connect(listen)
    log.append(listen)  # keeps the listener alive; taken off by the caller
    return log


def test_state_loads_no_qt() -> None:
    code = (
        "import sys, gui.state.workspace, gui.state.scenario, gui.state.search, gui.state.jobs, gui.state.notes,"
        "gui.state.settings, gui.state.selection; sys.exit(any('PySide6' in name for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S).returncode == 0


def test_a_scenario_says_what_changed_and_leaves_out_foreign_knobs() -> None:
    state = ScenarioState(strategy="serial", streams=4, chunks=2)
    log = heard(state.events.batch)
    state.update(batch=7, strategy="serial")
    assert list(log[1:]) == [(7, 128)]
    spec = state.spec()
    assert (spec.batch, spec.config.streams, spec.config.chunks) == (7, None, None)
    state.strategy = "depth-first"
    assert (state.spec().config.streams, state.spec().config.chunks) == (4, 2)
    with pytest.raises(ValueError, match="no colour"):
        state.update(colour="red")
    assert not ScenarioState(bandwidth=2.0).what_if().changes_nothing
    assert ScenarioState(**state.to_json()).spec() == spec.__class__(**{
        name: getattr(state.spec(), name) for name in spec.__dataclass_fields__
    })  # fmt: skip


def test_the_view_zooms_about_an_instant_and_goes_back() -> None:
    clock = [0.0]
    view = ViewState(shown=(0, 1000), limits=(0, 1000), now=lambda: clock[0])
    view.zoom(4, 500)
    assert view.shown == (375, 625)
    clock[0] = 0.1
    view.zoom(2, 500)  # the same gesture
    assert view.shown == (438, 563) or view.span_ns == 125
    clock[0] = 5.0
    view.pan(100)
    panned = view.shown
    assert view.undo()
    assert view.span_ns == 125
    assert view.undo()
    assert view.shown == (0, 1000)
    assert not view.undo()
    assert view.redo()
    assert view.redo()
    assert view.shown == panned


def test_the_view_is_never_lost_nor_too_close() -> None:
    view = ViewState(shown=(0, 1000), limits=(0, 1000))
    view.zoom(1e9, 500)
    assert view.span_ns == CLOSEST_NS
    view.show(10**9, 2 * 10**9)
    assert view.shown[0] < 1000
    view.show(-(10**9), -(10**9) + 50)
    assert view.shown[1] > 0
    view.set_limits(0)
    assert view.span_ns >= CLOSEST_NS


def test_growing_limits_keep_a_fitted_view_fitted_and_a_close_one_where_it_is() -> None:
    view = ViewState(shown=(-10, 1010), limits=(0, 1000))
    view.set_limits(5000)
    assert view.shown[0] <= 0
    assert view.shown[1] >= 5000
    view.show(100, 200)
    view.set_limits(9000)
    assert view.shown == (100, 200)


def test_measuring_works_in_either_direction() -> None:
    view = ViewState()
    view.measure(500, 100)
    assert view.measured == (100, 500) == view.speaks_of
    view.measure(7, 7)
    assert view.measured is None
    assert view.speaks_of == view.shown


def test_marks_stand_in_order_of_time() -> None:
    view = ViewState()
    view.add_mark(50, "late")
    view.add_mark(10)
    view.add_mark(50, "later")
    assert view.marks == (Mark(10), Mark(50, "later"))
    view.remove_mark(10)
    assert view.marks == (Mark(50, "later"),)


def test_a_workspace_speaks_of_one_document() -> None:
    space = Workspace()
    log = heard(space.activated)
    first, second = space.add(Document(title="one")), space.add(Document(title="two"))
    assert space.active is second
    assert list(space) == [first, second]
    space.remove(second)
    assert space.active is first
    space.remove(first)
    assert space.active is None
    assert len(space) == 0
    assert [entry[0] for entry in log[1:]] == [first, second, first, None]


def test_a_workspace_hears_its_documents_until_they_are_closed() -> None:
    space, document = Workspace(), Document()
    log = heard(space.redrawn)
    space.add(document)
    document.title = "new"
    document.lanes.fold("gpu 0", folded=True)
    document.fail("gone")
    assert len(log[1:]) >= 4
    assert document.status is Status.FAILED
    space.remove(document)
    before = len(log)
    document.title = "newer"
    assert len(log) == before


def test_letters_are_given_once() -> None:
    space = Workspace()
    for wanted in "ABC":
        document = Document()
        document.letter = space.next_letter()
        assert document.letter == wanted
        space.add(document)
    space.remove(next(iter(space)))
    assert space.next_letter() == "A"


def test_lanes_are_arranged_by_choices() -> None:
    lanes = LaneState()
    log = heard(lanes.events.choice)
    lanes.fold("a", folded=True)
    lanes.fold("a", folded=False)
    lanes.hide("b")
    lanes.pin("c")
    lanes.pin("d")
    lanes.pin("c")
    lanes.resize("e", 99)
    lanes.reorder(("x", "y"))
    lanes.filter("kernel")
    choice = lanes.choice
    assert choice.unfolded == {"a"}
    assert not choice.folded
    assert choice.hidden == {"b"}
    assert choice.pinned == ("d", "c")
    assert choice.heights == (("e", 8.0),)
    assert choice.order == ("x", "y")
    assert len(log[1:]) == 9
    lanes.reset()
    assert lanes.choice.pattern == ""


def test_search_goes_round() -> None:
    search = SearchState()
    assert search.step(1) is None
    search.put((Hits(1, np.array([4, 9]), np.array([0, 5])), Hits(2, np.array([3]), np.array([1]))))
    assert search.count == 3
    assert [search.step(1) for _ in range(4)] == [Slice(1, 4), Slice(1, 9), Slice(2, 3), Slice(1, 4)]
    assert search.step(-1) == Slice(2, 3)
    search.forget(1)
    assert search.count == 1
    assert search.current == -1


def test_a_closed_document_is_forgotten() -> None:
    selection = SelectionState(selected=Slice(1, 5), hovered=Slice(2, 6), area=Area(1, ("a",), (0, 1)))
    selection.forget(1)
    assert selection.selected is None
    assert selection.area is None
    assert selection.hovered == Slice(2, 6)


def test_jobs_come_and_go() -> None:
    jobs, stopped = JobsState(), []
    first = jobs.start("open", lambda: stopped.append(1))
    second = jobs.start("simulate")
    jobs.advance(first, 0.5)
    jobs.cancel_all()
    assert stopped == [1]
    assert jobs.jobs[0].progress == 0.5
    jobs.finish(first)
    jobs.advance(first, 0.9)
    assert [job.id for job in jobs.jobs] == [second]
    jobs.say("no such file", Level.ERROR)
    assert jobs.messages[-1].text == "no such file"
