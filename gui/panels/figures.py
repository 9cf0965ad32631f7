"""The right panel: how much copy time is hidden in the stretch that is seen or measured, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QWidget

from gui.panels.causes import CauseList
from gui.panels.controls import button, column, copy_text, named, row, scrolled
from gui.panels.figure_rows import (
    as_json,
    as_text,
    causes,
    communication_rows,
    device_rows,
    run_rows,
    stretch_text,
)
from gui.panels.figure_table import FigureTable
from gui.panels.hidden_bar import HiddenBar
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.text import Elided, Plain, shown
from gui.state.document import Document, Status
from gui.state.view import Stretch, ViewState
from gui.state.workspace import Workspace
from gui.watching import Follower, Watch, WhenSeen
from profiler.report.verdict import graph_sentence
from profiler.units import format_ns

_NOTHING = "Nothing of a GPU is in here: there are no copies to hide."

_UNMEASURED = "Drawn, and not measured yet."

#: Lines of what a reader must know.
_MOST_TOLD = 6

#: Figures change at most about this often while the view moves, ms: nobody reads them faster.
_REST_MS = 60

_NOTES = {
    Status.LOADING: "Reading: no figures yet.",
    Status.PARTIAL: "Partial: of what is read so far.",
    Status.FAILED: "Of what was read before it failed.",
}


class FiguresPanel(QWidget):
    """Figures and causes of the active document in `ViewState.speaks_of`.

    Parameters
    ----------
    workspace : Workspace
    view : ViewState
    service : Service
    """

    def __init__(self, workspace: Workspace, view: ViewState, service: Service, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "figures")
        self._view, self._service = view, service
        self._devices: list[dict[str, Any]] = []
        self._stretch, self._dragged = view.speaks_of, False
        self._shown_id: int | None = None
        self._problem = ""
        self._copying: Callable[[], None] | None = None
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed, rest_ms=_REST_MS)
        fields = ("timeline", "status", "figures", "title", "letter", "device", "message")
        self._seen = WhenSeen(self, self._changed)
        self._follower = Follower(self, workspace, fields, self._seen)
        watch = Watch(self)
        self._follows = WhenSeen(self, self._moved)
        watch.on(view.events.shown, self._follows)
        watch.on(view.events.measured, self._follows)
        self.setFocusProxy(self._copy)
        self._changed()

    def _build(self) -> None:
        content = QWidget()
        lines = column(content)
        self._title = named(Elided(role="heading"), "figures-title")
        self._where = named(Plain(role="muted", wrap=True), "figures-stretch")
        self._note = named(Plain(role="problem", wrap=True), "figures-note")
        self._told = named(Plain(role="muted", wrap=True), "figures-told")
        self._device = named(QComboBox(), "figures-device", "The GPU that the figures are of.")
        self._device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._device.activated.connect(self._device_chosen)
        self._hidden = HiddenBar()
        self._causes = CauseList()
        self._table = FigureTable("figures-of-stretch", "This stretch")
        self._communication = FigureTable("figures-communication", "Communication apart")
        self._run = FigureTable("figures-of-run", "The whole run")
        for part in (self._title, self._where, self._note, self._device, self._hidden, self._causes):
            lines.addWidget(part)
        for part in (self._run, self._table, self._communication):
            lines.addWidget(part)
        lines.addWidget(self._told)
        lines.addStretch(1)
        self._copy = button("Copy text", "copy-figures", "Put the figures on the clipboard as text.", self.copy_text)
        as_json_button = button("Copy JSON", "copy-figures-json", "The same as JSON, with exact ns.", self._copy_json)
        footer = QWidget()
        column(footer).addLayout(row(self._copy, as_json_button))
        whole = column(self, edge=0, gap=0)
        whole.addWidget(scrolled(content), 1)
        whole.addWidget(footer)

    @property
    def _document(self) -> Document | None:
        return self._follower.document

    @property
    def device(self) -> dict[str, Any] | None:
        """The device that is shown, with the keys of ``analyze --json``."""
        wanted = self._document.device if self._document is not None else None
        found = [device for device in self._devices if device["device"] == wanted] or self._devices
        return found[0] if found else None

    def _changed(self) -> None:
        document = self._document
        number = document.id if document is not None else None
        if number != self._shown_id:
            self._shown_id = number
            self._devices, self._problem = [], ""
            self._asking.restart()
        else:
            self._asking.again()
        self._refresh()

    def _moved(self) -> None:
        """Figures stay, and say of which stretch they are, until those of the new one are known."""
        self._asking.in_turn()
        if not self._devices:
            self._refresh()

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        document = self._document
        stretch = self._stretch_of(document) if document is not None else (0, 0)
        dragged = self._view.measured is not None
        if stretch[0] >= stretch[1]:
            self._devices = []
        if document is None or not self._service.knows(document) or stretch[0] >= stretch[1]:
            self._copy_if_due()
            return None

        def answered(answer: Any) -> None:
            self._stretch, self._dragged = stretch, dragged
            done(answer)

        return self._service.figures(document, stretch, answered, failed=failed, owner=self)

    def _answered(self, answer: Any) -> None:
        self._devices = list(answer.devices)
        self._problem = "" if self._devices else _NOTHING if answer.known else _UNMEASURED
        self._refresh()
        self._copy_if_due()

    def _failed(self, message: str) -> None:
        self._devices, self._problem = [], message
        self._refresh()
        self._copy_if_due()

    def _refresh(self) -> None:
        document = self._document
        self._refresh_head(document)
        self._refresh_told(document)
        device = self.device
        ready = document is not None and device is not None
        for part in (self._hidden, self._causes, self._table):
            part.setVisible(ready)
        run = run_rows(document.figures) if document is not None else []
        self._run.show_rows(run)
        self._communication.show_rows(communication_rows(device) if device is not None else [])
        if device is not None:
            self._hidden.show_device(device)
            self._causes.show_causes(causes(device))
            self._table.show_rows(device_rows(device))
        for control in self.findChildren(type(self._copy)):
            control.setEnabled(ready or bool(run))

    def _refresh_head(self, document: Document | None) -> None:
        title = "Nothing is open" if document is None else _titled(document)
        self._title.show_text(title)
        words = "Open a trace, or choose a scenario." if document is None else self._stretch_words(document)
        self._where.setText(words)
        note = self._problem or (_NOTES.get(document.status, "") if document is not None else "")
        self._note.setText(shown(note, 500))
        self._note.setVisible(bool(note))
        self._device.setVisible(len(self._devices) > 1)
        names = [shown(f"GPU {one['device']}  {one['name']}", 60) for one in self._devices]
        if names != [self._device.itemText(place) for place in range(self._device.count())]:
            self._device.clear()
            self._device.addItems(names)
        device = self.device
        self._device.setCurrentIndex(self._devices.index(device) if device is not None else -1)

    def _refresh_told(self, document: Document | None) -> None:
        """What a reader must know of the figures: graphs that hide overlap, numbers that are assumed."""
        device = self.device
        graphs = graph_sentence(device["graphs"]) if device is not None else None
        told = document.message if document is not None and document.status is Status.READY else ""
        lines = [line for line in (graphs, *told.splitlines()[:_MOST_TOLD]) if line]
        self._told.setText("\n".join(shown(line) for line in lines))
        self._told.setVisible(bool(lines))

    def _stretch_of(self, document: Document) -> Stretch:
        """What is measured, as it was dragged; else as much of the document as is seen."""
        if self._view.measured is not None:
            return self._view.measured
        start, end = self._view.shown
        return max(start, 0), min(end, document.span_ns)

    def _stretch_words(self, document: Document) -> str:
        known = bool(self._devices)
        stretch = self._stretch if known else self._stretch_of(document)
        device = self.device
        where = f" on GPU {device['device']}" if device is not None and len(self._devices) == 1 else ""
        if self._dragged if known else self._view.measured is not None:
            return f"Measured: {stretch_text(stretch)}{where}"
        if stretch == (0, document.span_ns):
            return f"All of it: {format_ns(document.span_ns)}{where}"
        return f"Seen: {stretch_text(stretch)}{where}" if stretch[0] < stretch[1] else "Nothing of it is in view."

    def _device_chosen(self, place: int) -> None:
        if self._document is not None:
            device = self._devices[place]["device"]
            if self._document.lanes.choice.gpu is None:
                self._document.device = device
            else:
                self._document.look_at(device)

    def copy_text(self) -> None:
        """Put the figures on the clipboard as text, as soon as those of the stretch in sight are known."""
        self._copy_soon(self._put_text)

    def _copy_json(self) -> None:
        self._copy_soon(self._put_json)

    def _copy_soon(self, put: Callable[[], None]) -> None:
        """Those that are shown may still be of the stretch before, above all of a panel that was out of sight."""
        for put_off in (self._seen, self._follows):
            put_off.make_up()
        self._copying = put
        self._copy_if_due()

    def _copy_if_due(self) -> None:
        if not self._asking.pending and self._copying is not None:
            put, self._copying = self._copying, None
            put()

    def _put_text(self) -> None:
        run = self._document.figures if self._document is not None else None
        copy_text(as_text(self._title.whole, self._where.text(), self.device, run))

    def _put_json(self) -> None:
        run = self._document.figures if self._document is not None else None
        copy_text(as_json(self._title.whole, self._stretch, self.device, run))


def _titled(document: Document) -> str:
    return f"{document.letter}: {document.title}" if document.letter else document.title or "Untitled"
