"""The workers as the window sees them: ask with a document, be called back in the window's own thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from gui.state.document import Document, Kind, Status
from gui.state.jobs import JobsState
from gui.workers import jobs
from gui.workers.folder import PrivateFolder
from gui.workers.jobs import Job, Pictured
from gui.workers.kept import Kept
from gui.workers.pool import Pool
from gui.workers.process import WorkerProcess
from gui.workers.qt_loop import QtLoop
from gui.workers.ticket import Failure, State, Ticket


class Service(QObject):
    """Everything slow that the window can ask for.

    Every method gives a `Ticket` at once and calls back from the event loop, in the window's thread. ``owner``: when
    that object is destroyed, the ticket is cancelled. A newer request of the same kind for the same document takes the
    place of an older one; whoever must not be in the way of others of its kind names a ``channel`` of its own.

    Parameters
    ----------
    state : JobsState
        Where work that takes long is shown.
    workers : sequence of WorkerProcess
        Started already.
    """

    def __init__(
        self,
        state: JobsState,
        parent: QObject | None = None,
        *,
        folder: PrivateFolder | None = None,
        workers: Sequence[WorkerProcess] = (),
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._loop = QtLoop(self)
        self.pool = Pool(self._loop, folder or PrivateFolder(), workers)
        self._kept = Kept(self.pool.forget)
        self._owned: dict[int, set[Ticket]] = {}

    @property
    def busy(self) -> int:
        """Jobs that wait or run."""
        return self.pool.open_jobs

    def warm(self, *roles: str) -> None:
        """Start workers ahead of their first job: ``simulate``, ``open``, ``figures``, ``side``."""
        for role in roles:
            self.pool.warm(role)

    def close(self) -> None:
        """End all workers and remove all their files."""
        self.pool.close()
        self._loop.close()

    def submit(
        self,
        job: Job,
        *,
        channel: str = "",
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Failure], None] | None = None,
        partial: Callable[[Any], None] | None = None,
        progress: Callable[[float | None, str], None] | None = None,
        title: str = "",
        owner: QObject | None = None,
    ) -> Ticket:
        """Have any job done; with a ``title`` it is shown among the running jobs, where it can be cancelled."""
        ticket = self.pool.submit(job, channel=channel, done=done, failed=failed, partial=partial, progress=progress)
        if title and ticket.is_open:
            self._list(ticket, title)
        if owner is not None and ticket.is_open:
            self._own(owner, ticket)
        return ticket

    def bind(self, document: Document, pictured: Pictured) -> None:
        """Note where a document's data lies, in place of what it had; what nobody uses any more is removed."""
        self._kept.bind(document, pictured)

    def copy_files(self, source: Document, target: Document) -> None:
        """Let a second document show the same data."""
        self._kept.bind(target, self._kept.of(source))

    def release(self, document: Document) -> None:
        """Forget a closed document's data."""
        self._kept.release(document)

    def discard(self, pictured: Pictured) -> None:
        """Forget a result that nobody shows."""
        self._kept.discard(pictured)

    def knows(self, document: Document) -> bool:
        """Whether a document has data that can be asked about."""
        return self._kept.knows(document)

    def figures(self, document: Document, stretch: tuple[int, int], done: Callable[[Any], None], **more: Any) -> Ticket:
        """`jobs.RangeFigures` of a stretch of relative time."""
        files, origin = self._kept.of(document), document.origin_ns
        job = jobs.Figures(
            trace=files.trace,
            index=files.index,
            start_ns=stretch[0] + origin,
            end_ns=stretch[1] + origin,
            comes=document.kind is Kind.FILE and document.status is Status.READY and document.figures is None,
        )
        return self._ask("figures", document, job, done, more)

    def gpus(self, done: Callable[[Any], None], **more: Any) -> Ticket:
        """`jobs.Gpus` of this machine."""
        return self.submit(jobs.Find(), channel="gpus", done=done, **more)

    def window(self, document: Document, text: str, done: Callable[[tuple[int, int]], None], **more: Any) -> Ticket:
        """The stretch of relative time that a text such as ``1.5ms:2ms`` or ``nvtx:NAME`` means."""
        origin = document.origin_ns
        job = jobs.Stretch(trace=self._kept.of(document).trace, text=text)
        return self._ask(
            "window", document, job, lambda found: done((found.start_ns - origin, found.end_ns - origin)), more
        )

    def search(
        self, document: Document, text: str, done: Callable[[Any], None], *, regex: bool = False, **more: Any
    ) -> Ticket:
        """`jobs.Found`: slices whose name holds a text, starts in relative time; see `profiler.trace.mapped.load`."""
        job = jobs.Search(trace=self._kept.of(document).trace, text=text, regex=regex, origin_ns=document.origin_ns)
        return self._ask("search", document, job, done, more)

    def area(
        self,
        document: Document,
        lanes: tuple[int, ...] | None,
        stretch: tuple[int, int],
        done: Callable[[Any], None],
        **more: Any,
    ) -> Ticket:
        """`jobs.AreaTable` of lanes (numbers in `Timeline.lanes`) in a stretch of relative time."""
        files, origin = self._kept.of(document), document.origin_ns
        job = jobs.Area(
            trace=files.trace,
            timeline=files.timeline,
            lanes=lanes,
            start_ns=stretch[0] + origin,
            end_ns=stretch[1] + origin,
        )
        return self._ask("area", document, job, done, more)

    def histogram(
        self, document: Document, name: int, done: Callable[[Any], None], *, category: int = -1, **more: Any
    ) -> Ticket:
        """`jobs.Lengths` of the slices of a name (its number in the trace's names)."""
        job = jobs.Histogram(trace=self._kept.of(document).trace, name=name, category=category)
        return self._ask("histogram", document, job, done, more)

    def instance(
        self, document: Document, row: int, done: Callable[[Any], None], *, forward: bool = True, **more: Any
    ) -> Ticket:
        """`jobs.Neighbour`: the next slice of the same name."""
        job = jobs.Instance(trace=self._kept.of(document).trace, row=row, forward=forward)
        return self._ask("instance", document, job, done, more)

    def sort(self, document: Document, done: Callable[[Any], None], **options: Any) -> Ticket:
        """`jobs.Sorted`: rows for the table of all events; options as `jobs.Sort`, and those of `submit`."""
        files = self._kept.of(document)
        fields = {name: options.pop(name) for name in jobs.Sort.__struct_fields__ if name in options}
        job = jobs.Sort(trace=files.trace, timeline=files.timeline, **fields)
        return self._ask("sort", document, job, done, options)

    def details(self, document: Document, row: int, done: Callable[[Any], None], **more: Any) -> Ticket:
        """`jobs.About` a slice."""
        files = self._kept.of(document)
        job = jobs.Details(trace=files.trace, timeline=files.timeline, exposures=files.exposures, row=row)
        return self._ask("details", document, job, done, more)

    def query(self, document: Document, sql: str, done: Callable[[Any], None], **more: Any) -> Ticket:
        """`jobs.Answer` to one SELECT statement."""
        job = jobs.Query(trace=self._kept.of(document).trace, sql=sql)
        return self._ask("query", document, job, done, {"title": "SQL query", **more})

    def match(self, a: Document, b: Document, done: Callable[[Any], None], **more: Any) -> Ticket:
        """`jobs.Matched`: operations of two documents side by side."""
        job = jobs.Match(trace_a=self._kept.of(a).trace, trace_b=self._kept.of(b).trace)
        return self._ask(f"match-{a.id}", b, job, done, more)

    def export(
        self,
        document: Document,
        path: str,
        done: Callable[[Any], None],
        *,
        stretch: tuple[int, int] | None = None,
        lanes: tuple[int, ...] | None = None,
        **more: Any,
    ) -> Ticket:
        """`jobs.Written`: the trace, or a stretch of relative time of all or some lanes, in the path's format."""
        origin, files = document.origin_ns, self._kept.of(document)
        start, end = (stretch[0] + origin, stretch[1] + origin) if stretch else (None, None)
        job = jobs.Export(
            trace=files.trace,
            path=path,
            start_ns=start,
            end_ns=end,
            timeline=files.timeline if lanes else "",
            lanes=lanes,
        )
        return self.submit(job, done=done, **{"title": f"Writing {Path(path).name}", **more})

    def export_rows(
        self,
        document: Document,
        path: str,
        done: Callable[[Any], None],
        *,
        rows: str = "",
        chosen: tuple[int, ...] = (),
        **more: Any,
    ) -> Ticket:
        """`jobs.Written`: rows as CSV; ``rows`` is the file of a `jobs.Sorted` or `jobs.Found`."""
        job = jobs.ExportRows(trace=self._kept.of(document).trace, path=path, rows=rows, chosen=chosen)
        return self.submit(job, done=done, **{"title": f"Writing {Path(path).name}", **more})

    def _ask(
        self, kind: str, document: Document, job: Job, done: Callable[[Any], None], more: dict[str, Any]
    ) -> Ticket:
        channel = f"{more.pop('channel', kind)}-{document.id}"

        def answered(result: Any) -> None:
            if not self._kept.knows(document):
                # Closed meanwhile: nobody looks at it, and nobody would remove its files.
                self.pool.forget(ticket.folder)
                return
            if job.files:
                self._kept.keep_answer(channel, ticket.folder)
            done(result)

        ticket = self.submit(job, channel=channel, done=answered, **more)
        return ticket

    def _own(self, owner: QObject, ticket: Ticket) -> None:
        """Cancel the ticket when its owner is destroyed; an owner of thousands of tickets is listened to once."""
        key = id(owner)
        if key not in self._owned:
            self._owned[key] = set()
            owner.destroyed.connect(lambda *_: self._orphan(key))
        mine = self._owned[key]
        mine.add(ticket)
        ticket.over.append(mine.discard)

    def _orphan(self, key: int) -> None:
        for ticket in list(self._owned.pop(key, ())):
            ticket.cancel()

    def _list(self, ticket: Ticket, title: str) -> None:
        """Show a ticket among the running jobs until it is over."""
        number = self._state.start(title, ticket.cancel)
        heard = ticket.progress

        def advance(share: float | None, text: str) -> None:
            self._state.advance(number, share, f"{title}: {text}" if text else None)
            if heard is not None:
                heard(share, text)

        ticket.progress = advance
        ticket.over.append(lambda _: self._state.finish(number))


__all__ = ["Failure", "Service", "State", "Ticket"]
