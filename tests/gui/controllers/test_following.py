"""State that follows other state: marks of the active file, selections of rows that are there, what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gui.controllers.following import Following
from gui.state.document import Document, Kind, Status
from gui.state.jobs import Level
from gui.state.notes import notes_path, read_notes, write_notes
from gui.state.selection import Slice
from gui.state.session import Session
from gui.state.view import Mark
from profiler.timeline.model import Timeline
from profiler.trace.schema import TrackKind
from profiler.trace.tables import Trace, Track


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    # State listens to it for as long as it is held.
    following = Following(made)
    yield made
    del following


def show(document: Document, result: str, slices: int) -> None:
    """As a worker's result of that name is shown."""
    columns = {"ts": np.arange(slices) * 100, "dur": np.full(slices, 50)}
    trace = Trace(columns, names=("k",), tracks=(Track(TrackKind.THREAD, "t"),))
    document.rows_from = result
    document.show(trace, Timeline(trace), status=Status.READY)


def open_file(session: Session, path: Path) -> Document:
    return session.workspace.add(Document(kind=Kind.FILE, title=path.name, path=str(path)))


def times(session: Session) -> list[int]:
    return [mark.at_ns for mark in session.view.marks]


def test_each_file_shows_its_own_marks_and_scenarios_theirs(session: Session, tmp_path: Path) -> None:
    view, workspace = session.view, session.workspace
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    write_notes(first, (Mark(1, "one"),))
    live = workspace.add(Document(kind=Kind.SCENARIO))
    view.add_mark(7)
    assert not view.keeps_marks
    one = open_file(session, first)
    assert times(session) == [1]
    assert view.keeps_marks
    open_file(session, second)
    assert times(session) == []
    view.add_mark(2)
    assert [mark.at_ns for mark in read_notes(second)] == [2]
    workspace.activate(live)
    assert times(session) == [7]
    view.add_mark(8)
    assert [mark.at_ns for mark in read_notes(second)] == [2]
    workspace.activate(one)
    assert times(session) == [1]
    workspace.activate(live)
    assert times(session) == [7, 8]


def test_marks_of_another_window_are_kept_and_shown(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    write_notes(path, (Mark(1, "one"), Mark(2, "two")))
    document = open_file(session, path)
    write_notes(path, (Mark(2, "two"), Mark(3, "theirs")))
    session.view.add_mark(4, "mine")
    assert session.view.marks == read_notes(path) == (Mark(2, "two"), Mark(3, "theirs"), Mark(4, "mine"))
    write_notes(path, (Mark(5, "newer"),))
    session.workspace.beside_changed.emit(document)
    assert session.view.marks == (Mark(5, "newer"),)
    # Notes that go with their trace stay on the screen.
    notes_path(path).unlink()
    path.unlink()
    session.workspace.beside_changed.emit(document)
    assert session.view.marks == (Mark(5, "newer"),)
    assert not session.jobs.messages


def test_notes_damaged_while_they_are_shown_stay_on_the_screen(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    document = open_file(session, path)
    session.view.add_mark(4, "mine")
    notes_path(path).write_text("no notes")
    session.workspace.beside_changed.emit(document)
    assert session.view.marks == (Mark(4, "mine"),)
    assert not session.view.keeps_marks
    session.view.add_mark(5)
    assert notes_path(path).read_text() == "no notes"
    assert len(session.jobs.messages) == 1


def test_marks_of_a_closed_file_go_with_it(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    document = open_file(session, path)
    session.view.add_mark(5)
    session.workspace.remove(document)
    assert times(session) == []
    assert [mark.at_ns for mark in read_notes(path)] == [5]


def test_notes_that_cannot_be_read_are_told_and_left_as_they_are(session: Session, tmp_path: Path) -> None:
    good, bad = tmp_path / "a.json", tmp_path / "b.json"
    write_notes(good, (Mark(1),))
    notes_path(bad).write_text("no notes")
    first = open_file(session, good)
    broken = open_file(session, bad)
    # Not those of the file before.
    assert times(session) == []
    (message,) = session.jobs.messages
    assert message.level is Level.WARNING
    assert str(notes_path(bad)) in message.text
    session.view.add_mark(3)
    assert notes_path(bad).read_text() == "no notes"
    assert not session.view.keeps_marks
    session.workspace.activate(first)
    session.workspace.activate(broken)
    assert times(session) == [3]
    assert len(session.jobs.messages) == 1


def test_marks_that_cannot_be_written_stay_until_the_window_closes(session: Session, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    document = open_file(session, gone / "a.json")
    gone.rmdir()
    session.view.add_mark(3)
    session.view.add_mark(4)
    assert len(session.jobs.messages) == 1
    assert "until the window closes" in session.jobs.messages[0].text
    session.workspace.add(Document(kind=Kind.SCENARIO))
    session.workspace.activate(document)
    assert times(session) == [3, 4]


@pytest.mark.parametrize("kind", [Kind.FILE, Kind.SCENARIO])
def test_a_selection_goes_with_the_rows_it_is_one_of(session: Session, kind: Kind) -> None:
    document = session.workspace.add(Document(kind=kind, path="/nowhere/a.json"))
    show(document, "first", 10)
    session.selection.selected = Slice(document.id, 9)
    # The figures came: the same rows.
    show(document, "first", 10)
    assert session.selection.selected == Slice(document.id, 9)
    show(document, "second", 3)
    assert session.selection.selected is None


def test_nothing_is_measured_once_nothing_is_open(session: Session) -> None:
    document = session.workspace.add(Document())
    show(document, "first", 10)
    session.view.measure(10, 90)
    session.workspace.remove(document)
    assert session.view.measured is None


def test_a_closed_document_is_listened_to_no_more(session: Session) -> None:
    document = session.workspace.add(Document())
    before = len(document.events.timeline)
    session.workspace.remove(document)
    assert len(document.events.timeline) < before
    assert not len(document.events.timeline)
