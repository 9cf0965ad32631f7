"""Going to a slice: it becomes the selected one, and as much of time as that takes comes into view."""

from __future__ import annotations

from dataclasses import dataclass

from gui.state.document import Document
from gui.state.selection import SelectionState, Slice
from gui.state.view import Stretch, ViewState
from gui.state.workspace import Workspace


def stretch_of(document: Document, row: int) -> Stretch | None:
    """Start and end of a slice in relative time; None where it has no place in time."""
    trace = document.trace
    if trace is None or not 0 <= row < len(trace):
        return None
    start, length = int(trace.ts[row]) - document.origin_ns, int(trace.dur[row])
    if length < 0 or start < 0 or start + length > document.span_ns:
        return None
    return start, start + length


@dataclass(frozen=True)
class Jumper:
    """Goes to slices and to stretches of time.

    Parameters
    ----------
    workspace : Workspace
    view : ViewState
    selection : SelectionState
    """

    workspace: Workspace
    view: ViewState
    selection: SelectionState

    def to_slice(self, document_id: int, row: int) -> bool:
        """Select a slice and bring it into view; whether it is there. One without a place in time is selected only."""
        document = self.workspace.find(document_id)
        if document is None or document.trace is None or not 0 <= row < len(document.trace):
            return False
        self.workspace.activate(document)
        stretch = stretch_of(document, row)
        if stretch is not None:
            self.view.reveal(*stretch)
        self.selection.selected = Slice(document_id, row)
        return True

    def to_time(self, at_ns: int) -> None:
        """Bring an instant of relative time into view."""
        self.view.reveal(at_ns, at_ns + 1)
