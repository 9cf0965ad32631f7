"""What workers say, passed on to whoever asked; results that nobody wants are removed."""

from __future__ import annotations

from typing import Any

import msgspec

from gui.workers.folder import PrivateFolder
from gui.workers.messages import Done, Failed, Partial, Progress, ToWindow
from gui.workers.ticket import Failure, State, Ticket


class Answers:
    """Calls those who wait for tickets.

    Parameters
    ----------
    folder : PrivateFolder
        Where the results of tickets lie.
    """

    def __init__(self, folder: PrivateFolder) -> None:
        self._folder = folder

    def pass_on(self, ticket: Ticket, message: ToWindow) -> None:
        """Tell whoever waits for a ticket what its worker said."""
        if isinstance(message, Progress):
            if ticket.progress is not None:
                ticket.progress(message.share, message.text)
        elif isinstance(message, Partial):
            if ticket.partial is not None:
                ticket.shown = ticket.job.files
                ticket.partial(_result(ticket, message.result))
        elif isinstance(message, Done):
            if not ticket.job.files:
                self._folder.remove(ticket.folder)
            done = ticket.done
            ticket.finish(State.DONE)
            if done is not None:
                done(_result(ticket, message.result))
        elif isinstance(message, Failed):
            self.fail(ticket, Failure(message.kind, message.what, message.where, message.remedy))

    def fail(self, ticket: Ticket, failure: Failure) -> None:
        """End a ticket that came to nothing."""
        self.clear(ticket)
        failed = ticket.failed
        ticket.finish(State.FAILED)
        if failed is not None:
            failed(failure)

    def clear(self, ticket: Ticket) -> None:
        """Remove the results of a job that came to nothing, unless some of them are being shown."""
        if not ticket.shown:
            self._folder.remove(ticket.folder)


def _result(ticket: Ticket, raw: msgspec.Raw) -> Any:
    return msgspec.msgpack.decode(raw, type=ticket.job.result)
