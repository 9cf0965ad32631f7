"""What every group of commands has: the window, its parts, the active document, and a way to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.parts import Parts
from gui.state.document import Document
from gui.state.jobs import Level
from gui.state.jumping import stretch_of
from gui.state.view import Stretch
from profiler.errors import LanescopeError

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class Group:
    """Commands of a window. Each goes through state, controllers or services; none paints or computes."""

    def __init__(self, window: MainWindow, parts: Parts) -> None:
        self._window, self._parts = window, parts
        self._session = parts.session

    def _active(self) -> Document | None:
        return self._session.workspace.active

    def _with_trace(self) -> Document | None:
        document = self._active()
        if document is None or document.trace is None:
            self._session.jobs.say("Nothing is open yet.", Level.WARNING)
            return None
        return document

    def _selected_stretch(self) -> Stretch | None:
        """The measured stretch, else the dragged area, else that of the selected slice."""
        selection, view = self._session.selection, self._session.view
        if view.measured is not None:
            return view.measured
        if selection.area is not None:
            return selection.area.stretch
        found = selection.selected
        document = self._session.workspace.find(found.document) if found is not None else None
        return stretch_of(document, found.row) if found is not None and document is not None else None

    def _failed(self, failure: object) -> None:
        self._session.jobs.say(str(failure), Level.ERROR)

    def _guarded(self, call: Callable[[], object]) -> None:
        """Do something that can fail for reasons a person can mend."""
        try:
            call()
        except LanescopeError as error:
            self._failed(error)
