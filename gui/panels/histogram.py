"""Durations of a name as a histogram, and a walk through its instances."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from gui.panels.controls import button, column, named, row
from gui.panels.histogram_plot import HistogramPlot
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.text import Elided, Plain, shown
from gui.state.document import Document
from gui.state.jumping import Jumper
from gui.state.selection import Slice
from gui.watching import Watch
from profiler.trace.tables import Trace
from profiler.units import format_ns

_EMPTY = "Select a slice, or click a name in the area table, to see how long the slices of that name take."


class HistogramPanel(QWidget):
    """Durations of the name of ``selection.named``, else of the selected slice.

    Parameters
    ----------
    jumper : Jumper
    service : Service
    """

    def __init__(self, jumper: Jumper, service: Service, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "histogram")
        self._jumper, self._service = jumper, service
        self._lengths: Any = None
        self._neighbour: Any = None
        self._forward = True
        self._trace: Trace | None = None
        self._counted: tuple[int, int] | None = None
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        self._stepping = Asking(self, self._ask_step, self._stepped, self._failed)
        watch = Watch(self)
        watch.on(jumper.selection.events.named, self._chosen)
        watch.on(jumper.selection.events.selected, self._selected)
        watch.on(jumper.workspace.redrawn, self._redrawn)
        watch.on(jumper.workspace.removed, self._chosen)
        self.setFocusProxy(self._after)
        self._chosen()

    def _build(self) -> None:
        self._name = named(Elided(role="heading"), "histogram-name")
        self._words = named(Plain(role="muted", wrap=True), "histogram-words")
        self._problem = named(Plain(role="problem", wrap=True), "histogram-problem")
        self._plot = HistogramPlot()
        tip = "Go to the slice of this name that starts {}."
        self._before = button("◂ Earlier", "previous-instance", tip.format("before"), lambda: self._step(forward=False))
        self._after = button("Later ▸", "next-instance", tip.format("next"), lambda: self._step(forward=True))
        self._place = named(Plain(role="muted"), "instance-place")
        lines = column(self)
        lines.addLayout(row(self._name, self._place, self._before, self._after))
        lines.itemAt(0).layout().setStretch(0, 1)
        for part in (self._words, self._problem):
            lines.addWidget(part)
        lines.addWidget(self._plot, 1)
        lines.addStretch(0)

    @property
    def example(self) -> Slice | None:
        """A slice of the name that is shown."""
        return self._jumper.selection.named or self._jumper.selection.selected

    @property
    def _document(self) -> Document | None:
        example = self.example
        document = self._jumper.workspace.find(example.document) if example is not None else None
        has_row = document is not None and document.trace is not None and example.row < len(document.trace)
        return document if has_row else None

    def _chosen(self) -> None:
        self._lengths = self._neighbour = self._counted = None
        document = self._document
        self._trace = document.trace if document is not None else None
        self._problem.setText("")
        self._asking.restart()
        self._refresh()

    def _redrawn(self) -> None:
        """Rows of another trace are other slices, so everything is asked anew."""
        document = self._document
        if (document.trace if document is not None else None) is not self._trace:
            self._chosen()

    def _selected(self) -> None:
        """Another slice; a name that was chosen stays, unless the slice is of another one."""
        selection = self._jumper.selection
        if selection.named is not None and selection.selected is not None and not self._same_name():
            selection.named = None
            return
        self._neighbour = None
        if selection.named is None and not self._is_counted():
            self._chosen()
        else:
            self._refresh()

    def _is_counted(self) -> bool:
        """Whether the slices of this very name are shown or being counted: a walk through them counts nothing anew."""
        document, example = self._document, self.example
        if document is None or example is None or document.trace is not self._trace:
            return False
        return _key(document, example.row) == self._counted

    def _same_name(self) -> bool:
        selection, document = self._jumper.selection, self._document
        chosen, picked = selection.named, selection.selected
        if document is None or document.trace is None or chosen is None or picked is None:
            return False
        if picked.document != chosen.document or picked.row >= len(document.trace):
            return False
        return _key(document, picked.row) == _key(document, chosen.row)

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        document, example = self._document, self.example
        if document is None or example is None or not self._service.knows(document):
            return None
        name, category = self._counted = _key(document, example.row)
        return self._service.histogram(document, name, done, category=category, failed=failed, owner=self)

    def _ask_step(self, done: Done, failed: Done) -> Ticket | None:
        document, start = self._document, self._start()
        if document is None or start is None or not self._service.knows(document):
            return None
        return self._service.instance(document, start.row, done, forward=self._forward, failed=failed, owner=self)

    def _start(self) -> Slice | None:
        """From where to go on: the selected slice if it is of the name, else the example."""
        selection = self._jumper.selection
        return selection.selected if selection.named is None or self._same_name() else selection.named

    def _step(self, *, forward: bool) -> None:
        selection = self._jumper.selection
        if selection.named is not None and not self._same_name():
            self._jumper.to_slice(selection.named.document, selection.named.row)
            return
        self._forward = forward
        self._stepping.restart()

    def _stepped(self, neighbour: Any) -> None:
        document = self._document
        if document is not None and neighbour.row is not None:
            self._jumper.to_slice(document.id, neighbour.row)
        self._neighbour = neighbour
        self._refresh()

    def _answered(self, lengths: Any) -> None:
        self._lengths = lengths
        self._refresh()

    def _failed(self, message: str) -> None:
        self._problem.setText(shown(message, 300))
        self._refresh()

    def _refresh(self) -> None:
        document, example, lengths = self._document, self.example, self._lengths
        there = document is not None and document.trace is not None and example is not None
        self._name.show_text(document.trace.name_of(example.row) if there else "")
        self._name.setVisible(there)
        self._problem.setVisible(bool(self._problem.text()))
        self._words.setText(_words(lengths) if there else _EMPTY)
        self._plot.show_lengths(lengths if there else None, self._mark_ns())
        self._plot.setVisible(there)
        for control in (self._before, self._after):
            control.setEnabled(there and lengths is not None and lengths.count > 0)
        self._place.setText(_place(self._neighbour, forward=self._forward))

    def _mark_ns(self) -> int:
        """Duration of the selected slice if it is of the name; -1 for none."""
        selection, document = self._jumper.selection, self._document
        if document is None or document.trace is None or selection.selected is None:
            return -1
        of_the_name = selection.named is None or self._same_name()
        return int(document.trace.dur[selection.selected.row]) if of_the_name else -1


def _key(document: Document, row_number: int) -> tuple[int, int]:
    """What makes two slices instances of one name."""
    assert document.trace is not None
    return int(document.trace["name"][row_number]), int(document.trace.category[row_number])


def _words(lengths: Any) -> str:
    if lengths is None:
        return "Counting…"
    if not lengths.count:
        return "No slice of this name has a duration."
    if lengths.count == 1:
        return f"One slice of {format_ns(lengths.min_ns)}"
    return (
        f"{lengths.count:,} slices, {format_ns(lengths.sum_ns)} in all; median {format_ns(lengths.median_ns)}, "
        f"95\u00a0% up to {format_ns(lengths.p95_ns)}"
    )


def _place(neighbour: Any, *, forward: bool) -> str:
    if neighbour is None or neighbour.place < 0:
        return ""
    if neighbour.row is None:
        return "the last one" if forward else "the first one"
    return f"{neighbour.place + 1:,} of {neighbour.count:,}"
