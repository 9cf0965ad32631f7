"""State that follows other state: the limits of the view, and what belongs to a closed document."""

from __future__ import annotations

from collections.abc import Callable

from gui.controllers.noting import Noting
from gui.state.document import Document
from gui.state.session import Session


class Following:
    """Connects the parts of a session for as long as it lives.

    - The view's limits reach to the end of the longest document; the first one is seen whole.
    - What is selected in a document is dropped with it, and when it gets other rows: simulated or read anew.
    - Marks are those of the active file: see `Noting`.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fitted = False
        self._heard: dict[int, Callable[[], None]] = {}
        self._noting = Noting(session.workspace, session.view, session.jobs)
        workspace = session.workspace
        workspace.redrawn.connect(self._limit)
        workspace.added.connect(self._watch)
        workspace.removed.connect(self._forget)

    def _limit(self) -> None:
        span, view = self._session.workspace.span_ns, self._session.view
        if not span:
            self._fitted = False
            view.measured = None
        elif not self._fitted:
            self._fitted = True
            view.set_limits(span, fit=True)
        elif span != view.limits[1]:
            view.set_limits(span)

    def _watch(self, document: Document) -> None:
        known = document.rows_from

        def drawn() -> None:
            nonlocal known
            if document.rows_from != known:
                known = document.rows_from
                self._session.selection.forget(document.id)

        document.events.timeline.connect(drawn)
        self._heard[document.id] = drawn

    def _forget(self, document: Document) -> None:
        document.events.timeline.disconnect(self._heard.pop(document.id))
        self._session.selection.forget(document.id)
        self._session.search.forget(document.id)
        self._limit()
