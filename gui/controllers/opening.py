"""Trace files as documents: read in a worker, drawn as soon as there is something to draw, watched for changes."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject

from gui.controllers.filling import fill
from gui.state.document import Document, Kind, Status
from gui.state.jobs import JobsState, Level
from gui.state.workspace import Workspace
from gui.workers.jobs import Open, Pictured
from gui.workers.service import Service
from gui.workers.ticket import State, Ticket
from profiler.errors import LanescopeError

#: What tells one state of a file from another: its place on the disk, its length, and when it was written.
_Print = tuple[int, int, int]


class Opening(QObject):
    """Opens, reloads and closes documents of files.

    Parameters
    ----------
    workspace : Workspace
    jobs : JobsState
    service : Service
    """

    def __init__(self, workspace: Workspace, jobs: JobsState, service: Service, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._jobs = jobs
        self._service = service
        self._tickets: dict[int, Ticket] = {}
        self._prints: dict[int, _Print | None] = {}
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._changed)
        self._watcher.directoryChanged.connect(self._changed_in)
        workspace.removed.connect(self._removed)

    def open(self, path: str | os.PathLike[str]) -> Document:
        """A new document of a file; it fills while it is read."""
        name = os.path.abspath(path)
        document = Document(kind=Kind.FILE, title=Path(name).name, path=name)
        self._workspace.add(document)
        self._read(document)
        return document

    def reload(self, document: Document) -> None:
        """Read a document's file again; what is shown stays until there is something newer."""
        self._read(document)

    def cancel(self, document: Document) -> None:
        """Stop reading a document's file; what is drawn so far stays, marked as partial."""
        ticket = self._tickets.get(document.id)
        if ticket is not None:
            ticket.cancel()

    def close(self) -> None:
        """Listen no more; loads that are under way are cancelled."""
        self._workspace.removed.disconnect(self._removed, missing_ok=True)
        for ticket in list(self._tickets.values()):
            ticket.cancel()

    def _read(self, document: Document) -> None:
        previous = self._tickets.get(document.id)
        if previous is not None:
            previous.cancel()
        self._watch(document)
        document.changed_on_disk = False
        document.message = ""
        # What went wrong before is being tried again.
        if document.status is Status.FAILED:
            document.status = Status.LOADING if document.timeline is None else Status.PARTIAL
        ticket = self._service.submit(
            Open(path=document.path),
            title=f"Opening {document.title}",
            done=lambda result: self._show(document, result),
            partial=lambda result: self._show(document, result),
            failed=lambda failure: self._failed(document, str(failure)),
            progress=lambda share, text: self._advance(document, share, text),
        )
        self._tickets[document.id] = ticket
        # Whatever is drawn is asked about at once.
        self._service.warm("figures")
        ticket.over.append(lambda over: self._over(document, over))

    def _show(self, document: Document, result: Pictured) -> None:
        if document not in self._workspace:
            self._service.discard(result)
            return
        try:
            fill(document, result)
        except LanescopeError as error:
            # A picture on the way may have been replaced before it was opened; the next one comes.
            if result.whole:
                self._failed(document, str(error))
            return
        self._service.bind(document, result)

    def _advance(self, document: Document, share: float | None, text: str) -> None:
        document.progress = share
        if document.status is Status.LOADING:
            document.message = text

    def _failed(self, document: Document, message: str) -> None:
        document.fail(message)
        self._jobs.say(message, Level.ERROR)

    def _over(self, document: Document, ticket: Ticket) -> None:
        if self._tickets.get(document.id) is not ticket:
            return
        del self._tickets[document.id]
        if ticket.state is not State.DROPPED or document not in self._workspace:
            return
        document.progress = None
        if document.timeline is None:
            document.fail(f"{document.path}: reading was cancelled.")
        elif document.status is Status.PARTIAL:
            document.fail("Reading was cancelled: this is what was read so far.")

    def _removed(self, document: Document) -> None:
        ticket = self._tickets.pop(document.id, None)
        if ticket is not None:
            ticket.cancel()
        self._service.release(document)
        self._prints.pop(document.id, None)
        files = [other.path for other in self._workspace if other.kind is Kind.FILE]
        needed = {*files, *map(_folder_of, files)}
        # A file that is gone is watched no more by itself.
        watched = {*self._watcher.files(), *self._watcher.directories()}
        for path in {document.path, _folder_of(document.path)} & (watched - needed):
            self._watcher.removePath(path)

    def _watch(self, document: Document) -> None:
        """Watch the file, and its folder: many programs write a new file and rename it into place."""
        self._prints[document.id] = _print_of(document.path)
        for path in (document.path, _folder_of(document.path)):
            if os.path.exists(path):
                self._watcher.addPath(path)

    def _changed(self, path: str) -> None:
        for document in self._of(path):
            found = _print_of(path)
            document.changed_on_disk = found != self._prints.get(document.id)
            if found is not None:
                self._watcher.addPath(path)

    def _changed_in(self, folder: str) -> None:
        beside = [other for other in self._workspace if other.kind is Kind.FILE and _folder_of(other.path) == folder]
        for path in {document.path for document in beside}:
            self._changed(path)
        for document in beside:
            self._workspace.beside_changed.emit(document)

    def _of(self, path: str) -> list[Document]:
        return [document for document in self._workspace if document.kind is Kind.FILE and document.path == path]


def _folder_of(path: str) -> str:
    return str(Path(path).parent)


def _print_of(path: str) -> _Print | None:
    """None where there is no such file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
