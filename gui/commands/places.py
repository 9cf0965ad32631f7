"""Going somewhere: hits, times, marks."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog

from gui.commands.group import Group
from gui.state.document import Document


class PlaceCommands(Group):
    """Commands of the go menu."""

    def search(self) -> None:
        """Put the keyboard into the search box."""
        self._window.docks.reveal("search", focus=True)

    def step_hit(self, by: int) -> None:
        """Go to the next or previous hit."""
        found = self._session.search.step(by)
        if found is not None:
            self._parts.jumper.to_slice(found.document, found.row)

    def go_to_time(self) -> None:
        """Ask for a stretch of time and show it."""
        document = self._with_trace()
        if document is None:
            return
        label = "From and to, counted from the first record (1.5ms:2ms), or nvtx:NAME:"
        text, accepted = QInputDialog.getText(self._window, "Go to time", label)
        if accepted and text.strip():
            self._guarded(lambda: self._go_to(document, text.strip()))

    def mark(self) -> None:
        """Mark the start of what is selected, else the time under the pointer, else the middle of what is seen."""
        view, stretch = self._session.view, self._selected_stretch()
        pointed = sum(view.shown) // 2 if view.pointer_ns is None else view.pointer_ns
        view.add_mark(stretch[0] if stretch is not None else pointed)
        self._session.jobs.say(f"Marked; {len(view.marks)} in the Notes panel.")

    def step_mark(self, by: int) -> None:
        """Go to the next or previous mark."""
        view = self._session.view
        middle = sum(view.shown) // 2
        after = [mark.at_ns for mark in view.marks if (mark.at_ns - middle) * by > 0]
        if after:
            at = min(after) if by > 0 else max(after)
            view.show(at - view.span_ns // 2, at - view.span_ns // 2 + view.span_ns)

    def _go_to(self, document: Document, text: str) -> None:
        def show(bounds: tuple[int, int]) -> None:
            self._session.view.show(bounds[0], bounds[1])

        self._parts.service.window(document, text, show, failed=self._failed)
