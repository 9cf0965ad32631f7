"""Looks for the links of the selected slice, a part at a time between other events."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from gui.state.selection import SelectionState, Slice
from gui.state.workspace import Workspace
from profiler.timeline.links import Link, find_links


class Linker(QObject):
    """Links of the selected slice; ``changed`` is emitted as they are found."""

    changed = Signal()

    def __init__(self, workspace: Workspace, selection: SelectionState, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._selection = workspace, selection
        self.links: tuple[Link, ...] = ()
        self._search: Iterator[tuple[Link, ...]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    def start(self) -> None:
        """Look for the links of what is selected now; what was found before is dropped."""
        self.links, self._search = (), None
        selected: Slice | None = self._selection.selected
        document = self._workspace.find(selected.document) if selected is not None else None
        if selected is not None and document is not None and document.trace is not None:
            self._search = find_links(document.trace, selected.row)
            self._step()
        if self._search is not None:
            self._timer.start()
        self.changed.emit()

    def _step(self) -> None:
        found = next(self._search, None) if self._search is not None else None
        if found is None:
            self._search = None
            self._timer.stop()
        elif found != self.links:
            self.links = found
            self.changed.emit()
