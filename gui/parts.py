"""What the widgets of one window share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.state.devices import DevicesState
from gui.state.jumping import Jumper
from gui.state.session import Session
from gui.theme import ThemeManager
from gui.workers.service import Service

if TYPE_CHECKING:
    from gui.commands import Commands


@dataclass(eq=False)
class Parts:
    """State, services and controllers of a window; the window adds its ``commands`` before it builds any panel."""

    session: Session
    themes: ThemeManager
    service: Service
    opening: Opening
    live: Live
    devices: DevicesState = field(default_factory=DevicesState)
    jumper: Jumper = field(init=False)
    commands: Commands = field(init=False)

    def __post_init__(self) -> None:
        session = self.session
        self.jumper = Jumper(session.workspace, session.view, session.selection)
