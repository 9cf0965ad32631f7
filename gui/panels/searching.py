"""Searches whenever what is searched for, or in, changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from gui.panels.mapped import load as load_mapped
from gui.panels.service import Service, Ticket
from gui.state.document import Document
from gui.state.search import Hits, SearchState
from gui.state.workspace import Workspace
from gui.watching import Watch
from profiler.trace.tables import Trace

#: A person types on within this time, ms.
_PAUSE_MS = 120


class Searching(QObject):
    """Keeps ``search.hits`` true for ``search.query`` over all documents.

    Parameters
    ----------
    workspace : Workspace
    search : SearchState
    service : Service
    load : callable
        Maps a file of the workers.
    """

    def __init__(
        self,
        workspace: Workspace,
        search: SearchState,
        service: Service,
        *,
        load: Callable[[str], Any] = load_mapped,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._search, self._service, self._load = workspace, search, service, load
        self._searched: dict[int, Trace | None] = {}
        self._open: dict[int, Ticket] = {}
        self._found: dict[int, Hits] = {}
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self._start)
        watch = Watch(self)
        watch.on(search.events.query, self._again)
        watch.on(search.events.regex, self._again)
        watch.on(workspace.redrawn, self._redrawn)
        watch.on(workspace.added, self._redrawn)
        watch.on(workspace.removed, self._redrawn)

    def _again(self) -> None:
        self._cancel()
        self._search.error = ""
        if self._search.query:
            self._search.busy = True
            self._soon.start()
        else:
            self._soon.stop()
            self._search.put(())

    def _redrawn(self) -> None:
        """Search again where another trace is shown than the one that was searched."""
        if not self._search.query:
            return
        now = {document.id: document.trace for document in self._workspace if document.trace is not None}
        if any(now.get(number) is not trace for number, trace in self._searched.items()) or now.keys() - self._searched:
            for number, trace in self._searched.items():
                if now.get(number) is not trace:
                    self._search.forget(number)
            self._again()

    def _start(self) -> None:
        self._found = {}
        documents = [document for document in self._workspace if document.trace is not None]
        self._searched = {document.id: document.trace for document in documents}
        for document in documents:
            if self._service.knows(document):
                self._open[document.id] = self._ask(document)
        self._show_all()

    def _ask(self, document: Document) -> Ticket:
        query, regex = self._search.query, self._search.regex
        return self._service.search(
            document,
            query,
            lambda found: self._answered(document, found),
            regex=regex,
            failed=lambda failure: self._failed(str(failure)),
            owner=self,
        )

    def _answered(self, document: Document, found: Any) -> None:
        self._open.pop(document.id, None)
        if found.count:
            arrays = self._load(found.file)
            self._found[document.id] = Hits(document.id, arrays["rows"], arrays["starts_ns"])
        self._show_all()

    def _failed(self, message: str) -> None:
        self._cancel()
        self._search.put(())
        self._search.error = message

    def _show_all(self) -> None:
        if not self._open:
            order = [document.id for document in self._workspace]
            self._search.put(tuple(self._found[number] for number in order if number in self._found))

    def _cancel(self) -> None:
        tickets, self._open = list(self._open.values()), {}
        for ticket in tickets:
            ticket.cancel()
