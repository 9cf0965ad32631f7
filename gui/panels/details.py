"""Everything about the selected slice."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from gui.panels.bars import Bar, Part, exposed, hidden
from gui.panels.controls import button, column, copy_text, named, row, scrolled
from gui.panels.detail_rows import Related, arguments_text, as_text, exposure_text, length_text, related
from gui.panels.fact_grid import FactGrid
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.text import Elided, Plain, shown, tooltip
from gui.state.document import Document
from gui.state.jumping import Jumper
from gui.watching import Watch
from profiler.trace.tables import Trace

_ROW = Qt.ItemDataRole.UserRole
_EMPTY = "Click a slice in the timeline, or go to one with the arrow keys, to see all about it."


class DetailsPanel(QWidget):
    """Columns, partners and neighbours of `SelectionState.selected`.

    Parameters
    ----------
    jumper : Jumper
        With the selection that is followed.
    service : Service
    """

    def __init__(self, jumper: Jumper, service: Service, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "details")
        self._jumper, self._service = jumper, service
        self._about: Any = None
        self._lengths: Any = None
        self._trace: Trace | None = None
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        self._measuring = Asking(self, self._ask_lengths, self._measured, lambda _: None)
        watch = Watch(self)
        watch.on(jumper.selection.events.selected, self._selected)
        watch.on(jumper.workspace.redrawn, self._redrawn)
        watch.on(jumper.workspace.removed, self._redrawn)
        self.setFocusProxy(self._related)
        self._selected()

    def _build(self) -> None:
        content = QWidget()
        lines = column(content)
        self._name = named(Elided(role="heading"), "slice-name")
        self._problem = named(Plain(role="problem", wrap=True), "details-problem")
        self._empty = named(Plain(_EMPTY, role="muted", wrap=True), "details-empty")
        self._facts = FactGrid("slice-columns")
        self._bar = named(Bar(12), "slice-hidden-bar", "The hidden and the exposed part of this copy.")
        self._exposure = named(Plain(wrap=True), "slice-exposure")
        self._length = named(Plain(role="muted", wrap=True), "slice-length")
        self._related_heading = Plain("Related slices", role="heading")
        self._related = named(QListWidget(), "related-slices", "Enter or a double click goes to the slice.")
        self._related.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._related.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._related.itemActivated.connect(lambda item: self._go(item.data(_ROW)))
        self._arguments_heading = Plain("Arguments", role="heading")
        self._arguments = named(QPlainTextEdit(), "slice-arguments", "What the trace says about it besides.")
        self._arguments.setReadOnly(True)
        self._arguments.setTabChangesFocus(True)
        self._arguments.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        for part in (
            self._name, self._problem, self._empty, self._bar, self._exposure, self._facts, self._length,
            self._related_heading, self._related, self._arguments_heading, self._arguments,
        ):  # fmt: skip
            lines.addWidget(part)
        lines.addStretch(1)
        whole = column(self, edge=0, gap=0)
        whole.addWidget(scrolled(content), 1)
        whole.addWidget(self._footer())

    def _footer(self) -> QWidget:
        footer = QWidget()
        self._before = button("◂ Previous", "neighbour-before", "", lambda: self._neighbour("before"))
        self._after = button("Next ▸", "neighbour-after", "", lambda: self._neighbour("after"))
        self._copy = button("Copy", "copy-details", "Put all of it on the clipboard as text.", self._copy_all)
        column(footer).addLayout(row(self._before, self._after, self._copy))
        return footer

    @property
    def _document(self) -> Document | None:
        chosen = self._jumper.selection.selected
        return self._jumper.workspace.find(chosen.document) if chosen is not None else None

    def _selected(self) -> None:
        self._about = self._lengths = None
        document = self._document
        self._trace = document.trace if document is not None else None
        self._problem.setText("")
        self._asking.restart()
        self._measuring.restart()
        self._refresh()

    def _redrawn(self) -> None:
        """Rows of another trace are other slices, so everything is asked anew."""
        document = self._document
        if (document.trace if document is not None else None) is not self._trace:
            self._selected()

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        document, chosen = self._document, self._jumper.selection.selected
        if document is None or chosen is None or not self._service.knows(document):
            return None
        return self._service.details(document, chosen.row, done, failed=failed, owner=self)

    def _ask_lengths(self, done: Done, failed: Done) -> Ticket | None:
        document, chosen = self._document, self._jumper.selection.selected
        if document is None or document.trace is None or chosen is None or not self._service.knows(document):
            return None
        if not chosen.row < len(document.trace):
            return None
        name, category = int(document.trace["name"][chosen.row]), int(document.trace.category[chosen.row])
        more = {"category": category, "failed": failed, "owner": self, "channel": "details-lengths"}
        return self._service.histogram(document, name, done, **more)

    def _answered(self, about: Any) -> None:
        chosen = self._jumper.selection.selected
        if chosen is not None and about.row == chosen.row:
            self._about = about
            self._refresh()

    def _measured(self, lengths: Any) -> None:
        self._lengths = lengths
        self._refresh()

    def _failed(self, message: str) -> None:
        self._problem.setText(shown(message, 500))
        self._refresh()

    def _refresh(self) -> None:
        document, about = self._document, self._about
        chosen = self._jumper.selection.selected
        trace = document.trace if document is not None else None
        there = chosen is not None and trace is not None and chosen.row < len(trace)
        self._name.show_text(trace.name_of(chosen.row) if there else "")
        self._name.setVisible(there)
        self._empty.setVisible(not there)
        self._problem.setVisible(bool(self._problem.text()))
        self._facts.show_facts(about.columns[1:] if about is not None else [])
        self._refresh_hiding(about)
        self._refresh_lists(self._relations())
        self._length.setText(self._length_text())
        self._length.setVisible(bool(self._length.text()))
        text = arguments_text(about.arguments) if about is not None else ""
        self._arguments.setPlainText(text)
        self._arguments.setFixedHeight(min(text.count("\n") + 3, 14) * self._arguments.fontMetrics().height() + 8)
        for part in (self._arguments, self._arguments_heading):
            part.setVisible(bool(text))
        self._refresh_footer(about)

    def _refresh_hiding(self, about: Any) -> None:
        text = exposure_text(about) if about is not None else ""
        self._exposure.setText(text)
        for part in (self._exposure, self._bar):
            part.setVisible(bool(text))
        if text:
            self._bar.show_parts([Part(about.hidden_ns, hidden), Part(about.exposed_ns, exposed)])

    def _refresh_lists(self, relations: list[Related]) -> None:
        self._related.clear()
        for one in relations:
            item = QListWidgetItem(shown(one.text))
            item.setData(_ROW, one.row)
            item.setToolTip(tooltip(one.text))
            self._related.addItem(item)
        left_out = self._about.partners_left_out if self._about is not None else 0
        self._related_heading.setText("Related slices" + (f" ({left_out:,} more)" if left_out else ""))
        height = self._related.fontMetrics().height() + 6
        self._related.setFixedHeight(min(len(relations), 8) * height + 6)
        for part in (self._related, self._related_heading):
            part.setVisible(bool(relations))

    def _refresh_footer(self, about: Any) -> None:
        lane = _lane(about)
        for control, side in ((self._before, "before"), (self._after, "after")):
            other = getattr(about, side).get(lane) if about is not None and lane else None
            control.setEnabled(other is not None)
            control.setToolTip(tooltip(f"Go to the slice {side} this one on its {lane or 'engine'}."))
        self._copy.setEnabled(about is not None)

    def _relations(self) -> list[Related]:
        document = self._document
        if self._about is None or document is None or document.trace is None:
            return []
        return related(document.trace, self._about)

    def _length_text(self) -> str:
        document, chosen = self._document, self._jumper.selection.selected
        if self._lengths is None or document is None or document.trace is None or chosen is None:
            return ""
        return length_text(int(document.trace.dur[chosen.row]), self._lengths)

    def _neighbour(self, side: str) -> None:
        lane = _lane(self._about)
        if lane:
            self._go(getattr(self._about, side)[lane])

    def _go(self, row_number: int) -> None:
        document = self._document
        if document is not None:
            self._jumper.to_slice(document.id, row_number)

    def _copy_all(self) -> None:
        copy_text(as_text(self._about, self._relations(), self._length_text()))


def _lane(about: Any) -> str:
    """The lane whose neighbours count most: the engine, else the stream, else the host thread."""
    if about is None:
        return ""
    return next((lane for lane in ("engine", "stream", "host") if lane in about.before or lane in about.after), "")
