"""The documents in the window, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_uppercase

from psygnal import Signal, SignalInstance

from gui.state.document import Document

#: Fields of a document that show in the stack of timelines.
_SHOWN = ("timeline", "status", "title", "letter", "message", "progress", "figures")


def _signals(document: Document) -> list[SignalInstance]:
    return [*(document.events[name] for name in _SHOWN), document.lanes.events["choice"]]


class Workspace:
    """Documents in the order in which they are stacked, and the one the panels speak of.

    Signals
    -------
    added, removed : Document
    reordered : no argument
    activated : Document or None
    redrawn : Document
        Its timeline, status, title or letter changed.
    beside_changed : Document
        In the folder of its file something was written, renamed or removed.
    """

    added = Signal(Document)
    removed = Signal(Document)
    reordered = Signal()
    activated = Signal(object)
    redrawn = Signal(Document)
    beside_changed = Signal(Document)

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._active: Document | None = None
        self._heard: dict[int, Callable[[], None]] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._documents))

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, document: object) -> bool:
        return document in self._documents

    @property
    def active(self) -> Document | None:
        """The document that the panels speak of; None in an empty window."""
        return self._active

    @property
    def span_ns(self) -> int:
        """Length of the longest document."""
        return max((document.span_ns for document in self._documents), default=0)

    def find(self, document_id: int) -> Document | None:
        """The document of that number, if it is still open."""
        return next((document for document in self._documents if document.id == document_id), None)

    def add(self, document: Document, *, place: int | None = None, activate: bool = True) -> Document:
        """Put a document at a place, by default last."""
        self._documents.insert(len(self._documents) if place is None else place, document)

        def emit() -> None:
            self.redrawn.emit(document)

        for signal in _signals(document):
            signal.connect(emit)
        self._heard[document.id] = emit
        self.added.emit(document)
        if activate or self._active is None:
            self.activate(document)
        return document

    def remove(self, document: Document) -> None:
        """Close a document; the one below it, else the one above, becomes active if it was."""
        place = self._documents.index(document)
        self._documents.remove(document)
        heard = self._heard.pop(document.id)
        for signal in _signals(document):
            signal.disconnect(heard)
        self.removed.emit(document)
        if document is self._active:
            after = self._documents[place : place + 1] or self._documents[-1:]
            self._active = after[0] if after else None
            self.activated.emit(self._active)

    def activate(self, document: Document | None) -> None:
        """Make the panels speak of a document."""
        if document is not self._active:
            self._active = document
            self.activated.emit(document)

    def move(self, document: Document, place: int) -> None:
        """Put a document elsewhere in the stack."""
        self._documents.remove(document)
        self._documents.insert(place, document)
        self.reordered.emit()

    def next_letter(self) -> str:
        """The first letter that no document carries: A, B, …, Z, A1, …"""
        used = {document.letter for document in self._documents}
        rounds = ("", *map(str, range(1, len(used) + 2)))
        return next(letter + tail for tail in rounds for letter in ascii_uppercase if letter + tail not in used)
