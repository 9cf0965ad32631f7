"""A service without processes: the library's own functions, called a turn of the event loop later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gui.state.document import Document, Kind, Status
from profiler.analysis.analyze import analyze
from profiler.analysis.diff import diff
from profiler.analysis.overlap import analyze_devices
from profiler.errors import LanescopeError
from profiler.timeline.model import Timeline
from profiler.trace.schema import Category, EdgeKind, MemcpyKind
from profiler.trace.tables import Trace

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(eq=False)
class Ticket:
    """A question; ``is_open`` until it is answered or not wanted any more."""

    is_open: bool = True
    folder: str = ""

    def cancel(self) -> None:
        self.is_open = False


@dataclass
class StandIn:
    """Answers as the workers do.

    Attributes
    ----------
    asked : list of (str, arguments)
        What was asked, in order.
    held : bool
        Answers wait for `release`.
    failure : str
        What every question fails with.
    """

    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    held: bool = False
    failure: str = ""
    unknown: set[int] = field(default_factory=set)
    files: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._waiting: list[Callable[[], None]] = []
        self._loop = QObject()

    def knows(self, document: Document) -> bool:
        return document.trace is not None and document.id not in self.unknown

    def load(self, file: str) -> Any:
        """What `profiler.trace.mapped.load` does with a file of the workers."""
        return self.files[file]

    def release(self) -> None:
        """Let held answers go."""
        self.held = False
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            QTimer.singleShot(0, self._loop, call)

    def figures(self, document: Document, stretch: tuple[int, int], done: Any, **more: Any) -> Ticket:
        start, end = (edge + document.origin_ns for edge in stretch)

        def work() -> Any:
            devices = [device.to_json() for device in analyze_devices(_trace(document), window=(start, end))]
            return SimpleNamespace(start_ns=start, end_ns=end, devices=devices)

        return self._later("figures", (document.id, stretch), work, done, more)

    def details(self, document: Document, row: int, done: Any, **more: Any) -> Ticket:
        return self._later("details", (document.id, row), lambda: about(_trace(document), row), done, more)

    def histogram(self, document: Document, name: int, done: Any, *, category: int = -1, **more: Any) -> Ticket:
        return self._later("histogram", (name, category), lambda: lengths(_trace(document), name, category), done, more)

    def _later(self, kind: str, arguments: tuple[Any, ...], work: Any, done: Any, more: dict[str, Any]) -> Ticket:
        self.asked.append((kind, arguments))
        ticket = Ticket()

        def answer() -> None:
            if not ticket.is_open:
                return
            result, failure = None, self.failure
            try:
                result = None if failure else work()
            except LanescopeError as error:
                failure = str(error)
            ticket.is_open = False
            if failure and more.get("failed") is not None:
                more["failed"](failure)
            elif not failure:
                done(result)

        if self.held:
            self._waiting.append(answer)
        else:
            QTimer.singleShot(0, self._loop, answer)
        return ticket


def document_of(trace: Trace, title: str = "trace.parquet", **fields: Any) -> Document:
    """A document that shows a trace, as opening a file makes one."""
    devices = analyze_devices(trace)
    exposed = {device.device: (device.exposure.start, device.exposure.end) for device in devices}
    document = Document(kind=Kind.FILE, title=title, figures=analyze(trace).to_json())
    for name, value in fields.items():
        setattr(document, name, value)
    document.show(trace, Timeline(trace, exposed), status=Status.READY)
    return document


def about(trace: Trace, row: int) -> SimpleNamespace:
    """Everything about a slice, by looking through all of the trace."""
    edges = trace.edges
    partners, launch, launched = [], None, []
    for source, target, kind in zip(edges.source.tolist(), edges.target.tolist(), edges.kind.tolist(), strict=True):
        if kind == EdgeKind.LAUNCH:
            launch = source if target == row else launch
            launched += [target] if source == row else []
        elif row in (source, target):
            other, into = (source, True) if target == row else (target, False)
            partners.append(SimpleNamespace(row=other, kind=EdgeKind(kind).name.lower(), into=into))
    hidden, exposed, causes = _hiding(trace, row)
    before, after = _neighbours(trace, row)
    columns = [
        ("name", trace.name_of(row)),
        ("category", Category(int(trace.category[row])).name.lower()),
        ("start", f"{int(trace.ts[row])} ns"),
        ("duration", f"{int(trace.dur[row])} ns"),
        ("stream", str(int(trace["stream"][row]))),
    ]
    return SimpleNamespace(
        row=row,
        columns=columns,
        arguments=trace.args[row] if trace.args is not None else {},
        launch=launch,
        launched=launched,
        partners=partners,
        partners_left_out=0,
        before=before,
        after=after,
        parents=[],
        children=[],
        hidden_ns=hidden,
        exposed_ns=exposed,
        causes=causes,
    )


def lengths(trace: Trace, name: int, category: int, bins: int = 60) -> SimpleNamespace:
    """Durations of a name in bins whose edges grow by one factor."""
    chosen = (trace["name"] == name) & (trace.dur >= 0)
    if category >= 0:
        chosen &= trace.category == category
    found = np.sort(trace.dur[chosen])
    if not len(found):
        nothing = dict.fromkeys(("min_ns", "median_ns", "p95_ns", "max_ns"))
        return SimpleNamespace(edges_ns=[0, 1], counts=[0], count=0, sum_ns=0, **nothing)
    low, high = max(int(found[0]), 1), max(int(found[-1]), 2)
    edges = np.unique(np.geomspace(low, high, bins + 1).round().astype(np.int64))
    edges[0] = min(edges[0], found[0])
    counts, _ = np.histogram(found, edges) if len(edges) > 1 else (np.array([len(found)]), None)
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0] + 1])
    return SimpleNamespace(
        edges_ns=edges.tolist(),
        counts=counts.tolist(),
        count=len(found),
        sum_ns=int(found.sum()),
        min_ns=int(found[0]),
        median_ns=int(np.median(found)),
        p95_ns=int(np.percentile(found, 95)),
        max_ns=int(found[-1]),
    )


def _hiding(trace: Trace, row: int) -> tuple[int | None, int | None, dict[str, int]]:
    copy = trace.category[row] == Category.MEMCPY and trace["memcpy_kind"][row] in (MemcpyKind.HTOD, MemcpyKind.DTOH)
    if not copy:
        return None, None, {}
    start, end = int(trace.ts[row]), int(trace.ts[row] + trace.dur[row])
    device = next(one for one in analyze_devices(trace) if one.device == trace["device"][row])
    causes = dict(device.exposure.sums_ns(start, end))
    exposed = sum(causes.values())
    return end - start - exposed, exposed, causes


def _neighbours(trace: Trace, row: int) -> tuple[dict[str, int], dict[str, int]]:
    before, after = {}, {}
    for lane, column in (("engine", "engine"), ("stream", "stream")):
        if trace[column][row] < 0:
            continue
        same = np.flatnonzero((trace[column] == trace[column][row]) & (trace["device"] == trace["device"][row]))
        same = same[np.argsort(trace.ts[same], kind="stable")].tolist()
        place = same.index(row)
        if place:
            before[lane] = same[place - 1]
        if place + 1 < len(same):
            after[lane] = same[place + 1]
    return before, after


def _trace(document: Document) -> Trace:
    assert document.trace is not None
    return document.trace


__all__ = ["StandIn", "about", "diff", "document_of", "lengths"]
