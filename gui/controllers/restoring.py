"""The last session brought back: its documents in their order, and the stretch that was seen."""

from __future__ import annotations

from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.state.document import Status
from gui.state.session import Session


class Restoring:
    """Opens files and simulates pinned states; once all are there, the view is where it was.

    Nothing but reading and simulating is done: see `Session.restorable_documents`. A view that a person moves in the
    meantime is left alone.

    Parameters
    ----------
    session : Session
    opening : Opening
    live : Live
    """

    def __init__(self, session: Session, opening: Opening, live: Live) -> None:
        self._session = session
        self._wanted = session.restorable_view()
        for one in session.restorable_documents():
            if one.path:
                opening.open(one.path).letter = one.letter
            elif one.knobs is not None:
                live.restore(one.knobs, one.letter)
            else:
                place = len(session.workspace)
                live.start()
                session.workspace.move(live.document, place)
        if self._wanted is not None and len(session.workspace):
            session.workspace.redrawn.connect(self._look)
            session.workspace.removed.connect(self._look)

    def _look(self) -> None:
        """Take the view back once everything is read; until then it follows the whole."""
        session = self._session
        view = session.view
        if any(document.status in (Status.LOADING, Status.PARTIAL) for document in session.workspace):
            return
        for signal in (session.workspace.redrawn, session.workspace.removed):
            signal.disconnect(self._look, missing_ok=True)
        if self._wanted is not None and view.fits_all:
            view.show(*self._wanted)
