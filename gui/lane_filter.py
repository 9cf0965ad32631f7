"""The dialog that filters lanes by a regular expression, as it is typed."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from gui.panels.controls import named
from gui.panels.text import Plain, shown
from gui.state.document import Document
from gui.watching import Watch
from profiler.timeline.lane_filter import found_names, leaves
from profiler.timeline.tree import Node
from profiler.trace.patterns import why_not

_TIP = "A regular expression (RE2 syntax), in any case: stream (1|2)$, compute, NVTX."


class LaneFilter(QDialog):
    """Shows what a pattern leaves while it is typed; Enter keeps it, Escape goes back to the one before.

    Parameters
    ----------
    document : Document
    tree : tuple of Node
        Its lanes.
    """

    def __init__(self, document: Document, tree: tuple[Node, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._before = document, document.lanes.choice.pattern
        self._names = leaves(tree)
        self.setWindowTitle("Filter lanes")
        named(self, "lane-filter")
        self._pattern = named(QLineEdit(self._before), "lane-pattern", _TIP)
        self._pattern.setPlaceholderText("compute|stream 1")
        self._pattern.setMinimumWidth(320)
        self._pattern.textChanged.connect(self._typed)
        self._words = named(Plain(role="muted"), "lane-filter-words")
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        for text, name, kind in (("Keep", "keep-filter", role.AcceptRole), ("Cancel", "leave-filter", role.RejectRole)):
            named(buttons.addButton(text, kind), name, f"{text} this filter.")
        clear = named(buttons.addButton("Show all", role.ResetRole), "clear-filter", "Show all lanes.")
        clear.clicked.connect(self._pattern.clear)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        lines = QVBoxLayout(self)
        label = Plain("Show only lanes whose name holds")
        label.setBuddy(self._pattern)
        for part in (label, self._pattern, self._words, buttons):
            lines.addWidget(part)
        self._pattern.selectAll()
        Watch(self).on(document.lanes.events.choice, self._tell)
        self._tell()

    def reject(self) -> None:
        """Back to the filter before."""
        self._document.lanes.filter(self._before)
        super().reject()

    def _typed(self, text: str) -> None:
        self._document.lanes.filter(text)

    def _tell(self) -> None:
        pattern = self._document.lanes.choice.pattern
        found = found_names(pattern, self._names)
        words = f"{sum(name in found for name in self._names):,} of {len(self._names):,} lanes"
        reason = why_not(pattern)
        if reason:
            words += f"; taken letter by letter: {shown(reason, 80)}"
        self._words.setText(words)
