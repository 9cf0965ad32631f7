"""Which worker does which job: newest request wins, a dead worker is replaced, cancelling never waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from gui.workers.answers import Answers
from gui.workers.endings import Endings, Told
from gui.workers.folder import PrivateFolder
from gui.workers.jobs import Job
from gui.workers.loop import Loop
from gui.workers.messages import Done, Failed, Forget, Order, Ready, Stop, Stopped, ToWindow
from gui.workers.process import WorkerProcess
from gui.workers.roles import ROLES, WRITER_GRACE_S
from gui.workers.ticket import Failure, State, Ticket
from gui.workers.wire import Gone

#: Seconds until the rest of a long order is sent on.
_RETRY_S = 0.002


class Pool:
    """Workers, the jobs they do and those that wait.

    Parameters
    ----------
    loop : Loop
    folder : PrivateFolder
    workers : sequence of WorkerProcess
        Started already.
    """

    def __init__(self, loop: Loop, folder: PrivateFolder, workers: Sequence[WorkerProcess] = ()) -> None:
        self._loop = loop
        self._folder = folder
        self._answers = Answers(folder)
        self._endings = Endings(loop)
        self._workers: list[WorkerProcess] = []
        self._waiting: list[Ticket] = []
        self._running: dict[int, tuple[Ticket, WorkerProcess]] = {}
        self._numbers = count(1)
        self._encoder = msgspec.msgpack.Encoder()
        self._closed = False
        for worker in workers:
            self._take(worker)

    @property
    def workers(self) -> tuple[WorkerProcess, ...]:
        """The processes that are there."""
        return tuple(self._workers)

    @property
    def open_jobs(self) -> int:
        """Jobs that wait or run; those that were dropped do not count, though a worker may not know it yet."""
        return len(self._waiting) + sum(ticket.is_open for ticket, _ in self._running.values())

    def warm(self, role: str) -> None:
        """Start a worker of a role ahead of its first job."""
        if not self._closed and not any(worker.role == role for worker in self._workers):
            # What has no room now is said when it is asked for.
            with suppress(OSError):
                self._start(role)

    def submit(
        self,
        job: Job,
        *,
        channel: str = "",
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Failure], None] | None = None,
        partial: Callable[[Any], None] | None = None,
        progress: Callable[[float | None, str], None] | None = None,
    ) -> Ticket:
        """Have a job done.

        Parameters
        ----------
        job : Job
        channel : str
            An older job of the same channel is wanted no more: one that waits is dropped; one that runs is left to
            finish and be shown if it is quick by nature (`Job.quick`), else cancelled.
        done, failed, partial, progress : callable, optional
            See `Ticket`. Never called from within `submit`.
        """
        ticket = Ticket(next(self._numbers), job, channel, Path(), done, failed, partial, progress)
        ticket.drop = self._drop
        if self._closed:
            # A window that goes away may still ask while it does.
            ticket.finish(State.DROPPED)
            return ticket
        try:
            ticket.order = self._encoder.encode(job)
            if job.files:
                ticket.folder = self._folder.place(job.size())
        except UnicodeEncodeError:
            self._refuse(ticket, _no_text(job))
            return ticket
        except OSError as error:
            self._refuse(ticket, _no_room(job, error))
            return ticket
        if channel:
            self._supersede(channel)
        self._waiting.append(ticket)
        self._dispatch()
        return ticket

    def forget(self, folder: Path) -> None:
        """Remove the results in a ticket's folder; workers let go of what they hold open there."""
        for worker in list(self._workers):
            self._tell(worker, Forget(str(folder)))
        self._folder.remove(folder)

    def close(self) -> None:
        """End all workers and remove all results. Safe to call twice.

        Jobs that write to a place of the user's are told to stop first, and waited for a little.
        """
        self._closed = True
        writers = [worker for ticket, worker in self._running.values() if ticket.job.writes]
        for worker in writers:
            self._tell(worker, Stop(worker.busy))
        end = time.monotonic() + WRITER_GRACE_S
        for worker in writers:
            worker.wait_until_left(max(end - time.monotonic(), 0.0))
        for ticket in [*self._waiting, *(ticket for ticket, _ in self._running.values())]:
            ticket.finish(State.DROPPED)
        self._waiting.clear()
        self._running.clear()
        for worker in list(self._workers):
            self._remove(worker)
        self._endings.close()
        self._folder.close()

    def _supersede(self, channel: str) -> None:
        older = [ticket for ticket in self._waiting if ticket.channel == channel]
        older += [t for t, _ in self._running.values() if t.channel == channel and not t.job.quick]
        for ticket in older:
            self._drop(ticket)

    def _drop(self, ticket: Ticket) -> None:
        """Forget a ticket; a worker that is at it is told, and killed if it does not leave at once."""
        ticket.finish(State.DROPPED)
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        elif ticket.number in self._running:
            _, worker = self._running[ticket.number]
            self._tell(worker, Stop(ticket.number))
            grace = WRITER_GRACE_S if ticket.job.writes else ROLES[worker.role].grace_s
            self._loop.later(grace, partial(self._kill_if_at, worker, ticket.number))
            return
        self._answers.clear(ticket)

    def _kill_if_at(self, worker: WorkerProcess, number: int) -> None:
        if worker not in self._workers or worker.busy != number:
            return
        ticket, _ = self._running.pop(number)
        self._remove(worker, lambda _: self._answers.clear(ticket))
        self._dispatch()

    def _dispatch(self) -> None:
        """Give waiting tickets to idle workers, and start workers where a role has room."""
        for ticket in list(self._waiting):
            role = ticket.job.role
            mine = [worker for worker in self._workers if worker.role == role]
            worker = next((worker for worker in mine if not worker.busy), None)
            if worker is None and len(mine) < ROLES[role].limit:
                try:
                    worker = self._start(role)
                except OSError as error:
                    self._waiting.remove(ticket)
                    self._refuse(ticket, _no_room(ticket.job, error))
            if worker is None:
                continue
            self._waiting.remove(ticket)
            ticket.state = State.RUNNING
            worker.busy = ticket.number
            self._running[ticket.number] = (ticket, worker)
            order, ticket.order = msgspec.Raw(ticket.order), b""
            self._tell(worker, Order(ticket.number, order, str(ticket.folder)))

    def _start(self, role: str) -> WorkerProcess:
        return self._take(WorkerProcess(role))

    def _take(self, worker: WorkerProcess) -> WorkerProcess:
        self._workers.append(worker)
        self._loop.watch(worker, partial(self._arrived, worker))
        return worker

    def _refuse(self, ticket: Ticket, failure: Failure) -> None:
        """The job cannot be given to a worker: it fails, once the caller is done asking."""
        self._loop.later(0, partial(self._fail_open, ticket, failure))

    def _fail_open(self, ticket: Ticket, failure: Failure) -> None:
        if ticket.is_open:
            self._answers.fail(ticket, failure)

    def _tell(self, worker: WorkerProcess, message: Order | Stop | Forget) -> None:
        try:
            if not worker.send(message):
                self._loop.later(_RETRY_S, partial(self._push, worker))
        except Gone:
            # Told from within the event loop, so that nobody is called back while still asking.
            self._loop.later(0, partial(self._lose, worker))

    def _push(self, worker: WorkerProcess) -> None:
        """Send on what the socket had no room for: an order that names very many rows."""
        if worker not in self._workers:
            return
        try:
            if not worker.flush():
                self._loop.later(_RETRY_S, partial(self._push, worker))
        except Gone:
            self._lose(worker)

    def _arrived(self, worker: WorkerProcess) -> None:
        try:
            messages = worker.receive()
        except Gone:
            self._lose(worker)
            return
        for message in messages:
            if worker in self._workers:
                self._hear(worker, message)
        self._dispatch()

    def _hear(self, worker: WorkerProcess, message: ToWindow) -> None:
        if isinstance(message, Ready):
            return
        ticket = self._running[message.number][0] if message.number in self._running else None
        if isinstance(message, Done | Failed | Stopped):
            self._free(worker, message.number, stopped=isinstance(message, Stopped))
        if ticket is None:
            return
        if ticket.state is State.DROPPED:
            if message.number not in self._running:
                self._answers.clear(ticket)
            return
        self._answers.pass_on(ticket, message)

    def _free(self, worker: WorkerProcess, number: int, *, stopped: bool) -> None:
        self._running.pop(number, None)
        worker.busy = 0
        role = ROLES[worker.role]
        if role.once or (stopped and role.fresh_after_stop):
            self._remove(worker)

    def _remove(self, worker: WorkerProcess, told: Told | None = None) -> None:
        """End a worker that is needed no more; ``told`` is called once it is gone."""
        self._loop.unwatch(worker)
        self._workers.remove(worker)
        self._endings.kill(worker, told)

    def _lose(self, worker: WorkerProcess) -> None:
        """A worker has died: its job fails with one message, and the next job gets a fresh one."""
        if worker not in self._workers:
            return
        self._loop.unwatch(worker)
        self._workers.remove(worker)
        told = partial(self._lost, worker.busy) if worker.busy in self._running else None
        self._endings.let_end(worker, told)
        self._dispatch()

    def _lost(self, number: int, how: str) -> None:
        if number not in self._running:
            return
        ticket, _ = self._running.pop(number)
        if not ticket.is_open:
            self._answers.clear(ticket)
            return
        what = f"the process that did this {how}; nothing else is lost"
        failure = Failure("WorkerLost", what, ticket.job.what(), "Try again; a fresh process does it.")
        self._answers.fail(ticket, failure)


def _no_room(job: Job, error: OSError) -> Failure:
    """The machine has no room for a file or a process."""
    what = f"there is no room for this on the machine: {error.strerror or error}"
    return Failure("OSError", what, job.what(), "Close other programs or free some space.")


def _no_text(job: Job) -> Failure:
    """Names of files are bytes, and need not be text; what is typed may hold half a letter."""
    what = "it holds what is no text, such as half a letter or a file's name that is not in UTF-8"
    return Failure("UnicodeEncodeError", what, job.what(), "Rename the file, or write it another way.")
