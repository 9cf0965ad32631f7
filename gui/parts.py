"""What the widgets of one window share."""

from __future__ import annotations

from dataclasses import dataclass

from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.state.session import Session
from gui.theme import ThemeManager
from gui.workers.service import Service


@dataclass(frozen=True, slots=True)
class Parts:
    """State, services and controllers of a window."""

    session: Session
    themes: ThemeManager
    service: Service
    opening: Opening
    live: Live
