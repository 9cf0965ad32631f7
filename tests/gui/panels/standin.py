"""The workers' service without processes: the same tasks, done here a turn of the event loop later."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from gui.controllers.filling import fill
from gui.state.document import Document, Kind
from gui.state.jobs import JobsState
from gui.workers.context import Context, Held
from gui.workers.jobs import Job
from gui.workers.kept import Kept
from gui.workers.service import Service
from gui.workers.tasks.picture import hand_over
from gui.workers.ticket import Failure, State, Ticket
from profiler.analysis.analyze import analyze
from profiler.analysis.overlap import analyze_devices
from profiler.errors import LanescopeError
from profiler.trace.tables import Trace


class _Pool:
    """Nothing to forget: the test's folder goes with the test."""

    open_jobs = 0

    def forget(self, folder: Path) -> None:
        """Nothing."""


class StandIn(Service):
    """Answers as the workers do.

    Attributes
    ----------
    asked : list of Job
        In order.
    held : bool
        Answers wait for `let_go`.
    failure : str
        What every question fails with.
    """

    def __init__(self, folder: Path, state: JobsState) -> None:
        QObject.__init__(self)
        self._state = state
        self.pool = _Pool()
        self._kept = Kept(self.pool.forget)
        self._folder = folder
        self._numbers = itertools.count(1)
        self._remembered = Held()
        self._newest: dict[str, Ticket] = {}
        self._waiting: list[Callable[[], None]] = []
        self.asked: list[Job] = []
        self.held = False
        self.failure = ""

    def questions(self, kind: type[Job]) -> list[Any]:
        """What of one kind was asked."""
        return [job for job in self.asked if isinstance(job, kind)]

    def let_go(self) -> None:
        """Let held answers go."""
        self.held = False
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            QTimer.singleShot(0, self, call)

    def new_folder(self) -> Path:
        """For the files of one answer."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def submit(
        self, job: Job, *, channel: str = "", title: str = "", owner: QObject | None = None, **calls: Any
    ) -> Ticket:
        """Do a job in a moment; the newest of a channel wins."""
        self.asked.append(job)
        ticket = Ticket(next(self._numbers), job, channel, self.new_folder(), **calls)
        ticket.drop = lambda one: one.finish(State.DROPPED)
        if channel in self._newest and not job.quick:
            self._newest[channel].cancel()
        if channel:
            self._newest[channel] = ticket
        if title:
            self._list(ticket, title)
        if owner is not None:
            owner.destroyed.connect(lambda *_: ticket.cancel())
        if self.held:
            self._waiting.append(lambda: self._answer(ticket))
        else:
            QTimer.singleShot(0, self, lambda: self._answer(ticket))
        return ticket

    def _answer(self, ticket: Ticket) -> None:
        if not ticket.is_open:
            return
        result, failure = None, Failure("test", self.failure) if self.failure else None
        try:
            result = None if failure else self._do(ticket)
        except LanescopeError as error:
            failure = Failure(type(error).__name__, error.what, error.where, error.remedy)
        done, failed = ticket.done, ticket.failed
        ticket.finish(State.FAILED if failure else State.DONE)
        if failure is None and done is not None:
            done(result)
        elif failure is not None and failed is not None:
            failed(failure)

    def _do(self, ticket: Ticket) -> Any:
        module, _, function = ticket.job.task.partition(":")
        task = getattr(importlib.import_module(f"gui.workers.tasks.{module}"), function)

        def partial(result: Any) -> None:
            if ticket.partial is not None:
                ticket.partial(result)

        return task(ticket.job, Context(ticket.folder, self._remembered, lambda *_: None, partial))


def show(service: StandIn, document: Document, trace: Trace, figures: dict[str, Any] | None) -> Document:
    """Show a trace in a document, as a worker's result is."""
    pictured = hand_over(service.new_folder(), trace, analyze_devices(trace), figures=figures)
    fill(document, pictured)
    service.bind(document, pictured)
    return document


def document_of(service: StandIn, trace: Trace, title: str = "trace.parquet", **fields: Any) -> Document:
    """A document of a file that holds a trace."""
    document = Document(kind=Kind.FILE, title=title, **fields)
    return show(service, document, trace, analyze(trace).to_json())
