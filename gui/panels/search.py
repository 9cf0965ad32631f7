"""The search panel: a query, how many slices it finds, and the list of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from gui.panels import slice_cells
from gui.panels.controls import arrow, column, named, row
from gui.panels.fonts import fit_columns
from gui.panels.text import Plain, shown
from gui.panels.virtual_table import VirtualTable
from gui.state.jumping import Jumper
from gui.state.search import SearchState
from gui.watching import Watch

_CELLS = (slice_cells.name, slice_cells.start_about, slice_cells.duration)
_COLUMNS = (("name", False), ("start", True), ("duration", True))
_LONGEST = 1000


class _Found:
    """Hits as rows of a table."""

    def __init__(self, jumper: Jumper, search: SearchState) -> None:
        self._jumper, self._search = jumper, search
        self.count = search.count

    def cell(self, row: int, column: int) -> str:
        """A text of a hit; nothing where its document is gone."""
        if row >= self._search.count:
            return ""
        found = self._search.at(row)
        document = self._jumper.workspace.find(found.document)
        if document is None or document.trace is None or found.row >= len(document.trace):
            return ""
        text = _CELLS[column](document, document.trace, found.row)
        return f"{document.letter}: {text}" if document.letter and column == 0 else text


class SearchPanel(QWidget):
    """Controls of a `SearchState`.

    Parameters
    ----------
    jumper : Jumper
    search : SearchState
        Kept true by `gui.panels.searching.Searching`.
    """

    def __init__(self, jumper: Jumper, search: SearchState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "search")
        self._jumper, self._search = jumper, search
        self._build()
        self.setFocusProxy(self._query)
        watch = Watch(self)
        watch.on(search.events.hits, self._listed)
        for field in ("query", "regex", "current", "busy", "error"):
            watch.on(search.events[field], self._refresh)
        watch.on(jumper.workspace.redrawn, lambda: self._list.update())
        self._listed()

    def _build(self) -> None:
        tip = "A piece of a slice's name, in any case. Enter goes to the next hit, Shift+Enter to the one before."
        self._query = named(QLineEdit(), "search-query", tip)
        self._query.setPlaceholderText("Search names")
        self._query.setMaxLength(_LONGEST)
        self._query.setClearButtonEnabled(True)
        self._query.textEdited.connect(lambda text: setattr(self._search, "query", text))
        self._query.installEventFilter(self)
        self._regex = named(QToolButton(), "search-regex", "Read the query as a regular expression (RE2 syntax).")
        self._regex.setText(".*")
        self._regex.setCheckable(True)
        self._regex.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._regex.toggled.connect(lambda on: setattr(self._search, "regex", on))
        self._before = arrow(Qt.ArrowType.UpArrow, "previous-hit", "The hit before (Shift+F3).", lambda: self.step(-1))
        self._after = arrow(Qt.ArrowType.DownArrow, "next-hit", "The next hit (F3).", lambda: self.step(1))
        self._count = named(Plain(role="muted"), "hit-count")
        self._problem = named(Plain(role="problem", wrap=True), "search-problem")
        self._list = VirtualTable("hits", "Slices that were found; going to one shows it in the timeline.", _COLUMNS)
        self._list.chosen.connect(self._go)
        header = self._list.view.horizontalHeader()
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        fit_columns(self._list.view, (0, 9, 9))
        lines = column(self)
        lines.addLayout(row(self._query, self._regex))
        lines.addLayout(row(self._count, 1, self._before, self._after))
        lines.addWidget(self._problem)
        lines.addWidget(self._list, 1)

    def step(self, by: int) -> None:
        """Go to the next hit, or below 0 to the one before."""
        found = self._search.step(by)
        if found is not None:
            self._jumper.to_slice(found.document, found.row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Shift+Enter in the query go on; Down goes into the list."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or watched is not self._query:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        if event.key() == Qt.Key.Key_Down:
            self._list.setFocus()
            return True
        return False

    def _go(self, number: int) -> None:
        self._search.current = number
        found = self._search.at(number)
        self._jumper.to_slice(found.document, found.row)

    def _listed(self) -> None:
        self._list.show_source(_Found(self._jumper, self._search))
        self._refresh()

    def _refresh(self) -> None:
        search = self._search
        if self._query.text() != search.query:
            self._query.setText(search.query)
        self._regex.setChecked(search.regex)
        self._count.setText(self._words())
        self._problem.setText(shown(search.error, 300))
        self._problem.setVisible(bool(search.error))
        for control in (self._before, self._after):
            control.setEnabled(search.count > 0)
        if search.current != self._list.current and search.current < search.count:
            self._list.mark(search.current)

    def _words(self) -> str:
        search = self._search
        if not search.query:
            return "Type to find slices by name."
        if search.error:
            return ""
        if search.busy:
            return "Searching…"
        if not search.count:
            return "Nothing is called so."
        if search.current < 0:
            return f"{search.count:,} found"
        return f"{search.current + 1:,} of {search.count:,}"
