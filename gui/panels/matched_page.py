"""Operations of two documents matched, the greatest difference first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableView, QWidget

from gui.panels.controls import button, column, copy_text, named, row, table_view
from gui.panels.fonts import fit_columns
from gui.panels.service import Asking, Done, Service, Ticket
from gui.panels.states_page import short_name
from gui.panels.table_model import ROW, Column, TableModel, unlisted
from gui.panels.text import Plain, shown
from gui.state.document import Document
from gui.state.jumping import Jumper
from gui.watching import Watch, WhenSeen
from profiler.units import format_difference_ns, format_ns

_EMPTY = "Two timelines are needed: pin one as A and change the scenario, or open two files."


def _name(one: dict[str, Any]) -> str:
    return f"{one['name']} → {one['other_name']}" if one["other_name"] else str(one["name"])


def _columns(a: str, b: str) -> tuple[Column, ...]:
    return (
        Column("operation", _name, _name, number=False, tip="All operations of a name together."),
        Column(
            "change",
            lambda one: format_difference_ns(one["delta_ns"]),
            lambda one: abs(one["delta_ns"]),
            tip="Difference of the sums of their durations.",
            raw=lambda one: one["delta_ns"],
            csv_title="change_ns",
        ),
        Column(
            a,
            lambda one: format_ns(one["a_ns"]),
            lambda one: one["a_ns"],
            tip=f"Sum of durations in {a}.",
            csv_title=f"{a}_ns",
        ),
        Column(
            b,
            lambda one: format_ns(one["b_ns"]),
            lambda one: one["b_ns"],
            tip=f"Sum of durations in {b}.",
            csv_title=f"{b}_ns",
        ),
        Column(
            "count",
            lambda one: _counts(one["a_count"], one["b_count"]),
            lambda one: one["b_count"] - one["a_count"],
            tip="How many there are in each.",
            raw=lambda one: _counts(one["a_count"], one["b_count"]).replace(",", ""),
        ),
    )


def _counts(a: int, b: int) -> str:
    return f"{a:,}" if a == b else f"{a:,} → {b:,}"


#: Which documents are matched, and which of their results: figures bring the same rows again.
_Key = tuple[tuple[int, str], ...]


class MatchedPage(QWidget):
    """Two documents' operations side by side; a row jumps to the counterparts that differ most.

    Parameters
    ----------
    jumper : Jumper
    service : Service
    """

    def __init__(self, jumper: Jumper, service: Service, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jumper, self._service = jumper, service
        self._asked: _Key | None = None
        self._matched: Any = None
        self._picked: dict[str, int] = {}
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        seen = WhenSeen(self, self._refresh)
        watch = Watch(self)
        for signal in (jumper.workspace.added, jumper.workspace.removed, jumper.workspace.redrawn):
            watch.on(signal, seen)
        self._refresh()

    def _build(self) -> None:
        self._a = named(QComboBox(), "matched-a", "The first of the two.")
        self._b = named(QComboBox(), "matched-b", "The second of the two.")
        for box in (self._a, self._b):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(4)
            box.activated.connect(lambda _, box=box: self._pick(box))
        self._copy = button("Copy CSV", "copy-matched", "Put the table on the clipboard as CSV.", self._copy_csv)
        self._words = named(Plain(role="muted", wrap=True), "matched-words")
        self._problem = named(Plain(role="problem", wrap=True), "matched-problem")
        self._model = TableModel(_columns("A", "B"), self)
        tip = "Operations by name, the greatest change first; going to one shows the pair that differs most."
        self._table = table_view(QTableView(), "matched-table", tip)
        self._table.setModel(self._model)
        self._table.setSortingEnabled(True)
        self._table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self._table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        fit_columns(self._table, (16, 11, 10, 10, 9))
        self._table.selectionModel().currentRowChanged.connect(self._go)
        lines = column(self)
        self._arrow = Plain("→")
        lines.addLayout(row(self._a, self._arrow, self._b, self._copy))
        for place in (0, 2):
            lines.itemAt(0).layout().setStretch(place, 1)
        for part in (self._words, self._problem):
            lines.addWidget(part)
        lines.addWidget(self._table, 1)
        lines.addStretch(0)

    @property
    def documents(self) -> list[Document]:
        """Documents with slices, the pinned ones first."""
        there = [one for one in self._jumper.workspace if one.trace is not None]
        return sorted(there, key=lambda one: (not one.letter, one.letter))

    def _pair(self) -> tuple[Document, Document] | None:
        a, b = (self._jumper.workspace.find(box.currentData() or -1) for box in (self._a, self._b))
        return (a, b) if a is not None and b is not None and a is not b else None

    def _refresh(self) -> None:
        documents = self.documents
        items = [(short_name(one), one.id) for one in documents]
        self._fill(self._a, items, 0)
        self._fill(self._b, items, len(items) - 1)
        pair = self._pair()
        key = tuple((one.id, one.rows_from) for one in pair) if pair is not None else None
        if _ids(key) != _ids(self._asked):
            # Numbers of other timelines are not shown under these names.
            self._asking.cancel()
            self._matched = None
            self._model.show_rows([])
            self._problem.setText("")
        if key is not None and key != self._asked:
            self._asking.again()
        self._asked = key
        self._refresh_words()

    def _pick(self, box: QComboBox) -> None:
        self._picked[box.objectName()] = box.currentData()
        self._refresh()

    def _fill(self, box: QComboBox, items: list[tuple[str, int]], otherwise: int) -> None:
        """Offer documents; the one a person picked is kept while it is there."""
        if items == [(box.itemText(place), box.itemData(place)) for place in range(box.count())]:
            return
        box.clear()
        for text, number in items:
            box.addItem(text, number)
        place = box.findData(self._picked[box.objectName()]) if box.objectName() in self._picked else -1
        box.setCurrentIndex(place if place >= 0 else otherwise)

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        pair = self._pair()
        if pair is None or not all(self._service.knows(one) for one in pair):
            self._asked = None
            return None
        return self._service.match(*pair, done, failed=failed, owner=self)

    def _answered(self, matched: Any) -> None:
        pair = self._pair()
        if pair is None:
            return
        self._matched = matched
        rows = [
            {**one, "example": example} for one, example in zip(matched.figures["rows"], matched.examples, strict=True)
        ]
        self._model.show_columns(_columns(*map(short_name, pair)), rows)
        header = self._table.horizontalHeader()
        self._model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        self._problem.setText("")
        self._refresh_words()

    def _failed(self, message: str) -> None:
        self._asked = self._matched = None
        self._model.show_rows([])
        self._problem.setText(shown(message, 500))
        self._refresh_words()

    def _refresh_words(self) -> None:
        pair, matched = self._pair(), self._matched
        self._problem.setVisible(bool(self._problem.text()))
        if pair is None:
            self._words.setText(_EMPTY)
        elif matched is None:
            self._words.setText("" if self._problem.text() else "Matching…")
        else:
            a, b = map(short_name, pair)
            found = matched.figures
            alone = f"{found['only_a']:,} only in {a}, {found['only_b']:,} only in {b}"
            self._words.setText(f"{found['matched']:,} operations matched, {alone}{unlisted(matched.left_out)}")
        for part in (self._table, self._a, self._b, self._arrow, self._copy):
            part.setVisible(pair is not None or len(self.documents) > 1)
        self._copy.setEnabled(bool(self._model.rows))

    def _go(self, current: QModelIndex, _: QModelIndex) -> None:
        pair = self._pair()
        if pair is None or not current.isValid():
            return
        example = current.data(ROW)["example"]
        for document, row_number in zip(pair, example, strict=True):
            if row_number is not None:
                self._jumper.to_slice(document.id, row_number)

    def _copy_csv(self) -> None:
        copy_text(self._model.as_csv())


def _ids(key: _Key | None) -> list[int]:
    return [number for number, _ in key or ()]
