"""Marks of the active timeline: read from beside its file, written there when they change, and read when others do."""

from __future__ import annotations

import os

from gui.state.document import Document, Kind
from gui.state.jobs import JobsState, Level
from gui.state.notes import read_notes, update_notes
from gui.state.view import Mark, ViewState
from gui.state.workspace import Workspace
from profiler.errors import LanescopeError

Marks = tuple[Mark, ...]

_UNKEPT = "The marks are kept until the window closes."


class Noting:
    """Shows each file its own marks, and all scenarios those that were set while the window is open.

    Parameters
    ----------
    workspace : Workspace
    view : ViewState
        With the marks; ``keeps_marks`` is set to whether they are written.
    jobs : JobsState
        Told where marks cannot be read or written.
    """

    def __init__(self, workspace: Workspace, view: ViewState, jobs: JobsState) -> None:
        self._view, self._jobs = view, jobs
        self._owner: Document | None = None
        self._known: Marks = ()
        self._of_scenarios: Marks = ()
        self._unkept: dict[int, Marks] = {}
        self._showing = False
        workspace.activated.connect(self._activated)
        workspace.beside_changed.connect(self._changed_beside)
        workspace.removed.connect(self._removed)
        view.events.marks.connect(self._write)

    def _activated(self, document: Document | None) -> None:
        owner = document if document is not None and document.kind is Kind.FILE else None
        if owner is self._owner:
            return
        if self._owner is None:
            self._of_scenarios = self._view.marks
        elif self._owner.id in self._unkept:
            self._unkept[self._owner.id] = self._view.marks
        self._owner = owner
        self._show(self._of_scenarios if owner is None else self._marks_of(owner))

    def _changed_beside(self, document: Document) -> None:
        """Another window, or a person, may have changed the notes; those of a file that is gone stay as they are."""
        if document is self._owner and document.id not in self._unkept and os.path.exists(document.path):
            self._show(self._marks_of(document, self._view.marks))

    def _removed(self, document: Document) -> None:
        self._unkept.pop(document.id, None)

    def _show(self, marks: Marks) -> None:
        self._view.keeps_marks = self._owner is not None and self._owner.id not in self._unkept
        self._known = marks
        self._showing = True
        try:
            self._view.marks = marks
        finally:
            self._showing = False

    def _marks_of(self, owner: Document, shown: Marks = ()) -> Marks:
        """Those beside its file; where they cannot be read, those that are shown already."""
        if owner.id in self._unkept:
            return self._unkept[owner.id]
        try:
            return read_notes(owner.path)
        except LanescopeError as error:
            # What is there is not written over.
            self._jobs.say(f"{error} {_UNKEPT}", Level.WARNING)
            self._unkept[owner.id] = shown
            return shown

    def _write(self) -> None:
        owner = self._owner
        if owner is None or self._showing or owner.id in self._unkept:
            return
        try:
            found = update_notes(owner.path, self._known, self._view.marks)
        except LanescopeError as error:
            self._jobs.say(f"{error} {_UNKEPT}", Level.WARNING)
            self._unkept[owner.id] = self._view.marks
            self._view.keeps_marks = False
            return
        self._show(found)
