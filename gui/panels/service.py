"""What panels ask of the workers. `gui.workers.service.Service` is one; tests have one without processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer

from gui.state.document import Document

Done = Callable[[Any], None]


class Ticket(Protocol):
    """A question on its way."""

    @property
    def is_open(self) -> bool:
        """Whether the answer is still to come."""

    def cancel(self) -> None:
        """Want no answer any more."""


class Service(Protocol):
    """Questions about documents. Each gives a ticket at once and calls ``done`` later, in the window's thread.

    ``more`` takes ``failed`` (called with an error that prints as a sentence), ``owner``, ``title``, ``progress``, and
    ``channel``: of two questions of one channel and document the newer takes the place of the older.
    """

    def knows(self, document: Document) -> bool:
        """Whether the document has data that can be asked about."""

    def figures(self, document: Document, stretch: tuple[int, int], done: Done, **more: Any) -> Ticket:
        """Figures of a stretch of relative time: ``devices`` as in ``analyze --json``."""

    def search(self, document: Document, text: str, done: Done, *, regex: bool = False, **more: Any) -> Ticket:
        """Slices by name: ``file`` to map, ``count``, ``names``."""

    def area(
        self, document: Document, lanes: tuple[int, ...] | None, stretch: tuple[int, int], done: Done, **more: Any
    ) -> Ticket:
        """Slices of some lanes in a stretch, by name: ``rows``, ``slices``, ``busy_ns``."""

    def histogram(self, document: Document, name: int, done: Done, *, category: int = -1, **more: Any) -> Ticket:
        """Durations of a name: ``edges_ns``, ``counts`` and percentiles."""

    def instance(self, document: Document, row: int, done: Done, *, forward: bool = True, **more: Any) -> Ticket:
        """The next slice of the same name: ``row``, ``place``, ``count``."""

    def sort(self, document: Document, done: Done, **options: Any) -> Ticket:
        """Rows that pass a filter, in an order: ``file`` to map, ``count``."""

    def details(self, document: Document, row: int, done: Done, **more: Any) -> Ticket:
        """Everything about a slice."""

    def query(self, document: Document, sql: str, done: Done, **more: Any) -> Ticket:
        """Rows of a SELECT statement."""

    def match(self, a: Document, b: Document, done: Done, **more: Any) -> Ticket:
        """Operations of two documents side by side: ``figures`` as in ``diff --json``, ``file`` to map."""


class Asking:
    """One question at a time, asked again when what it is about has changed meanwhile.

    Changes that come in one turn of the event loop are one question.

    Parameters
    ----------
    owner : QObject
        The widget that asks; with it ends everything.
    ask : callable
        Gets ``done`` and ``failed``, asks, and returns the ticket; None where there is nothing to ask.
    answered, failed : callable
        What to do with an answer, and with an error.
    rest_ms : int
        From an answer to the next question `in_turn` at least: answers that come faster than they are read would only
        take time from the pictures between them.
    """

    def __init__(
        self,
        owner: QObject,
        ask: Callable[[Done, Done], Ticket | None],
        answered: Done,
        failed: Callable[[str], None],
        *,
        rest_ms: int = 0,
    ) -> None:
        self._ask = ask
        self._answered = answered
        self._failed = failed
        self._ticket: Ticket | None = None
        self._again = self._in_turn = False
        self._soon = QTimer(owner, singleShot=True, interval=0)
        self._soon.timeout.connect(self._send)
        self._rest = QTimer(owner, singleShot=True, interval=rest_ms)
        self._rest.timeout.connect(self._rested)
        owner.destroyed.connect(lambda *_: self.cancel())

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._ticket is not None and self._ticket.is_open

    @property
    def pending(self) -> bool:
        """Whether an answer is still to come, or a question is about to be asked."""
        return self.busy or self._soon.isActive() or (self._in_turn and self._rest.isActive())

    def again(self) -> None:
        """Ask, once what is under way has been answered."""
        if self.busy:
            self._again = True
        else:
            self._soon.start()

    def in_turn(self) -> None:
        """Ask, but no sooner than ``rest_ms`` after the last answer."""
        if self.busy or self._rest.isActive():
            self._in_turn = True
        else:
            self._soon.start()

    def cancel(self) -> None:
        """Want no answer any more."""
        self._again = self._in_turn = False
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            ticket.cancel()

    def restart(self) -> None:
        """Drop what is under way and ask anew: it is about something else."""
        self.cancel()
        self._soon.start()

    def _send(self) -> None:
        self._in_turn = False
        self._ticket = self._ask(self._done, self._wrong)

    def _done(self, answer: Any) -> None:
        self._over()
        self._answered(answer)

    def _wrong(self, failure: Any) -> None:
        self._over()
        self._failed(str(failure))

    def _over(self) -> None:
        self._ticket = None
        self._rest.start()
        if self._again:
            self._again = False
            self._soon.start()

    def _rested(self) -> None:
        if self._in_turn and not self.busy:
            self._soon.start()
