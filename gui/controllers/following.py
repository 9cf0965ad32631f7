"""State that follows other state: the limits of the view, and what belongs to a closed document."""

from __future__ import annotations

from gui.state.document import Document, Kind
from gui.state.jobs import Level
from gui.state.notes import read_notes, write_notes
from gui.state.session import Session
from profiler.errors import LanescopeError


class Following:
    """Connects the parts of a session for as long as it lives.

    - The view's limits reach to the end of the longest document; the first one is seen whole.
    - What is selected in a document is dropped with it, and when a scenario is simulated anew: its rows are others.
    - Marks are read from beside the active file, and written there when they change.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fitted = False
        self._noted: Document | None = None
        self._reading = False
        workspace = session.workspace
        workspace.redrawn.connect(self._limit)
        workspace.added.connect(self._watch)
        workspace.removed.connect(self._forget)
        workspace.activated.connect(self._read_notes)
        session.view.events.marks.connect(self._write_notes)

    def _limit(self) -> None:
        span = self._session.workspace.span_ns
        if not span:
            self._fitted = False
            return
        view = self._session.view
        if not self._fitted:
            self._fitted = True
            view.set_limits(span, fit=True)
        elif span != view.limits[1]:
            view.set_limits(span)

    def _watch(self, document: Document) -> None:
        if document.kind is Kind.SCENARIO:
            document.events.timeline.connect(lambda: self._session.selection.forget(document.id))

    def _forget(self, document: Document) -> None:
        self._session.selection.forget(document.id)
        self._session.search.forget(document.id)
        if document is self._noted:
            self._noted = None
        self._limit()

    def _read_notes(self, document: Document | None) -> None:
        """Marks belong to a file; a simulation has those that were set while it is open."""
        if document is None or document.kind is not Kind.FILE or document is self._noted:
            return
        self._noted, self._reading = document, True
        try:
            self._session.view.marks = read_notes(document.path)
        except LanescopeError as error:
            self._noted = None
            self._session.jobs.say(str(error), Level.WARNING)
        finally:
            self._reading = False

    def _write_notes(self) -> None:
        if self._noted is None or self._reading:
            return
        try:
            write_notes(self._noted.path, self._session.view.marks)
        except LanescopeError as error:
            self._session.jobs.say(f"{error} The marks are kept until the window closes.", Level.WARNING)
            self._noted = None
